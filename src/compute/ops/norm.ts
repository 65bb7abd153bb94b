/**
 * Layer and instance normalisation, each one operation with its own gradient instead of some twenty. No statistics of the batch
 * enter, so training and scoring are the same.
 *
 * Sources: Ba, Kiros and Hinton, arXiv 1607.06450; Ulyanov, Vedaldi and Lempitsky, arXiv 1607.08022.
 */
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { activationNumbers } from '../kernels/activations.ts';
import { addShares } from '../kernels/columns.ts';
import { addressOf, freeTensor, newTensor, partsOf } from '../kernels/heap.ts';
import { callSets, setKernels, withScratch } from '../kernels/sets.ts';
import { tf } from '../tf.ts';
import { bindable, runTensorKernel, workgroupLimit } from '../webgpu/tensor-kernel.ts';
import { type ActivationSpec, activate, activationGradient, linear } from './activation.ts';
import { columnSums } from './column-sums.ts';
import { differentiable } from './differentiable.ts';
import { layerParametersCode, normCode, normGradientCode, normWorkgroups, rowsPerSum } from './gpu/norm.ts';
import { runFlat } from './gpu/run.ts';
import { choosePath, type Paths, tracked } from './paths.ts';

/**
 * Numbers as [blocks, places, channels]. A layer norm takes its statistics over the channels of each block (places 1), an
 * instance norm over the places of each block and channel.
 */
export interface NormShape {
  kind: 'layer' | 'instance';
  blocks: number;
  places: number;
  channels: number;
  epsilon: number;
}

export interface NormPath {
  /** y and what the gradient needs beside y. */
  forward(x: Tensor, scale: Tensor, shift: Tensor, shape: NormShape, activation: ActivationSpec): { y: Tensor; saved: Tensor[] };
  /** Gradients of x, scale and shift from that of the activated y. */
  gradients(dy: Tensor, y: Tensor, scale: Tensor, saved: Tensor[], shape: NormShape, activation: ActivationSpec): Tensor[];
}

const composed: NormPath = {
  forward(x, scale, shift, { kind, epsilon }, activation) {
    const axis = kind === 'layer' ? 2 : 1;
    const centred = tf.sub(x, tf.mean(x, axis, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), axis, true), epsilon));
    const normalised = tf.mul(centred, inverse);
    return { y: activate(tf.add(tf.mul(normalised, scale), shift), activation), saved: [normalised, inverse] };
  },
  gradients(dy, y, scale, saved, { kind, channels }, activation) {
    const axis = kind === 'layer' ? 2 : 1;
    const [normalised, inverse] = saved as [Tensor, Tensor];
    const error = activationGradient(dy, y, activation);
    const sums = (matrix: Tensor) => columnSums(tf.reshape(matrix, [-1, channels]) as Tensor2D);
    const inner = tf.mul(error, scale);
    const along = tf.add(tf.mul(normalised, tf.mean(tf.mul(inner, normalised), axis, true)), tf.mean(inner, axis, true));
    return [tf.mul(tf.sub(inner, along), inverse), sums(tf.mul(error, normalised)), sums(error)];
  },
};

/** Blocks whose shares of the gradients of scale and shift are added up by themselves, at least, and shares at most. */
const rowsPerShare = 512;
const mostShares = 8;
/** What a number costs, in multiplications. */
const workPerNumber = 8;

/** On the heap of the WASM backend, for every shape. */
const onHeap: NormPath = {
  forward(x, scale, shift, { kind, blocks, places, channels, epsilon }, activation) {
    const layer = kind === 'layer';
    const y = newTensor(x.shape);
    const statistics = newTensor([blocks, 2, layer ? 1 : channels]);
    const [size, known] = [4 * places * channels, 8 * (layer ? 1 : channels)];
    const [from, to, found] = [addressOf(x), addressOf(y), addressOf(statistics)];
    const [gain, offset] = [addressOf(scale), addressOf(shift)];
    const last = [epsilon, activationNumbers[activation.activation], activation.slope] as const;
    const work = workPerNumber * x.size;
    const parts = partsOf(blocks, work);
    const addresses = (first: number) => [from + first * size, gain, offset, to + first * size, found + first * known] as const;
    if (layer) {
      const calls = parts.map(({ first, count }) => [...addresses(first), count, channels, ...last] as const);
      callSets('layerNorm', work, calls);
    } else {
      const numbers = 6 * channels;
      withScratch(parts.length * numbers, (scratch) => {
        const calls = parts.map(
          ({ first, count }, i) => [...addresses(first), count, places, channels, ...last, scratch + 4 * i * numbers] as const,
        );
        callSets('instanceNorm', work, calls);
      });
    }
    return { y: tracked(y), saved: [x, tracked(statistics)] };
  },
  gradients(dy, y, scale, [x, statistics], { kind, blocks, places, channels }, { activation, slope }) {
    const layer = kind === 'layer';
    const [dx, dScale, dShift] = [newTensor(y.shape), newTensor([channels]), newTensor([channels])];
    const [size, known] = [4 * places * channels, 8 * (layer ? 1 : channels)];
    const read = [dy, x as Tensor, y].map(addressOf) as [number, number, number];
    const [gain, found, to] = [addressOf(scale), addressOf(statistics as Tensor), addressOf(dx)];
    // by the shape alone, so that the sums are the same with any number of threads
    const shares = Math.max(1, Math.min(mostShares, layer ? Math.floor(blocks / rowsPerShare) : blocks));
    const start = (share: number) => Math.floor((share * blocks) / shares);
    const parameters = newTensor([2, shares, channels]);
    const sums = addressOf(parameters);
    const row = 4 * channels;
    withScratch(shares * 4 * channels, (scratch) => {
      const work = workPerNumber * y.size;
      const parts = Array.from({ length: shares }, (_, i) => {
        const [atDy, atX, atY] = read.map((address) => address + start(i) * size) as [number, number, number];
        const addresses = [atDy, atX, atY, gain, found + start(i) * known, to + start(i) * size] as const;
        return {
          addresses: [...addresses, sums + i * row, sums + (shares + i) * row] as const,
          count: start(i + 1) - start(i),
          last: [activationNumbers[activation], slope, scratch + i * 4 * row] as const,
        };
      });
      if (layer) {
        const calls = parts.map(({ addresses, count, last }) => [...addresses, count, channels, ...last] as const);
        callSets('layerNormGradient', work, calls);
      } else {
        const calls = parts.map(({ addresses, count, last }) => [...addresses, count, places, channels, ...last] as const);
        callSets('instanceNormGradient', work, calls);
      }
    });
    addShares(sums, shares, channels, addressOf(dScale));
    addShares(sums + shares * row, shares, channels, addressOf(dShift));
    freeTensor(parameters);
    return [tracked(dx), tracked(dScale), tracked(dShift)];
  },
};

/** On WebGPU, for at most 65,535 blocks of an instance norm and tensors that one binding can hold. */
const onGpu: NormPath = {
  forward(x, scale, shift, shape, activation) {
    if (!onGpuFits(shape)) return composed.forward(x, scale, shift, shape, activation);
    const { kind, blocks, channels } = shape;
    const kernel = {
      key: `norm ${keyOf(shape, activation)}`,
      code: () => normCode(shape, activation),
      inputs: [x, scale, shift],
      outputs: [x.shape, [kind === 'layer' ? blocks : blocks * channels, 2]],
      workgroups: normWorkgroups(shape),
    };
    const [y, statistics] = runTensorKernel(kernel).map((info) => tracked<Tensor>(info)) as [Tensor, Tensor];
    return { y, saved: [x, statistics] };
  },
  gradients(dy, y, scale, saved, shape, activation) {
    if (!onGpuFits(shape)) return composed.gradients(dy, y, scale, saved, shape, activation);
    const [x, statistics] = saved;
    const { kind, blocks, channels } = shape;
    const [input, known] = [x as Tensor, statistics as Tensor];
    const instance = kind === 'instance';
    const slices = instance ? blocks : Math.ceil(blocks / rowsPerSum);
    const share = [slices, channels];
    const kernel = {
      key: `norm-gradient ${keyOf(shape, activation)}`,
      code: () => normGradientCode(shape, activation),
      inputs: [dy, input, y, scale, known],
      outputs: instance ? [input.shape, share, share] : [input.shape],
      workgroups: normWorkgroups(shape),
    };
    const [dx, ...found] = runTensorKernel(kernel).map((info) => tracked<Tensor>(info)) as [Tensor, ...Tensor[]];
    const ofParameters = {
      key: `layer-parameters ${keyOf(shape, activation)}`,
      code: () => layerParametersCode(shape, activation),
      inputs: [dy, input, y, known],
      outputs: [share, share],
    };
    const parts = instance ? found : runFlat(ofParameters, slices * channels).map((info) => tracked<Tensor>(info));
    return [dx, ...parts.map((part) => columnSums(part as Tensor2D))];
  },
};

function onGpuFits({ kind, blocks, places, channels }: NormShape): boolean {
  const statistics = 2 * blocks * (kind === 'layer' ? 1 : channels);
  return (kind === 'layer' || blocks <= workgroupLimit()) && bindable(blocks * places * channels, statistics);
}

function keyOf({ kind, blocks, places, channels, epsilon }: NormShape, { activation, slope }: ActivationSpec): string {
  return [kind, blocks, places, channels, epsilon, activation, slope].join(' ');
}

const paths: Paths<NormPath> = {
  composed,
  webgpu: () => onGpu,
  wasm: () => setKernels() && onHeap,
};

/**
 * Over the last axis: y = f(scale (x - mean) / √(variance + epsilon) + shift), variance biased.
 *
 * @param x [..., d]
 * @param scale [d]
 * @param shift [d]
 * Worked value: x = [1, 3], scale 1, shift 0, epsilon 0 give [-1, 1].
 */
export function layerNorm<T extends Tensor>(
  x: T,
  scale: Tensor,
  shift: Tensor,
  epsilon: number,
  activation: ActivationSpec = linear,
): T {
  const channels = x.shape.at(-1) as number;
  return normalise(x, scale, shift, { kind: 'layer', blocks: x.size / channels, places: 1, channels, epsilon }, activation);
}

/**
 * Over the pixels of each image and channel: y = f(scale (x - mean) / √(variance + epsilon) + shift), variance biased.
 *
 * @param x [n, h, w, c]
 * @param scale [c]
 * @param shift [c]
 */
export function instanceNorm(
  x: Tensor4D,
  scale: Tensor,
  shift: Tensor,
  epsilon: number,
  activation: ActivationSpec = linear,
): Tensor4D {
  const [blocks, height, width, channels] = x.shape;
  return normalise(x, scale, shift, { kind: 'instance', blocks, places: height * width, channels, epsilon }, activation);
}

function normalise<T extends Tensor>(x: T, scale: Tensor, shift: Tensor, shape: NormShape, activation: ActivationSpec): T {
  const path = choosePath(paths);
  const { blocks, places, channels } = shape;
  return differentiable<T>([x, scale, shift], () => {
    const { y, saved } = path.forward(tf.reshape(x, [blocks, places, channels]), scale, shift, shape, activation);
    return {
      value: tf.reshape(y, x.shape) as unknown as T,
      saved: [y, scale as Tensor1D, ...saved],
      gradients(dy, [output, gain, ...kept]) {
        const error = tf.reshape(dy, [blocks, places, channels]);
        const [dx, dScale, dShift] = path.gradients(error, output as Tensor, gain as Tensor, kept, shape, activation);
        return [tf.reshape(dx as Tensor, x.shape), dScale as Tensor, dShift as Tensor];
      },
    };
  });
}
