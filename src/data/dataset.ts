/**
 * What a loaded dataset is, for every kind of data: one row-major matrix of physical values, a class for each row, and
 * where it came from. Rows are in physical units (GeV, rad); scaling is a separate, fitted step (`preprocess.ts`).
 */
import type { DataKind, EventClass, Feature, HistogramAxis, ImageAxes, ObjectType } from '../base/kinds.ts';

export interface Origin {
  /** File name or sample id. */
  name: string;
  /** What the layout or the generator said, in words: `ADC2021 particle table, 19 x 4, MET first`. */
  words: string;
  /** First row and one past the last row in the dataset. */
  start: number;
  end: number;
  synthetic: boolean;
  /** Set by a study that says which file trains and which one tests. */
  use?: 'train' | 'test';
}

export interface Dataset {
  kind: DataKind;
  /** Short name for captions. */
  name: string;
  /** True if any row was made by a generator of ours; then it is called synthetic everywhere. */
  synthetic: boolean;
  rows: number;
  /** Shape of one row: [19, 3] for 19 objects with pT, eta, phi; [d] for a table; [h, w, c] for images; [bins] for histograms. */
  shape: readonly number[];
  /** One entry per number of a row, in storage order; empty for images. */
  features: readonly Feature[];
  /** Only for `objects`: the type of each slot. A slot is empty if and only if its pT is 0, and then all its numbers are 0. */
  objectTypes?: readonly ObjectType[];
  /** Only for `histograms`, where the source knows it. */
  histogram?: HistogramAxis;
  /** Only for `images`, where the source knows them. */
  image?: ImageAxes;
  /** [rows x width], row-major, physical units. A missing value of a table is NaN. */
  values: Float32Array;
  classes: readonly EventClass[];
  /** [rows] index into `classes`. */
  label: Uint8Array;
  /** [rows] 1 where a row may train as background; absent means that background may. Set where training has a label of its own. */
  trainable?: Uint8Array;
  /** [rows]; absent means weight 1. */
  weight?: Float64Array;
  /** [rows] each: numbers that describe a row but can never be an input of a model, such as a mass. */
  spectators: Readonly<Record<string, Float64Array>>;
  /** [rows] each, where the source has them. */
  run?: Float64Array;
  lumisection?: Float64Array;
  event?: Float64Array;
  /**
   * Only where neighbouring lumisections were added up: row i stands for `lumisection[start[i]]` up to, not including,
   * `lumisection[start[i + 1]]` of its run, in rising order; the dataset's own `lumisection` is the first of them.
   */
  together?: { start: Uint32Array; lumisection: Float64Array };
  origins: readonly Origin[];
  /** Things a reader should know: "3 slots had pT = 0 but phi != 0; they were zeroed". */
  remarks: readonly string[];
}

/** Numbers in one row. */
export function rowWidth(dataset: Pick<Dataset, 'shape'>): number {
  return dataset.shape.reduce((product, n) => product * n, 1);
}
