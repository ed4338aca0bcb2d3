// Two versions of a video, frame by frame: codek7.lab.views.Compare.

import { Pairs, rung } from "./compare/pairs";
import { Scores } from "./compare/scores";
import { type Mode, Stage } from "./compare/stage";
import { button, figure, make, set } from "./dom";
import { widget } from "./view";
import { clock } from "./words";
import styles from "../styles/compare.css";

interface Scene {
  readonly title: string;
  readonly frames: number;
  readonly frames_per_second: number;
  readonly labels: readonly [string, string];
  readonly metric: string;
  readonly worst: readonly number[];
}

const MODES: readonly [Mode, string, string][] = [
  ["wipe", "Wipe", "w"],
  ["flip", "Flip", "Space"],
  ["side", "Side by side", "s"],
  ["difference", "Difference", "d"],
];
const AHEAD = 3;
const SETTLED_MS = 180;
const ZOOM = 1.25;

export default widget<Scene>(styles, (view) => {
  const { scene, root } = view;
  const bytes = view.model.get("_scores") as DataView;
  const scores = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const pairs = new Pairs(view);
  const stage = new Stage(view, scene.labels);
  const strip = new Scores(view, scene.frames, scores, scene.worst, scene.metric);
  const [frame, score] = [figure("Frame"), figure(scene.metric || "Score")];
  const trouble = make("p", { class: "trouble", role: "alert", hidden: true });
  const worst = worstList(scene, scores, (number) => go(number));
  const modes = MODES.map(([mode, label, key]) =>
    button(label, () => (mode === "flip" ? stage.flip() : stage.become(mode)), key),
  );
  const zoom = make("output", { class: "zoom" });
  score.box.hidden = scores.length === 0;
  root.setAttribute("aria-label", scene.title);
  root.append(
    make(
      "div",
      { class: "header" },
      make("div", {}, make("h2", {}, scene.title), make("p", {}, scene.labels.join(" – "))),
      make("dl", { class: "figures" }, frame.box, score.box),
    ),
    make(
      "div",
      { class: "bar" },
      make("div", { class: "choice", role: "group", "aria-label": "View" }, ...modes),
      make(
        "div",
        { class: "zooms" },
        button("−", () => stage.zoomBy(1 / ZOOM), "-", { "aria-label": "Zoom out" }),
        zoom,
        button("+", () => stage.zoomBy(ZOOM), "+", { "aria-label": "Zoom in" }),
        button("Full screen", () => void fullScreen(root), "f"),
      ),
    ),
    trouble,
    stage.box,
    strip.box,
    worst.box,
    keys(),
  );

  let number = -1;
  let forwards = true;
  let begun = 0;
  let settling = 0;
  const height = () => rung(stage.height);

  function go(to: number): void {
    const wanted = Math.min(scene.frames - 1, Math.max(0, to));
    if (wanted === number) return;
    forwards = wanted > number;
    number = wanted;
    begun = performance.now();
    const words = `frame ${number} of ${scene.frames}, ${clock(number / scene.frames_per_second, 2)}`;
    frame.show(`${number} · ${clock(number / scene.frames_per_second, 2)}`);
    score.show((scores[number] ?? NaN).toFixed(2));
    worst.mark(number);
    strip.show(number, words);
    const here = pairs.get(number, height());
    if (here) show(true);
    else stale();
    ahead();
    clearTimeout(settling);
    settling = setTimeout(settle, SETTLED_MS);
  }

  function show(cached: boolean): void {
    const pair = pairs.get(number, height()) ?? pairs.any(number);
    if (!pair) return;
    trouble.hidden = true;
    stage.show(pair);
    root.dataset["shown"] = String(pair.number);
    performance.measure("codek7:pair", { start: begun, end: performance.now(), detail: { cached, number } });
  }

  /** What shows is of another frame, until the right one comes. */
  function stale(): void {
    const smaller = pairs.any(number);
    if (smaller) stage.show(smaller);
  }

  /** The frame itself, then the next ones in the direction of travel, the one behind, and the worst. */
  function ahead(): void {
    const onward = Array.from({ length: AHEAD }, (_, step) => number + (forwards ? step + 1 : -step - 1));
    const wanted = [number, ...onward, number + (forwards ? -1 : 1)];
    pairs.want(wanted.filter((each) => each >= 0 && each < scene.frames), height());
  }

  /** Nothing has moved for a moment: Python hears of it, and what is zoomed into comes in more detail. */
  function settle(): void {
    if (view.model.get("number") !== number) view.tell("number", number);
    const fine = rung(stage.height * stage.zoom);
    if (stage.zoom > 1 && !pairs.get(number, fine)) pairs.want([number], fine, true);
  }

  pairs.loaded = (pair) => {
    const shown = stage.pair?.number ?? Infinity;
    if (pair.number === number) show(false);
    // Whoever scrubs faster than pictures come sees those that are nearest.
    else if (Math.abs(pair.number - number) < Math.abs(shown - number)) stage.show(pair);
  };
  pairs.failed = (error) => {
    trouble.textContent = `Frame ${number}: ${error.message}`;
    trouble.hidden = false;
  };
  stage.changed = () => {
    modes.forEach((each, at) => set(each, { "aria-pressed": String(MODES[at]?.[0] === stage.mode) }));
    zoom.textContent = `${Math.round(stage.zoom * 100)} %`;
    if (number < 0) go(view.model.get("number") as number);
    clearTimeout(settling);
    settling = setTimeout(() => {
      if (!pairs.get(number, height())) ahead();
      settle();
    }, SETTLED_MS);
  };
  strip.chosen = go;
  view.hear("number", () => go(view.model.get("number") as number));
  const acts: Record<string, (event: KeyboardEvent) => void> = {
    ArrowLeft: ({ shiftKey }) => go(number - (shiftKey ? 10 : 1)),
    ArrowRight: ({ shiftKey }) => go(number + (shiftKey ? 10 : 1)),
    Home: () => go(0),
    End: () => go(scene.frames - 1),
    " ": () => stage.flip(),
    w: () => stage.become("wipe"),
    s: () => stage.become("side"),
    d: () => stage.become("difference"),
    "+": () => stage.zoomBy(ZOOM),
    "=": () => stage.zoomBy(ZOOM),
    "-": () => stage.zoomBy(1 / ZOOM),
    Escape: () => stage.reset(),
    f: () => void fullScreen(root),
  };
  root.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === " " && event.target instanceof HTMLButtonElement) return; // which it presses
    const place = "1234567890".indexOf(event.key);
    const act = place >= 0 ? () => go(scene.worst[place] ?? number) : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act(event);
  });
});

/** The ten worst frames; each says its score. */
function worstList({ worst, metric, frames_per_second }: Scene, scores: Float32Array, go: (to: number) => void) {
  const items = worst.map((number, place) => {
    const at = clock(number / frames_per_second, 1);
    const item = make(
      "button",
      { type: "button", title: `Frame ${number}, at ${at} (${(place + 1) % 10})` },
      make("kbd", {}, String((place + 1) % 10)),
      make("strong", {}, (scores[number] ?? NaN).toFixed(1)),
      make("span", {}, at),
    );
    item.addEventListener("click", () => go(number));
    return make("li", {}, item);
  });
  const box = make("div", { class: "worst", hidden: !worst.length }, make("h3", {}, `Worst ${metric}`));
  box.append(make("ol", {}, ...items));
  return {
    box,
    mark(number: number): void {
      items.forEach((item, at) => set(item, { "aria-current": worst[at] === number ? "true" : undefined }));
    },
  };
}

async function fullScreen(root: HTMLElement): Promise<void> {
  const tree = root.getRootNode() as ShadowRoot;
  if (tree.fullscreenElement) await document.exitFullscreen();
  else await root.requestFullscreen();
}

function keys(): HTMLElement {
  const all: readonly [string, string][] = [
    ["← →", "a frame"],
    ["Shift ← →", "ten"],
    ["Space", "flip"],
    ["w s d", "wipe, side by side, difference"],
    ["1 … 0", "worst"],
    ["+ −", "zoom"],
  ];
  return make("p", { class: "keys" }, ...all.map(([key, what]) => make("span", {}, make("kbd", {}, key), ` ${what}`)));
}
