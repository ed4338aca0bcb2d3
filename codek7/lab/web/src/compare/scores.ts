// The score of every frame as a strip, on which the frame is chosen.

import { make, set } from "../dom";
import { Surface } from "../surface";
import type { View } from "../view";

const PAD = 10;

export class Scores {
  readonly box: HTMLElement;
  /** Called with the frame that is chosen here. */
  chosen: (number: number) => void = () => undefined;
  readonly #surface: Surface;
  readonly #low: number;
  readonly #high: number;
  readonly #colours: () => Readonly<Record<"line" | "worst" | "at" | "bed", string>>;
  #number = 0;

  constructor(
    view: View<unknown>,
    private readonly frames: number,
    private readonly scores: Float32Array,
    private readonly worst: readonly number[],
    metric: string,
  ) {
    this.box = make("div", {
      class: "scores", role: "slider", tabindex: 0, "aria-label": "Frame", "aria-valuemin": 0,
      "aria-valuemax": frames - 1, title: scores.length ? `${metric} of every frame` : "Frames",
    }); // prettier-ignore
    const finite = scores.filter(Number.isFinite);
    this.#low = finite.reduce((least, score) => Math.min(least, score), Infinity);
    this.#high = finite.reduce((most, score) => Math.max(most, score), -Infinity);
    this.#colours = view.palette({ line: "var(--ink)", worst: "var(--bad)", at: "var(--accent)", bed: "var(--line)" });
    this.#surface = new Surface(view, this.box, (context) => this.#paint(context));
    this.#listen();
  }

  show(number: number, words: string): void {
    this.#number = number;
    set(this.box, { "aria-valuenow": number, "aria-valuetext": words });
    this.#surface.soon();
  }

  #x(number: number): number {
    return PAD + (this.frames > 1 ? number / (this.frames - 1) : 0.5) * (this.#surface.width - 2 * PAD);
  }

  #y(score: number): number {
    const span = this.#high - this.#low || 1;
    return PAD + (1 - (score - this.#low) / span) * (this.#surface.height - 2 * PAD);
  }

  #paint(context: CanvasRenderingContext2D): void {
    const { height, width } = this.#surface;
    const { line, worst, at, bed } = this.#colours();
    context.fillStyle = bed;
    context.fillRect(PAD, height - 2, width - 2 * PAD, 1);
    if (this.scores.length) {
      context.strokeStyle = context.fillStyle = line;
      context.lineWidth = 1.25;
      this.#trace(context);
      context.stroke();
      context.globalAlpha = 0.07;
      context.lineTo(this.#x(this.frames - 1), height - 2);
      context.lineTo(PAD, height - 2);
      context.fill();
      context.globalAlpha = 1;
    }
    context.fillStyle = worst;
    for (const number of this.worst) {
      context.beginPath();
      context.arc(this.#x(number), this.#y(this.scores[number] ?? 0), 2.6, 0, 2 * Math.PI);
      context.fill();
    }
    context.fillStyle = at;
    context.fillRect(this.#x(this.#number) - 1, 0, 2, height);
    if (!this.scores.length) return;
    context.beginPath();
    context.arc(this.#x(this.#number), this.#y(this.scores[this.#number] ?? this.#low), 4, 0, 2 * Math.PI);
    context.fill();
  }

  /** With more frames than pixels, what is drawn of each pixel is its lowest and its highest. */
  #trace(context: CanvasRenderingContext2D): void {
    const perPixel = this.frames / Math.max(1, this.#surface.width - 2 * PAD);
    context.beginPath();
    if (perPixel <= 1.5) {
      this.scores.forEach((score, number) => context.lineTo(this.#x(number), this.#y(score)));
      return;
    }
    for (let from = 0; from < this.frames; from += perPixel) {
      const some = this.scores.subarray(Math.floor(from), Math.ceil(from + perPixel));
      const x = this.#x(from);
      context.lineTo(x, this.#y(some.reduce((a, b) => Math.max(a, b), -Infinity)));
      context.lineTo(x, this.#y(some.reduce((a, b) => Math.min(a, b), Infinity)));
    }
  }

  #listen(): void {
    const choose = (event: PointerEvent) => {
      const { x, width } = this.box.getBoundingClientRect();
      const share = (event.clientX - x - PAD) / (width - 2 * PAD);
      this.chosen(Math.min(this.frames - 1, Math.max(0, Math.round(share * (this.frames - 1)))));
    };
    this.box.addEventListener("pointerdown", (event) => {
      this.box.setPointerCapture(event.pointerId);
      choose(event);
    });
    this.box.addEventListener("pointermove", (event) => {
      if (this.box.hasPointerCapture(event.pointerId)) choose(event);
    });
  }
}
