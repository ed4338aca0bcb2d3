// The rate-quality explorer: codek7.lab.views.RDExplorer.

import { button, figure, make } from "./dom";
import { Frames } from "./explorer/frames";
import { Plane } from "./explorer/plane";
import { Rungs } from "./explorer/rungs";
import { type Judged, point, type Scene, sizeColour } from "./explorer/scene";
import { newest, type View, widget } from "./view";
import { crf, percent, rate, signed, size } from "./words";
import styles from "../styles/explorer.css";

const SETTLED_MS = 120;

export default widget<Scene>(styles, (view) => {
  const { scene, root } = view;
  const figures = topFigures(view);
  const chart = make("div", { class: "chart" });
  const about = make("div", { class: "about" });
  const tip = make("div", { class: "tip", hidden: true });
  const frames = new Frames(view);
  const trouble = make("p", { class: "trouble", role: "alert", hidden: true });
  const plane: Plane = new Plane(view, chart, () => rungs.place());
  const rungs: Rungs = new Rungs(view, plane, () => changed());
  const codecs = [...new Set(scene.kinds.map(({ codec }) => codec))];
  root.setAttribute("aria-label", scene.title);
  root.append(
    make(
      "div",
      { class: "header" },
      make("div", {}, make("h2", {}, scene.title), make("p", {}, scene.metric), legend(codecs)),
      figures.box,
    ),
    chart,
    about,
    trouble,
    frames.box,
  );
  chart.append(rungs.layer, tip);
  pointing(view, plane, chart, tip, frames);

  const judge = newest<readonly number[], Judged>(
    async (picked) => (await view.ask<Judged>("judge", { picked })).value,
    (judged, _, stale) => {
      trouble.hidden = true;
      figures.show(judged, stale);
    },
    (error) => {
      trouble.textContent = `The ladder could not be judged: ${error.message}`;
      trouble.hidden = false;
    },
  );
  let asked = "";
  let settling = 0;
  function changed(): void {
    about.replaceChildren(...describe(view, rungs));
    const picked = [...rungs.picked];
    figures.count(picked);
    if (picked.join() === asked) return;
    asked = picked.join();
    judge(picked);
    clearTimeout(settling);
    settling = setTimeout(() => view.tell("_picked", picked), SETTLED_MS);
  }
  changed();
});

function topFigures({ scene }: View<Scene>) {
  const bd = figure(scene.rival ? `BD-rate to ${scene.rival.name}` : "BD-rate");
  const [storage, rungs, rates] = [figure("Storage"), figure("Rungs"), figure("Average rates")];
  bd.box.hidden = !scene.rival;
  return {
    box: make("dl", { class: "figures" }, bd.box, storage.box, rungs.box, rates.box),
    show({ bd_rate, storage_bytes_per_hour }: Judged, stale: boolean): void {
      const tone = bd_rate === null ? undefined : bd_rate < 0 ? "good" : "bad";
      bd.show(bd_rate === null ? "–" : percent(bd_rate), stale ? "stale" : tone);
      storage.show(`${size(storage_bytes_per_hour)}/h`, stale ? "stale" : undefined);
    },
    count(picked: readonly number[]): void {
      rungs.show(String(picked.length));
      const [low, high] = [scene.places.rates[picked[0] ?? -1], scene.places.rates[picked.at(-1) ?? -1]];
      rates.show(low === undefined || high === undefined ? "–" : `${rate(low)} – ${rate(high)}`);
    },
  };
}

/** Which dashes are which codec, where there are several. */
function legend(codecs: readonly string[]): HTMLElement {
  const parts = codecs.map((codec) => make("span", {}, make("i", { "data-codec": codec }), codec));
  return make("p", { class: "legend", hidden: codecs.length < 2 }, ...parts);
}

/** A line on the selected rung, and what can be done. */
function describe(view: View<Scene>, rungs: Rungs): Node[] {
  const { places, kinds, metric } = view.scene;
  const actions = make(
    "div",
    { class: "actions" },
    button("Add a rung", () => rungs.add(), "+"),
    button("Drop it", () => rungs.drop(), "Delete", {
      disabled: rungs.selected === null || rungs.picked.length < 2,
    }),
  );
  if (rungs.selected === null) {
    return [make("p", { class: "muted" }, "Drag a rung along the front, or choose one with Tab."), actions];
  }
  const { kind, rate: bps, score, crf: quality, peak } = point(places, kinds, rungs.selected);
  const order = rungs.picked.indexOf(rungs.selected);
  const below = rungs.picked[order - 1];
  const parts = [`${crf(quality)}`, rate(bps)];
  if (peak) parts.push(`peak ${rate(peak)}`);
  parts.push(`${metric.split(" ")[0]} ${score.toFixed(1)}`);
  if (below !== undefined) parts.push(`${signed(score - (places.scores[below] ?? 0))} on the rung below`);
  const name = make("strong", { style: `--size: ${sizeColour(kind.hue)}` }, kind.label);
  return [make("p", { class: "selected" }, name, ...parts.map((part) => make("span", {}, part))), actions];
}

/** Points that were tried say what they are, and show their frames. */
function pointing(view: View<Scene>, plane: Plane, chart: HTMLElement, tip: HTMLElement, frames: Frames): void {
  const { tried, kinds, metric } = view.scene;
  const under = (event: PointerEvent | MouseEvent) => {
    const box = chart.getBoundingClientRect();
    return plane.nearest(event.clientX - box.x, event.clientY - box.y);
  };
  const mark = (at: number | null) => {
    const marked = at ?? frames.shown;
    if (marked === plane.marked) return;
    plane.marked = marked;
    plane.surface.soon();
  };
  chart.addEventListener("pointermove", (event) => {
    const at = event.buttons ? null : under(event);
    mark(at);
    tip.hidden = at === null;
    chart.classList.toggle("pointing", at !== null && view.scene.frames > 0);
    if (at === null) return;
    const { kind, rate: bps, score, crf: quality } = point(tried, kinds, at);
    const name = make("strong", { style: `--size: ${sizeColour(kind.hue)}` }, kind.label);
    const words = [crf(quality), rate(bps), `${metric.split(" ")[0]} ${score.toFixed(2)}`].join(" · ");
    tip.replaceChildren(name, make("span", {}, words));
    const [x, y] = [plane.x(bps), plane.y(score)];
    const left = x > plane.surface.width - 230;
    tip.style.translate = `calc(${x}px + ${left ? "-100% - 14px" : "14px"}) calc(${y}px - 50%)`;
  });
  chart.addEventListener("pointerleave", () => {
    tip.hidden = true;
    mark(null);
  });
  chart.addEventListener("click", (event) => {
    const at = under(event);
    if (at !== null && view.scene.frames) frames.show(at);
  });
  frames.closed = () => mark(null);
}
