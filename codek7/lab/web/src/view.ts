// What every view has: a shadow tree with the house's look, the notebook's theme, and Python to ask.

import type { AnyModel } from "@anywidget/types";
import font from "@fontsource-variable/instrument-sans/files/instrument-sans-latin-wght-normal.woff2";
import { make } from "./dom";
import { followTheme } from "./theme";
import shared from "../styles/view.css";

export interface Answer<Value> {
  readonly value: Value;
  readonly buffers: readonly DataView[];
}

type State = Record<string, unknown>;

interface Pending {
  resolve(answer: Answer<never>): void;
  reject(error: Error): void;
}

const PATIENCE_MS = 500;
const FONT = "Instrument Sans";

/** A widget's definition for anywidget: `fill` builds the view once for every place that shows it. */
export function widget<Scene>(styles: string, fill: (view: View<Scene>) => void) {
  return {
    render({ model, el }: { model: AnyModel; el: HTMLElement }): () => void {
      const closing = new AbortController();
      fill(new View<Scene>(model, el, styles, closing.signal));
      return () => closing.abort();
    },
  };
}

export class View<Scene> {
  readonly root: HTMLElement;
  readonly scene: Scene;
  readonly #host: HTMLElement;
  readonly #pending = new Map<string, Pending>();
  readonly #name = Math.random().toString(36).slice(2);
  readonly #painters = new Set<() => void>();
  #asked = 0;

  constructor(
    readonly model: AnyModel,
    el: HTMLElement,
    styles: string,
    readonly signal: AbortSignal,
  ) {
    this.scene = model.get("_scene") as Scene;
    this.#host = el.appendChild(make("div", { class: "codek7-view" }));
    el.dataset["lmSuppressShortcuts"] = "true"; // keys are the view's own while it has the focus:
    this.#host.addEventListener("keydown", (event) => {
      if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); // JupyterLab takes arrows from sliders
    });
    const tree = this.#host.attachShadow({ mode: "open" });
    tree.adoptedStyleSheets = [shared, styles].map((text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      return sheet;
    });
    this.root = tree.appendChild(make("div", { class: "view", role: "group" }));
    followTheme(this.#host, () => this.repaint(), signal);
    loadFont(() => this.repaint());
    const told = (said: unknown, buffers: DataView[]) => this.#told(said, buffers);
    model.on("msg:custom", told);
    signal.addEventListener("abort", () => {
      model.off("msg:custom", told);
      for (const { reject } of this.#pending.values()) reject(new DOMException("closed", "AbortError"));
      this.#host.remove();
    });
  }

  /** Ask Python. Rejects with its message where it cannot answer. */
  ask<Value>(name: string, what: State = {}): Promise<Answer<Value>> {
    const id = `${this.#name}-${++this.#asked}`;
    const patience = setTimeout(() => this.#waiting(true), PATIENCE_MS);
    return new Promise<Answer<Value>>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.model.send({ ...what, id, ask: name });
    }).finally(() => {
      clearTimeout(patience);
      this.#waiting(this.#pending.size > 0 && this.root.ariaBusy === "true");
    });
  }

  /** Write a part of the state that Python has too. */
  tell(name: string, value: unknown): void {
    this.model.set(name, value);
    this.model.save_changes();
  }

  /** Called with each change of a part of the state that comes from Python. */
  hear(name: string, listen: () => void): void {
    this.model.on(`change:${name}`, listen);
    this.signal.addEventListener("abort", () => this.model.off(`change:${name}`, listen));
  }

  /** Called whenever colours or letters change. */
  onRepaint(paint: () => void): void {
    this.#painters.add(paint);
  }

  repaint(): void {
    for (const paint of this.#painters) paint();
  }

  /**
   * Colours by name as a canvas understands them, from what style sheets call them. Read when they are first
   * asked for, since a view that is not in the page yet has none, and again after every change of theme.
   */
  palette<Name extends string>(tokens: Readonly<Record<Name, string>>): () => Readonly<Record<Name, string>> {
    let read: Record<Name, string> | null = null;
    this.onRepaint(() => (read = null));
    return () => (read ??= this.#colours(tokens));
  }

  #colours<Name extends string>(tokens: Readonly<Record<Name, string>>): Record<Name, string> {
    const probe = this.root.appendChild(make("i", { hidden: true }));
    const colours = Object.entries<string>(tokens).map(([name, token]) => {
      probe.style.color = token;
      return [name, getComputedStyle(probe).color];
    });
    probe.remove();
    return Object.fromEntries(colours) as Record<Name, string>;
  }

  /** Say something to who cannot see it. */
  say(words: string): void {
    const said = this.root.querySelector(".said") ?? this.root.appendChild(make("p", { class: "said unseen" }));
    said.setAttribute("aria-live", "polite");
    said.textContent = words;
  }

  #waiting(waits: boolean): void {
    this.root.ariaBusy = String(waits);
  }

  #told(said: unknown, buffers: DataView[]): void {
    const { id, value, failed } = said as { id?: string; value?: never; failed?: string };
    const asked = this.#pending.get(id ?? "");
    if (!asked) return; // another view's of the same model
    this.#pending.delete(id ?? "");
    if (failed === undefined) asked.resolve({ value: value as never, buffers });
    else asked.reject(new Error(failed));
  }
}

/** The house's letters, once for each page. */
function loadFont(loaded: () => void): void {
  const there = [...document.fonts].find((face) => face.family.replaceAll('"', "") === FONT);
  const face = there ?? new FontFace(FONT, font, { weight: "400 700" });
  if (!there) document.fonts.add(face);
  if (face.status !== "loaded") void face.load().then(loaded, () => undefined);
}

/**
 * A question that is asked again and again while things change: one at a time, the newest next, and what lies
 * between never. `told` also hears whether something newer is wanted already.
 */
export function newest<Asked, Told>(
  ask: (asked: Asked) => Promise<Told>,
  told: (answer: Told, asked: Asked, stale: boolean) => void,
  failed: (error: Error) => void,
): (asked: Asked) => void {
  let next: { asked: Asked } | null = null;
  let busy = false;
  return (asked) => {
    next = { asked };
    if (busy) return;
    busy = true;
    void (async () => {
      while (next) {
        const now = next.asked;
        next = null;
        try {
          told(await ask(now), now, next !== null);
        } catch (error) {
          if (error instanceof DOMException && error.name === "AbortError") return;
          failed(error as Error);
        }
      }
      busy = false;
    })();
  };
}
