// hls.js asks Python: every playlist and every range of bytes comes over the widget's connection, in pieces.

import type { HlsConfig, Loader, LoaderCallbacks, LoaderConfiguration, LoaderContext, LoaderStats } from "hls.js";
import type { View } from "../view";

/** Nobody's address: what playlists name is made absolute against it, and never asked for there. */
export const BASE = "https://presentation.invalid/";
const AT_ONCE = 3;

type Ask = View<unknown>["ask"];

interface Piece {
  readonly total: number | null;
}

/** A loader for hls.js that reads through `ask`. */
export function throughPython(ask: Ask, pieceBytes: number): HlsConfig["loader"] {
  return class implements Loader<LoaderContext> {
    context: LoaderContext | null = null;
    stats: LoaderStats = fresh();
    #callbacks: LoaderCallbacks<LoaderContext> | null = null;

    load(context: LoaderContext, _: LoaderConfiguration, callbacks: LoaderCallbacks<LoaderContext>): void {
      this.context = context;
      this.#callbacks = callbacks;
      this.stats.loading.start = performance.now();
      void this.#load(context);
    }

    abort(): void {
      if (!this.#callbacks || !this.context) return;
      this.stats.aborted = true;
      this.#callbacks.onAbort?.(this.stats, this.context, null);
      this.#callbacks = null;
    }

    destroy(): void {
      this.#callbacks = null;
      this.context = null;
    }

    getCacheAge(): number | null {
      return null;
    }

    getResponseHeader(): string | null {
      return null;
    }

    async #load(context: LoaderContext): Promise<void> {
      try {
        const body = await this.#read(context);
        this.stats.loading.end = performance.now();
        const text = context.responseType === "text";
        const data = text ? new TextDecoder().decode(body) : body.buffer;
        this.#callbacks?.onSuccess({ url: context.url, data, code: 200 }, this.stats, context, null);
      } catch (error) {
        this.#callbacks?.onError({ code: 0, text: (error as Error).message }, context, null, this.stats);
      }
    }

    async #read({ url, rangeStart, rangeEnd }: LoaderContext): Promise<Uint8Array<ArrayBuffer>> {
      if (!url.startsWith(BASE)) throw new Error(`${url} is no part of the presentation`);
      const path = decodeURIComponent(url.slice(BASE.length));
      if (rangeEnd) return this.#range(path, rangeStart ?? 0, rangeEnd);
      const { value, buffers } = await ask<Piece>("bytes", { path });
      const first = bytes(buffers[0]);
      this.#got(first.length, value.total ?? first.length);
      if (!value.total || first.length >= value.total) return first;
      const rest = await this.#range(path, first.length, value.total);
      const whole = new Uint8Array(value.total);
      whole.set(first);
      whole.set(rest, first.length);
      return whole;
    }

    /** From `start` up to `end`, a few pieces under way at any time. */
    async #range(path: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
      const whole = new Uint8Array(end - start);
      this.stats.total = Math.max(this.stats.total, whole.length);
      let next = start;
      const reader = async () => {
        while (next < end && this.#callbacks) {
          const at = next;
          const length = Math.min(pieceBytes, end - at);
          next += length;
          const { buffers } = await ask<Piece>("bytes", { path, start: at, length });
          const piece = bytes(buffers[0]);
          if (piece.length !== length) throw new Error(`${path} ends before byte ${at + length}`);
          whole.set(piece, at - start);
          this.#got(piece.length, whole.length);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, reader));
      return whole;
    }

    #got(length: number, total: number): void {
      this.stats.loading.first ||= performance.now();
      this.stats.loaded += length;
      this.stats.total = Math.max(this.stats.total, total);
    }
  };
}

function bytes(view: DataView | undefined): Uint8Array<ArrayBuffer> {
  if (!view) throw new Error("no bytes came");
  // A copy: hls.js may hand the memory to a worker.
  return new Uint8Array((view.buffer as ArrayBuffer).slice(view.byteOffset, view.byteOffset + view.byteLength));
}

function fresh(): LoaderStats {
  return {
    aborted: false, loaded: 0, retry: 0, total: 0, chunkCount: 0, bwEstimate: 0,
    loading: { start: 0, first: 0, end: 0 }, parsing: { start: 0, end: 0 }, buffering: { start: 0, first: 0, end: 0 },
  }; // prettier-ignore
}
