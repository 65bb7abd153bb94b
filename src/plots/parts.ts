/**
 * The parts of results that plots can ask for. A plot names the ones it needs; a view that has them offers the plot. Plain
 * arrays and numbers, filled from the worker's answers by `state/` and from fixtures by the contract suite.
 */
import type { EventClass, Feature, HistogramAxis, ObjectType } from '../base/kinds.ts';
import type { Ranking } from '../metrics/ranking.ts';
import type { BinSpread } from '../study/bin-spread.ts';
import type { Trend, Usual } from '../study/trend.ts';
import type { Provenance } from './contract.ts';

/** Events in the latent space, rare classes last; a seeded sample of the test rows. */
export interface LatentPoints {
  label: Uint8Array;
  score: Float64Array;
  /** [n x dimensions] */
  points: Float32Array;
  dimensions: number;
  axes: readonly string[];
  /** What the axes are, in words. */
  words: string;
}

export interface LossHistory {
  epochs: readonly { stage: number; epoch: number; loss: number; validationLoss: number; learningRate?: number }[];
  /** Other seeds of the same model, validation loss where there is one. */
  others?: readonly { seed: number; epochs: readonly { stage: number; epoch: number; loss: number; validationLoss: number }[] }[];
  /** Epoch (from 1) whose weights were kept, per stage; empty while training. */
  bestEpoch: readonly number[];
  /** What the loss is, for the axis. */
  lossName: string;
  /** True for a contrastive loss: its axis is linear, also while it happens to be positive. */
  mayBeNegative?: boolean;
}

/** The ROC curve of one run, score and signal; (0, 0) to (1, 1). */
export interface RunCurve {
  key: string;
  /** What the runs of one band share: model, score and signal. */
  group: string;
  name: string;
  seed: number;
  fpr: Float64Array;
  tpr: Float64Array;
  highlighted: boolean;
  /** Which colour its group has, from 0. */
  order: number;
}

export interface EventNumbers {
  /** Name of the event's class. */
  className: string;
  features: readonly Feature[];
  objectTypes?: readonly ObjectType[];
  /** Only for histograms, where the source knows it. */
  histogram?: HistogramAxis;
  input: readonly number[];
  reconstruction?: readonly number[];
  /** 1 where the number exists. */
  mask: readonly number[];
  /** Squared error of each number in model units. */
  errors?: readonly number[];
  /** Usual size of each number's error in model units among `events` training background events; NaN where it is not known. */
  spread?: { of: readonly number[]; events: number };
  /**
   * Where nothing is restored: the score, and the score without the object that each number belongs to, or (`replaced`) with the number
   * at the median of training background.
   */
  leftOut?: { score: number; without: readonly number[]; replaced: boolean };
}

/** An event and what an augmentation made of it; the same object twice for the original alone. */
export interface CopiedEvent {
  /** Of the augmentation. */
  name: string;
  original: EventNumbers;
  changed: EventNumbers;
}

/** One feature, binned per class. */
export interface BinnedColumn {
  feature: Feature;
  /** [b + 1] */
  edges: readonly number[];
  /** [class][b] */
  counts: readonly (readonly number[])[];
}

/** Linear correlation of columns; NaN where there is none. */
export interface CorrelatedColumns {
  names: readonly string[];
  /** [n][n] */
  matrix: readonly ArrayLike<number>[];
}

/** Scores in the order of data taking, and the lumisection whose histogram is on show. */
export interface TrendPoints extends Trend {
  /** What is usual among the good lumisections that were trained on. */
  usual: Usual;
  at: { place: number; run: number; lumisection: number; score: number } | null;
}

/** Mean and spread of every bin for each kind of lumisection, on the axis of the histogram where the source knows it. */
export interface BinSpreads extends BinSpread {
  axis?: HistogramAxis;
}

/** The same training with one thing changed from point to point, each with several seeds. */
export interface SweepPoints {
  name: string;
  /** What changes, for the axis. */
  variable: string;
  /** `value` is the place on an axis of numbers; null where there is none. */
  points: readonly { label: string; value: number | null }[];
  /** [signal]; `results` has one list per point, one entry per finished seed. */
  series: readonly {
    signal: string;
    results: readonly (readonly {
      seed: number;
      auc: number;
      aucError: number;
      signalEvents: number;
      backgroundEvents: number;
      tprAtFpr: Readonly<Record<'1e-1' | '1e-2' | '1e-3' | '1e-4' | '1e-5', number | null>>;
      maxSic: number | null;
    }[])[];
  }[];
}

export interface Parts {
  provenance: Provenance;
  classes: readonly EventClass[];
  /** Index of the class that counts as signal. */
  signal: number;
  score: { name: string; formula: string; unit: string };
  test: Ranking;
  /** Events on which thresholds are chosen. */
  validation: Ranking;
  /** The threshold at rest, for figures that cannot carry live marks. */
  threshold: number;
  latent: LatentPoints;
  training: LossHistory;
  curves: readonly RunCurve[];
  /** Background events behind the curves, for the statistics floor. */
  backgroundEvents: number;
  event: EventNumbers;
  copy: CopiedEvent;
  column: BinnedColumn;
  correlation: CorrelatedColumns;
  trend: TrendPoints;
  binSpread: BinSpreads;
  sweep: SweepPoints;
}

export type PartName = keyof Parts;
