// The rows over one axis of time: scores, bits, frame types, and shots through all of them.

import { scaleLinear } from "d3-scale";
import { Surface } from "../surface";
import type { View } from "../view";
import { clock, size } from "../words";
import type { Scene, Series, Span } from "./series";

export const LEFT = 62;
const RIGHT = 20;
const GAP = 14;
const TYPES = 12;
const AXIS = 26;
const SCORES_SHARE = 0.55;
const LETTERS_FROM = 11;

export class Plot {
  /** The frames in view: first, and first after. */
  window: Span;
  selected: Span | null = null;
  cursor: number | null = null;
  readonly surface: Surface;
  readonly x = scaleLinear();
  readonly #colours: () => Readonly<Record<string, string>>;

  constructor(
    view: View<Scene>,
    private readonly series: Series,
    box: HTMLElement,
  ) {
    this.window = [0, series.scene.frames];
    this.#colours = view.palette<string>({
      ink: "var(--ink)", muted: "var(--muted)", line: "var(--edge)", accent: "var(--accent)",
      I: "var(--i-frame)", P: "var(--p-frame)", B: "var(--b-frame)",
    }); // prettier-ignore
    this.surface = new Surface(view, box, (context) => this.#paint(context), () => this.#scale());
  }

  look(from: number, to: number): void {
    const { frames } = this.series.scene;
    const length = Math.min(frames, Math.max(12, to - from));
    const first = Math.min(frames - length, Math.max(0, from));
    this.window = [first, first + length];
    this.#scale();
    this.surface.soon();
  }

  /** The frame at a place of the screen. */
  frame(px: number): number {
    return Math.min(this.series.scene.frames - 1, Math.max(0, Math.floor(this.x.invert(px))));
  }

  #scale(): void {
    this.x.domain([...this.window]).range([LEFT, Math.max(LEFT + 20, this.surface.width - RIGHT)]);
  }

  /** Top and bottom of each row. */
  get rows(): Record<"scores" | "bits" | "types", [number, number]> {
    const bottom = this.surface.height - AXIS;
    const room = bottom - 10 - TYPES - 2 * GAP;
    const middle = 10 + (this.series.scores.length ? room * SCORES_SHARE : 0);
    return {
      scores: [10, middle],
      bits: [middle + (this.series.scores.length ? GAP : 0), bottom - TYPES - GAP / 2],
      types: [bottom - TYPES, bottom],
    };
  }

  #paint(context: CanvasRenderingContext2D): void {
    context.font = `12px ${getComputedStyle(this.surface.canvas).fontFamily}`;
    this.#paintAxis(context);
    this.#paintSelection(context);
    if (this.series.scores.length) this.#paintScores(context);
    this.#paintBits(context);
    this.#paintShots(context);
    this.#paintCursor(context);
  }

  #paintAxis(context: CanvasRenderingContext2D): void {
    const { frames_per_second: fps } = this.series.scene;
    const [from, to] = this.window;
    const seconds = scaleLinear().domain([from / fps, to / fps]);
    const ticks = seconds.ticks(Math.max(2, Math.floor(this.surface.width / 110)));
    const digits = (ticks[1] ?? 1) - (ticks[0] ?? 0) < 1 ? 2 : 0;
    context.fillStyle = this.#colours()["muted"] ?? "";
    context.textAlign = "center";
    for (const at of ticks) {
      context.fillText(clock(at, digits), this.x(at * fps), this.surface.height - 8);
    }
  }

  #paintSelection(context: CanvasRenderingContext2D): void {
    if (!this.selected) return;
    const [left, right] = [this.x(this.selected[0]), this.x(this.selected[1] + 1)];
    const [top, bottom] = [this.rows.scores[0] - 6, this.rows.types[1]];
    context.save();
    this.#clip(context);
    context.fillStyle = this.#colours()["accent"] ?? "";
    context.globalAlpha = 0.13;
    context.fillRect(left, top, right - left, bottom - top);
    context.globalAlpha = 1;
    for (const edge of [left, right]) context.fillRect(edge - 1, top, 2, bottom - top);
    context.restore();
  }

  #paintScores(context: CanvasRenderingContext2D): void {
    const [top, bottom] = this.rows.scores;
    const [low, high] = this.series.extent;
    const y = scaleLinear().domain([low, high > low ? high : low + 1]).nice(4).range([bottom, top]);
    context.textAlign = "right";
    context.lineWidth = 1;
    for (const score of y.ticks(4)) {
      context.strokeStyle = this.#colours()["line"] ?? "";
      context.beginPath();
      context.moveTo(LEFT, y(score));
      context.lineTo(this.surface.width - RIGHT, y(score));
      context.stroke();
      context.fillStyle = this.#colours()["muted"] ?? "";
      context.fillText(String(score), LEFT - 8, y(score) + 4);
    }
    context.save();
    this.#clip(context);
    context.strokeStyle = this.#colours()["ink"] ?? "";
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    context.beginPath();
    this.#columns((from, to, x) => {
      const some = this.series.scores.subarray(from, to);
      if (!some.length) return;
      context.lineTo(x, y(some.reduce((a, b) => Math.max(a, b), -Infinity)));
      if (some.length > 1) context.lineTo(x, y(some.reduce((a, b) => Math.min(a, b), Infinity)));
    }, this.series.scene.every);
    context.stroke();
    context.restore();
  }

  #paintBits(context: CanvasRenderingContext2D): void {
    const { types } = this.series.scene;
    const [top, bottom] = this.rows.bits;
    const [typesTop, typesBottom] = this.rows.types;
    const y = scaleLinear().domain([0, this.series.largest]).range([bottom, top]);
    context.textAlign = "right";
    context.fillStyle = this.#colours()["muted"] ?? "";
    context.fillText(size(this.series.largest), LEFT - 8, top + 9);
    context.save();
    this.#clip(context);
    const wide = this.x(1) - this.x(0);
    this.#columns((from, to, x) => {
      let largest = from;
      for (let at = from; at < to; at++) if ((this.series.sizes[at] ?? 0) > (this.series.sizes[largest] ?? 0)) largest = at;
      const kinds = types.slice(from, to);
      const kind = ["I", "P"].find((letter) => kinds.includes(letter)) ?? "B";
      const width = Math.max(1, wide * (to - from) - (wide > 4 ? 1 : 0));
      const height = y(this.series.sizes[largest] ?? 0);
      context.fillStyle = this.#colours()[types[largest] ?? "B"] ?? "";
      context.fillRect(x, height, width, bottom - height);
      context.fillStyle = this.#colours()[kind] ?? "";
      context.fillRect(x, typesTop, width, typesBottom - typesTop);
      if (wide < LETTERS_FROM) return;
      context.fillStyle = this.#colours()["ink"] ?? "";
      context.textAlign = "center";
      context.fillText(kind, x + wide / 2, typesBottom - 2);
    });
    context.restore();
  }

  #paintShots(context: CanvasRenderingContext2D): void {
    context.save();
    this.#clip(context);
    context.strokeStyle = this.#colours()["ink"] ?? "";
    context.globalAlpha = 0.45;
    context.setLineDash([2, 3]);
    context.beginPath();
    for (const shot of this.series.scene.shots) {
      if (shot <= this.window[0] || shot >= this.window[1]) continue;
      context.moveTo(this.x(shot), this.rows.scores[0] - 6);
      context.lineTo(this.x(shot), this.rows.types[1]);
    }
    context.stroke();
    context.restore();
  }

  #paintCursor(context: CanvasRenderingContext2D): void {
    if (this.cursor === null) return;
    const x = this.x(this.cursor + 0.5);
    if (x < LEFT || x > this.surface.width - RIGHT) return;
    context.fillStyle = this.#colours()["ink"] ?? "";
    context.fillRect(x - 0.5, this.rows.scores[0] - 6, 1, this.rows.types[1] - this.rows.scores[0] + 6);
  }

  #clip(context: CanvasRenderingContext2D): void {
    context.beginPath();
    context.rect(LEFT, 0, this.surface.width - LEFT - RIGHT, this.surface.height);
    context.clip();
  }

  /** What is in view in groups, none narrower than a pixel: numbers from and to, and where on the screen. */
  #columns(draw: (from: number, to: number, x: number) => void, every = 1): void {
    const [first, end] = [Math.floor(this.window[0] / every), Math.ceil(this.window[1] / every)];
    const pixels = Math.max(1, this.surface.width - LEFT - RIGHT);
    const step = Math.max(1, Math.ceil((end - first) / pixels));
    for (let from = first - (first % step); from < end; from += step) draw(from, Math.min(end, from + step), this.x(from * every));
  }
}
