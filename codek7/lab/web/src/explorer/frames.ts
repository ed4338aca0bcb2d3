// The frames of a point that was tried, against the reference's.

import { decode } from "../compare/pairs";
import { Stage } from "../compare/stage";
import { button, make, set } from "../dom";
import { newest, type View } from "../view";
import { crf, rate } from "../words";
import { point, type Scene } from "./scene";

interface Asked {
  readonly tried: number;
  readonly number: number;
}

export class Frames {
  readonly box = make("section", { class: "frames", hidden: true, "aria-label": "Frames of a trial" });
  shown: number | null = null;
  closed: () => void = () => undefined;
  readonly #stage: Stage;
  readonly #title = make("h3");
  readonly #number = make("input", { type: "range", min: 0, step: 1, value: 0, "aria-label": "Frame" });
  readonly #said = make("output");
  readonly #trouble = make("p", { class: "trouble", role: "alert", hidden: true });
  readonly #ask: (asked: Asked) => void;

  constructor(private readonly view: View<Scene>) {
    const { frames } = view.scene;
    this.#stage = new Stage(view, ["reference", "trial"]);
    set(this.#number, { max: Math.max(0, frames - 1), hidden: frames < 2 });
    this.#number.addEventListener("input", () => this.#want());
    const close = button("Close", () => this.#close(), "Escape", { class: "plain" });
    const head = make("div", { class: "head" }, this.#title, this.#number, this.#said, close);
    this.box.append(head, this.#trouble, this.#stage.box);
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#close();
    });
    this.#ask = newest(
      async (asked: Asked) => {
        const { value, buffers } = await view.ask<{ number: number; score: number | null }>("frames", { ...asked });
        return decode(value, 0, buffers);
      },
      (pair) => {
        this.#trouble.hidden = true;
        const score = pair.score === null ? "" : ` · ${pair.score.toFixed(2)}`;
        this.#said.textContent = `frame ${pair.number}${score}`;
        this.#stage.show(pair);
      },
      (error) => {
        this.#trouble.textContent = `No frames: ${error.message}`;
        this.#trouble.hidden = false;
      },
    );
  }

  show(tried: number): void {
    this.shown = tried;
    this.box.hidden = false;
    const { kind, rate: bps, crf: quality } = point(this.view.scene.tried, this.view.scene.kinds, tried);
    this.#title.textContent = `${kind.label} · ${crf(quality)} · ${rate(bps)}`;
    this.#want();
  }

  #want(): void {
    if (this.shown !== null) this.#ask({ tried: this.shown, number: this.#number.valueAsNumber || 0 });
  }

  #close(): void {
    this.shown = null;
    this.box.hidden = true;
    this.closed();
  }
}
