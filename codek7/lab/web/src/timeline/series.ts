// The frames' numbers as arrays, and what is said of a span of them.

import type { View } from "../view";

export interface Scene {
  readonly title: string;
  readonly frames: number;
  readonly frames_per_second: number;
  readonly types: string;
  readonly shots: readonly number[];
  readonly every: number;
  readonly metric: string;
}

export type Span = readonly [first: number, last: number];

export interface Summary {
  readonly mean: number;
  readonly lowest: number;
  readonly bps: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly shots: number;
}

export class Series {
  readonly scene: Scene;
  readonly scores: Float32Array;
  readonly sizes: Uint32Array;
  readonly extent: Span;
  readonly largest: number;

  constructor(view: View<Scene>) {
    this.scene = view.scene;
    this.scores = new Float32Array(copied(view.model.get("_scores") as DataView));
    this.sizes = new Uint32Array(copied(view.model.get("_sizes") as DataView));
    this.extent = [
      this.scores.reduce((a, b) => Math.min(a, b), Infinity),
      this.scores.reduce((a, b) => Math.max(a, b), -Infinity),
    ];
    this.largest = this.sizes.reduce((a, b) => Math.max(a, b), 1);
  }

  /** The score that stands for a frame. */
  score(frame: number): number {
    return this.scores[Math.floor(frame / this.scene.every)] ?? NaN;
  }

  shot(frame: number): number {
    return this.scene.shots.filter((first) => first <= frame).length;
  }

  summary([first, last]: Span): Summary {
    const { every, types, frames_per_second, shots } = this.scene;
    const scores = this.scores.subarray(Math.ceil(first / every), Math.floor(last / every) + 1);
    const sizes = this.sizes.subarray(first, last + 1);
    const kinds: Record<string, number> = { I: 0, P: 0, B: 0 };
    for (let frame = first; frame <= last; frame++) kinds[types[frame] ?? ""] = (kinds[types[frame] ?? ""] ?? 0) + 1;
    return {
      mean: scores.reduce((a, b) => a + b, 0) / scores.length,
      lowest: scores.reduce((a, b) => Math.min(a, b), Infinity),
      bps: (sizes.reduce((a, b) => a + b, 0) * 8 * frames_per_second) / sizes.length,
      kinds,
      shots: shots.filter((start, at) => start <= last && (shots[at + 1] ?? Infinity) > first).length,
    };
  }
}

function copied({ buffer, byteOffset, byteLength }: DataView): ArrayBuffer {
  return (buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength);
}
