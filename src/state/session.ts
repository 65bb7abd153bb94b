/**
 * What repeats the analysis: choices, and nothing that can be computed from them. It survives a reload, goes into the link
 * and the study file. What is happening now is in `run.ts`.
 */
import type { BackendName, DeviceRows } from '../base/kinds.ts';
import type { Params } from '../base/params.ts';
import type { StudySplit } from '../study/schema.ts';
import type { FileChoice, FilesOptions, RunRequest, StudyLumisections, StudyStep } from '../worker/api.ts';
import type { Sweep } from './sweeps.ts';

export type Workspace = 'data' | 'models' | 'explore' | 'compare' | 'share';

/** How the threshold was set; the number itself follows from it and the ranking. */
export type ThresholdChoice =
  | { rule: 'value'; value: number }
  | { rule: 'background-efficiency'; value: number }
  | { rule: 'best-f1' }
  | { rule: 'best-g-mean' };

export interface Session {
  workspace: Workspace;
  backend: BackendName | 'auto';
  /** How rows lie on a graphics device in trainings that are asked for from now on. */
  deviceRows: DeviceRows;
  theme: 'light' | 'dark' | 'system';
  /** A shelf sample, or files (which the user must drop again after a reload). */
  data:
    | { sample: string; events: number; seed: number; params: Params; classNames?: Readonly<Record<string, string>> }
    | {
        files: readonly {
          name: string;
          role: string;
          className: string;
          /** Everything else that was chosen for the file; taken again when a file of this name is dropped. */
          choice?: Omit<FileChoice, 'file' | 'role' | 'name'>;
        }[];
        options?: Pick<FilesOptions, 'cut' | 'classNames'>;
      }
    | null;
  /** Steps for models with the scaling `study`; empty for the usual scaling of each model. */
  preprocessing: readonly StudyStep[];
  /** How histograms of lumisections are taken; empty for the usual way. */
  lumisections: StudyLumisections;
  split: StudySplit;
  /** The model whose parameters are on the screen, and what is set for it. */
  draft: { model: string; preset: string; params: Params; seeds: readonly number[]; epochs: number | null };
  /** Everything that was asked to run, in order. */
  requests: readonly RunRequest[];
  /** Which of the requests were made as one sweep; a link carries them as single runs. */
  sweeps: readonly Sweep[];
  /** True while the user wants nothing to train: a study that a reload finds paused stays so. */
  paused: boolean;
  /** What Explore shows. `signal` is a class index; null before there is a run. */
  view: { run: string | null; score: string | null; signal: number | null; threshold: ThresholdChoice };
}

export const initialSession: Session = {
  workspace: 'data',
  backend: 'auto',
  deviceRows: 'auto',
  theme: 'system',
  data: null,
  preprocessing: [],
  lumisections: {},
  split: { by: 'event', train: 0.72, validation: 0.08, test: 0.2, seed: 1 },
  draft: { model: 'dense-autoencoder', preset: '', params: {}, seeds: [1], epochs: null },
  requests: [],
  sweeps: [],
  paused: false,
  view: { run: null, score: null, signal: null, threshold: { rule: 'background-efficiency', value: 1e-2 } },
};
