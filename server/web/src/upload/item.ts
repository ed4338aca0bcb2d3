// A file in the queue: what it shall be called, how far it is, where it can be watched.

import type { Upload } from "tus-js-client";
import { copy, one, remaining, size } from "../page";
import { follow, OVER, percent, type Step, words } from "../follow";
import { resume, transfer } from "./transfer";

/** Seconds over which speed is measured. */
const SPEED_S = 8;
let made = 0;

type State = "chosen" | "sending" | "paused" | "making" | "ready" | "failed";

export class Item {
  readonly element = copy("item");
  readonly #form = one<HTMLFormElement>("form", this.element);
  readonly #bar = one<HTMLProgressElement>("progress", this.element);
  readonly #stage = one(".stage-name", this.element);
  readonly #detail = one("output", this.element);
  readonly #wrong = one(".progress .wrong", this.element);
  readonly #pace: { at: number; sent: number }[] = [];
  #upload: Upload | null = null;

  constructor(
    readonly file: File,
    private readonly changed: () => void,
  ) {
    one(".name", this.element).textContent = file.name;
    one(".size", this.element).textContent = size(file.size);
    this.#label();
    this.#title.value = file.name.replace(/\.[^.]{1,5}$/, "").replace(/[_.]+/g, " ").trim() || file.name;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.start();
    });
    this.#on("remove", () => this.#remove());
    this.#on("pause", () => void this.#pause());
    this.#on("resume", () => void this.start());
    this.#on("cancel", () => void this.#cancel());
  }

  /** Send it, or go on where an earlier upload of the same file stopped. */
  async start(): Promise<void> {
    const told = { title: this.#title.value.trim(), visibility: one<HTMLSelectElement>("select", this.#form).value };
    this.#upload = transfer(this.file, told, {
      moved: (sent, total) => this.#moved(sent, total),
      finished: (asset) => this.#finished(asset),
      failed: (reason) => this.#failed(reason),
    });
    const hadFocus = this.element.contains(document.activeElement);
    this.#show("sending", "Sending");
    one(".name", this.element).textContent = told.title;
    if (hadFocus) this.#button("pause").focus();
    const continued = await resume(this.#upload);
    if (continued) this.#stage.textContent = "Going on where it stopped";
    this.#pace.length = 0;
    this.#upload.start();
    this.changed();
  }

  get #title(): HTMLInputElement {
    return one<HTMLInputElement>("input[name=title]", this.#form);
  }

  #label(): void {
    for (const field of this.#form.querySelectorAll(".field")) {
      const input = one<HTMLInputElement>("input, select", field);
      input.id = `${input.name}-${made++}`;
      one<HTMLLabelElement>("label", field).htmlFor = input.id;
    }
    this.#bar.setAttribute("aria-label", `Progress of ${this.file.name}`);
  }

  #button(name: string): HTMLElement {
    return one(`[data-do=${name}]`, this.element);
  }

  #on(name: string, act: () => void): void {
    this.#button(name).addEventListener("click", act);
  }

  #show(state: State, text: string): void {
    this.element.dataset["state"] = state;
    this.#form.hidden = state !== "chosen";
    one(".progress", this.element).hidden = state === "chosen";
    this.#button("pause").hidden = state !== "sending";
    this.#button("resume").hidden = state !== "paused";
    this.#button("cancel").hidden = state !== "sending" && state !== "paused";
    if (this.#stage.textContent !== text) this.#stage.textContent = text;
    this.#wrong.textContent = "";
  }

  #moved(sent: number, total: number): void {
    const now = performance.now() / 1000;
    this.#pace.push({ at: now, sent });
    while ((this.#pace[0]?.at ?? now) < now - SPEED_S) this.#pace.shift();
    const [first] = this.#pace;
    const speed = first && now > first.at ? (sent - first.sent) / (now - first.at) : 0;
    this.#bar.value = total ? sent / total : 0;
    const parts = [`${size(sent)} of ${size(total)}`, speed ? remaining((total - sent) / speed) : ""];
    this.#detail.textContent = `${percent(total ? sent / total : 0)} · ${parts.filter(Boolean).join(" · ")}`;
  }

  #finished(asset: string): void {
    this.#show("making", "Waiting for its turn");
    this.#bar.value = 0;
    this.#bar.setAttribute("aria-label", `Encoding of ${this.file.name}`);
    this.#detail.textContent = "";
    const watch = this.#button("watch") as HTMLAnchorElement;
    watch.href = `/watch/${asset}`;
    watch.hidden = false;
    watch.classList.remove("main-action");
    watch.textContent = "Open its page";
    this.changed();
    follow(asset, (step) => this.#worked(step, watch));
  }

  #worked(step: Step, watch: HTMLAnchorElement): void {
    const ready = step.state === "published";
    const state = ready ? "ready" : OVER.has(step.state) ? "failed" : "making";
    this.#show(state, words(step));
    this.#bar.value = ready ? 1 : step.progress;
    this.#detail.textContent = ready ? "" : percent(step.progress);
    if (ready) {
      watch.classList.add("main-action");
      watch.textContent = "Watch";
    }
  }

  #failed(reason: string): void {
    this.#show("paused", "Stopped");
    this.#wrong.textContent = reason;
  }

  async #pause(): Promise<void> {
    await this.#upload?.abort();
    this.#show("paused", "Paused");
    this.#button("resume").focus();
  }

  async #cancel(): Promise<void> {
    await this.#upload?.abort(true).catch(() => undefined); // what the server keeps of it expires
    this.#remove();
  }

  #remove(): void {
    this.element.remove();
    one<HTMLInputElement>("#files").focus();
    this.changed();
  }
}
