/**
 * Contrastive losses of AnomalyCLR, each one operation with its own gradient. Vectors are divided by their lengths inside.
 *
 * Event n has an embedding z_n, that of its physics-augmented copy z'_n and that of its anomaly-augmented copy z*_n;
 * s(a, b) = a·b / (|a| |b|), tau is the temperature. Rows i = 1 ... 2N run over [z; z'], p(i) is the partner of row i and n(i) its
 * event. The positive pair is left out of the denominator, so every one of the losses may be negative.
 *
 * Source: Dillon et al., SciPost Phys. Core 7 (2024) 056, arXiv 2301.04660, section 3.
 */
import type { Scalar, Tensor, Tensor1D, Tensor2D, TensorInfo } from '@tensorflow/tfjs';
import { addressOf, callAll, freeTensor, heapKernels, newTensor, partsOf } from '../kernels/heap.ts';
import { tf } from '../tf.ts';
import { bindable, runTensorKernel, workgroupLimit } from '../webgpu/tensor-kernel.ts';
import { differentiable } from './differentiable.ts';
import { type ContrastShape, logSumCode, logSumGradientCode, widestRow } from './gpu/contrastive.ts';
import { choosePath, type Paths, tracked } from './paths.ts';

/** Added to the similarities of a row with itself and with its partner: e to this is 0. */
const LEFT_OUT = -1e9;
/** A vector shorter than this is divided by this. */
const SHORTEST = 1e-8;

/**
 * L_CLR = mean_i [ - s(i, p(i)) / tau + log Σ_{j ≠ i, p(i)} exp(s(i, j) / tau) ], with at least two events.
 *
 * @param z [N, d]
 * @param zPhysics [N, d]
 * Worked value: z = z' = (e1, e2), tau 0.1 give -10 + ln 2.
 */
export function contrastiveLoss(z: Tensor2D, zPhysics: Tensor2D, tau: number): Scalar {
  return loss([z, zPhysics], tau, true);
}

/**
 * L_AnomCLR = mean_i [ - ( s(i, p(i)) - s(z_n(i), z*_n(i)) ) / tau + log Σ_{j ≠ i, p(i)} exp(s(i, j) / tau) ].
 *
 * @param zAnomaly [N, d]; never in the denominator
 * Worked value: z = z' = -z* = (e1, e2), tau 0.1 give -20 + ln 2.
 */
export function anomalyContrastiveLoss(z: Tensor2D, zPhysics: Tensor2D, zAnomaly: Tensor2D, tau: number): Scalar {
  return loss([z, zPhysics, zAnomaly], tau, true);
}

/**
 * L+_AnomCLR = mean_n [ - ( s(z_n, z'_n) - s(z_n, z*_n) ) / tau ], in [-2 / tau, 2 / tau].
 *
 * Worked value: z = z' = -z*, tau 0.1 give -20.
 */
export function anomalyContrastivePlusLoss(z: Tensor2D, zPhysics: Tensor2D, zAnomaly: Tensor2D, tau: number): Scalar {
  return loss([z, zPhysics, zAnomaly], tau, false);
}

type Unit = Tensor2D;

/** @param repels whether rows are driven away from those of other events */
function loss(inputs: readonly Tensor2D[], tau: number, repels: boolean): Scalar {
  if (repels && (inputs[0] as Tensor2D).shape[0] < 2) {
    throw new Error('a contrastive loss needs at least two events in a batch');
  }
  return differentiable<Scalar>(inputs, () => {
    const { value, gradients } = choosePath(losses)(inputs, tau, repels);
    // at hand already, because the forward pass has everything that they are made of
    return { value: value as Scalar, saved: gradients, gradients: (dy, saved) => saved.map((gradient) => tf.mul(gradient, dy)) };
  });
}

/** A loss of z, z' and, where there is one, z*, each [N, d], and its gradients with respect to them. */
type LossPath = (inputs: readonly Tensor2D[], tau: number, repels: boolean) => { value: Tensor; gradients: readonly Tensor[] };

/**
 * A loss of unit vectors, made a loss of any vectors: the gradient with respect to z is that with respect to u = z / |z|, without
 * its part along u, divided by |z|.
 */
const composedLoss: LossPath = (inputs, tau, repels) => {
  const lengths = inputs.map((z) => tf.maximum(tf.sqrt(tf.sum(tf.square(z), 1, true)), SHORTEST));
  const units = inputs.map((z, i) => tf.div(z, lengths[i] as Tensor)) as [Unit, Unit, Unit?];
  const { value, gradients } = ofUnits(units, tau, repels);
  const outer = gradients.map((gradient, i) => {
    const unit = units[i] as Unit;
    const along = tf.sum(tf.mul(gradient, unit), 1, true);
    return tf.div(tf.sub(gradient, tf.mul(unit, along)), lengths[i] as Tensor);
  });
  return { value, gradients: outer };
};

function ofUnits([a, b, c]: [Unit, Unit, Unit?], tau: number, repels: boolean): ReturnType<LossPath> {
  const attraction = pairs(a, b, -1 / tau);
  const anomaly = c && pairs(a, c, 1 / tau);
  const repulsion = repels ? logSumOverOthers(a, b, tau) : undefined;
  const sum = (parts: readonly (Tensor | undefined)[]) => tf.addN(parts.filter((part) => part !== undefined));
  return {
    value: sum([attraction.value, anomaly?.value, repulsion?.value]),
    gradients: [
      sum([attraction.first, anomaly?.first, repulsion?.first]),
      sum([attraction.second, repulsion?.second]),
      ...(anomaly ? [anomaly.second] : []),
    ],
  };
}

/** Numbers of the shares that rows have in one another's log-sums, at most: 2,048 events. */
const mostShares = 2 ** 24;

/** On WASM in four calls over the heap, for up to 2,048 events of any width. */
const onHeap: LossPath = (inputs, tau, repels) => {
  const [events, d] = (inputs[0] as Tensor2D).shape;
  const rows = 2 * events;
  const [padded, stride] = [rows, d].map((n) => 4 * Math.ceil(n / 4)) as [number, number];
  if (rows * padded > mostShares || events * d === 0 || inputs.some(({ dtype }) => dtype !== 'float32')) {
    return composedLoss(inputs, tau, repels);
  }
  const room = (numbers: number) => newTensor([numbers]);
  const units = room(inputs.length * events * stride);
  const lengths = room(inputs.length * events);
  const shares = repels ? room(rows * padded) : undefined;
  const sums = repels ? room(rows) : undefined;
  const at = (tensor: TensorInfo | undefined) => (tensor ? addressOf(tensor) : 0);
  const place = (i: number, numbers: number, tensor: TensorInfo) => addressOf(tensor) + 4 * i * events * numbers;
  const parts = inputs.map((z, i) => [addressOf(z), place(i, stride, units), place(i, 1, lengths), events, d, stride]);
  callAll(heapModule, 'unitRows', inputs.length * events * d, parts);
  const work = repels ? rows * rows * d : rows * d;
  const divided = partsOf(rows, work);
  if (repels) {
    const lists = divided.map(({ first, count }) => [at(units), at(shares), at(sums), first, count, events, stride, 1 / tau]);
    callAll(heapModule, 'logSums', work, lists);
  }
  const made = inputs.map(() => newTensor([events, d]));
  const outputs = [0, 1, 2].map((i) => at(made[i]));
  const anomalies = Number(inputs.length > 2);
  const share = 1 / (tau * events);
  const scratchNumbers = 4 * (padded + stride);
  const scratch = room(divided.length * scratchNumbers);
  const lists = divided.map(({ first, count }, part) => [
    ...[at(units), at(lengths), at(shares), ...outputs, first, count, events, d, stride, share, anomalies],
    addressOf(scratch) + 4 * part * scratchNumbers,
  ]);
  callAll(heapModule, 'gradients', work, lists);
  const value = newTensor([]);
  callAll(heapModule, 'total', 0, [[at(units), at(sums), events, stride, share, anomalies, at(value)]]);
  for (const own of [units, lengths, shares, sums, scratch]) if (own) freeTensor(own);
  return { value: tracked(value), gradients: made.map((gradient) => tracked(gradient)) };
};

const heapModule = 'heap-contrastive';

const losses: Paths<LossPath> = {
  composed: composedLoss,
  wasm: () => (heapKernels(heapModule) ? onHeap : undefined),
  // of which the log-sums have kernels
  webgpu: () => composedLoss,
};

/** factor · mean_n a_n·b_n. */
function pairs(a: Unit, b: Unit, factor: number) {
  const share = factor / a.shape[0];
  return { value: tf.mul(tf.sum(tf.mul(a, b)), share), first: tf.mul(b, share), second: tf.mul(a, share) };
}

/** mean_i log Σ_{j ≠ i, p(i)} exp(s(i, j) / tau) over the rows of [a; b]. */
function logSumOverOthers(a: Unit, b: Unit, tau: number) {
  const { sums, gradient } = choosePath(logSums)(tf.concat([a, b], 0) as Tensor2D, tau);
  const [first, second] = tf.split(gradient, 2, 0) as [Tensor2D, Tensor2D];
  return { value: tf.mean(sums), first, second };
}

/** Log-sums of the rows [2N, d], [2N], and the gradient of their mean, [2N, d]. */
export type LogSumPath = (rows: Tensor2D, tau: number) => { sums: Tensor1D; gradient: Tensor2D };

const composed: LogSumPath = (rows, tau) => {
  const events = rows.shape[0] / 2;
  const itself = tf.tile(tf.eye(events), [2, 2]);
  const logits = tf.add(tf.mul(tf.matMul(rows, rows, false, true), 1 / tau), tf.mul(itself, LEFT_OUT)) as Tensor2D;
  const sums = tf.logSumExp(logits, 1) as Tensor1D;
  const shares = tf.exp(tf.sub(logits, tf.reshape(sums, [-1, 1]))) as Tensor2D;
  // s(i, j) appears in row i and in row j
  const factor = 1 / (2 * events * tau);
  const gradient = tf.mul(tf.add(tf.matMul(shares, rows), tf.matMul(shares, rows, true, false)), factor) as Tensor2D;
  return { sums, gradient };
};

/** On WebGPU in two dispatches, for vectors up to 1,024 wide, 32,767 events, and rows that one binding can hold. */
const onGpu: LogSumPath = (rows, tau) => {
  const [count, width] = rows.shape;
  if (width > widestRow || count > workgroupLimit() || !bindable(rows.size)) return composed(rows, tau);
  const shape = { events: count / 2, width, tau };
  const run = (name: string, code: (shape: ContrastShape) => string, inputs: Tensor[], output: number[]): Tensor => {
    const key = `${name} ${count} ${width} ${tau}`;
    const [out] = runTensorKernel({ key, code: () => code(shape), inputs, outputs: [output], workgroups: [count, 1, 1] });
    return tracked(out as TensorInfo);
  };
  const sums = run('log-sum', logSumCode, [rows], [count]) as Tensor1D;
  return { sums, gradient: run('log-sum-gradient', logSumGradientCode, [rows, sums], [count, width]) as Tensor2D };
};

const logSums: Paths<LogSumPath> = { composed, webgpu: () => onGpu };
