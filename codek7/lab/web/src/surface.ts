// A canvas as large as its box, sharp on every screen, painted at most once a frame.

import { make } from "./dom";
import type { View } from "./view";

export type Paint = (context: CanvasRenderingContext2D, width: number, height: number) => void;

export class Surface {
  readonly canvas: HTMLCanvasElement;
  width = 0;
  height = 0;
  readonly #paint: Paint;
  #planned = 0;

  /** `resized` is called before the first painting too. */
  constructor(view: View<unknown>, box: HTMLElement, paint: Paint, resized: () => void = () => undefined) {
    const { signal } = view;
    this.#paint = paint;
    this.canvas = box.appendChild(make("canvas", { "aria-hidden": "true" }));
    const seen = new ResizeObserver(([entry]) => {
      const { width, height } = (entry as ResizeObserverEntry).contentRect;
      if (!width || !height || (width === this.width && height === this.height)) return;
      [this.width, this.height] = [width, height];
      resized();
      this.paint(); // now, or a canvas that was cleared by its new size would flash
    });
    seen.observe(box);
    view.onRepaint(() => this.soon());
    signal.addEventListener("abort", () => {
      seen.disconnect();
      cancelAnimationFrame(this.#planned);
    });
  }

  /** Paint with the next frame. */
  soon(): void {
    this.#planned ||= requestAnimationFrame(() => this.paint());
  }

  paint(): void {
    cancelAnimationFrame(this.#planned);
    this.#planned = 0;
    if (!this.width || !this.height) return;
    const ratio = devicePixelRatio;
    const [width, height] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const context = this.canvas.getContext("2d");
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.#paint(context, this.width, this.height);
  }
}
