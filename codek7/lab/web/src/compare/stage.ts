// Two pictures in one place: wiped, flipped, side by side, or their difference; zoomed and moved together.

import { make, set } from "../dom";
import { Surface } from "../surface";
import type { View } from "../view";
import type { Pair } from "./pairs";

export type Mode = "wipe" | "flip" | "side" | "difference";

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const AMPLIFIED = 4;
const MOST_ZOOM = 16;
const SHARP_ABOVE = 2;
const GAP = 2;
const NEAR = 14;

export class Stage {
  readonly box = make("div", { class: "stage", tabindex: 0, role: "group" });
  mode: Mode = "wipe";
  /** Which one a flip shows: 0 the reference, 1 the other. */
  side: 0 | 1 = 1;
  zoom = 1;
  /** After zoom, mode or size have changed. */
  changed: () => void = () => undefined;
  readonly surface: Surface;
  readonly #divider: HTMLElement;
  readonly #names: readonly HTMLElement[];
  #pair: Pair | null = null;
  #wipe = 0.5;
  #centre = { x: 0.5, y: 0.5 };
  #scratch = document.createElement("canvas");

  constructor(
    view: View<unknown>,
    private readonly labels: readonly [string, string],
  ) {
    this.#names = labels.map((label) => make("span", { class: "name" }, label));
    this.#divider = make("div", {
      class: "divider", role: "slider", tabindex: 0, "aria-label": "Wipe", "aria-valuemin": 0, "aria-valuemax": 100,
    }); // prettier-ignore
    this.surface = new Surface(view, this.box, (context) => this.#paint(context), () => this.changed());
    this.box.append(...this.#names, this.#divider);
    this.#listen();
    this.#arrange();
  }

  get pair(): Pair | null {
    return this.#pair;
  }

  /** Pixels of the screen that the height of a picture takes, before zooming. */
  get height(): number {
    return this.#fit(this.#panels()[0] as Box).height * devicePixelRatio;
  }

  show(pair: Pair): void {
    const first = !this.#pair;
    this.#pair = pair;
    const [{ width, height }] = pair.pictures;
    if (first) this.box.style.setProperty("--shape", `${width} / ${height}`);
    this.surface.paint();
  }

  become(mode: Mode, side: 0 | 1 = this.side): void {
    [this.mode, this.side] = [mode, side];
    this.#arrange();
    this.surface.paint();
    this.changed();
  }

  flip(): void {
    this.become("flip", this.mode === "flip" && this.side === 1 ? 0 : 1);
  }

  /** About a place of the stage; its middle if none is given. */
  zoomBy(factor: number, x?: number, y?: number): void {
    const panel = this.#panels()[0] as Box;
    const before = this.#place(panel);
    const zoom = Math.min(MOST_ZOOM, Math.max(1, this.zoom * factor));
    const [px, py] = [x ?? panel.x + panel.width / 2, y ?? panel.y + panel.height / 2];
    const at = { x: (px - before.x) / before.width, y: (py - before.y) / before.height };
    this.zoom = zoom;
    const fit = this.#fit(panel);
    this.#centre = {
      x: at.x - (px - panel.x - panel.width / 2) / (fit.width * zoom),
      y: at.y - (py - panel.y - panel.height / 2) / (fit.height * zoom),
    };
    this.#moved();
  }

  reset(): void {
    this.zoom = 1;
    this.#moved();
  }

  #moved(): void {
    const room = Math.max(0, 0.5 - 0.5 / this.zoom);
    for (const axis of ["x", "y"] as const) {
      this.#centre[axis] = Math.min(0.5 + room, Math.max(0.5 - room, this.#centre[axis]));
    }
    this.#arrange();
    this.surface.soon();
    this.changed();
  }

  #panels(): readonly Box[] {
    const { width, height } = this.surface;
    if (this.mode !== "side") return [{ x: 0, y: 0, width, height }];
    const half = (width - GAP) / 2;
    return [0, half + GAP].map((x) => ({ x, y: 0, width: half, height }));
  }

  /** How large a whole picture is in a panel. */
  #fit(panel: Box): { width: number; height: number } {
    const [{ width, height }] = this.#pair?.pictures ?? [{ width: 16, height: 9 }];
    const scale = Math.min(panel.width / width, panel.height / height);
    return { width: width * scale, height: height * scale };
  }

  #place(panel: Box): Box {
    const fit = this.#fit(panel);
    const [width, height] = [fit.width * this.zoom, fit.height * this.zoom];
    const x = panel.x + panel.width / 2 - this.#centre.x * width;
    const y = panel.y + panel.height / 2 - this.#centre.y * height;
    return { x, y, width, height };
  }

  #paint(context: CanvasRenderingContext2D): void {
    if (!this.#pair) return;
    const [reference, other] = this.#pair.pictures;
    const [panel, second] = this.#panels() as [Box, Box?];
    const place = this.#place(panel);
    context.imageSmoothingEnabled = this.zoom <= SHARP_ABOVE;
    context.imageSmoothingQuality = "high";
    if (this.mode === "difference") this.#paintDifference(context, place);
    else if (this.mode === "flip") paste(context, this.side ? other : reference, panel, place);
    else if (second) {
      paste(context, reference, panel, place);
      paste(context, other, second, this.#place(second));
    } else {
      const at = this.#wipe * panel.width;
      paste(context, reference, { ...panel, width: at }, place);
      paste(context, other, { ...panel, x: at, width: panel.width - at }, place);
    }
  }

  #paintDifference(context: CanvasRenderingContext2D, place: Box): void {
    const [reference, other] = this.#pair?.pictures ?? [];
    const scratch = this.#scratch.getContext("2d");
    if (!reference || !other || !scratch) return;
    Object.assign(this.#scratch, { width: context.canvas.width, height: context.canvas.height });
    scratch.setTransform(context.getTransform());
    scratch.imageSmoothingEnabled = context.imageSmoothingEnabled;
    scratch.drawImage(reference, place.x, place.y, place.width, place.height);
    scratch.globalCompositeOperation = "difference";
    scratch.drawImage(other, place.x, place.y, place.width, place.height);
    scratch.setTransform(1, 0, 0, 1, 0, 0);
    scratch.globalCompositeOperation = "lighter"; // added to itself, it is twice as bright
    for (let times = 1; times < AMPLIFIED; times *= 2) scratch.drawImage(this.#scratch, 0, 0);
    context.drawImage(this.#scratch, 0, 0, this.surface.width, this.surface.height);
  }

  #arrange(): void {
    const [reference, other] = this.#names as [HTMLElement, HTMLElement];
    const wipes = this.mode === "wipe";
    if (!wipes && this.#divider.matches(":focus")) this.box.focus({ preventScroll: true }); // and keys go on
    this.#divider.hidden = !wipes;
    this.#divider.style.insetInlineStart = `${this.#wipe * 100}%`;
    set(this.#divider, { "aria-valuenow": Math.round(this.#wipe * 100) });
    reference.hidden = this.mode === "difference" || (this.mode === "flip" && this.side === 1);
    other.hidden = this.mode === "flip" && this.side === 0;
    other.textContent = this.mode === "difference" ? `difference ×${AMPLIFIED}` : this.labels[1];
    this.box.dataset["mode"] = this.mode;
    this.box.dataset["zoomed"] = String(this.zoom > 1);
    this.box.setAttribute("aria-label", `${this.labels.join(" and ")}: ${this.mode}`);
  }

  #wipeTo(share: number): void {
    this.#wipe = Math.min(1, Math.max(0, share));
    this.#arrange();
    this.surface.soon();
  }

  #listen(): void {
    let drag: "wipe" | "move" | null = null;
    this.box.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault(); // or the divider would take the focus, and with it the arrow keys
      this.box.focus({ preventScroll: true });
      const near = Math.abs(this.#at(event).x - this.#wipe * this.surface.width) < NEAR;
      drag = this.mode === "wipe" && (near || this.zoom === 1) ? "wipe" : this.zoom > 1 ? "move" : null;
      if (!drag) return;
      this.box.setPointerCapture(event.pointerId);
      if (drag === "wipe") this.#wipeTo(this.#at(event).x / this.surface.width);
    });
    this.box.addEventListener("pointermove", (event) => {
      if (drag === "wipe") this.#wipeTo(this.#at(event).x / this.surface.width);
      if (drag !== "move") return;
      const { width, height } = this.#place(this.#panels()[0] as Box);
      this.#centre.x -= event.movementX / width;
      this.#centre.y -= event.movementY / height;
      this.#moved();
    });
    for (const end of ["pointerup", "pointercancel"]) this.box.addEventListener(end, () => (drag = null));
    this.box.addEventListener("dblclick", (event) => {
      const { x, y } = this.#at(event);
      if (this.zoom > 1) this.reset();
      else this.zoomBy(4, x, y);
    });
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return; // else the page is what scrolls
      event.preventDefault();
      const { x, y } = this.#at(event);
      this.zoomBy(Math.exp(-event.deltaY / 240), x, y);
    };
    this.box.addEventListener("wheel", wheel, { passive: false });
    this.#divider.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.#wipeTo(this.#wipe + step);
    });
  }

  #at(event: MouseEvent): { x: number; y: number } {
    const box = this.box.getBoundingClientRect();
    return { x: event.clientX - box.x, y: event.clientY - box.y };
  }
}

function paste(context: CanvasRenderingContext2D, picture: ImageBitmap, window: Box, place: Box): void {
  context.save();
  context.beginPath();
  context.rect(window.x, window.y, window.width, window.height);
  context.clip();
  context.drawImage(picture, place.x, place.y, place.width, place.height);
  context.restore();
}
