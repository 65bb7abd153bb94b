/**
 * The training loop: stages of gradient descent over host matrices, with pause, stop, progress, a learning-rate schedule, early
 * stopping and best weights. Our own rather than TF.js's `fit`, which reads back for its callbacks and waits for animation
 * frames, so that it stands still in a hidden tab. Knows no model, no file and no screen.
 */
import type { DeviceRows } from '../base/kinds.ts';
import { Problem } from '../base/problem.ts';
import { breathe } from '../compute/breathe.ts';
import { bytesOfRows, storageOfRows, storageWords } from '../compute/row-storage.ts';
import type { Batch, Detector, Stage } from '../models/contract.ts';
import { permutation } from '../numeric/random.ts';
import { CHUNK_MS, ChunkSize } from './chunk.ts';
import type { BestEpoch, Checkpoint, EpochRecord, StageWords, TrainingControl, TrainingSummary } from './contract.ts';
import { lossProblem } from './diagnose.ts';
import { learningRateOf } from './schedule.ts';
import { chosenRows } from './score.ts';
import { stepsOf, type TrainerSource } from './steps.ts';

export interface TrainingData {
  training: Batch;
  /** Background for early stopping and the choice of the best weights; null to judge by the training loss. */
  validation: Batch | null;
}

export interface TrainOptions {
  /** Where whole-step trainers come from; null keeps to TF.js autodiff. */
  trainers?: TrainerSource;
  /** Goes on from here instead of from the start; the detector is a fresh one of the same model, parameters and seed. */
  resume?: Checkpoint;
  /** Called every two seconds of work or so, and at the start of a pause. A checkpoint costs a read of all weights, so leave it out where nothing can be lost. */
  onCheckpoint?(checkpoint: Checkpoint, paused: boolean): void;
  /** Work between two checkpoints at least, ms. */
  checkpointMs?: number;
  /** Called once, when the first steps are under way: what comes after the training can be made ready meanwhile. */
  onUnderWay?(): void;
  /** Bytes of float32 rows from which on a WebGPU device has them as float16; its own limit (`compute/row-storage.ts`) if absent. */
  float32Bytes?: number;
  /** How rows that are not packed lie on a WebGPU device; by their size if absent. */
  deviceRows?: DeviceRows;
}

/** Between two progress reports, ms. */
const REPORT_MS = 250;
/** Between two checkpoints, ms; what is lost with a device is hardly more. */
const CHECKPOINT_MS = 2000;

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
 * @throws Problem if a batch is larger than the training part, or if the loss stops being finite; the weights are then of no use
 */
export async function train(
  detector: Detector,
  data: TrainingData,
  control: TrainingControl,
  seed: number,
  options: TrainOptions = {},
): Promise<TrainingSummary> {
  for (const stage of detector.stages) checkBatchSize(stage, data.training.rows);
  const { resume } = options;
  const clock = new Clock(resume?.seconds);
  const validation = data.validation && data.validation.rows > 0 ? data.validation : null;
  const run: Run = {
    detector,
    data: { ...data, validation },
    control,
    seed,
    options,
    clock,
    history: [],
    bestEpoch: [],
    remarks: new Set(),
    trained: 0,
    underWay() {
      run.underWay = () => undefined;
      options.onUnderWay?.();
    },
  };
  if (resume) Object.assign(run, { history: [...resume.history], bestEpoch: [...resume.bestEpoch], trained: resume.trained });
  detector.prepare?.(data.training);
  let ended: TrainingSummary['ended'] = 'complete';
  let validationLoss = Number.NaN;
  for (let number = resume?.stage ?? 0; number < detector.stages.length; number++) {
    const result = await trainStage(run, number, resume?.stage === number ? resume : undefined);
    run.bestEpoch.push(result.bestEpoch);
    validationLoss = result.validationLoss;
    ended = result.ended;
    if (ended === 'stopped') break;
  }
  const seconds = clock.seconds();
  return {
    history: run.history,
    bestEpoch: run.bestEpoch,
    epochs: run.history.length,
    seconds,
    eventsPerSecond: seconds > 0 ? run.trained / seconds : 0,
    finalLoss: run.history.at(-1)?.loss ?? Number.NaN,
    validationLoss,
    ended,
    ...(run.remarks.size > 0 ? { remarks: [...run.remarks] } : {}),
    inWords: stageWords(detector),
  };
}

function stageWords({ stages }: Detector): StageWords[] {
  return stages.map(({ name, lossName, lossMayBeNegative }) => ({ name, loss: lossName, mayBeNegative: lossMayBeNegative }));
}

interface Run {
  detector: Detector;
  data: TrainingData;
  control: TrainingControl;
  seed: number;
  options: TrainOptions;
  clock: Clock;
  history: EpochRecord[];
  /** Of the stages that are done. */
  bestEpoch: number[];
  remarks: Set<string>;
  /** Events that took part in a step, over all epochs and stages. */
  trained: number;
  /** Says so the first time. */
  underWay(): void;
}

interface StageResult {
  bestEpoch: number;
  validationLoss: number;
  ended: TrainingSummary['ended'];
}

async function trainStage(run: Run, number: number, resume: Checkpoint | undefined): Promise<StageResult> {
  const { detector, data, control, seed } = run;
  const stage = detector.stages[number] as Stage;
  const chosen = stage.rows ? chosenRows(data.training, await stage.rows(data.training)) : data.training;
  const training = stage.input ? await stage.input(chosen) : chosen;
  const validation = data.validation && stage.input ? await stage.input(data.validation) : data.validation;
  if (stage.rows) checkBatchSize(stage, training.rows);
  const batchSize = batchSizeOf(stage.batchSize, training.rows);
  const steps = Math.floor(training.rows / batchSize);
  const rate = learningRateOf(stage.schedule, stage.optimiser.learningRate, stage.epochs);
  const losses = new EpochLoss((step, loss) => {
    throw lossProblem(training, { stageName: stage.name, epoch, step, loss, rate: rate.value });
  });
  const unpacked = [training, ...(validation ? [validation] : [])].flatMap((batch) =>
    batch.pick ? [] : [batch.x, batch.target],
  );
  const { deviceRows = 'auto', float32Bytes } = run.options;
  const storage = storageOfRows(unpacked, deviceRows, float32Bytes);
  const take = (values: ArrayLike<number>) => losses.take(values);
  const work = { stage, training, validation, batchSize, seed, storage, take };
  if (resume) detector.setWeights(resume.weights);
  const path = await stepsOf(work, run.options.trainers);
  // a trainer that makes its rows anew for each step does not round them
  if (path.storage || storage === 'float32') {
    const words = storageWords(storage, deviceRows, bytesOfRows(unpacked), float32Bytes);
    if (words) run.remarks.add(words);
  }
  if (resume) {
    path.restore(resume.optimiser);
    for (const record of run.history) if (record.stage === number) rate.report(validation ? record.validationLoss : record.loss);
  }
  const chunk = new ChunkSize();
  let best: BestEpoch | null = resume?.best ?? null;
  let ended: TrainingSummary['ended'] = 'complete';
  let lastBreath = performance.now();
  let lastReport = Number.NEGATIVE_INFINITY;
  let lastCheckpoint = performance.now();

  const laterEpochs = detector.stages.slice(number + 1).reduce((sum, { epochs }) => sum + epochs, 0);
  let epoch = resume?.epoch ?? 1;
  const inWords = stageWords(detector);
  /** @param over true once the stage has ended, also before its last epoch */
  const report = (share: number, over = false) => {
    const seconds = run.clock.seconds();
    const done = run.trained / (steps * batchSize);
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
      inWords,
    });
  };
  /** Lets messages in, waits while paused, reports; true if the run is to stop. `step` counts those of the epoch that are done. */
  const look = async (step: number): Promise<boolean> => {
    const now = performance.now();
    if (now - lastBreath > CHUNK_MS) {
      await breathe();
      if (control.pauseRequested) await keep(step, true);
      await run.clock.without(() => control.waitWhilePaused());
      if (now - lastReport > REPORT_MS) {
        report(step / steps);
        lastReport = now;
      }
      lastBreath = performance.now();
    }
    return control.stopRequested;
  };

  /** Makes a checkpoint when its time has come, or at once. */
  const keep = async (step: number, paused = false): Promise<void> => {
    const { onCheckpoint, checkpointMs = CHECKPOINT_MS } = run.options;
    if (!onCheckpoint || (!paused && performance.now() - lastCheckpoint < checkpointMs)) return;
    await path.sync();
    onCheckpoint(
      {
        stage: number,
        bestEpoch: [...run.bestEpoch],
        epoch,
        step,
        lossSum: losses.sum,
        weights: await detector.weights(),
        optimiser: await path.optimiserState(),
        best,
        history: [...run.history],
        trained: run.trained,
        seconds: run.clock.seconds(),
      },
      paused,
    );
    lastCheckpoint = performance.now();
  };

  try {
    epochs: for (; epoch <= stage.epochs; epoch++) {
      const order = permutation(training.rows, seed, 'shuffle', run.history.length);
      const learningRate = rate.value;
      const resumed = resume?.epoch === epoch ? resume : undefined;
      losses.start(resumed?.step, resumed?.lossSum);
      for (let first = resumed?.step ?? 0; first < steps; ) {
        const count = Math.min(chunk.steps, steps - first);
        const given = performance.now();
        await path.run(order, first, count, learningRate);
        chunk.measured(count, performance.now() - given);
        run.underWay();
        first += count;
        run.trained += count * batchSize;
        if (await look(first)) {
          ended = 'stopped';
          break epochs;
        }
        await keep(first);
      }
      await path.settle();
      const validationLoss = await path.validationLoss();
      const record: EpochRecord = { stage: number, epoch, loss: losses.mean(), validationLoss, learningRate };
      const judged = validation ? validationLoss : record.loss;
      if (!Number.isFinite(judged)) {
        throw lossProblem(training, { stageName: stage.name, epoch, step: steps, loss: judged, rate: learningRate });
      }
      run.history.push(record);
      rate.report(judged);
      if (!best || judged < best.loss) {
        await path.sync();
        best = { epoch, loss: judged, validationLoss, weights: await detector.weights() };
      }
      if (stage.patience > 0 && epoch - best.epoch >= stage.patience) {
        ended = 'early-stop';
        break;
      }
    }
    if (!best) await path.sync();
  } finally {
    path.dispose();
  }
  if (best) detector.setWeights(best.weights);
  epoch = Math.min(epoch, stage.epochs);
  if (ended !== 'stopped') report(1, true);
  return { bestEpoch: best?.epoch ?? 0, validationLoss: best?.validationLoss ?? Number.NaN, ended };
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

/** Adds up the losses of an epoch in double precision. */
class EpochLoss {
  sum = 0;
  private count = 0;

  /** @param onBad throws; called with the first step of the epoch, from 1, whose loss is not finite */
  constructor(private readonly onBad: (step: number, loss: number) => never) {}

  /** @param count steps of the epoch that are done already, with losses that add up to `sum` */
  start(count = 0, sum = 0): void {
    this.sum = sum;
    this.count = count;
  }

  take(losses: ArrayLike<number>): void {
    for (let i = 0; i < losses.length; i++) {
      const loss = losses[i] as number;
      this.count++;
      if (!Number.isFinite(loss)) this.onBad(this.count, loss);
      this.sum += loss;
    }
  }

  /** Mean of the epoch's steps. */
  mean(): number {
    return this.sum / this.count;
  }
}

/** Time at work, pauses left out. */
class Clock {
  private readonly start = performance.now();
  private away = 0;

  /** @param before seconds of work that are counted already */
  constructor(private readonly before = 0) {}

  seconds(): number {
    return this.before + (performance.now() - this.start - this.away) / 1000;
  }

  async without(wait: () => Promise<void>): Promise<void> {
    const left = performance.now();
    await wait();
    this.away += performance.now() - left;
  }
}
