// The last minute of playing: seconds in the buffer, the rate at which bytes come, and the level that plays.

import { make } from "../dom";
import { Surface } from "../surface";
import type { View } from "../view";
import { roundRate } from "../words";

export interface Moment {
  /** Seconds, by the page's clock. */
  readonly at: number;
  readonly buffer_s: number;
  readonly bandwidth_bps: number;
  readonly level_bps: number;
}

const SPAN_S = 60;
const LEFT = 46;
const RIGHT = 66;
const LEAST_S = 30;
/** Of the rates' axis, which is logarithmic. */
const RATES = [1e5, 1e6, 1e7, 1e8];
const [SLOWEST, FASTEST] = [1e5, 1e8];

export class Graph {
  readonly box = make("div", { class: "graph" });
  readonly #surface: Surface;
  readonly #moments: Moment[] = [];
  readonly #colours: () => Readonly<Record<"buffer" | "bandwidth" | "muted" | "line", string>>;

  constructor(view: View<unknown>) {
    this.#colours = view.palette({
      buffer: "var(--accent)", bandwidth: "var(--bandwidth)", muted: "var(--muted)", line: "var(--edge)",
    }); // prettier-ignore
    this.#surface = new Surface(view, this.box, (context) => this.#paint(context));
  }

  add(moment: Moment): void {
    this.#moments.push(moment);
    while ((this.#moments[0]?.at ?? 0) < moment.at - SPAN_S - 1) this.#moments.shift();
    this.#surface.soon();
  }

  #paint(context: CanvasRenderingContext2D): void {
    const { width, height } = this.#surface;
    const end = this.#moments.at(-1)?.at ?? 0;
    const longest = Math.max(LEAST_S, ...this.#moments.map(({ buffer_s }) => buffer_s));
    const [top, bottom] = [10, height - 10];
    const x = (at: number) => LEFT + (1 - (end - at) / SPAN_S) * (width - LEFT - RIGHT);
    const y = (share: number) => bottom - share * (bottom - top);
    const share = (bps: number) => Math.max(0, Math.log10(bps / SLOWEST) / Math.log10(FASTEST / SLOWEST));
    const { buffer, bandwidth, muted, line } = this.#colours();
    context.font = `12px ${getComputedStyle(this.#surface.canvas).fontFamily}`;
    context.strokeStyle = line;
    RATES.forEach((bps, at) => {
      const part = at / (RATES.length - 1);
      context.beginPath();
      context.moveTo(LEFT, y(part));
      context.lineTo(width - RIGHT, y(part));
      context.stroke();
      context.fillStyle = buffer;
      context.textAlign = "right";
      context.fillText(`${(longest * part).toFixed(0)} s`, LEFT - 8, y(part) + 4);
      context.fillStyle = bandwidth;
      context.textAlign = "left";
      context.fillText(roundRate(bps), width - RIGHT + 8, y(part) + 4);
    });
    context.save();
    context.beginPath();
    context.rect(LEFT, 0, width - LEFT - RIGHT, height);
    context.clip();
    this.#line(context, (each) => [x(each.at), y(share(each.level_bps))], muted, [2, 4]);
    this.#line(context, (each) => [x(each.at), y(share(each.bandwidth_bps))], bandwidth);
    this.#line(context, (each) => [x(each.at), y(each.buffer_s / longest)], buffer);
    context.restore();
  }

  #line(context: CanvasRenderingContext2D, at: (moment: Moment) => [number, number], colour: string, dash: number[] = []) {
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.setLineDash(dash);
    context.beginPath();
    for (const moment of this.#moments) context.lineTo(...at(moment));
    context.stroke();
    context.setLineDash([]);
  }
}
