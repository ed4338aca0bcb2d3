// Frame by frame: codek7.lab.views.Timeline.

import { button, figure, make } from "./dom";
import { Plot } from "./timeline/plot";
import { type Scene, Series, type Span } from "./timeline/series";
import { widget } from "./view";
import { clock, rate, size } from "./words";
import styles from "../styles/timeline.css";

const EDGE = 7;
const ZOOM = 1.5;
const SETTLED_MS = 120;

export default widget<Scene>(styles, (view) => {
  const { scene, root } = view;
  const series = new Series(view);
  const fps = scene.frames_per_second;
  const figures = {
    mean: figure(`${scene.metric}, mean`), lowest: figure("lowest"), rate: figure("Rate"), kinds: figure("I · P · B"),
  }; // prettier-ignore
  const measured = series.scores.length > 0;
  for (const each of [figures.mean, figures.lowest]) each.box.hidden = !measured;
  const box = make("div", {
    class: "plot", tabindex: 0, role: "application", "aria-roledescription": "timeline",
    "aria-label": `${scene.title}: arrow keys move, with Shift they select`,
  }); // prettier-ignore
  const about = make("p", { class: "about" });
  const spanned = make("p", { class: "span" });
  const zoomed = button("Zoom to selection", () => toSelection(), "z");
  const clear = button("Clear", () => become(null), "Escape", { class: "plain" });
  const whole = button("Show all", () => look(0, scene.frames), "a", { class: "plain" });
  const plot: Plot = new Plot(view, series, box);
  root.setAttribute("aria-label", scene.title);
  root.append(
    make(
      "div",
      { class: "header" },
      make("div", {}, make("h2", {}, scene.title), spanned),
      make("dl", { class: "figures" }, ...Object.values(figures).map((each) => each.box)),
    ),
    box,
    make("div", { class: "foot" }, about, make("div", { class: "actions" }, zoomed, clear, whole)),
  );

  let settling = 0;
  function become(selected: Span | null): void {
    plot.selected = selected;
    plot.surface.soon();
    const [first, last] = selected ?? [0, scene.frames - 1];
    const { mean, lowest, bps, kinds, shots } = series.summary([first, last]);
    figures.mean.show(mean.toFixed(1));
    figures.lowest.show(lowest.toFixed(1));
    figures.rate.show(rate(bps));
    figures.kinds.show([kinds["I"], kinds["P"], kinds["B"]].join(" · "));
    const times = `${clock(first / fps, 2)} – ${clock((last + 1) / fps, 2)}`;
    const many = `${shots} shot${shots === 1 ? "" : "s"}`;
    spanned.textContent = selected
      ? `frames ${first} – ${last} · ${times} · ${many}`
      : `${scene.frames} frames · ${times} · ${many} · drag to select`;
    for (const each of [zoomed, clear]) each.disabled = !selected;
    clearTimeout(settling);
    settling = setTimeout(() => {
      const told = view.model.get("_selected") as number[];
      const now = selected ? [...selected] : [];
      if (told.join() !== now.join()) view.tell("_selected", now);
      if (selected) view.say(spanned.textContent ?? "");
    }, SETTLED_MS);
  }

  function point(frame: number | null): void {
    plot.cursor = frame;
    plot.surface.soon();
    if (frame === null) {
      about.textContent = "";
      return;
    }
    const parts = [`frame ${frame}`, clock(frame / fps, 2), `${scene.types[frame]}, ${size(series.sizes[frame] ?? 0)}`];
    if (measured) parts.push(`${scene.metric} ${series.score(frame).toFixed(1)}`);
    if (scene.shots.length) parts.push(`shot ${series.shot(frame)}`);
    about.replaceChildren(...parts.map((part) => make("span", {}, part)));
  }

  function look(from: number, to: number): void {
    plot.look(from, to);
    whole.disabled = plot.window[1] - plot.window[0] >= scene.frames;
  }
  function toSelection(): void {
    if (plot.selected) look(plot.selected[0], plot.selected[1] + 1);
  }
  function zoom(factor: number, about: number): void {
    const [from, to] = plot.window;
    look(Math.round(about - (about - from) / factor), Math.round(about + (to - about) / factor));
  }

  /** Where a selection is pulled from: its other end. */
  let anchor: number | null = null;
  let moved = false;
  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const px = event.clientX - box.getBoundingClientRect().x;
    const [first, last] = plot.selected ?? [NaN, NaN];
    if (Math.abs(plot.x(first) - px) < EDGE) anchor = last;
    else if (Math.abs(plot.x(last + 1) - px) < EDGE) anchor = first;
    else anchor = plot.frame(px);
    moved = false;
    box.setPointerCapture(event.pointerId);
  });
  box.addEventListener("pointermove", (event) => {
    const px = event.clientX - box.getBoundingClientRect().x;
    const frame = plot.frame(px);
    point(frame);
    const [first, last] = plot.selected ?? [NaN, NaN];
    const edge = Math.min(Math.abs(plot.x(first) - px), Math.abs(plot.x(last + 1) - px)) < EDGE;
    box.style.cursor = edge || anchor !== null ? "ew-resize" : "crosshair";
    if (anchor === null || (frame === anchor && !moved)) return;
    moved = true;
    become([Math.min(anchor, frame), Math.max(anchor, frame)]);
  });
  box.addEventListener("pointerup", () => {
    if (anchor !== null && !moved) become(null);
    anchor = null;
  });
  box.addEventListener("pointerleave", () => anchor === null && !box.matches(":focus") && point(null));
  const wheel = (event: WheelEvent) => {
    const across = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : 0;
    const [from, to] = plot.window;
    const about = plot.x.invert(event.clientX - box.getBoundingClientRect().x);
    if (event.ctrlKey || event.metaKey) zoom(Math.exp(-event.deltaY / 240), about);
    else if (across && to - from < scene.frames) look(from + (across * (to - from)) / 600, to + (across * (to - from)) / 600);
    else return;
    event.preventDefault();
  };
  box.addEventListener("wheel", wheel, { passive: false });

  function step(by: number, selects: boolean): void {
    const from = plot.cursor ?? plot.selected?.[1] ?? plot.window[0];
    const to = Math.min(scene.frames - 1, Math.max(0, from + by));
    if (selects) {
      const [first, last] = plot.selected ?? [from, from];
      const pulled = from === first && last !== first ? last : first;
      become([Math.min(pulled, to), Math.max(pulled, to)]);
    }
    point(to);
    const [begin, end] = plot.window;
    if (to < begin || to >= end) look(to - (end - begin) / 2, to + (end - begin) / 2);
  }
  const middle = () => plot.cursor ?? (plot.window[0] + plot.window[1]) / 2;
  const acts: Record<string, (event: KeyboardEvent) => void> = {
    ArrowLeft: ({ shiftKey }) => step(-1, shiftKey),
    ArrowRight: ({ shiftKey }) => step(1, shiftKey),
    PageUp: ({ shiftKey }) => step(-Math.round(fps), shiftKey),
    PageDown: ({ shiftKey }) => step(Math.round(fps), shiftKey),
    Home: ({ shiftKey }) => step(-Infinity, shiftKey),
    End: ({ shiftKey }) => step(Infinity, shiftKey),
    Escape: () => become(null),
    z: () => toSelection(),
    a: () => look(0, scene.frames),
    "+": () => zoom(ZOOM, middle()),
    "=": () => zoom(ZOOM, middle()),
    "-": () => zoom(1 / ZOOM, middle()),
  };
  root.addEventListener("keydown", (event) => {
    const act = event.altKey || event.ctrlKey || event.metaKey ? undefined : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act(event);
  });
  const hear = () => {
    const [first, last] = view.model.get("_selected") as number[];
    become(first === undefined || last === undefined ? null : [first, last]);
  };
  view.hear("_selected", hear);
  hear();
  look(0, scene.frames);
});
