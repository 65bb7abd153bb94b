/**
 * What this room says about the machine and what it asks of an optimiser. The shapes equal those of the worker's api and the
 * models' contract, which this room may not import.
 */
import type { BackendName } from '../base/kinds.ts';

/** One backend as the start-up probe found it. */
export interface BackendVerdict {
  name: BackendName;
  /** `usable`: passed the numeric self-test. `wrong`: ran but gave wrong numbers. `absent`: could not be started. */
  state: 'usable' | 'wrong' | 'absent' | 'untested';
  /** Adapter, threads, or why it cannot be used. */
  detail: string;
  /** A WebGPU or WebGL adapter that is software; ranks below WASM. */
  software: boolean;
  /** Milliseconds of one small dense training step, lower is faster; NaN if not timed. */
  stepMs: number;
}

export interface ComputeReport {
  backend: BackendName;
  /** Why this one, in a sentence for the user. */
  reason: string;
  /** True if the user (or the link) chose it. */
  chosen: boolean;
  /** Threads that matrix products of the WASM backend run on; 1 for every other backend. */
  threads: number;
  verdicts: readonly BackendVerdict[];
}

export interface OptimiserSpec {
  kind: 'adam';
  learningRate: number;
  beta1: number;
  beta2: number;
  /** Added outside the root. */
  epsilon: number;
  amsgrad: boolean;
  /** Decoupled decay, multiplied by the learning rate; 0 for none. */
  weightDecay: number;
  /** Each variable's gradient is shortened to this Euclidean length at most, by itself; none if absent or 0. */
  clipNorm?: number;
}
