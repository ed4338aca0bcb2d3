// The plane itself: scales, axes, curves and points. Ten thousand points are nothing to a canvas.

import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from "d3-scale";
import { curveLinear, curveMonotoneX, line } from "d3-shape";
import { draw } from "../dom";
import { Surface } from "../surface";
import type { View } from "../view";
import { roundRate } from "../words";
import { type Columns, type Scene, sizeColour } from "./scene";

type Scale = ScaleContinuousNumeric<number, number>;

const MARGIN = { top: 18, right: 96, bottom: 46, left: 56 };
const DASHES: Record<string, number[]> = { h264: [], hevc: [9, 5], av1: [2.5, 4] };
const MANY = 800;
const DENSE = 200;
const REACH = 9;
const RADIUS = 3.4;
/** The side of a point among many. */
const SPECK = 3;

export class Plane {
  readonly x: Scale = scaleLog();
  readonly y: Scale = scaleLinear();
  readonly surface: Surface;
  readonly #axes = draw("svg", { class: "axes", "aria-hidden": "true" });
  readonly #names = draw("svg", { class: "names", "aria-hidden": "true" });
  /** The point that was tried and is pointed at, or shown. */
  marked: number | null = null;
  readonly #scene: Scene;
  readonly #curves: readonly (readonly number[])[];
  readonly #colours: () => Readonly<Record<string, string>>;

  constructor(
    view: View<Scene>,
    box: HTMLElement,
    private readonly laidOut: () => void,
  ) {
    this.#scene = view.scene;
    this.#curves = this.#scene.kinds.map((_, kind) => sorted(this.#scene.tried, kind));
    this.#domains();
    box.append(this.#axes);
    const kinds = Object.fromEntries(this.#scene.kinds.map(({ hue }, kind) => [kind, sizeColour(hue)]));
    this.#colours = view.palette<string>({ ink: "var(--ink)", muted: "var(--muted)", surface: "var(--surface)", ...kinds });
    this.surface = new Surface(view, box, (context) => this.#paint(context), () => this.#layOut());
    box.append(this.#names);
  }

  /** The point tried that is nearest to a place of the screen, if one is within reach. */
  nearest(px: number, py: number): number | null {
    const { rates, scores } = this.#scene.tried;
    let [found, best] = [null as number | null, REACH ** 2];
    for (let at = 0; at < rates.length; at++) {
      const distance = (this.x(rates[at] ?? 0) - px) ** 2 + (this.y(scores[at] ?? 0) - py) ** 2;
      if (distance <= best) [found, best] = [at, distance];
    }
    return found;
  }

  /** The place on the front that is nearest to a place of the screen, of those that are free. */
  place(px: number, py: number, taken: ReadonlySet<number>): number | null {
    const { rates, scores } = this.#scene.places;
    let [found, best] = [null as number | null, Infinity];
    for (let at = 0; at < this.#scene.on_front; at++) {
      if (taken.has(at)) continue;
      // Mostly by rate: a hand that moves along the front wavers up and down.
      const distance = (this.x(rates[at] ?? 0) - px) ** 2 + ((this.y(scores[at] ?? 0) - py) / 2) ** 2;
      if (distance < best) [found, best] = [at, distance];
    }
    return found;
  }

  #domains(): void {
    const { tried, places, rival } = this.#scene;
    const rates = [...tried.rates, ...places.rates, ...(rival?.rates ?? [])];
    const scores = [...tried.scores, ...places.scores, ...(rival?.scores ?? [])];
    const [least, most] = extent(rates, 1e5, 1e7);
    const [low, high] = extent(scores, 0, 100);
    const room = (high - low) * 0.03 || 1;
    this.x.domain([Math.max(1, least) / 1.08, most * 1.08]);
    this.y.domain([low - room, high + room]);
  }

  #layOut(): void {
    const { width, height } = this.surface;
    const ends: [number, number] = [height - MARGIN.bottom, MARGIN.top];
    this.x.range([MARGIN.left, Math.max(MARGIN.left + 40, width - MARGIN.right)]);
    this.y.range(this.#scene.rising ? ends : [ends[1], ends[0]]);
    this.#drawAxes(width, height);
    this.laidOut();
  }

  #drawAxes(width: number, height: number): void {
    const [left = 0, right = 0] = this.x.range();
    const [bottom, top] = [height - MARGIN.bottom, MARGIN.top];
    const parts: SVGElement[] = [];
    let last = -Infinity;
    for (const rate of logTicks(this.x.domain())) {
      const x = this.x(rate);
      parts.push(draw("line", { x1: x, x2: x, y1: top, y2: bottom }));
      if (x - last < 62) continue;
      last = x;
      parts.push(draw("text", { x, y: bottom + 19, "text-anchor": "middle" }, roundRate(rate)));
    }
    for (const score of this.y.ticks(Math.max(2, Math.round((bottom - top) / 48)))) {
      const y = this.y(score);
      parts.push(draw("line", { x1: left, x2: right, y1: y, y2: y }));
      parts.push(draw("text", { x: left - 10, y: y + 4, "text-anchor": "end" }, String(score)));
    }
    const below = { x: (left + right) / 2, y: bottom + 38, "text-anchor": "middle", class: "axis" };
    parts.push(draw("text", below, "average rate"));
    for (const layer of [this.#axes, this.#names]) layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#axes.replaceChildren(...parts);
    this.#names.replaceChildren(...this.#named(right));
  }

  /** Each curve's name where it ends, moved apart where names would meet. */
  #named(right: number): SVGElement[] {
    const { kinds, tried, rival } = this.#scene;
    const ends = this.#curves.flatMap((curve, kind) => {
      const at = curve.at(-1);
      const { label = "", hue = 0 } = kinds[kind] ?? {};
      if (at === undefined) return [];
      return [{ rate: tried.rates[at] ?? 1, score: tried.scores[at] ?? 0, label, colour: sizeColour(hue) }];
    });
    if (rival?.rates.length) {
      const [rate = 1, score = 0] = [rival.rates.at(-1), rival.scores.at(-1)];
      ends.push({ rate, score, label: rival.name, colour: "var(--muted)" });
    }
    const placed: { x: number; y: number }[] = [];
    return ends
      .map((end) => ({ ...end, x: Math.min(this.x(end.rate) + 13, right + 12), y: this.y(end.score) + 4 }))
      .sort((a, b) => a.y - b.y)
      .map(({ x, y, label, colour }) => {
        for (const other of placed) if (Math.abs(other.x - x) < 80 && y - other.y < 15) y = other.y + 15;
        placed.push({ x, y });
        return draw("text", { x, y, style: `fill: ${colour}` }, label);
      });
  }

  #paint(context: CanvasRenderingContext2D): void {
    const begun = performance.now();
    this.#paintFront(context);
    if (this.#scene.rival) this.#paintRival(context, this.#scene.rival);
    this.#scene.kinds.forEach((_, kind) => this.#paintCurve(context, kind));
    if (this.marked !== null) this.#paintMark(context, this.marked);
    performance.measure("codek7:explorer", { start: begun, end: performance.now() });
  }

  /** Monotone between the points, as the study interpolates; where they are dense, straight. */
  #trace(context: CanvasRenderingContext2D, columns: Pick<Columns, "rates" | "scores">, order: readonly number[]) {
    const through = line<number>((at) => this.x(columns.rates[at] ?? 1), (at) => this.y(columns.scores[at] ?? 0));
    context.beginPath();
    through.curve(order.length > DENSE ? curveLinear : curveMonotoneX).context(context)(order);
    context.stroke();
  }

  #paintFront(context: CanvasRenderingContext2D): void {
    context.save();
    Object.assign(context, { globalAlpha: 0.11, lineWidth: 11, lineCap: "round", lineJoin: "round" });
    context.strokeStyle = this.#colours()["ink"] ?? "";
    const { kinds, places, on_front } = this.#scene;
    const bands = new Map<string, number[]>(); // each codec has a front of its own
    for (let at = 0; at < on_front; at++) {
      const codec = kinds[places.kinds[at] ?? 0]?.codec ?? "";
      if (!bands.get(codec)?.push(at)) bands.set(codec, [at]);
    }
    for (const band of bands.values()) this.#trace(context, places, band);
    context.restore();
  }

  #paintRival(context: CanvasRenderingContext2D, rival: NonNullable<Scene["rival"]>): void {
    context.save();
    const { muted = "", surface = "" } = this.#colours();
    context.strokeStyle = muted;
    context.fillStyle = surface;
    context.lineWidth = 1.5;
    context.setLineDash([1, 4]);
    context.lineCap = "round";
    this.#trace(context, rival, [...rival.rates.keys()]);
    context.setLineDash([]);
    rival.rates.forEach((rate, at) => {
      context.beginPath();
      context.rect(this.x(rate) - 3.5, this.y(rival.scores[at] ?? 0) - 3.5, 7, 7);
      context.fill();
      context.stroke();
    });
    context.restore();
  }

  #paintCurve(context: CanvasRenderingContext2D, kind: number): void {
    const { tried, kinds } = this.#scene;
    const curve = this.#curves[kind] ?? [];
    const many = tried.rates.length > MANY;
    context.save();
    context.strokeStyle = context.fillStyle = this.#colours()[kind] ?? "";
    context.lineWidth = 2;
    context.setLineDash(DASHES[kinds[kind]?.codec ?? ""] ?? []);
    this.#trace(context, tried, curve);
    if (many) context.globalAlpha = 0.55;
    else context.beginPath();
    for (const at of curve) {
      const [x, y] = [this.x(tried.rates[at] ?? 1), this.y(tried.scores[at] ?? 0)];
      if (many) context.fillRect(x - SPECK / 2, y - SPECK / 2, SPECK, SPECK);
      else {
        context.moveTo(x + RADIUS, y);
        context.arc(x, y, RADIUS, 0, 2 * Math.PI);
      }
    }
    if (!many) context.fill();
    context.restore();
  }

  #paintMark(context: CanvasRenderingContext2D, at: number): void {
    const { rates, scores, kinds } = this.#scene.tried;
    context.strokeStyle = this.#colours()[kinds[at] ?? 0] ?? "";
    context.lineWidth = 2;
    context.beginPath();
    context.arc(this.x(rates[at] ?? 1), this.y(scores[at] ?? 0), 8, 0, 2 * Math.PI);
    context.stroke();
  }
}

function sorted({ kinds, rates }: Columns, kind: number): readonly number[] {
  const all = [...rates.keys()].filter((at) => kinds[at] === kind);
  return all.sort((a, b) => (rates[a] ?? 0) - (rates[b] ?? 0));
}

function extent(values: readonly number[], low: number, high: number): [number, number] {
  if (!values.length) return [low, high];
  return values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [
    Infinity,
    -Infinity,
  ]);
}

/** 1, 2 and 5 times the powers of ten. */
function logTicks([low = 1, high = 1]: number[]): number[] {
  const found: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    for (const step of [1, 2, 5]) if (step * power >= low && step * power <= high) found.push(step * power);
  }
  return found;
}
