/**
 * What the page may ask of the worker that owns data, tensors and training. Plain functions with plain answers: no tensor, no
 * dataset and no model ever crosses; large arrays are transferred. Every promise settles; failures arrive as `Problem`.
 */

import type {
  BackendName,
  DataKind,
  DeviceRows,
  EventClass,
  Feature,
  HistogramAxis,
  ImageAxes,
  ObjectType,
} from '../base/kinds.ts';
import type { ParamSpecs, Params } from '../base/params.ts';
import type { ProblemDetails } from '../base/problem.ts';
import type { ComputeReport } from '../compute/contract.ts';
import type { ColumnSummary } from '../data/columns.ts';
import type { Correlation } from '../data/correlation.ts';
import type { Duplicates } from '../data/duplicates.ts';
import type { ColumnGuess, ColumnRole } from '../data/layouts/contract.ts';
import type { Sample } from '../data/samples/contract.ts';
import type { ShelfPicture } from '../data/samples/picture.ts';
import type { Step } from '../data/steps.ts';
import type { FlaggedList } from '../exporting/flagged.ts';
import type { ReportParts } from '../exporting/shift-report.ts';
import type { Ranking } from '../metrics/ranking.ts';
import type { LayerRow, Model } from '../models/contract.ts';
import type { Score } from '../scores/contract.ts';
import type { ErrorSpread } from '../study/attributions.ts';
import type { BinSpread } from '../study/bin-spread.ts';
import type { CopiesQuery, EventCopies } from '../study/copies.ts';
import type { ImageClasses, RankedPlace, Traversed } from '../study/image-look.ts';
import type { LeakKind, LeakResult } from '../study/leakage.ts';
import type { LeftOut } from '../study/leave-out.ts';
import type { Cell, EventListing as EventRow } from '../study/look.ts';
import type { Posterior } from '../study/posterior.ts';
import type { FilePreview } from '../study/preview.ts';
import type { Price } from '../study/price.ts';
import type { RunResult, StudyResults } from '../study/results.ts';
import type { Study, StudyData, StudyLumisections, StudyModel, StudySplit, StudyStep, ThresholdRule } from '../study/schema.ts';
import type { Trend, Usual, Walk } from '../study/trend.ts';
import type { TrainingProgress, TrainingSummary } from '../training/contract.ts';
import type { KeptReport } from './keep/contract.ts';

export type { BackendVerdict, ComputeReport } from '../compute/contract.ts';
export type { ColumnSummary } from '../data/columns.ts';
export type { Correlation } from '../data/correlation.ts';
export type { Duplicates } from '../data/duplicates.ts';
export type { ColumnGuess, ColumnRole } from '../data/layouts/contract.ts';
export type { ShelfPicture } from '../data/samples/picture.ts';
export type { FlaggedList } from '../exporting/flagged.ts';
export type { ReportParts } from '../exporting/shift-report.ts';
export type { ErrorSpread } from '../study/attributions.ts';
export type { BinSpread } from '../study/bin-spread.ts';
export type { CopiesQuery, CopyKind, EventCopies, EventCopy } from '../study/copies.ts';
export type { ImageClasses, RankedPlace, Traversed } from '../study/image-look.ts';
export type { ClassCheck, LeakKind, LeakResult } from '../study/leakage.ts';
export type { Cell, EventListing as EventRow } from '../study/look.ts';
export type { FilePreview } from '../study/preview.ts';
export type { Price } from '../study/price.ts';
export type { StudyLumisections, StudyStep } from '../study/schema.ts';
export type { Trend, Usual, Walk } from '../study/trend.ts';
export type { KeptAnalysis, KeptReport } from './keep/contract.ts';

// ---- data --------------------------------------------------------------------------------------------------------------

/** What a layout makes of a file. */
export interface LayoutGuess {
  layout: string;
  /** The layout's name, for a list. */
  name: string;
  /** `ADC2021 particle table, 19 x 4, MET first: 770 events`. */
  words: string;
  kind: DataKind;
  rows: number;
  /** 0 to 1. */
  confidence: number;
  reasons: readonly string[];
  role?: EventClass;
  /** What the file is good for, if not for training. */
  purpose?: 'scores' | 'labels';
  /** Columns with the roles that the layout guesses; the user's go into `FileChoice.columns`. */
  columns?: readonly ColumnGuess[];
  /** Column that looks like it holds the class of each row. */
  label?: string;
  /** Columns or arrays that may hold the class of each row. */
  labels: readonly string[];
  /** What the layout lets the user set for this file. */
  settings: ParamSpecs;
}

export interface FileReport {
  /** Handle for later calls. */
  file: number;
  name: string;
  /** Bytes. */
  size: number;
  /** Where it is fetched from, if not from this machine. */
  url?: string;
  /** Set for a certification JSON: what it lists in words, and what its name says it means. It is no data; it goes into `FilesOptions`. */
  list?: { words: string; meaning?: ListChoice['lists'] };
  /** Set for a study file, checked: it is no data, the page runs it. */
  study?: Study;
  format?: string;
  /** Layouts that can read it, the most certain first. */
  guesses?: readonly LayoutGuess[];
  // what the first guess says, at hand
  layout?: string;
  words?: string;
  kind?: DataKind;
  rows?: number;
  /** Guess from the file's name. */
  role?: EventClass;
  /** Columns of a table; any of them may hold the class of each row. */
  columns?: readonly string[];
  /** The column that looks like it holds the class. */
  label?: string;
  problem?: ProblemDetails;
}

export interface FileChoice {
  file: number;
  role: EventClass['role'];
  name: string;
  /** One of the report's guesses; the first if absent. */
  layout?: string;
  settings?: Params;
  /** Roles of columns where the guess is wrong. */
  columns?: Readonly<Record<string, ColumnRole>>;
  /** Rows [first, one past the last). */
  rows?: readonly [start: number, end: number];
  /** So many rows drawn from all of the file (or of `rows`) instead of every one. */
  sample?: { rows: number; seed: number };
  use?: 'train' | 'test';
  /** Column that holds the class of each row; then `role` and `name` do not apply. */
  label?: string;
  /** Value of that column that means background. */
  normalClass?: string;
}

/** A dropped certification JSON with what its ranges mean, which does not stand in the file. */
export interface ListChoice {
  file: number;
  lists: 'good' | 'bad' | 'detector-on';
}

/** What holds for all files together. */
export interface FilesOptions {
  /** Rows that are kept: `mjj > 3300 and nJet >= 2`. */
  cut?: string;
  /** A certification JSON that says which lumisections are normal; then roles of files do not apply. */
  judgedBy?: ListChoice;
  /** A certification JSON without whose word no row is loaded. */
  keptBy?: ListChoice;
  /** What decides who may train, if that is not what rows are judged by: another list, or a column with its normal value. */
  trainedBy?: ListChoice | { column: string; normal?: string };
  /** Names for classes instead of those that the data give. */
  classNames?: Readonly<Record<string, string>>;
  preprocessing?: readonly StudyStep[];
  lumisections?: StudyLumisections;
}

/** Told while data are loaded: the share done, what is being done, and for files the bytes behind and in all. */
export type OnLoading = (done: number, message: string, bytes?: { done: number; total: number }) => void;

export interface DataSummary {
  /** Grows by one with each loaded dataset; runs remember it. */
  generation: number;
  name: string;
  kind: DataKind;
  synthetic: boolean;
  rows: number;
  shape: readonly number[];
  features: readonly Feature[];
  objectTypes?: readonly ObjectType[];
  histogram?: HistogramAxis;
  image?: ImageAxes;
  classes: readonly (EventClass & { rows: number })[];
  origins: readonly { name: string; words: string; start: number; end: number; synthetic: boolean }[];
  remarks: readonly string[];
  /** Rows that are left out as no data are in no part. */
  split: SplitSummary;
  /** How lumisections are taken; empty for the usual way. */
  lumisections: StudyLumisections;
  /** Rows without data per class, in the order of `classes`, and in the test; absent where every row is data. */
  noData?: { rows: readonly number[]; test: number; minEntries: number; leaveOut: boolean };
  spectators: readonly string[];
  /** True if every row has a run and a lumisection number. */
  timed: boolean;
  /** Steps for models with the scaling `study`; empty if none are set. */
  preprocessing: readonly StudyStep[];
  /** Memory of the dataset in the worker. */
  bytes: number;
  /** How its numbers lie there, in words; absent for the usual 32-bit floats. */
  packing?: string;
}

/** A step that a preprocessing list may hold. */
export type StepSpec = Pick<Step, 'id' | 'name' | 'help' | 'params'> & {
  /** Columns of the loaded data that it works on unless others are chosen. */
  columns: readonly string[];
};

export interface SplitSummary {
  training: number;
  trainingSignal: number;
  /** Rows per class, in the order of `classes`. */
  validation: readonly number[];
  test: readonly number[];
  words: string;
  spec: StudySplit;
}

// ---- models and runs ---------------------------------------------------------------------------------------------------

export type ModelSpec = Omit<Model, 'build' | 'defaultPreset' | 'baselinePresets'> & {
  /** For the data that is loaded now; the first preset before that. */
  suggestedPreset: string;
  /** False with a reason if the loaded data is of another kind. */
  usable: boolean;
  /** Scores whose needs its outputs cover. */
  scores: readonly string[];
  /** Presets that run beside every training on the loaded data; empty unless it is a baseline. */
  baselinePresets: readonly string[];
};
export type ScoreSpec = Omit<Score, 'fit' | 'compute'>;
export type SampleSpec = Omit<Sample, 'generate'>;

/** Layers of a model as it would be built for the loaded data. */
export interface ModelPreview {
  layers: readonly LayerRow[];
  parameters: number;
  trainable: number;
  /** How the input is scaled, in words; says so where an angle enters as a linear number. */
  scaling: string;
  remarks: readonly string[];
}

export interface RunRequest {
  /** Chosen by the page; unique. */
  id: string;
  model: string;
  preset?: string;
  params?: Params;
  seed: number;
  epochs?: number;
  /** Absent for `auto`. Of no effect without a graphics device. */
  deviceRows?: DeviceRows;
}

export interface RunSummary {
  id: string;
  generation: number;
  model: string;
  modelName: string;
  preset: string;
  params: Params;
  seed: number;
  /** As it was chosen; absent for `auto`. */
  deviceRows?: DeviceRows;
  baseline: boolean;
  /** True for a supervised reference, which has seen signal labels. */
  seesLabels: boolean;
  parameters: number;
  trainable: number;
  layers: readonly LayerRow[];
  scaling: string;
  /** null for models without gradient training. */
  training: TrainingSummary | null;
  seconds: number;
  backend: BackendName;
  scores: readonly string[];
  defaultScore: string;
  hasLatent: boolean;
  hasReconstruction: boolean;
  /** True if the decoder can be asked for the image of any point of the latent space. */
  decodes?: boolean;
  results: readonly RunResult[];
  warnings: readonly string[];
  /** True if it was trained before and brought back, not trained now. */
  kept?: true;
}

export interface ScoreView {
  run: string;
  score: string;
  name: string;
  formula: string;
  unit: string;
  /** +1, or -1 where the sign rule turned the score round. */
  sign: 1 | -1;
  classes: readonly EventClass[];
  test: Ranking;
  validation: Ranking;
}

export interface LatentView {
  run: string;
  /** Test rows, a seeded sample if there are many; rare classes come last so that they are drawn on top. */
  row: Uint32Array;
  label: Uint8Array;
  score: Float64Array;
  /** [n x dimensions] */
  points: Float32Array;
  dimensions: number;
  axes: readonly string[];
  /** `all 3 latent numbers`, or `first 3 principal components of 16 latent numbers (91 % of their variance)`. */
  words: string;
  /** The latent numbers themselves, where they are projected but few: [n x dimensions]. */
  all?: { points: Float32Array; dimensions: number };
  /** Of a variational model: what its Gaussians say of the background drawn, and what it comes to. */
  posterior?: Posterior & { words: string };
}

/** One of the events that a score ranks. */
export interface RankedEvent {
  row: number;
  label: number;
  score: number;
  eventClass: EventClass;
}

export interface EventQuery {
  run: string;
  score: string;
  threshold: number;
  /** Class index of the signal that counts as positive in this matrix; background and this class are listed. */
  signal: number;
  cell: Cell;
  offset: number;
  limit: number;
}

export interface EventView {
  row: number;
  label: number;
  features: readonly Feature[];
  objectTypes?: readonly ObjectType[];
  /** Only for histograms, where the source knows it. */
  histogram?: HistogramAxis;
  run?: number;
  lumisection?: number;
  /** The last one, where several lumisections were taken together. */
  lastLumisection?: number;
  /** Physical units. */
  input: readonly number[];
  /** Physical units; absent if the model has no reconstruction. */
  reconstruction?: readonly number[];
  /** 1 where the number exists. */
  mask: readonly number[];
  /** True if the model is given the mask of the first channel, so that its reconstruction is the chance of a pixel to be lit. */
  masked?: boolean;
  /** Squared error of each number in model units. */
  errors?: readonly number[];
  /** What is usual for the error of each number; only for events and tables. */
  spread?: ErrorSpread;
  /** What the score loses with each part of the event, where the model restores no numbers. */
  leftOut?: LeftOut;
}

export interface Renamed {
  data: DataSummary;
  /** By what the data call the classes. */
  classNames: Readonly<Record<string, string>>;
  results: Readonly<Record<string, readonly RunResult[]>>;
}

// ---- the api -----------------------------------------------------------------------------------------------------------

export interface EngineApi {
  /** Samples on the shelf; answers before the compute backends are loaded. */
  shelf(): Promise<readonly SampleSpec[]>;
  shelfPicture(sample: string): Promise<ShelfPicture>;
  /**
   * Starts (or changes) the backend. Finished runs move over with their weights.
   *
   * @param onLost called if the graphics device goes away; start again to go on
   */
  start(choice: BackendName | 'auto', onLost?: (reason: string) => void): Promise<ComputeReport>;
  models(): Promise<readonly ModelSpec[]>;
  scores(): Promise<readonly ScoreSpec[]>;

  /**
   * Looks at dropped files; nothing is loaded yet. A file that cannot be read comes back with its problem. Loose images become one file.
   *
   * @param paths where each lay, `signal/1.png`, because a file forgets its folder on the way; the names if absent
   */
  inspect(files: readonly File[], paths?: readonly string[]): Promise<readonly FileReport[]>;
  /** The same for an address: read by range requests, nothing is fetched that is not needed. */
  inspectUrl(url: string): Promise<FileReport>;
  forget(file: number): Promise<void>;
  /** First rows, pictures or histograms of a file as it would be loaded, and how a cut fares on a sample of its rows. */
  previewFile(choice: FileChoice, options?: FilesOptions): Promise<FilePreview>;
  /** Loads a dataset; on failure the earlier one stays. */
  loadFiles(
    choices: readonly FileChoice[],
    split: StudySplit,
    onProgress: OnLoading,
    options?: FilesOptions,
  ): Promise<DataSummary>;
  loadSample(
    data: Extract<StudyData, { sample: string }>,
    split: StudySplit,
    onProgress: OnLoading,
    options?: Pick<FilesOptions, 'preprocessing' | 'lumisections'>,
  ): Promise<DataSummary>;
  /** Ends the load that is under way, whose promise is rejected; the earlier dataset stays. A later load does the same. */
  cancelLoad(): Promise<void>;
  /** Divides the loaded rows anew; runs on the old split are put away. */
  resplit(split: StudySplit): Promise<DataSummary>;
  /** Takes the loaded lumisections together, or what counts as no data, in another way; runs on the old rows are put away. */
  takeLumisections(choice: StudyLumisections): Promise<DataSummary>;
  /** Takes other preprocessing steps; runs on the old ones are put away. */
  preprocess(steps: readonly StudyStep[]): Promise<DataSummary>;
  /** Calls a class otherwise, in the study, too; runs stay. Their results, by id, carry the names of classes. */
  renameClass(from: string, to: string): Promise<Renamed>;
  /** Gives the memory of the dataset and of its runs back. */
  closeData(): Promise<void>;
  columns(onProgress?: (done: number) => void): Promise<readonly ColumnSummary[]>;
  /** Linear correlation of columns in the background; of the first ones if none are named. */
  correlation(names?: readonly string[], onProgress?: (done: number) => void): Promise<Correlation>;
  /** Rows that occur more than once, above all in training and in test. */
  duplicates(onProgress?: (done: number) => void): Promise<Duplicates>;
  /** Steps that a preprocessing list may hold. */
  steps(): Promise<readonly StepSpec[]>;

  preview(model: string, params: Params, preset?: string): Promise<ModelPreview>;
  /**
   * @param beside ids of runs of one model and one set of parameters, this one included, that are all asked for at this moment:
   * they train side by side where that is of use, with the numbers that each has alone
   */
  train(request: RunRequest, onProgress: (progress: TrainingProgress) => void, beside?: readonly string[]): Promise<RunSummary>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends what trains now and keeps its best weights; a run that waits for its turn is not touched. */
  stop(): Promise<void>;
  /** Also takes it away from what is kept on this machine. */
  removeRun(run: string): Promise<void>;

  /**
   * Brings back those of the requests that were trained before on exactly the loaded rows, split and steps and are kept on this
   * machine: weights, losses, scores. One that was under way goes on from its last checkpoint when it is asked for.
   */
  restore(requests: readonly RunRequest[]): Promise<readonly RunSummary[]>;
  /** Writes a text of the page's own beside the runs that are kept for the loaded data. */
  keepSession(session: string): Promise<void>;
  kept(): Promise<KeptReport>;
  /** Removes what is kept for these analyses, or everything. */
  forgetKept(analyses?: readonly string[]): Promise<void>;

  /** One score more for a finished run, such as `reconstruction-mse-top25`; the run with its results for all of them. */
  addScore(run: string, score: string): Promise<RunSummary>;
  scoreView(run: string, score: string): Promise<ScoreView>;
  /** ROC curve of one signal (class index) on test rows, thinned to about `points` points. */
  curve(run: string, score: string, signal: number, points: number): Promise<{ fpr: Float64Array; tpr: Float64Array }>;
  latent(run: string, score: string, limit: number): Promise<LatentView>;
  events(query: EventQuery): Promise<{ total: number; rows: readonly EventRow[] }>;
  /** @param score whose losses are wanted where the model restores no numbers; none if absent */
  event(run: string, row: number, score?: string): Promise<EventView>;
  /** What the augmentations of a model make of an event; no run is needed. */
  copies(query: CopiesQuery): Promise<EventCopies>;
  /** Of loaded images: the mean of each class, and the spectrum of what is counted in them. */
  imageClasses(): Promise<ImageClasses>;
  /** The loaded images, prepared rightly or with one of two known mistakes, before a simple detector: what leaks is found at once. */
  leakage(kind: LeakKind): Promise<LeakResult>;
  /** Area and size with fewer bits, and the time of each network of a run by itself. */
  price(run: string, score: string): Promise<Price>;
  /** Test events at an end of a score or nearest to a threshold. */
  ranked(
    run: string,
    query: { score: string; threshold: number; place: RankedPlace; limit: number },
  ): Promise<readonly RankedEvent[]>;
  /** What the decoder makes of an event that is moved to `at` on the axes of the latent view; its own place for no coordinates. */
  traverse(run: string, row: number, at: readonly number[]): Promise<Traversed>;
  /** Test scores by run and lumisection, thinned to about `limit` points, and what is usual among those trained on. */
  trend(run: string, score: string, limit: number): Promise<Trend & { usual: Usual }>;
  /** Mean and spread of every bin of good and bad test lumisections; only for histograms. */
  binSpread(): Promise<BinSpread>;
  /** All scored test lumisections of the run that a dataset row belongs to. */
  walk(run: string, score: string, row: number): Promise<Walk>;

  /** The study that repeats what is loaded and trained, with a fingerprint (SHA-256) of every file. */
  study(models: readonly StudyModel[], threshold?: ThresholdRule): Promise<Study>;
  /** Of these finished runs, in this order. */
  results(study: Study, runs: readonly string[]): Promise<StudyResults>;
  /** Scores of all test events as CSV. */
  scoresCsv(run: string, score: string): Promise<Blob>;
  /** Flagged lumisections, or the good ones without them, as a certification JSON. */
  flagged(run: string, score: string, threshold: number, list: FlaggedList): Promise<string>;
  /** The shift report of a score at a threshold: one self-contained HTML page. */
  shiftReport(run: string, score: string, parts: ReportParts): Promise<string>;
}
