/** What a study gives back: `results.json`. Types only; the same object feeds the Compare table. */
import type { BackendName, DeviceRows } from '../base/kinds.ts';
import type { Interval } from '../metrics/intervals.ts';
import type { HitCorrelation } from './hits.ts';
import type { Study } from './schema.ts';

export interface Confusion {
  truePositives: number;
  falsePositives: number;
  trueNegatives: number;
  falseNegatives: number;
}

/** What the threshold rule of a study gives on test events; a refusal says why there is none. */
export type OperatingResult =
  | { threshold: number; words: string; backgroundEfficiency: number; signalEfficiency: number; confusion: Confusion }
  | { refusal: string };

/** One model x seed x score x signal, on test rows. */
export interface RunResult {
  model: string;
  preset: string;
  seed: number;
  /** How rows were asked to lie on a graphics device; absent where their size decided. */
  deviceRows?: DeviceRows;
  score: string;
  signal: string;
  parameters: number;
  /** Area under the ROC curve, ties counted half. */
  auc: number;
  /** DeLong standard error; 0 says nothing where the classes are parted without an exchange (`aucInterval`). */
  aucError: number;
  /**
   * Only if the runner was asked for it (`--bootstrap`): standard deviation and 16 to 84 and 2.5 to 97.5 % of the area over replicas of
   * the test events, each class resampled by itself (Efron and Tibshirani 1993). No spread over seeds or trainings. Without width
   * where the classes are parted without an exchange (`aucInterval`).
   */
  aucBootstrap?: { replicas: number; error: number; band68: Interval; band95: Interval };
  averagePrecision: number;
  /** Signal efficiency at the background efficiencies 1e-1 ... 1e-5, conservative reading; null where statistics do not support it. */
  tprAtFpr: Readonly<Record<'1e-1' | '1e-2' | '1e-3' | '1e-4' | '1e-5', number | null>>;
  /** Background efficiency at 40 % signal efficiency, linear between the points of the ROC curve, as it is published for image models. */
  fprAt40: number;
  /** How far the score only counts what there is in an event; absent for tables and for too few events. */
  hits?: HitCorrelation;
  /** Smallest background efficiency that the test background supports: 10 / n_B. */
  floor: number;
  /** Largest ε_S / √ε_B with at least 25 background events above threshold; null if there is no such point. */
  maxSic: number | null;
  /** Threshold chosen on validation and applied to test; null without signal in validation. */
  bestF1: { threshold: number; f1: number; precision: number; recall: number; confusion: Confusion } | null;
  /**
   * Largest F1 that any threshold reaches on the test events themselves, as it is published for data quality monitoring: an upper
   * bound of what a threshold chosen beforehand can give, and no result. Only for histograms.
   */
  largestF1?: { threshold: number; f1: number; precision: number; recall: number };
  /** Only for studies with a `threshold`: its rule applied to validation, and what the threshold does on test. */
  operatingPoint?: OperatingResult;
  /**
   * Only where histograms without data are among the test events of this signal or of the background. The numbers above count them
   * or leave them out as the study says; here is the result of the other choice (its threshold chosen on validation in the same way),
   * null where nothing is left to judge.
   */
  noData?: {
    /** How many there are. */
    signal: number;
    background: number;
    /** How many of them share one score. */
    tied: number;
    /** Present if they count above. */
    without?: OtherResult | null;
    /** Present if they are left out above. */
    with?: OtherResult | null;
    words: string;
  };
  /** Test events. */
  signalEvents: number;
  backgroundEvents: number;
  trainSeconds: number;
  eventsPerSecond: number;
  epochs: number;
  /** null for models that are not trained by gradient. */
  finalLoss: number | null;
  validationLoss: number | null;
  backend: BackendName;
}

/** What is said of the same scores with other test events. */
export type OtherResult = Pick<
  RunResult,
  'auc' | 'aucError' | 'signalEvents' | 'backgroundEvents' | 'averagePrecision' | 'bestF1' | 'largestF1'
>;

export interface Environment {
  offshell: string;
  backend: BackendName;
  /** Why this backend. */
  reason: string;
  platform: string;
  rows: number;
  trainingRows: number;
  validationRows: number;
  testRows: number;
  synthetic: boolean;
}

export interface StudyResults {
  study: Study;
  environment: Environment;
  runs: readonly RunResult[];
  warnings: readonly string[];
}
