/** What a training and the thread that does it say to one another. All of it is data. */

import type { Params } from '../base/params.ts';
import type { ProblemDetails } from '../base/problem.ts';
import type { ModelInput, NamedArray } from '../models/contract.ts';
import type { Checkpoint, TrainingProgress, TrainingSummary } from './contract.ts';
import type { TrainOptions } from './loop.ts';
import type { PortableData } from './portable.ts';

/** What a detector is built from, so that another thread builds the same one. */
export interface Recipe {
  /** As the registry knows it. */
  model: string;
  input: ModelInput;
  /** Checked. */
  params: Params;
}

export interface Job {
  recipe: Recipe;
  seed: number;
  data: PortableData;
  options: Omit<TrainOptions, 'trainers' | 'onCheckpoint' | 'onUnderWay'>;
  /** Whether checkpoints are wanted. */
  checkpoints: boolean;
}

export type ToMember =
  | { job: Job }
  | { steer: 'pause' | 'resume' | 'stop' }
  /** How many others train beside it. */
  | { others: number };

export type FromMember =
  /** The backend computes what it should; sent once. */
  | { ready: true }
  /** It does not, or is not there; the thread is of no use. */
  | { unfit: string }
  /** With the size of its heap so far, bytes. */
  | { progress: TrainingProgress; heap: number }
  | { checkpoint: Checkpoint; paused: boolean }
  /** With the tensors that are left over, which should be none. */
  | { summary: TrainingSummary; weights: NamedArray[]; heap: number; tensors: number }
  | { problem: ProblemDetails }
  | { error: string; stack?: string };

/** The other side, as a thread sees it. */
export interface Port {
  post(message: FromMember): void;
  /** Messages that came before are heard, too. */
  onMessage(hear: (message: ToMember) => void): void;
}
