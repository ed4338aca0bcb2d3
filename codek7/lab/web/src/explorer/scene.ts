// What Python gives an explorer to draw; see codek7/lab/views/explorer.py and places.py.

export interface Kind {
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly label: string;
  readonly hue: number;
}

/** Points, field by field. */
export interface Columns {
  readonly kinds: readonly number[];
  readonly rates: readonly number[];
  readonly scores: readonly number[];
  readonly crfs: readonly number[];
  readonly peaks: readonly number[];
}

export interface Rival {
  readonly name: string;
  readonly rates: readonly number[];
  readonly scores: readonly number[];
}

export interface Scene {
  readonly title: string;
  readonly metric: string;
  readonly rising: boolean;
  readonly kinds: readonly Kind[];
  readonly tried: Columns;
  readonly places: Columns;
  readonly on_front: number;
  readonly rival: Rival | null;
  readonly frames: number;
}

export interface Judged {
  readonly storage_bytes_per_hour: number;
  readonly bd_rate: number | null;
  readonly cpu_s_per_hour: number;
}

/** A point's fields, each by its own name. */
export interface Point {
  readonly kind: Kind;
  readonly rate: number;
  readonly score: number;
  readonly crf: number;
  readonly peak: number;
}

export function point(columns: Columns, kinds: readonly Kind[], at: number): Point {
  return {
    kind: kinds[columns.kinds[at] ?? 0] as Kind,
    rate: columns.rates[at] ?? NaN,
    score: columns.scores[at] ?? NaN,
    crf: columns.crfs[at] ?? NaN,
    peak: columns.peaks[at] ?? 0,
  };
}

/** A size's colour: the same hue in every view. */
export function sizeColour(hue: number): string {
  return `light-dark(oklch(56% 0.145 ${hue}), oklch(77% 0.125 ${hue}))`;
}
