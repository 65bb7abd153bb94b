/**
 * Several detectors of one model, say with several seeds, trained together. On WebGPU a dense stack's members run side by side
 * in the same kernels, which fills a GPU that one small network leaves idle; elsewhere they train one after another. Either way
 * each has the numbers that it has alone: its own loop, seed, schedule, early stop and best weights.
 */
import { tf } from '../compute/tf.ts';
import { denseEnsemble, mostMembers } from '../compute/webgpu/dense-ensemble.ts';
import type { Detector } from '../models/contract.ts';
import type { TrainingControl, TrainingSummary } from './contract.ts';
import { type TrainingData, train } from './loop.ts';

export interface EnsembleMember {
  detector: Detector;
  seed: number;
  control: TrainingControl;
}

/**
 * @param members same model and parameters, each with a detector of its own
 * @returns a summary per member, in their order; one that fails makes the whole call fail when the others have ended
 */
export async function trainEnsemble(members: readonly EnsembleMember[], data: TrainingData): Promise<TrainingSummary[]> {
  const together = tf.getBackend() === 'webgpu' && members.length > 1 && members.length <= mostMembers;
  if (!together) {
    const summaries: TrainingSummary[] = [];
    for (const { detector, seed, control } of members) summaries.push(await train(detector, data, control, seed));
    return summaries;
  }
  const places = denseEnsemble(members.length);
  const runs = members.map(async ({ detector, seed, control }, i) => {
    const place = places[i] as (typeof places)[number];
    try {
      return await train(detector, data, control, seed, { trainers: place.trainers });
    } finally {
      place.leave();
    }
  });
  const settled = await Promise.allSettled(runs);
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
