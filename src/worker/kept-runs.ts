/**
 * Runs that survive a reload: a finished run, or how far one was, is written down under the fingerprint of its rows and its choice, and
 * found again by both. The page does not wait for what is written.
 */
import type { FinishedRun } from '../study/run-model.ts';
import type { Checkpoint } from '../training/contract.ts';
import type { RunRequest } from './api.ts';
import type { KeptChoice } from './keep/contract.ts';
import { type Keeper, keyOf } from './keep/keeper.ts';
import { fingerprintOfLoaded, type Loaded } from './loaded.ts';

export interface KeptRuns {
  /** Writes a finished run down and forgets how far it was before. */
  keep(data: Loaded, run: FinishedRun): void;
  /** Writes down from time to time how far a training is, and at once when it is paused. */
  checkpoints(data: Loaded, request: RunRequest): Promise<(at: Checkpoint, paused: boolean) => void>;
  /** The kept run of this request, built again; otherwise how far it was; neither if nothing is kept of it. */
  bringBack(data: Loaded, request: RunRequest): Promise<{ run?: FinishedRun; checkpoint?: Checkpoint }>;
  remove(data: Loaded, run: FinishedRun): Promise<void>;
  /** Settles when everything is written down. */
  written(): Promise<unknown>;
}

/**
 * @param keeper nothing is kept without one
 * @param checkpointMs between two checkpoints that are written down
 */
export function createKeptRuns(keeper: Keeper | undefined, checkpointMs: number): KeptRuns {
  let written: Promise<unknown> = Promise.resolve();
  const aside = (work: Promise<unknown>): void => {
    const quiet = work.catch((error: unknown) => console.warn('something could not be kept on this machine', error));
    written = Promise.all([written, quiet]);
  };
  const choiceOf = async ({ prepared }: Loaded, request: RunRequest): Promise<KeptChoice> => {
    const { findModel, resolveParams } = await import('./heavy.ts');
    const model = findModel(request.model);
    const { seed, deviceRows } = request;
    return { model: model.id, seed, ...resolveParams(model, prepared.input, request), ...(deviceRows ? { deviceRows } : {}) };
  };
  const write = async (data: Loaded, run: FinishedRun): Promise<void> => {
    if (!keeper) return;
    const { plainRun } = await import('./heavy.ts');
    const [analysis, name] = [await fingerprintOfLoaded(data), keyOf(run.choice)];
    await keeper.write('run', analysis, name, plainRun(run));
    await keeper.remove('checkpoint', analysis, name);
  };
  return {
    keep: (data, run) => aside(write(data, run)),
    async checkpoints(data, request) {
      const choice = await choiceOf(data, request);
      let last = performance.now();
      return (at, paused) => {
        if (!keeper || (!paused && performance.now() - last < checkpointMs)) return;
        last = performance.now();
        aside(fingerprintOfLoaded(data).then((analysis) => keeper.write('checkpoint', analysis, keyOf(choice), { choice, at })));
      };
    },
    async bringBack(data, request) {
      if (!keeper) return {};
      const { revivedRun } = await import('./heavy.ts');
      const [analysis, choice] = [await fingerprintOfLoaded(data), await choiceOf(data, request)];
      const kept = await keeper.read('run', analysis, keyOf(choice));
      if (kept) {
        try {
          return { run: revivedRun(data.prepared, kept) };
        } catch (error) {
          console.warn('a kept run could not be read and is removed', error);
          await keeper.remove('run', analysis, keyOf(choice));
        }
      }
      const checkpoint = await keeper.read('checkpoint', analysis, keyOf(choice));
      return checkpoint ? { checkpoint: checkpoint.at } : {};
    },
    async remove(data, run) {
      await written;
      await keeper?.remove('run', await fingerprintOfLoaded(data), keyOf(run.choice));
    },
    written: () => written,
  };
}
