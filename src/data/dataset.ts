/**
 * What a loaded dataset is, for every kind of data: one row-major matrix of physical values, a class for each row, and
 * where it came from. Rows are in physical units (GeV, rad); scaling is a separate, fitted step (`preprocess.ts`).
 */
import type { DataKind, EventClass, Feature, HistogramAxis, ImageAxes, ObjectType } from '../base/kinds.ts';
import { type Numbers, PackedNumbers } from '../numeric/packed.ts';

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
  /** [rows x width], row-major, physical units; those of images may be packed. A missing value of a table is NaN. */
  values: Numbers;
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

/** Reads rows, one at a time: what it gives is [width] numbers in float32, not to be changed, and good until the next call. */
export function rowReader({ values, shape }: Pick<Dataset, 'values' | 'shape'>): (row: number) => Float32Array {
  const width = rowWidth({ shape });
  if (!(values instanceof PackedNumbers)) return (row) => values.subarray(row * width, (row + 1) * width);
  const scratch = new Float32Array(width);
  return (row) => {
    values.unpack(row * width, (row + 1) * width, scratch);
    return scratch;
  };
}

/** How the numbers of a dataset lie in memory, in words; undefined where it is the usual way, float32. */
export function packingWords({ values }: Pick<Dataset, 'values'>): string | undefined {
  if (!(values instanceof PackedNumbers)) return undefined;
  if (values.packing === 'float16') return '16-bit floats, each within 1 part in 2\u202f048 of what the file says';
  if (values.packing === 'sparse') return 'pixels that are not 0 alone, exact';
  const bits = values.packing === 'uint8' ? 8 : 16;
  return values.step === 1 ? `${bits}-bit whole numbers, exact` : `${bits}-bit counts of 1/${1 / values.step}, exact`;
}

/** Numbers in one row. */
export function rowWidth(dataset: Pick<Dataset, 'shape'>): number {
  return dataset.shape.reduce((product, n) => product * n, 1);
}
