/**
 * What a plot is: a pure function from results to a plotly figure, and the same content as a table. What moves with the
 * threshold is not in the figure: it is a short list of marks in data coordinates, drawn over it on every frame.
 */
import type { RowNoun } from '../base/nouns.ts';
import type { ParamSpecs, Params } from '../base/params.ts';

export interface PlotlyFigure {
  data: readonly Record<string, unknown>[];
  layout: Record<string, unknown>;
}

/** The data-table twin of a figure. */
export interface DataTable {
  caption: string;
  columns: readonly { name: string; unit?: string; numeric: boolean }[];
  rows: readonly (readonly (string | number)[])[];
}

/** Something that moves with the threshold, in data coordinates (not log10 of them). */
export type LiveMark =
  /** The threshold line, which the user can take and move. */
  | { kind: 'threshold'; x: number; text: string }
  /** The same where the score runs upwards: a line across. */
  | { kind: 'level'; y: number; text: string }
  /** The flagged side of the threshold. */
  | { kind: 'flagged-side'; from: number }
  /** The present operating point on a curve. */
  | { kind: 'point'; x: number; y: number; text: string; className: string }
  /** Points of trace `trace` with index < count are flagged and drawn filled; the figure's own points are hollow. */
  | { kind: 'filled'; x: Float32Array; y: Float32Array; count: number; color: string; symbol: string };

export type ThemeName = 'light' | 'dark' | 'print';

export interface PlotOptions {
  theme: ThemeName;
  params: Params;
  /** 1, or 1.4 in presenter view. */
  scale: number;
  /** Of the whole figure, px; decides how legends and long names are set. */
  width?: number;
  /** Of the whole figure, px; with the width it keeps planes of equal units in proportion. */
  height?: number;
}

/** Where the numbers come from, printed on the figure. */
export interface Provenance {
  /** `synthetic`, `simulation`, or the name of the data. Never the bare name of an experiment. */
  source: string;
  /** `test, 10 000 events`. */
  sample: string;
  /** What one row is called; an event if absent. */
  noun?: RowNoun;
}

/** `needs` names the parts of `Results` that must be there; a view that has them offers the plot. */
export interface Plot<Results = never> {
  id: string;
  title: string;
  /** What it answers; shown as help. */
  question: string;
  needs: readonly string[];
  params: ParamSpecs;
  figure(results: Results, options: PlotOptions): PlotlyFigure;
  table(results: Results, options: PlotOptions): DataTable;
  /** Marks at a threshold; absent for figures that do not depend on it. */
  live?(results: Results, threshold: number, options: PlotOptions): readonly LiveMark[];
}
