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
  return loss([z, zPhysics], ([a, b]) => {
    const attraction = pairs(a, b, -1 / tau);
    const repulsion = logSumOverOthers(a, b, tau);
    return {
      value: tf.add(attraction.value, repulsion.value),
      gradients: [tf.add(attraction.first, repulsion.first), tf.add(attraction.second, repulsion.second)],
    };
  });
}

/**
 * L_AnomCLR = mean_i [ - ( s(i, p(i)) - s(z_n(i), z*_n(i)) ) / tau + log Σ_{j ≠ i, p(i)} exp(s(i, j) / tau) ].
 *
 * @param zAnomaly [N, d]; never in the denominator
 * Worked value: z = z' = -z* = (e1, e2), tau 0.1 give -20 + ln 2.
 */
export function anomalyContrastiveLoss(z: Tensor2D, zPhysics: Tensor2D, zAnomaly: Tensor2D, tau: number): Scalar {
  return loss([z, zPhysics, zAnomaly], ([a, b, c]) => {
    const attraction = pairs(a, b, -1 / tau);
    const anomaly = pairs(a, c, 1 / tau);
    const repulsion = logSumOverOthers(a, b, tau);
    return {
      value: tf.addN([attraction.value, anomaly.value, repulsion.value]),
      gradients: [
        tf.addN([attraction.first, anomaly.first, repulsion.first]),
        tf.add(attraction.second, repulsion.second),
        anomaly.second,
      ],
    };
  });
}

/**
 * L+_AnomCLR = mean_n [ - ( s(z_n, z'_n) - s(z_n, z*_n) ) / tau ], in [-2 / tau, 2 / tau].
 *
 * Worked value: z = z' = -z*, tau 0.1 give -20.
 */
export function anomalyContrastivePlusLoss(z: Tensor2D, zPhysics: Tensor2D, zAnomaly: Tensor2D, tau: number): Scalar {
  return loss([z, zPhysics, zAnomaly], ([a, b, c]) => {
    const attraction = pairs(a, b, -1 / tau);
    const anomaly = pairs(a, c, 1 / tau);
    return {
      value: tf.add(attraction.value, anomaly.value),
      gradients: [tf.add(attraction.first, anomaly.first), attraction.second, anomaly.second],
    };
  });
}

type Unit = Tensor2D;

/**
 * A loss of unit vectors, made a loss of any vectors: the gradient with respect to z is that with respect to u = z / |z|, without
 * its part along u, divided by |z|.
 */
function loss(
  inputs: readonly Tensor2D[],
  ofUnits: (units: [Unit, Unit, Unit]) => { value: Tensor; gradients: readonly Tensor[] },
): Scalar {
  return differentiable<Scalar>(inputs, () => {
    const lengths = inputs.map((z) => tf.maximum(tf.sqrt(tf.sum(tf.square(z), 1, true)), SHORTEST));
    const units = inputs.map((z, i) => tf.div(z, lengths[i] as Tensor)) as [Unit, Unit, Unit];
    const { value, gradients } = ofUnits(units);
    const outer = gradients.map((gradient, i) => {
      const unit = units[i] as Unit;
      const along = tf.sum(tf.mul(gradient, unit), 1, true);
      return tf.div(tf.sub(gradient, tf.mul(unit, along)), lengths[i] as Tensor);
    });
    // at hand already, because the forward pass has everything that they are made of
    return { value: value as Scalar, saved: outer, gradients: (dy, saved) => saved.map((gradient) => tf.mul(gradient, dy)) };
  });
}

/** factor · mean_n a_n·b_n. */
function pairs(a: Unit, b: Unit, factor: number) {
  const share = factor / a.shape[0];
  return { value: tf.mul(tf.sum(tf.mul(a, b)), share), first: tf.mul(b, share), second: tf.mul(a, share) };
}

/** mean_i log Σ_{j ≠ i, p(i)} exp(s(i, j) / tau) over the rows of [a; b]. */
function logSumOverOthers(a: Unit, b: Unit, tau: number) {
  if (a.shape[0] < 2) throw new Error('a contrastive loss needs at least two events in a batch');
  const { sums, gradient } = choosePath(paths)(tf.concat([a, b], 0) as Tensor2D, tau);
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

const paths: Paths<LogSumPath> = { composed, webgpu: () => onGpu };
