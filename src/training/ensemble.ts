/**
 * Several trainings of one model, say with several seeds, side by side. On WebGPU the members run in the same kernels, which fills
 * a GPU that one small network leaves idle; on WASM each has a thread of its own, as many at a time as there are cores: for its whole
 * steps where a trainer takes them, else for the whole training, with a TF.js of its own (`crew.ts`). What has no such form trains one
 * after another. Either way each has the numbers that it has alone: its own loop, seed, schedule, early stop and best weights.
 */
import { cores } from '../compute/kernels/helper-thread.ts';
import { canShareMemory } from '../compute/kernels/load.ts';
import { ensembleOf } from '../compute/steps/ensemble.ts';
import { asideTrainerFor, trainerFor } from '../compute/steps/registry.ts';
import { tf } from '../compute/tf.ts';
import { mostMembers } from '../compute/webgpu/kernel.ts';
import type { Detector } from '../models/contract.ts';
import type { TrainingControl, TrainingSummary } from './contract.ts';
import type { Trained, Watch } from './crew.ts';
import type { Job, Recipe } from './crew-contract.ts';
import { Crew } from './crew-places.ts';
import { type TrainingData, type TrainOptions, train } from './loop.ts';
import { Room } from './room.ts';
import type { TrainerSource } from './steps.ts';

/** Copies of the rows that threads of their own may hold together, bytes. */
const mostCopied = 2 ** 31;

/** Where one of several trainings runs. Enter before anything large is made, and leave when it has ended, however it did. */
export interface Place {
  /** Waits until one more may run beside the others. */
  enter(): Promise<void>;
  /** Waits until nobody else runs alone; from now on it has the trainers that it would have without the others. */
  alone(): Promise<void>;
  /**
   * Does the whole training on a thread with a TF.js of its own. Undefined, and nothing has happened, where there is none for it.
   *
   * @throws what the training throws
   */
  aside(job: Omit<Job, 'data'>, data: () => TrainingData, watch: Omit<Watch, 'onHeap'>): Promise<Trained | undefined>;
  /** Whether it waits for others to leave. */
  readonly waits: boolean;
  /** Time that went by until it could begin, ms: waits for others, and the start of a thread. */
  readonly waitedMs: number;
  /** Whether its steps are to run in the same kernels as those of the others. */
  readonly sharesKernels: boolean;
  readonly trainers: NonNullable<TrainerSource>;
  /** One thing for all members, say their training rows. */
  share<T>(key: string, make: () => T): T;
  leave(): void;
}

/**
 * Places for `count` members of one model and one set of parameters on the same data, on the active backend.
 *
 * @param copied bytes of rows that other threads may hold together
 */
export function placesFor(count: number, copied = mostCopied): Place[] {
  const gpu = tf.getBackend() === 'webgpu' && count > 1 && count <= mostMembers ? ensembleOf(count) : null;
  const threads = tf.getBackend() === 'wasm' ? Math.min(cores(), count) : 1;
  const seats = gpu ? count : threads;
  const crew = threads > 1 ? new Crew({ seats, mostCopied: copied }) : null;
  const [room, solo] = [new Room(seats), new Room(1)];
  const shared = new Map<string, unknown>();
  return Array.from({ length: count }, (_, member): Place => {
    let [waiting, entered, isAlone, onlyOne] = [true, false, false, false];
    let waitedMs = 0;
    const turn = async (to: Room) => {
      waiting = true;
      const from = performance.now();
      await to.enter();
      waitedMs += performance.now() - from;
      waiting = false;
    };
    const place: Place = {
      async enter() {
        await turn(room);
        entered = true;
      },
      async alone() {
        if (isAlone) return;
        isAlone = true;
        gpu?.[member]?.leave();
        await turn(solo);
        onlyOne = true;
      },
      async aside(job, data, watch) {
        if (isAlone) return undefined;
        const rows = crew ? data() : undefined;
        const from = performance.now();
        return (
          rows &&
          crew?.train(job, rows, watch, (waits) => {
            waiting = waits;
            if (!waits) waitedMs += performance.now() - from;
          })
        );
      },
      get waits() {
        return waiting;
      },
      get waitedMs() {
        return waitedMs;
      },
      sharesKernels: gpu !== null,
      async trainers(...asked) {
        const [, data] = asked;
        if (!isAlone && seats > 1) {
          const fits = 4 * data.rows * (data.width + data.targetWidth) * seats <= copied;
          const trainer = gpu ? await gpu[member]?.trainers(...asked) : fits ? await asideTrainerFor(...asked) : undefined;
          if (trainer) return trainer;
        }
        await place.alone();
        return trainerFor(...asked);
      },
      share<T>(key: string, make: () => T): T {
        if (!shared.has(key)) shared.set(key, make());
        return shared.get(key) as T;
      },
      leave() {
        if (!isAlone) gpu?.[member]?.leave();
        if (onlyOne) solo.leave();
        if (entered) room.leave();
        isAlone = true;
        onlyOne = false;
        entered = false;
      },
    };
    return place;
  });
}

export interface TrainAtOptions extends TrainOptions {
  /** What the detector was built from with this seed; without it no other thread can build the same. */
  recipe?: Recipe;
}

/**
 * Trains a detector at its place, beside the others where that can be: on trainers of its own thread or of all members where every
 * stage has steps that they may take, else as a whole on another thread; alone where neither is there.
 */
export async function trainAt(
  place: Place,
  detector: Detector,
  data: () => TrainingData,
  control: TrainingControl,
  seed: number,
  { recipe, ...options }: TrainAtOptions = {},
): Promise<TrainingSummary> {
  const onGpu = tf.getBackend() === 'webgpu';
  const bySteps = detector.stages.every(({ step }) => step) && canShareMemory();
  if (options.resume || !(onGpu || bySteps)) {
    // elsewhere nothing is compiled that could be made ready meanwhile
    const { trainers: _, onCheckpoint, onUnderWay: __, ...plain } = options;
    const job = { seed, options: plain, checkpoints: onCheckpoint !== undefined };
    const watch = { control, ...(onCheckpoint ? { onCheckpoint } : {}) };
    const trained = recipe && (await place.aside({ recipe, ...job }, data, watch));
    if (trained) {
      detector.setWeights(trained.weights);
      return { ...trained.summary, ranOn: 'a thread with a TF.js of its own' };
    }
    await place.alone();
  }
  return train(detector, data(), control, seed, { ...options, trainers: place.trainers });
}

export interface EnsembleMember {
  detector: Detector;
  seed: number;
  control: TrainingControl;
  recipe?: Recipe;
}

/**
 * @param members same model and parameters, each with a detector of its own
 * @returns a summary per member, in their order; one that fails makes the whole call fail when the others have ended
 */
export async function trainEnsemble(members: readonly EnsembleMember[], data: TrainingData): Promise<TrainingSummary[]> {
  const places = placesFor(members.length);
  const runs = members.map(async ({ detector, seed, control, recipe }, i) => {
    const place = places[i] as Place;
    try {
      await place.enter();
      return await trainAt(place, detector, () => data, control, seed, recipe ? { recipe } : {});
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
