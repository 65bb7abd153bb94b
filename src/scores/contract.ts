/**
 * What an anomaly score is: a function of a batch and a detector's outputs that gives one number per event, where higher
 * always means more anomalous. A score is offered for every model whose outputs cover its needs.
 */
import type { Batch, OutputName, Outputs } from '../models/contract.ts';

/** Constants that a score fitted on training background; plain JSON. */
export type ScoreState = Readonly<Record<string, number | readonly number[]>>;

export interface Score {
  id: string;
  name: string;
  /** In words and symbols, for help texts and axis titles. */
  formula: string;
  /** Of the score itself: '' for a pure number, 'GeV' where it is a physical quantity. */
  unit: string;
  paper: { text: string; url?: string };
  needs: readonly OutputName[];
  /**
   * `fixed`: the formula itself says that higher is more anomalous. `skewness`: the sign is arbitrary; it is chosen so that the
   * skewness on validation background is positive. Labels of signal never decide.
   */
  orientation: 'fixed' | 'skewness';
  /** Fitted on training background, if the score needs constants. */
  fit?(training: Batch, outputs: Outputs): ScoreState;
  /** [n] */
  compute(batch: Batch, outputs: Outputs, state: ScoreState): Float64Array;
}
