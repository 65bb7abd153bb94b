/**
 * The training loop: stages of gradient descent over host matrices, with pause, stop, progress, a learning-rate schedule, early
 * stopping and best weights. Our own rather than TF.js's `fit`, which reads back for its callbacks and waits for animation
 * frames, so that it stands still in a hidden tab. Knows no model, no file and no screen.
 */
import type { Scalar, Tensor2D } from '@tensorflow/tfjs';
import { Problem } from '../base/problem.ts';
import { breathe, stepGradients } from '../compute/breathe.ts';
import { createOptimiser } from '../compute/optimiser.ts';
import { residentMatrix } from '../compute/resident.ts';
import { tf } from '../compute/tf.ts';
import type { Batch, Detector, NamedArray, Stage, TensorBatch } from '../models/contract.ts';
import { permutation } from '../numeric/random.ts';
import type { EpochRecord, TrainingControl, TrainingSummary } from './contract.ts';
import { lossProblem } from './diagnose.ts';
import { learningRateOf } from './schedule.ts';

export interface TrainingData {
  training: Batch;
  /** Background for early stopping and the choice of the best weights; null to judge by the training loss. */
  validation: Batch | null;
}

/** Work between two looks at the message queue, ms: short enough that pause and stop feel immediate. */
const CHUNK_MS = 30;
/** Between two progress reports, and two reads of the loss on a GPU, ms. */
const REPORT_MS = 250;
/** Losses that may wait on a GPU before they are read. */
const PENDING_LOSSES = 256;
/** Rows of a validation batch: larger than a training batch, because nothing is kept for a gradient. */
const VALIDATION_ROWS = 8192;

/**
 * Trains all stages of a detector, one after another, and leaves it with the best weights of each: those of the epoch with the
 * least validation loss (training loss without validation rows), also when it is stopped. Closed-form models have no stages
 * and use their own `fit`.
 *
 * Each epoch visits the training rows in a seeded order (stream `shuffle`, step = epochs before this one, over all stages). The
 * last batch is dropped where it is smaller than the others. Same detector, data and seed on the same backend: same numbers.
 *
 * The summary's `finalLoss` is the training loss of the last complete epoch, `validationLoss` that of the weights that were kept.
 *
 * @throws Problem if a batch is larger than the training part, or if the loss stops being finite; the weights then stay as they are
 */
export async function train(
  detector: Detector,
  data: TrainingData,
  control: TrainingControl,
  seed: number,
): Promise<TrainingSummary> {
  for (const stage of detector.stages) checkBatchSize(stage, data.training.rows);
  const clock = new Clock();
  const run: Run = { detector, data, control, seed, clock, history: [], trained: 0 };
  const rows = residentBatch(data.training);
  const validation = data.validation && data.validation.rows > 0 ? residentBatch(data.validation) : null;
  const bestEpoch: number[] = [];
  let ended: TrainingSummary['ended'] = 'complete';
  let validationLoss = Number.NaN;
  try {
    for (const number of detector.stages.keys()) {
      const result = await trainStage(run, number, rows, validation);
      bestEpoch.push(result.bestEpoch);
      validationLoss = result.validationLoss;
      ended = result.ended;
      if (ended === 'stopped') break;
    }
  } finally {
    rows.dispose();
    validation?.dispose();
  }
  const seconds = clock.seconds();
  return {
    history: run.history,
    bestEpoch,
    epochs: run.history.length,
    seconds,
    eventsPerSecond: seconds > 0 ? run.trained / seconds : 0,
    finalLoss: run.history.at(-1)?.loss ?? Number.NaN,
    validationLoss,
    ended,
  };
}

interface Run {
  detector: Detector;
  data: TrainingData;
  control: TrainingControl;
  seed: number;
  clock: Clock;
  history: EpochRecord[];
  /** Events that took part in a step, over all epochs and stages. */
  trained: number;
}

interface StageResult {
  bestEpoch: number;
  validationLoss: number;
  ended: TrainingSummary['ended'];
}

async function trainStage(run: Run, number: number, rows: Resident, validation: Resident | null): Promise<StageResult> {
  const { detector, data, control, seed } = run;
  const stage = detector.stages[number] as Stage;
  const total = data.training.rows;
  const size = batchSizeOf(stage.batchSize, total);
  const steps = Math.floor(total / size);
  const rate = learningRateOf(stage.schedule, stage.optimiser.learningRate, stage.epochs);
  const optimiser = createOptimiser(stage.optimiser, stage.variables);
  const losses = new LossReader((step, loss) => {
    throw lossProblem(data.training, { stageName: stage.name, ...placeOf(step, steps), loss, rate: rate.value });
  });
  let best: { epoch: number; loss: number; validationLoss: number; weights: NamedArray[] } | null = null;
  let ended: TrainingSummary['ended'] = 'complete';
  let step = 0;
  let lastBreath = performance.now();
  let lastReport = Number.NEGATIVE_INFINITY;

  const laterEpochs = detector.stages.slice(number + 1).reduce((sum, { epochs }) => sum + epochs, 0);
  let epoch = 1;
  /** @param over true once the stage has ended, also before its last epoch */
  const report = (share: number, over = false) => {
    const seconds = run.clock.seconds();
    const done = run.trained / (steps * size);
    const left = laterEpochs + (over ? 0 : stage.epochs - epoch + 1 - share);
    control.onProgress({
      stage: number,
      stages: detector.stages.length,
      stageName: stage.name,
      epoch,
      epochs: stage.epochs,
      share,
      eventsPerSecond: seconds > 0 ? run.trained / seconds : 0,
      secondsLeft: done > 0 ? (seconds / done) * left : 0,
      history: [...run.history],
    });
  };
  /** Lets messages in, waits while paused, reports; true if the run is to stop. */
  const look = async (share: number): Promise<boolean> => {
    const now = performance.now();
    if (now - lastBreath > CHUNK_MS) {
      await breathe();
      await run.clock.without(() => control.waitWhilePaused());
      if (now - lastReport > REPORT_MS) {
        await losses.read();
        report(share);
        lastReport = now;
      }
      lastBreath = performance.now();
    }
    return control.stopRequested;
  };

  try {
    epochs: for (epoch = 1; epoch <= stage.epochs; epoch++) {
      const order = permutation(total, seed, 'shuffle', run.history.length);
      const learningRate = rate.value;
      losses.startEpoch();
      for (let batch = 0; batch < steps; batch++) {
        const indices = order.subarray(batch * size, (batch + 1) * size);
        const loss = trainStep(stage, optimiser, rows, indices, { training: true, seed, step }, learningRate);
        step++;
        run.trained += size;
        await losses.add(loss, step);
        if (await look((batch + 1) / steps)) {
          ended = 'stopped';
          break epochs;
        }
      }
      await losses.read();
      const validationLoss = validation ? await validationLossOf(stage, validation, seed, step) : Number.NaN;
      const record: EpochRecord = { stage: number, epoch, loss: losses.mean(), validationLoss, learningRate };
      const judged = validation ? validationLoss : record.loss;
      if (!Number.isFinite(judged)) {
        throw lossProblem(data.training, { stageName: stage.name, epoch, step: steps, loss: judged, rate: learningRate });
      }
      run.history.push(record);
      rate.report(judged);
      if (!best || judged < best.loss) best = { epoch, loss: judged, validationLoss, weights: await detector.weights() };
      if (stage.patience > 0 && epoch - best.epoch >= stage.patience) {
        ended = 'early-stop';
        break;
      }
    }
  } finally {
    losses.dispose();
    optimiser.dispose();
  }
  if (best) detector.setWeights(best.weights);
  epoch = Math.min(epoch, stage.epochs);
  if (ended !== 'stopped') report(1, true);
  return { bestEpoch: best?.epoch ?? 0, validationLoss: best?.validationLoss ?? Number.NaN, ended };
}

/** One step of gradient descent; returns the loss, which the caller owns. */
function trainStep(
  stage: Stage,
  optimiser: ReturnType<typeof createOptimiser>,
  rows: Resident,
  indices: Uint32Array,
  context: { training: boolean; seed: number; step: number },
  learningRate: number,
): Scalar {
  return tf.tidy(() => {
    const batch = rows.batch(indices);
    const { loss, gradients } = stepGradients(() => stage.loss(batch, context), stage.variables);
    optimiser.step(gradients, learningRate);
    return loss;
  });
}

/** Mean loss over the validation rows in inference mode, each row counting the same. */
async function validationLossOf(stage: Stage, validation: Resident, seed: number, step: number): Promise<number> {
  let sum = 0;
  for (let start = 0; start < validation.rows; start += VALIDATION_ROWS) {
    const end = Math.min(validation.rows, start + VALIDATION_ROWS);
    const loss = tf.tidy(() => stage.loss(validation.batch(range(start, end)), { training: false, seed, step }));
    try {
      sum += ((await loss.data())[0] as number) * (end - start);
    } finally {
      loss.dispose();
    }
  }
  return sum / validation.rows;
}

function checkBatchSize(stage: Stage, rows: number): void {
  if (rows === 0 || stage.batchSize > rows) {
    throw new Problem({
      where: `batch size ${stage.batchSize}, training rows ${rows}, stage "${stage.name}"`,
      expected: 'a batch no larger than the training background',
      found: rows === 0 ? 'no training rows' : `${rows} training rows`,
      fix:
        rows === 0
          ? 'Load background events, or give the training part a larger share'
          : `Choose a batch size of at most ${rows}`,
    });
  }
}

/** Steps of an epoch that a batch size chosen by the loop leaves at least, if there are enough rows. */
const LEAST_STEPS = 32;

/** The batch size itself, or for 0 the largest power of two from 16 to 1,024 that leaves 32 steps an epoch. */
export function batchSizeOf(batchSize: number, rows: number): number {
  if (batchSize > 0) return batchSize;
  let size = 16;
  while (size < 1024 && size * 2 * LEAST_STEPS <= rows) size *= 2;
  return Math.min(size, rows);
}

function placeOf(step: number, steps: number): { epoch: number; step: number } {
  return { epoch: Math.floor((step - 1) / steps) + 1, step: ((step - 1) % steps) + 1 };
}

function range(start: number, end: number): Uint32Array {
  return Uint32Array.from({ length: end - start }, (_, i) => start + i);
}

interface Resident {
  rows: number;
  batch(indices: Uint32Array): TensorBatch;
  dispose(): void;
}

/** Rows as tensors, gathered on demand: a loss that ignores the target or the mask does not pay for it. Call `batch` in a tidy. */
function residentBatch(batch: Batch): Resident {
  const { rows, width } = batch;
  const x = residentMatrix(batch.x, rows, width);
  const target = batch.target === batch.x ? x : residentMatrix(batch.target, rows, width);
  const mask = residentMatrix(batch.mask, rows, width);
  return {
    rows,
    batch(indices) {
      const input = x.batch(indices);
      let truth: Tensor2D | undefined = target === x ? input : undefined;
      let existing: Tensor2D | undefined;
      return {
        x: input,
        get target() {
          truth ??= target.batch(indices);
          return truth;
        },
        get mask() {
          existing ??= mask.batch(indices);
          return existing;
        },
      };
    },
    dispose() {
      for (const matrix of new Set([x, target, mask])) matrix.dispose();
    },
  };
}

/**
 * Adds up the losses of an epoch in double precision. Where a read is a look into host memory it reads at once; on a GPU the
 * losses wait there and are fetched together, so that no step waits for the device.
 */
class LossReader {
  private pending: { loss: Scalar; step: number }[] = [];
  private sum = 0;
  private count = 0;
  private readonly direct = tf.getBackend() === 'wasm' || tf.getBackend() === 'cpu';

  /** @param onBad throws; called with the first step whose loss is not finite */
  constructor(private readonly onBad: (step: number, loss: number) => never) {}

  startEpoch(): void {
    this.sum = 0;
    this.count = 0;
  }

  /** Takes over the tensor. */
  async add(loss: Scalar, step: number): Promise<void> {
    if (this.direct) {
      const value = loss.dataSync()[0] as number;
      loss.dispose();
      this.take(value, step);
      return;
    }
    this.pending.push({ loss, step });
    if (this.pending.length >= PENDING_LOSSES) await this.read();
  }

  /** Fetches what is waiting. */
  async read(): Promise<void> {
    if (this.pending.length === 0) return;
    const waiting = this.pending;
    this.pending = [];
    const together = tf.stack(waiting.map(({ loss }) => loss));
    tf.dispose(waiting.map(({ loss }) => loss));
    try {
      const values = await together.data();
      for (const [i, { step }] of waiting.entries()) this.take(values[i] as number, step);
    } finally {
      together.dispose();
    }
  }

  /** Mean of the epoch's steps. */
  mean(): number {
    return this.sum / this.count;
  }

  dispose(): void {
    tf.dispose(this.pending.map(({ loss }) => loss));
    this.pending = [];
  }

  private take(value: number, step: number): void {
    if (!Number.isFinite(value)) this.onBad(step, value);
    this.sum += value;
    this.count++;
  }
}

/** Time at work, pauses left out. */
class Clock {
  private readonly start = performance.now();
  private away = 0;

  seconds(): number {
    return (performance.now() - this.start - this.away) / 1000;
  }

  async without(wait: () => Promise<void>): Promise<void> {
    const left = performance.now();
    await wait();
    this.away += performance.now() - left;
  }
}
