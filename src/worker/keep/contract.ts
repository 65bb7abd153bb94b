/**
 * What is kept of an analysis on this machine, so that a reload loses nothing that was trained. A persisted format: records carry
 * `version`, a reader takes only what it knows, and a change of meaning takes a new version (docs/architecture.md). Types only.
 */
import type { BackendName, DeviceRows } from '../../base/kinds.ts';
import type { Params } from '../../base/params.ts';
import type { NamedArray } from '../../models/contract.ts';
import type { ScoreState } from '../../scores/contract.ts';
import type { Checkpoint, TrainingSummary } from '../../training/contract.ts';

export const keepVersion = 1;

/** What was trained, with every parameter: two runs with the same choice on the same rows have the same numbers. */
export interface KeptChoice {
  model: string;
  preset: string;
  params: Params;
  seed: number;
  /** Absent for rows that lie as their size asks for. */
  deviceRows?: DeviceRows;
}

/** A finished run without what can be built again: its model, from the choice and the weights. */
export interface KeptRun {
  version: typeof keepVersion;
  kind: 'run';
  choice: KeptChoice;
  training: TrainingSummary | null;
  seconds: number;
  backend: BackendName;
  weights: readonly NamedArray[];
  /** The sign rule is applied already; in the order of the split's validation and test rows. */
  scored: readonly { score: string; state: ScoreState; sign: 1 | -1; validation: Float64Array; test: Float64Array }[];
  warnings: readonly string[];
}

/** A training that is not done. */
export interface KeptCheckpoint {
  version: typeof keepVersion;
  kind: 'checkpoint';
  choice: KeptChoice;
  at: Checkpoint;
}

/** What the page needs to come back to an analysis; `session` is a text of its own that only the page reads. */
export interface KeptSession {
  version: typeof keepVersion;
  kind: 'session';
  name: string;
  rows: number;
  synthetic: boolean;
  session: string;
}

export type KeptRecord = KeptRun | KeptCheckpoint | KeptSession;

/** What is known of a record without reading it. */
export interface KeptEntry {
  key: string;
  kind: KeptRecord['kind'];
  /** Fingerprint of rows, split and steps that it belongs to. */
  analysis: string;
  bytes: number;
  /** Milliseconds since 1970. */
  written: number;
}

/** Where records lie. Any call may fail; whoever calls goes on without. */
export interface KeepStore {
  entries(): Promise<readonly KeptEntry[]>;
  /** undefined if there is no such key. */
  read(key: string): Promise<unknown>;
  write(entry: KeptEntry, record: KeptRecord): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
}

/** One analysis with its kept runs. */
export interface KeptAnalysis {
  id: string;
  name: string;
  rows: number;
  synthetic: boolean;
  runs: number;
  bytes: number;
  /** Milliseconds since 1970. */
  used: number;
  session: string;
}

export interface KeptReport {
  /** Latest first. */
  analyses: readonly KeptAnalysis[];
  bytes: number;
  /** What all records together may take. */
  limit: number;
  /** Why nothing can be kept, or why the last run was not; null if all is well. */
  problem: string | null;
}
