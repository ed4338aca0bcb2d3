// What Python gives an editor, and what it says of a ladder; see codek7/lab/views/editor.py and review.py.

import type { Columns, Judged, Kind } from "../explorer/scene";

export interface Scene {
  readonly title: string;
  readonly metric: string;
  readonly kinds: readonly Kind[];
  readonly places: Columns;
  readonly on_front: number;
  readonly duration_us: number;
  readonly wishes: readonly string[];
  readonly production: boolean;
  readonly rival: string;
}

export interface Violation {
  readonly rule: string;
  readonly rungs: readonly number[];
  readonly message: string;
}

export interface Change {
  readonly kind: "added" | "removed" | "changed" | "kept";
  readonly label: string;
  readonly detail: string;
}

export interface Review {
  readonly judged: Judged;
  readonly violations: readonly Violation[];
  readonly changes: readonly Change[];
}
