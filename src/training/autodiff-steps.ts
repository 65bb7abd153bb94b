/** Steps by TF.js autodiff of a stage's loss, and our optimiser. Works for every stage on every backend. */
import type { Scalar, Tensor2D } from '@tensorflow/tfjs';
import { stepGradients } from '../compute/breathe.ts';
import { clipped, createOptimiser } from '../compute/optimiser.ts';
import { oncePerStep, perStep } from '../compute/per-step.ts';
import { noiseTensor, residentMatrix, residentPacked } from '../compute/resident.ts';
import type { TableStorage } from '../compute/row-storage.ts';
import type { StepOperations, StepRows } from '../compute/steps/contract.ts';
import { tf } from '../compute/tf.ts';
import type { Noise } from '../compute/webgpu/resident-rows.ts';
import { compileAhead, giveBackIdleBuffers } from '../compute/webgpu/tensor-kernel.ts';
import type { Batch, Stage, TensorBatch } from '../models/contract.ts';
import type { StageSteps, StageWork } from './steps.ts';

/** Chunks under way at once on a GPU: one runs while the losses of the other are read. */
const DEPTH = 2;
/** Rows of a validation batch: larger than a training batch, because nothing is kept for a gradient. */
const VALIDATION_ROWS = 8192;

/** On WebGPU kernels are compiled while the rows are on their way to the device. */
export async function autodiffSteps(work: StageWork): Promise<StageSteps> {
  const { stage, training, validation, batchSize, seed, storage = 'float32', take } = work;
  const rows = residentBatch(training, storage);
  const judged = validation ? residentBatch(validation, storage) : null;
  if (tf.getBackend() === 'webgpu') await compileAhead(() => firstLook(stage, rows, judged, batchSize, seed));
  const optimiser = createOptimiser(stage.optimiser, stage.variables);
  const losses = new LossReader(take);
  /** Steps taken, by which a stage's random numbers are drawn. */
  let step = 0;
  return {
    words: `TF.js autodiff on ${tf.getBackend()}`,
    ...(storage === 'float32' ? {} : { storage }),
    async run(order, first, count, learningRate) {
      for (let batch = first; batch < first + count; batch++) {
        const indices = order.subarray(batch * batchSize, (batch + 1) * batchSize);
        const context = { training: true, seed, step };
        const loss = tf.tidy(() => {
          const { loss: value, gradients } = stepGradients(
            () => stage.loss(rows.batch(indices, noiseOf(stage, context)), context),
            stage.variables,
          );
          optimiser.step(gradients, learningRate);
          return value;
        });
        step++;
        losses.add(loss);
      }
      await losses.endChunk();
    },
    settle: () => losses.settle(),
    async validationLoss() {
      return judged ? meanLoss(stage, judged, seed, step) : Number.NaN;
    },
    sync: () => losses.settle(),
    optimiserState: () => optimiser.state(),
    restore(state) {
      optimiser.restore(state);
      step = state.steps;
    },
    dispose() {
      rows.dispose();
      judged?.dispose();
      losses.dispose();
      optimiser.dispose();
      giveBackIdleBuffers();
    },
  };
}

/** The same work for a trainer that records it. */
export function operationsOf({ stage, training, validation, seed, storage = 'float32' }: StageWork): StepOperations {
  return {
    seed,
    rows: () => stepRows(residentBatch(training, storage), stage),
    ...(validation ? { judged: () => stepRows(residentBatch(validation, storage), stage) } : {}),
    validationRows: stage.validationBatch ?? VALIDATION_ROWS,
    loss: (batch, context) => stage.loss(batch as TensorBatch, context),
    ...(storage === 'float32' ? {} : { storage }),
  };
}

function stepRows(rows: Resident, stage: Stage): StepRows {
  return { ...rows, batch: (indices, draw) => rows.batch(indices, draw && noiseOf(stage, draw)) };
}

/** What training will run: a step, and the judging of a whole and of a last block of rows. */
function firstLook(stage: Stage, rows: Resident, judged: Resident | null, batchSize: number, seed: number): void {
  createOptimiser(stage.optimiser, stage.variables).dispose();
  const context = { training: true, seed, step: 0 };
  const step = () => stage.loss(rows.batch(range(0, batchSize), noiseOf(stage, context)), context);
  const { gradients } = stepGradients(step, stage.variables);
  if (stage.optimiser.clipNorm) clipped(gradients, stage.optimiser.clipNorm);
  if (!judged) return;
  const block = Math.min(judged.rows, stage.validationBatch ?? VALIDATION_ROWS);
  for (const size of new Set([block, judged.rows % block || block])) {
    stage.loss(judged.batch(range(0, size)), { training: false, seed, step: 0 });
  }
}

/** Mean loss of the stage over a batch in inference mode, each row counting the same, by the weights in its variables. */
export async function judgedLoss(stage: Stage, batch: Batch, seed: number): Promise<number> {
  const rows = residentBatch(batch);
  try {
    return await meanLoss(stage, rows, seed, 0);
  } finally {
    rows.dispose();
  }
}

async function meanLoss(stage: Stage, judged: Resident, seed: number, step: number): Promise<number> {
  let sum = 0;
  const size = stage.validationBatch ?? VALIDATION_ROWS;
  for (let start = 0; start < judged.rows; start += size) {
    const end = Math.min(judged.rows, start + size);
    const loss = tf.tidy(() => stage.loss(judged.batch(range(start, end)), { training: false, seed, step }));
    try {
      sum += ((await loss.data())[0] as number) * (end - start);
    } finally {
      loss.dispose();
    }
  }
  return sum / judged.rows;
}

function range(start: number, end: number): Uint32Array {
  return Uint32Array.from({ length: end - start }, (_, i) => start + i);
}

/** Of a step in training. */
function noiseOf({ inputNoise }: Stage, of: Noise['of']): Noise | undefined {
  return inputNoise ? { of, deviation: inputNoise } : undefined;
}

interface Resident {
  rows: number;
  /** @param noise on those numbers of `x` that exist; `target` has none */
  batch(indices: Uint32Array, noise?: Noise): TensorBatch;
  dispose(): void;
}

/** Rows as tensors. Call `batch` in a tidy. */
function residentBatch(batch: Batch, storage: TableStorage = 'float32'): Resident {
  const { rows, width, pick } = batch;
  if (pick) {
    const picked = (indices: Uint32Array) => pick.call(batch, indices);
    return packedBatch(batch, picked) ?? unpackedBatch(rows, picked);
  }
  const x = residentMatrix(batch.x, rows, width, { storage });
  const target = batch.target === batch.x ? x : residentMatrix(batch.target, rows, width, { storage });
  const mask = residentMatrix(batch.mask, rows, width);
  // a loss that makes pairs reads them, and a read that waits for a GPU holds everything up
  const label = batch.label && residentMatrix(batch.label, rows, 1, { place: 'host' });
  return {
    rows,
    batch(indices, noise) {
      const clean = onDemand(x.batch(indices), {
        target: (input) => (target === x ? input : target.batch(indices)),
        mask: () => mask.batch(indices),
        label: label?.batch(indices),
        raw: () => collect(batch, indices),
      });
      return noise ? noisy(clean, x.batch(indices, noise)) : clean;
    },
    dispose() {
      for (const matrix of new Set([x, target, mask])) matrix.dispose();
      label?.dispose();
    },
  };
}

/** Rows that stay packed on a graphics device; undefined where they are to be unpacked on the host. */
function packedBatch({ rows, packed, label }: Batch, pick: (indices: Uint32Array) => Batch): Resident | undefined {
  const x = packed && residentPacked(packed, packed.x);
  const target = x && (packed.target === packed.x ? x : residentPacked(packed, packed.target));
  if (!target) {
    x?.dispose();
    return undefined;
  }
  return {
    rows,
    batch(indices, noise) {
      const clean = onDemand(x.batch(indices), {
        target: (input) => (target === x ? input : target.batch(indices)),
        mask: (input) => tf.onesLike(input),
        label: label && perStep<Tensor2D>([indices.length, 1], () => Float32Array.from(indices, (i) => label[i] as number)),
        raw: () => pick(indices).raw,
      });
      return noise ? noisy(clean, withNoise(clean.x, noise)) : clean;
    },
    dispose() {
      for (const matrix of new Set([x, target])) matrix.dispose();
    },
  };
}

/** Rows that are unpacked for each batch, on the host: a step on images takes far longer than that. */
function unpackedBatch(rows: number, pick: (indices: Uint32Array) => Batch): Resident {
  return {
    rows,
    batch(indices, noise) {
      const picked = oncePerStep(() => pick(indices));
      const { x, target, label } = picked();
      const tensor = (of: (part: Batch) => Float32Array | Uint8Array) =>
        perStep<Tensor2D>([indices.length, of(picked()).length / indices.length], () => of(picked()));
      const clean = onDemand(
        tensor((part) => part.x),
        {
          target: (input) => (target === x ? input : tensor((part) => part.target)),
          mask: () => tensor((part) => part.mask),
          label: label && tensor((part) => part.label as Uint8Array),
          raw: () => picked().raw,
        },
      );
      return noise ? noisy(clean, withNoise(clean.x, noise)) : clean;
    },
    dispose() {
      // Nothing is kept.
    },
  };
}

function withNoise(x: Tensor2D, noise: Noise): Tensor2D {
  return tf.add(x, noiseTensor(...x.shape, noise));
}

/** The batch with noise on its `x`. @param all every number of `x` with noise */
function noisy(clean: TensorBatch, all: Tensor2D): TensorBatch {
  const exists = tf.cast(clean.mask, 'bool');
  return onDemand(tf.where(exists, all, clean.x), {
    target: () => clean.target,
    mask: () => clean.mask,
    label: clean.label,
    raw: clean.raw as () => Float32Array,
  });
}

/** A batch whose target and mask are made when a loss first asks for them: one that ignores them does not pay for them. */
function onDemand(
  x: Tensor2D,
  make: {
    target(x: Tensor2D): Tensor2D;
    mask(x: Tensor2D): Tensor2D;
    label: Tensor2D | undefined;
    raw(): Float32Array;
  },
): TensorBatch {
  let target: Tensor2D | undefined;
  let mask: Tensor2D | undefined;
  return {
    x,
    get target() {
      target ??= make.target(x);
      return target;
    },
    get mask() {
      mask ??= make.mask(x);
      return mask;
    },
    ...(make.label ? { label: make.label } : {}),
    raw: make.raw,
  };
}

/** Physical values [indices.length, rawWidth]. */
function collect({ raw, rawWidth }: Batch, indices: Uint32Array): Float32Array {
  const rows = new Float32Array(indices.length * rawWidth);
  for (const [i, row] of indices.entries()) rows.set(raw.subarray(row * rawWidth, (row + 1) * rawWidth), i * rawWidth);
  return rows;
}

/**
 * Hands losses over in order. Where a read is a look into host memory it reads at once. On a GPU the losses of a chunk of steps wait
 * there and are fetched together while the next chunk is under way, so that the device never waits, and a chunk takes as long as its
 * steps: the size of the next follows from that, and a stop is heard soon.
 */
class LossReader {
  private pending: Scalar[] = [];
  /** Losses of the chunks under way, oldest first. */
  private under: Promise<ArrayLike<number>>[] = [];
  private readonly direct = tf.getBackend() === 'wasm' || tf.getBackend() === 'cpu';

  constructor(private readonly take: (losses: ArrayLike<number>) => void) {}

  /** Takes over the tensor. */
  add(loss: Scalar): void {
    if (!this.direct) {
      this.pending.push(loss);
      return;
    }
    const value = loss.dataSync();
    loss.dispose();
    this.take(value);
  }

  /** Ends a chunk; resolves when the next one may be given. */
  async endChunk(): Promise<void> {
    this.fetch();
    while (this.under.length >= DEPTH) await this.hear();
  }

  async settle(): Promise<void> {
    this.fetch();
    while (this.under.length > 0) await this.hear();
  }

  /** What was not heard stays unheard. */
  dispose(): void {
    tf.dispose(this.pending);
    this.pending = [];
    this.under = [];
  }

  private fetch(): void {
    if (this.pending.length === 0) return;
    const together = tf.stack(this.pending);
    tf.dispose(this.pending);
    this.pending = [];
    const losses = together.data().finally(() => together.dispose());
    // a failure is heard when its turn comes
    losses.catch(() => undefined);
    this.under.push(losses);
  }

  private async hear(): Promise<void> {
    this.take((await this.under.shift()) as ArrayLike<number>);
  }
}
