// The ladder's rungs as handles on the front: dragged, or moved, dropped and added by keyboard.

import { draw, set } from "../dom";
import type { View } from "../view";
import { crf, rate } from "../words";
import type { Plane } from "./plane";
import { point, type Scene } from "./scene";

const STRIDE = 10;

export class Rungs {
  readonly layer = draw("svg", { class: "rungs", role: "group", "aria-label": "The ladder's rungs" });
  /** Places of the ladder, rising in rate. */
  picked: readonly number[];
  selected: number | null = null;
  readonly #handles = new Map<number, SVGGElement>();
  readonly #cross = draw("path", { class: "cross" });
  readonly #tags = draw("g", { class: "tags" });
  #dragged: number | null = null;

  constructor(
    private readonly view: View<Scene>,
    private readonly plane: Plane,
    private readonly changed: () => void,
  ) {
    this.picked = this.#rising(view.model.get("_picked") as number[]);
    this.layer.append(this.#cross, this.#tags);
    this.layer.addEventListener("keydown", (event) => this.#key(event));
    this.layer.addEventListener("pointermove", (event) => this.#drag(event));
    for (const end of ["pointerup", "pointercancel"]) this.layer.addEventListener(end, () => (this.#dragged = null));
    view.hear("_picked", () => {
      const told = this.#rising(view.model.get("_picked") as number[]);
      if (told.join() !== this.picked.join() && this.#dragged === null) this.#become(told, this.selected);
    });
  }

  /** Draw all handles where they are now. */
  place(): void {
    const { width, height } = this.plane.surface;
    this.layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
    for (const [at, handle] of this.#handles) {
      if (this.picked.includes(at)) continue;
      handle.remove();
      this.#handles.delete(at);
    }
    this.picked.forEach((at, order) => {
      const handle = this.#handles.get(at) ?? this.#handle(at);
      const { places, kinds, metric } = this.view.scene;
      const { kind, rate: bps, score, crf: quality } = point(places, kinds, at);
      const words = `${kind.label}, ${crf(quality)}, ${rate(bps)}, ${metric} ${score.toFixed(1)}`;
      const [x, y] = [this.plane.x(bps), this.plane.y(score)];
      set(handle, {
        transform: `translate(${x} ${y})`,
        "aria-label": `Rung ${order + 1} of ${this.picked.length}`,
        "aria-valuenow": at,
        "aria-valuetext": words,
        "data-selected": at === this.selected,
      });
    });
    this.#drawCross();
  }

  select(at: number | null, focus = false): void {
    this.selected = at;
    this.place();
    if (focus && at !== null) this.#handles.get(at)?.focus({ preventScroll: true });
    this.changed();
  }

  drop(): void {
    if (this.selected === null || this.picked.length < 2) return;
    const order = this.picked.indexOf(this.selected);
    const left = this.picked.filter((at) => at !== this.selected);
    this.#become(left, left[Math.min(order, left.length - 1)] ?? null, true);
  }

  /** A rung more, in the middle of the gap above the selected one; else of the widest. */
  add(): void {
    const taken = new Set(this.picked);
    const free = this.#between(this.#gap());
    const at = [...free].filter((place) => !taken.has(place)).sort((a, b) => a - b);
    const middle = at[Math.floor(at.length / 2)];
    if (middle !== undefined) this.#become([...this.picked, middle], middle, true);
  }

  #rising(picked: readonly number[]): readonly number[] {
    const { rates } = this.view.scene.places;
    return [...picked].sort((a, b) => (rates[a] ?? 0) - (rates[b] ?? 0));
  }

  #become(picked: readonly number[], selected: number | null, focus = false): void {
    this.picked = this.#rising(picked);
    this.select(selected !== null && this.picked.includes(selected) ? selected : null, focus);
  }

  #handle(at: number): SVGGElement {
    const { on_front } = this.view.scene;
    const handle = draw(
      "g",
      { role: "slider", tabindex: 0, class: "rung", "aria-valuemin": 0, "aria-valuemax": Math.max(0, on_front - 1) },
      draw("circle", { r: 15, class: "reach" }),
      draw("circle", { r: 7, class: "dot" }),
    );
    handle.addEventListener("focus", () => this.#of(handle) !== this.selected && this.select(this.#of(handle)));
    handle.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      event.stopPropagation();
      this.layer.setPointerCapture(event.pointerId);
      this.#dragged = this.#of(handle);
      this.select(this.#dragged, true);
    });
    this.#handles.set(at, handle);
    this.layer.append(handle);
    return handle;
  }

  #of(handle: SVGGElement): number | null {
    return [...this.#handles].find(([, each]) => each === handle)?.[0] ?? null;
  }

  #drag(event: PointerEvent): void {
    if (this.#dragged === null) return;
    const box = this.layer.getBoundingClientRect();
    const others = new Set(this.picked.filter((at) => at !== this.#dragged));
    const to = this.plane.place(event.clientX - box.x, event.clientY - box.y, others);
    if (to !== null) this.#move(this.#dragged, to);
  }

  #move(from: number, to: number): void {
    if (from === to) return;
    const handle = this.#handles.get(from);
    if (handle) {
      this.#handles.delete(from);
      this.#handles.set(to, handle);
    }
    if (this.#dragged === from) this.#dragged = to;
    this.#become(this.picked.map((at) => (at === from ? to : at)), to);
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || this.selected === null) return;
    const stride = event.shiftKey ? STRIDE : 1;
    const steps: Record<string, number> = {
      ArrowRight: stride, ArrowUp: stride, ArrowLeft: -stride, ArrowDown: -stride,
      PageUp: STRIDE, PageDown: -STRIDE, Home: -Infinity, End: Infinity,
    }; // prettier-ignore
    const step = steps[event.key];
    if (step !== undefined) this.#step(this.selected, step);
    else if (event.key === "Delete" || event.key === "Backspace") this.drop();
    else if (event.key === "+") this.add();
    else return;
    event.preventDefault();
  }

  /** By so many places along the front of its codec; over those that other rungs have. */
  #step(from: number, by: number): void {
    const { rates } = this.view.scene.places;
    const taken = new Set(this.picked.filter((at) => at !== from));
    const front = this.#alike(from);
    const last = front.length - 1;
    // One that is beside the front begins at the place with its rate.
    const own = front.indexOf(from);
    const start = own >= 0 ? own : Math.max(0, front.findIndex((at) => (rates[at] ?? 0) >= (rates[from] ?? 0)));
    let to = Math.min(last, Math.max(0, start + by));
    const isTaken = (place: number): boolean => taken.has(front[place] ?? -1);
    const onward = Math.sign(by);
    while (isTaken(to) && to + onward >= 0 && to + onward <= last) to += onward;
    while (isTaken(to) && front[to] !== from && to - onward >= 0 && to - onward <= last) to -= onward;
    const place = front[to];
    if (place !== undefined && !taken.has(place)) this.#move(from, place);
  }

  /** The places of the front that have a rung's codec, rising in rate. */
  #alike(at: number): number[] {
    const { kinds, places, on_front } = this.view.scene;
    const codec = (place: number): string | undefined => kinds[places.kinds[place] ?? 0]?.codec;
    return [...Array(on_front).keys()].filter((place) => codec(place) === codec(at));
  }

  /** The rates of the two rungs between which there is room. */
  #gap(): [number, number] {
    const { rates } = this.view.scene.places;
    const ends = [this.plane.x.domain()[0] ?? 1, ...this.picked.map((at) => rates[at] ?? 0), Infinity];
    const order = this.selected === null ? -1 : this.picked.indexOf(this.selected);
    if (order >= 0) {
      const above: [number, number] = [ends[order + 1] ?? 0, ends[order + 2] ?? Infinity];
      if (this.#between(above).size) return above;
    }
    const gaps = ends.slice(1).map((end, at): [number, number] => [ends[at] ?? 0, end]);
    return gaps.reduce((best, gap) => (this.#between(gap).size > this.#between(best).size ? gap : best));
  }

  #between([low, high]: [number, number]): Set<number> {
    const { rates } = this.view.scene.places;
    const front = [...rates.slice(0, this.view.scene.on_front).keys()];
    return new Set(front.filter((at) => (rates[at] ?? 0) > low && (rates[at] ?? 0) < high));
  }

  #drawCross(): void {
    const { places, kinds } = this.view.scene;
    this.#tags.replaceChildren();
    if (this.selected === null) {
      this.#cross.setAttribute("d", "");
      return;
    }
    const { rate: bps, score, kind } = point(places, kinds, this.selected);
    const [x, y] = [this.plane.x(bps), this.plane.y(score)];
    const [left = 0] = this.plane.x.range();
    const bottom = Math.max(...this.plane.y.range());
    this.#cross.setAttribute("d", `M${left} ${y}H${x}V${bottom}`);
    const name = `${Math.min(kind.width, kind.height)}p`;
    this.#tags.append(
      tag(left - 6, y, score.toFixed(1), "end"),
      tag(x, bottom + 15, rate(bps), "middle"),
      draw("text", { x, y: y - 16, class: "size", "text-anchor": "middle" }, name),
    );
  }
}

/** A value on an axis, on a little plate. */
function tag(x: number, y: number, words: string, anchor: "end" | "middle"): SVGGElement {
  const width = words.length * 7 + 10;
  const left = anchor === "end" ? x - width : x - width / 2;
  return draw(
    "g",
    {},
    draw("rect", { x: left, y: y - 9.5, width, height: 19, rx: 4 }),
    draw("text", { x: left + width / 2, y: y + 4.2, "text-anchor": "middle" }, words),
  );
}
