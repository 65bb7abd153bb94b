/**
 * What a layout is: a known meaning of the arrays inside a file. It looks at the catalogue, says in words what it found, and
 * reads rows into a dataset part. Roles (background, signal, unlabelled) are the user's, not the layout's.
 */
import type { DataKind, EventClass, Feature, ObjectType, OnProgress } from '../../base/kinds.ts';
import type { OpenFile } from '../formats/contract.ts';

export interface Recognition {
  /** 0 = no, 1 = certain. Specific layouts score above generic ones. */
  confidence: number;
  /** `ADC2021 particle table, 19 x 4, MET first: 770 events`. */
  words: string;
  kind: DataKind;
  rows: number;
  /** A guess at the file's role from its name, if there is one. */
  role?: EventClass;
  /** Why, in a few words each. */
  reasons: readonly string[];
}

/** How a file is to be read. */
export interface LayoutOptions {
  /** Class of the whole file; if absent, `label` must be given. */
  role?: EventClass;
  /** Column or array that holds the class of each row. */
  label?: string;
  /** The value of `label` that means background; every other value becomes a signal named after it. */
  normalClass?: string | number;
  rows?: readonly [start: number, end: number];
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** Rows of one file, before files are joined. Same meaning as the fields of `Dataset`. */
export interface DatasetPart {
  kind: DataKind;
  rows: number;
  shape: readonly number[];
  features: readonly Feature[];
  objectTypes?: readonly ObjectType[];
  values: Float32Array;
  classes: readonly EventClass[];
  label: Uint8Array;
  weight?: Float64Array;
  spectators?: Readonly<Record<string, Float64Array>>;
  run?: Float64Array;
  lumisection?: Float64Array;
  event?: Float64Array;
  words: string;
  remarks: readonly string[];
}

export interface Layout {
  id: string;
  name: string;
  /** What it looks for, as it stands in a message: `a dataset "Particles" of shape (N, 19, 4)`. */
  expects?: string;
  recognises(file: OpenFile): Recognition | undefined;
  read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart>;
}
