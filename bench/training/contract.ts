/** What a measurement of training steps is. Types only. */
import type { BackendName } from '../../src/base/kinds.ts';
import type { Timed } from './engine.ts';

/** Where steps run. `node` is ours on WASM in Node, `torch` native PyTorch; the others are backends in a browser. */
export type Place = Exclude<BackendName, 'cpu'> | 'node' | 'torch';
/**
 * `ours-simd` is ours with the modules for machines without relaxed SIMD; `ours-autodiff` has our operations but no trainer: TF.js
 * differentiates the loss anew in every step.
 */
export type Side = 'ours' | 'ours-simd' | 'ours-autodiff' | 'plain' | 'PyTorch';

export interface Plan {
  /** Seconds of timed steps of one measurement, all runs together. */
  seconds: number;
  runs: number;
  /** Seconds after which a measurement is given up or makes do with the steps it has. */
  patience: number;
}

/** An engine from outside; calls come one after another. */
export interface Runner {
  prepare(id: string, dropout: boolean, batch: number): Promise<string>;
  losses(count: number): Promise<number[]>;
  timed(seconds: number): Promise<Timed>;
  /** Only on WebGPU. */
  perStep?(seconds: number): Promise<PerStep>;
  close(): Promise<void>;
}

/** Means over at least 50 steps, given 50 at once. */
export interface PerStep {
  dispatches: number;
  submits: number;
  /** Buffers made. */
  buffers: number;
  /** Processor time of the page's thread, which does little but run JavaScript, by the browser's own count, ms. */
  scriptMs: number;
}

export interface Measurement {
  model: string;
  batch: number;
  side: Side;
  place: Place;
  /** What ran. */
  words: string;
  /** Of each step from the initial weights, as far as there was time. */
  losses: number[];
  /** Median over runs; NaN if there is none. */
  eventsPerSecond: number;
  slowest: number;
  fastest: number;
  runs: number;
  perStep?: PerStep;
  /** Why there is no speed. */
  failure?: string;
}
