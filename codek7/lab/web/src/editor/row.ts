// One rung of the ladder as a row: where it is on the front, what it costs there, and what is said of it.

import { make, set } from "../dom";
import { point, sizeColour } from "../explorer/scene";
import { crf, rate, signed, size } from "../words";
import type { Change, Scene, Violation } from "./scene";

/** What is said of two neighbours: it shows on the upper one, and neither is wrong by itself. */
const CLOSE = ["distance", "ratio"];

export interface Acts {
  move(row: Row, to: number): void;
  settle(): void;
  lock(row: Row): void;
  remove(row: Row): void;
}

export class Row {
  readonly box = make("tr");
  locked = false;
  readonly #name = make("th", { scope: "row" });
  readonly #slider = make("input", { type: "range", min: 0, step: 1 });
  readonly #crf = make("td");
  readonly #rate = make("td");
  readonly #score = make("td", { class: "score" });
  readonly #above = make("td", { class: "above" });
  readonly #size = make("td");
  readonly #status = make("td", { class: "status" });
  readonly #lock = make("button", { type: "button", class: "plain lock" });
  readonly #remove = make("button", { type: "button", class: "plain", title: "Remove (Delete)" }, "Remove");

  constructor(
    private readonly scene: Scene,
    public at: number,
    acts: Acts,
  ) {
    set(this.#slider, { max: Math.max(0, scene.on_front - 1) });
    this.#slider.addEventListener("input", () => acts.move(this, this.#slider.valueAsNumber));
    this.#slider.addEventListener("change", () => acts.settle());
    this.#lock.addEventListener("click", () => acts.lock(this));
    this.#remove.addEventListener("click", () => acts.remove(this));
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Delete" && !this.locked) acts.remove(this);
    });
    const across = make("td", { class: "across" }, this.#slider);
    const ends = make("td", { class: "ends" }, this.#lock, this.#remove);
    this.box.append(this.#name, across, this.#crf, this.#rate, this.#score, this.#above, this.#size, this.#status, ends);
  }

  focus(): void {
    this.#slider.focus({ preventScroll: true });
  }

  /** The place of the slider: its own, or of what is beside the front the one with its rate. */
  get slid(): number {
    const { on_front, places } = this.scene;
    if (this.at < on_front) return this.at;
    const beyond = places.rates.slice(0, on_front).findIndex((bps) => bps >= (places.rates[this.at] ?? 0));
    return beyond < 0 ? on_front - 1 : beyond;
  }

  show(below: Row | undefined, only: boolean): void {
    const { places, kinds, duration_us, metric } = this.scene;
    const { kind, rate: bps, score, crf: quality } = point(places, kinds, this.at);
    this.box.style.setProperty("--size", sizeColour(kind.hue));
    this.#name.textContent = kind.label;
    this.#slider.valueAsNumber = this.slid;
    const words = `${kind.label}, ${crf(quality)}, ${rate(bps)}, ${metric} ${score.toFixed(1)}`;
    set(this.#slider, { disabled: this.locked, "aria-label": `${kind.label} on the front`, "aria-valuetext": words });
    this.#crf.textContent = crf(quality).replace("CRF ", "");
    this.#rate.textContent = rate(bps);
    this.#score.textContent = score.toFixed(1);
    this.#above.textContent = below ? signed(score - (places.scores[below.at] ?? 0)) : "";
    this.#size.textContent = size((bps / 8) * (duration_us / 1e6));
    this.#lock.textContent = this.locked ? "Locked" : "Lock";
    set(this.#lock, { "aria-pressed": String(this.locked), "aria-label": `Lock ${kind.label}` });
    set(this.#remove, { disabled: this.locked || only, "aria-label": `Remove ${kind.label}` });
  }

  /** `order` is the rung's number in the ladder. */
  review(order: number, violations: readonly Violation[], change: Change | undefined): void {
    const broken = violations.filter(({ rungs }) => rungs.includes(order));
    set(this.box, {
      "data-wrong": broken.some(({ rule }) => !CLOSE.includes(rule)),
      "data-close": broken.some(({ rule, rungs }) => CLOSE.includes(rule) && rungs.at(-1) === order),
      title: broken.map(({ message }) => message).join("\n") || undefined,
    });
    const words = change && (change.kind === "kept" ? "as it is" : change.kind);
    const chip = make("span", { class: "chip", "data-kind": change?.kind, title: change?.detail }, words ?? "");
    this.#status.replaceChildren(...(change ? [chip] : []));
  }
}
