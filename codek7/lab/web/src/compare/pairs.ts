// Pairs of pictures from Python: one request at a time, the wanted one first, then its neighbours; those used
// last are kept, decoded.

import type { View } from "../view";

export interface Pair {
  readonly number: number;
  readonly score: number | null;
  /** How high the pictures were asked to be. */
  readonly height: number;
  /** The reference's and the other's. */
  readonly pictures: readonly [ImageBitmap, ImageBitmap];
}

interface Shown {
  readonly number: number;
  readonly score: number | null;
}

const KEPT_BYTES = 160e6;
const HEIGHTS = [180, 270, 360, 540, 720, 1080, 1440, 2160];

/** The height to ask for, to fill so many pixels: one of few, so that sizes that differ little share. */
export function rung(pixels: number): number {
  return HEIGHTS.find((height) => height >= pixels) ?? 2160;
}

export async function decode(shown: Shown, height: number, buffers: readonly DataView[]): Promise<Pair> {
  const [reference, other] = await Promise.all(
    buffers.map((file) => createImageBitmap(new Blob([file as DataView<ArrayBuffer>]))),
  );
  if (!reference || !other) throw new Error("no pictures came");
  return { ...shown, height, pictures: [reference, other] };
}

export class Pairs {
  /** Called with every pair that came, and with what went wrong. */
  loaded: (pair: Pair) => void = () => undefined;
  failed: (error: Error) => void = () => undefined;
  readonly #kept = new Map<number, Pair>();
  #queue: { number: number; height: number; detail: boolean }[] = [];
  #busy = false;
  #bytes = 0;

  constructor(private readonly view: View<unknown>) {
    view.signal.addEventListener("abort", () => {
      this.#queue = [];
      for (const { pictures } of this.#kept.values()) for (const picture of pictures) picture.close();
      this.#kept.clear();
    });
  }

  /** A pair that is here, and high enough. */
  get(number: number, height: number): Pair | undefined {
    const pair = this.#kept.get(number);
    if (!pair || pair.height < height) return undefined;
    this.#kept.delete(number); // to the end: used last
    this.#kept.set(number, pair);
    return pair;
  }

  /** A pair that is here in any size, to show until the right one comes. */
  any(number: number): Pair | undefined {
    return this.#kept.get(number);
  }

  /** Get these, in this order; what was wanted before and has not been asked for yet is not wanted now. */
  want(numbers: readonly number[], height: number, detail = false): void {
    this.#queue = numbers.filter((number) => !this.#has(number, height)).map((number) => ({ number, height, detail }));
    if (!this.#busy) void this.#work();
  }

  #has(number: number, height: number): boolean {
    return (this.#kept.get(number)?.height ?? 0) >= height;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      if (this.#has(next.number, next.height)) continue;
      try {
        const { value, buffers } = await this.view.ask<Shown>("pair", next);
        const pair = await decode(value, next.height, buffers);
        this.#keep(pair);
        this.loaded(pair);
      } catch (error) {
        if (error instanceof DOMException && error.name === "AbortError") break;
        this.#queue = [];
        this.failed(error as Error);
      }
    }
    this.#busy = false;
  }

  #keep(pair: Pair): void {
    this.#forget(pair.number);
    this.#kept.set(pair.number, pair);
    this.#bytes += pixels(pair);
    for (const number of this.#kept.keys()) {
      if (this.#bytes <= KEPT_BYTES || number === pair.number) break;
      this.#forget(number);
    }
  }

  #forget(number: number): void {
    const pair = this.#kept.get(number);
    if (!pair) return;
    this.#kept.delete(number);
    this.#bytes -= pixels(pair);
    for (const picture of pair.pictures) picture.close();
  }
}

function pixels({ pictures }: Pair): number {
  return pictures.reduce((sum, { width, height }) => sum + width * height * 4, 0);
}
