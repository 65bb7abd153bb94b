/**
 * The words that every room shares: the four kinds of data, what a feature is, what a physics object is.
 * Types only; no values and no behaviour.
 */

/** What one row is: a padded set of reconstructed objects, a row of named numbers, pixels, or a histogram of one lumisection. */
export type DataKind = 'objects' | 'table' | 'images' | 'histograms';

/** The type of a slot in an `objects` row. */
export type ObjectType = 'MET' | 'electron' | 'muon' | 'photon' | 'tau' | 'jet' | 'fat jet' | 'particle';

/** One number of a row. */
export interface Feature {
  /** Unique within a dataset: `jet 1 pT`. */
  name: string;
  /** `GeV`, `rad`, or empty for a pure number. */
  unit: string;
  quantity: 'pT' | 'eta' | 'phi' | 'other';
  /** Slot in an `objects` row, counted from 0. */
  slot?: number;
  /** True for an angle: -π and π are the same direction. */
  periodic?: boolean;
}

/** What the numbers of a `histograms` row are: the cells of one histogram. */
export interface HistogramAxis {
  /** The monitoring element or key: `chargeInner_PXLayer_1`. */
  name: string;
  /** Lower edge of the first bin and upper edge of the last one; under- and overflow lie outside. */
  low: number;
  high: number;
  unit?: string;
  /** True if the first cell of a row is the underflow and the last one the overflow. */
  flow?: boolean;
  /** [bins + 1], only where the bins are not equally wide. */
  edges?: readonly number[];
  /** Where a row holds several histograms of one lumisection, one after another: each of them. The axis then counts cells. */
  parts?: readonly HistogramPart[];
}

/** One of several histograms in a row. */
export interface HistogramPart extends Omit<HistogramAxis, 'parts'> {
  /** Its first number in the row, and how many there are, under- and overflow included. */
  start: number;
  cells: number;
}

/** What the pixels of an `images` row mean, as far as it is known. */
export interface ImageAxes {
  /** Words for the axis along the rows and the one along the columns: `phi`, `eta`. */
  rows?: string;
  columns?: string;
  /** One name per channel: `tracker`. */
  channels?: readonly string[];
  /** Of a pixel of the first channel: `GeV`. */
  unit?: string;
  /** True if the last row lies beside the first one. */
  periodicRows?: boolean;
}

/** What a class of events is for. Unlabelled rows are scored but never counted in a rate. */
export type ClassRole = 'background' | 'signal' | 'unlabelled';

export interface EventClass {
  name: string;
  role: ClassRole;
}

/** The compute backends, by their TF.js names. */
export type BackendName = 'webgpu' | 'webgl' | 'wasm' | 'cpu';

/** What the rows of a training are to be on a graphics device: what their size asks for, or one kind of numbers whatever their size. */
export type DeviceRows = 'auto' | 'float32' | 'float16' | 'uint8';

/** Called with the share of the work that is done (0 to 1), what is being done, and for files the bytes behind and in all. */
export type OnProgress = (progress: { done: number; message: string; bytes?: { done: number; total: number } }) => void;
