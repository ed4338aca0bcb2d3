// A source shot by shot: codek7.lab.views.Storyboard.

import { make, set } from "./dom";
import { widget } from "./view";
import { clock, rate } from "./words";
import styles from "../styles/storyboard.css";

interface Shot {
  readonly start_us: number;
  readonly end_us: number;
  readonly average_bps: number;
  readonly complexity: number;
}

interface Scene {
  readonly title: string;
  readonly shots: readonly Shot[];
}

const AT_ONCE = 6;
const TILE_HEIGHT = 126;

export default widget<Scene>(styles, (view) => {
  const { scene, root, signal } = view;
  const { shots } = scene;
  const most = Math.max(...shots.map(({ complexity }) => complexity), 0) || 1;
  const length = (shots.at(-1)?.end_us ?? 0) - (shots[0]?.start_us ?? 0) || 1;
  const tiles = shots.map((shot, at) => tile(shot, at, most));
  const parts = shots.map((shot, at) => part(shot, at, most, length));
  const grid = make("ol", { class: "tiles" }, ...tiles.map((each) => make("li", {}, each)));
  const strip = make("div", { class: "strip", "aria-hidden": "true" }, ...parts);
  const trouble = make("p", { class: "trouble", role: "alert", hidden: true });
  root.setAttribute("aria-label", scene.title);
  root.append(
    make(
      "div",
      { class: "header" },
      make(
        "div",
        {},
        make("h2", {}, scene.title),
        make("p", {}, `${shots.length} shot${shots.length === 1 ? "" : "s"}, ${clock(length / 1e6)}`),
      ),
      make("p", { class: "muted" }, "The bar is complexity, the number average rate"),
    ),
    strip,
    trouble,
    grid,
  );

  function choose(at: number): void {
    view.tell("clicked_us", shots[at]?.start_us ?? 0);
    mark();
  }
  function mark(): void {
    const time = view.model.get("clicked_us") as number | null;
    shots.forEach(({ start_us, end_us }, at) => {
      const here = time !== null && start_us <= time && time < end_us;
      set(tiles[at] as Element, { "aria-pressed": String(here) });
      set(parts[at] as Element, { "data-here": here });
    });
  }
  tiles.forEach((each, at) => {
    set(each, { tabindex: at ? -1 : 0 });
    each.addEventListener("click", () => choose(at));
  });
  parts.forEach((each, at) =>
    each.addEventListener("click", () => {
      choose(at);
      focus(at);
    }),
  );

  /** One stop for Tab; arrows go from tile to tile. */
  function focus(to: number): void {
    const at = Math.min(tiles.length - 1, Math.max(0, to));
    tiles.forEach((each, place) => set(each, { tabindex: place === at ? 0 : -1 }));
    tiles[at]?.focus();
    tiles[at]?.scrollIntoView({ block: "nearest" });
  }
  grid.addEventListener("keydown", (event) => {
    const at = tiles.indexOf((event.target as Element).closest("button") as HTMLButtonElement);
    const tops = tiles.map(({ offsetTop }) => offsetTop);
    const columns = tops.filter((top) => top === tops[0]).length;
    const to = {
      ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns, ArrowUp: at - columns, Home: 0, End: Infinity,
    }[event.key]; // prettier-ignore
    if (to === undefined || at < 0 || to < 0 || (to >= tiles.length && to !== Infinity)) return;
    event.preventDefault();
    focus(to);
  });

  // Pictures come for what can be seen, and a little ahead of it; a few at a time.
  const wanted = new Set<number>();
  const asked = new Set<number>();
  let busy = false;
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const at = tiles.indexOf(target as HTMLButtonElement);
        if (isIntersecting && !asked.has(at)) wanted.add(at);
        else wanted.delete(at);
      }
      void fetchPictures();
    },
    { rootMargin: "300px" },
  );
  for (const each of tiles) seen.observe(each);
  async function fetchPictures(): Promise<void> {
    if (busy) return;
    busy = true;
    while (wanted.size && !signal.aborted) {
      const some = [...wanted].sort((a, b) => a - b).slice(0, AT_ONCE);
      for (const at of some) {
        wanted.delete(at);
        asked.add(at);
      }
      try {
        const height = Math.round(TILE_HEIGHT * Math.min(2, devicePixelRatio));
        const { buffers } = await view.ask("pictures", { shots: some, height });
        some.forEach((at, place) => showPicture(tiles[at], buffers[place]));
      } catch (error) {
        if (signal.aborted) break;
        trouble.textContent = `No pictures: ${(error as Error).message}`;
        trouble.hidden = false;
        wanted.clear();
      }
    }
    busy = false;
  }
  const urls: string[] = [];
  function showPicture(shown: HTMLElement | undefined, file: DataView | undefined): void {
    if (!shown || !file?.byteLength) return;
    const url = URL.createObjectURL(new Blob([file as DataView<ArrayBuffer>]));
    urls.push(url);
    shown.querySelector("img")?.setAttribute("src", url);
  }
  signal.addEventListener("abort", () => {
    seen.disconnect();
    for (const url of urls) URL.revokeObjectURL(url);
  });
  view.hear("clicked_us", mark);
  mark();
});

function tile(shot: Shot, at: number, most: number): HTMLButtonElement {
  const seconds = ((shot.end_us - shot.start_us) / 1e6).toFixed(1);
  const share = shot.complexity / most;
  const words = [`Shot ${at + 1}`, `at ${clock(shot.start_us / 1e6)}`, `${seconds} seconds`];
  if (shot.average_bps) words.push(rate(shot.average_bps));
  words.push(`complexity ${Math.round(share * 100)} %`);
  return make(
    "button",
    { type: "button", class: "tile", "aria-label": words.join(", ") },
    make("span", { class: "picture" }, make("img", { alt: "" })),
    make("span", { class: "bar", style: `--share: ${share}` }),
    make(
      "span",
      { class: "words" },
      make("strong", {}, clock(shot.start_us / 1e6)),
      make("small", {}, `${seconds} s`),
      make("span", {}, shot.average_bps ? rate(shot.average_bps) : ""),
    ),
  );
}

/** The shot on the strip over all tiles: as wide as it is long, as dark as it is complex. */
function part(shot: Shot, at: number, most: number, length: number): HTMLElement {
  const width = (shot.end_us - shot.start_us) / length;
  const style = `flex-grow: ${width * 1000}; --share: ${shot.complexity / most}`;
  return make("i", { style, title: `Shot ${at + 1}, ${clock(shot.start_us / 1e6)}` });
}
