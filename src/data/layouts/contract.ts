/**
 * What a layout is: a known meaning of the arrays inside a file. It looks at the catalogue, says in words what it found, and
 * reads rows into a dataset part. Roles (background, signal, unlabelled) are the user's, not the layout's.
 */
import type { DataKind, EventClass, Feature, HistogramAxis, ImageAxes, ObjectType, OnProgress } from '../../base/kinds.ts';
import { checkParams, type ParamSpecs, type Params } from '../../base/params.ts';
import { Problem } from '../../base/problem.ts';
import type { Numbers } from '../../numeric/packed.ts';
import type { OpenFile } from '../formats/contract.ts';

/** What a column is for. Only features can be an input of a model. */
export type ColumnRole = 'feature' | 'label' | 'weight' | 'spectator' | 'run' | 'lumisection' | 'event' | 'ignore';

/** A column of a table-like file with the role that the layout guesses. */
export interface ColumnGuess {
  name: string;
  /** In NumPy's words: `float64`, `text`. */
  type: string;
  role: ColumnRole;
}

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
  /**
   * What the file is good for, if not for training: `scores` of somebody else's model, which go straight to the metrics, or
   * `labels` of runs and lumisections, which belong to the histograms of another file.
   */
  purpose?: 'scores' | 'labels';
  /** Columns with guessed roles; the user's mapping goes into `LayoutOptions.columns`. */
  columns?: readonly ColumnGuess[];
  /** The column or array that looks like it holds the class of each row; taken where nobody gave the file a role. */
  label?: string;
  /** Settings whose choices depend on this file, such as its histogram names; they add to and replace the layout's `params`. */
  settings?: ParamSpecs;
}

/** How a file is to be read. */
export interface LayoutOptions {
  /** Class of the whole file; if absent, `label` must be given. */
  role?: EventClass;
  /** Column or array that holds the class of each row. */
  label?: string;
  /** The value of `label` that means background; every other value becomes a signal named after it. */
  normalClass?: string | number;
  /** A second label, which decides who may train; rows are judged by `label`. */
  trainOn?: { column: string; normal?: string | number };
  rows?: readonly [start: number, end: number];
  /** The user's roles for columns by name; what is not named keeps its guessed role. */
  columns?: Readonly<Record<string, ColumnRole>>;
  /** Values for `settingsOf` the file; what is not named has its default. */
  settings?: Params;
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
  histogram?: HistogramAxis;
  image?: ImageAxes;
  values: Numbers;
  classes: readonly EventClass[];
  label: Uint8Array;
  trainable?: Uint8Array;
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
  /** Settings of its own, the same for every file: objects kept per kind, an image channel, a list of mass codes. */
  params?: ParamSpecs;
  /** Judges by the catalogue; may look at a few rows where names and shapes do not tell. */
  recognises(file: OpenFile): Recognition | undefined | Promise<Recognition | undefined>;
  read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart>;
}

/** All settings of a file in a layout: what a form shows, in this order. */
export function settingsOf(layout: Pick<Layout, 'params'>, recognition?: Pick<Recognition, 'settings'>): ParamSpecs {
  return { ...layout.params, ...recognition?.settings };
}

/**
 * The settings to read with, defaults filled in.
 *
 * @throws Problem for a setting that the layout does not know, or a value that does not fit this file
 */
export function checkSettings(specs: ParamSpecs, options: Pick<LayoutOptions, 'settings'>, fileName: string): Params {
  return checkParams(specs, options.settings ?? {}, fileName);
}

/** For layouts that make their classes themselves: neither a role nor a label that they know. */
export function classProblem(fileName: string, label: string | undefined, known: readonly string[]): Problem {
  return new Problem({
    where: label === undefined ? fileName : `${fileName}, label "${label}"`,
    expected: `a role for the file (background, signal or unlabelled), or the label ${known.map((name) => `"${name}"`).join(', ')}`,
    found: label === undefined ? 'neither' : 'no label of this name',
    fix: 'Choose a role for this file',
  });
}
