/** The parts of a convolution and of its gradients. Nothing is recorded. */
import type { Tensor, Tensor1D, Tensor4D, TensorInfo } from '@tensorflow/tfjs';
import { type HeapConvolutions, heapConvolutions } from '../kernels/convolutions.ts';
import { tf } from '../tf.ts';
import { bindable } from '../webgpu/tensor-kernel.ts';
import { type ActivationSpec, activate, activationGradient, linear } from './activation.ts';
import { columnSums } from './column-sums.ts';
import type { ConvolutionGeometry } from './geometry.ts';
import {
  type Correlation,
  correlationCode,
  correlationInvocations,
  errorCode,
  filterCode,
  filterPlan,
  rowsPerError,
  sumSlicesCode,
  workgroup,
} from './gpu/convolution.ts';
import { runFlat } from './gpu/run.ts';
import { choosePath, tracked } from './paths.ts';

/** What happens to a sum before it is put out: bias of each output channel, then the activation. */
export interface Finish {
  bias: Tensor | undefined;
  activation: ActivationSpec;
}

export const unfinished: Finish = { bias: undefined, activation: linear };

export interface ConvolutionPath {
  /** y [n, oh, ow, co] of x [n, h, w, ci] and w [kh, kw, ci / groups, co]. */
  forward(x: Tensor4D, filter: Tensor4D, geometry: ConvolutionGeometry, finish: Finish): Tensor4D;
  /** dx [n, h, w, ci], which is also the transposed convolution of dy; its bias has ci numbers. */
  inputGradient(dy: Tensor4D, filter: Tensor4D, geometry: ConvolutionGeometry, finish: Finish): Tensor4D;
  /** dw [kh, kw, ci / groups, co]. */
  filterGradient(x: Tensor4D, dy: Tensor4D, geometry: ConvolutionGeometry): Tensor4D;
  /** Gradient before the activation, and its sums per channel if there is a bias. */
  error(
    dy: Tensor4D,
    y: Tensor4D,
    activation: ActivationSpec,
    withSums: boolean,
  ): { error: Tensor4D; sums: Tensor1D | undefined };
}

/** Of TF.js operations; one channel per group as a depthwise convolution, other groups as so many convolutions of slices. */
const composed: ConvolutionPath = {
  forward: (x, filter, geometry, finish) => {
    if (isDepthwise(geometry)) {
      const y = tf.depthwiseConv2d(x, perChannel(filter, geometry), strides(geometry), geometry.padding) as Tensor4D;
      return finished(y, finish);
    }
    const y = inGroups(
      geometry,
      [x, 3],
      [filter, 3],
      (part, weights) => tf.conv2d(part, weights, strides(geometry), geometry.padding),
      3,
    );
    return finished(y, finish);
  },
  inputGradient: (dy, filter, geometry, finish) => {
    if (isDepthwise(geometry) && tf.getKernel(depthwiseInput, tf.getBackend())) {
      const { images: n, inHeight: h, inWidth: w, inChannels: c } = geometry;
      const attributes = { ...depthwiseAttributes(geometry), inputShape: [n, h, w, c] };
      return finished(runKernel(depthwiseInput, { dy, filter: perChannel(filter, geometry) }, attributes), finish);
    }
    const { images, inHeight, inWidth, inChannels, groups } = geometry;
    const shape: [number, number, number, number] = [images, inHeight, inWidth, inChannels / groups];
    const dx = inGroups(
      geometry,
      [dy, 3],
      [filter, 3],
      (part, weights) => tf.conv2dTranspose(part, weights, shape, strides(geometry), geometry.padding),
      3,
    );
    return finished(dx, finish);
  },
  filterGradient: (x, dy, geometry) => {
    const { filterHeight, filterWidth, inChannels, outChannels, groups, padding } = geometry;
    if (isDepthwise(geometry) && tf.getKernel(depthwiseFilter, tf.getBackend())) {
      const wide = [filterHeight, filterWidth, inChannels, outChannels / inChannels];
      const found = runKernel(depthwiseFilter, { x, dy }, { ...depthwiseAttributes(geometry), filterShape: wide });
      return tf.reshape(found, [filterHeight, filterWidth, 1, outChannels]);
    }
    const filterShape = [filterHeight, filterWidth, inChannels / groups, outChannels / groups];
    const attributes = { strides: strides(geometry), pad: padding, dataFormat: 'NHWC', filterShape };
    return inGroups(
      geometry,
      [x, 3],
      [dy, 3],
      (part, error) => runKernel('Conv2DBackpropFilter', { x: part, dy: error }, attributes),
      3,
    );
  },
  error: (dy, y, activation, withSums) => {
    const error = activationGradient(dy, y, activation);
    return { error, sums: withSums ? columnSums(tf.reshape(error, [-1, error.shape[3]])) : undefined };
  },
};

function finished(sum: Tensor4D, { bias, activation }: Finish): Tensor4D {
  return activate(bias ? (tf.add(sum, bias) as Tensor4D) : sum, activation);
}

const depthwiseInput = 'DepthwiseConv2dNativeBackpropInput';
const depthwiseFilter = 'DepthwiseConv2dNativeBackpropFilter';

function isDepthwise({ groups, inChannels }: ConvolutionGeometry): boolean {
  return groups > 1 && groups === inChannels;
}

/** [kh, kw, 1, c m] as [kh, kw, c, m]. */
function perChannel(filter: Tensor4D, { filterHeight, filterWidth, inChannels, outChannels }: ConvolutionGeometry): Tensor4D {
  return tf.reshape(filter, [filterHeight, filterWidth, inChannels, outChannels / inChannels]);
}

function depthwiseAttributes(geometry: ConvolutionGeometry) {
  return { strides: strides(geometry), pad: geometry.padding, dilations: [1, 1] };
}

function runKernel(name: string, inputs: Record<string, Tensor>, attributes: object): Tensor4D {
  return tf.engine().runKernel(name, inputs, attributes as never) as unknown as Tensor4D;
}

function strides({ strides: [down, across] }: ConvolutionGeometry): [number, number] {
  return [down, across];
}

/** Cuts both tensors along their axis into groups, works on each pair, and joins the results along `axis`. */
function inGroups(
  { groups }: ConvolutionGeometry,
  [a, axisA]: [Tensor4D, number],
  [b, axisB]: [Tensor4D, number],
  work: (a: Tensor4D, b: Tensor4D) => Tensor4D,
  axis: number,
): Tensor4D {
  if (groups === 1) return work(a, b);
  return tf.tidy(() => {
    const [partsA, partsB] = [tf.split(a, groups, axisA), tf.split(b, groups, axisB)];
    return tf.concat(
      partsA.map((part: Tensor, i) => work(part as Tensor4D, partsB[i] as Tensor4D)),
      axis,
    );
  });
}

/** On the heap of the WASM backend, for every shape. */
function onHeap(kernels: HeapConvolutions): ConvolutionPath {
  const finishOf = ({ bias, activation }: Finish) => ({ bias, ...activation });
  return {
    forward: (x, filter, geometry, finish) => tracked(kernels.forward(x, filter, geometry, finishOf(finish))),
    inputGradient: (dy, filter, geometry, finish) => tracked(kernels.inputGradient(dy, filter, geometry, finishOf(finish))),
    filterGradient: (x, dy, geometry) => tracked(kernels.filterGradient(x, dy, geometry)),
    error: (dy, y, activation, withSums) => {
      const { error, sums } = kernels.error(dy, y, activation, withSums);
      return {
        error: error === (dy as TensorInfo) ? dy : tracked<Tensor4D>(error),
        sums: sums && tracked<Tensor1D>(sums),
      };
    },
  };
}

/** On WebGPU, for tensors that one binding can hold. */
const onGpu: ConvolutionPath = {
  forward: (x, filter, geometry, finish) =>
    onGpuFits(filter, geometry)
      ? correlate('forward', x, filter, geometry, finish)
      : composed.forward(x, filter, geometry, finish),
  inputGradient: (dy, filter, geometry, finish) =>
    onGpuFits(filter, geometry)
      ? correlate('input-gradient', dy, filter, geometry, finish)
      : composed.inputGradient(dy, filter, geometry, finish),
  filterGradient(x, dy, geometry) {
    const { filterHeight, filterWidth, inChannels, groups, outChannels } = geometry;
    const shape: [number, number, number, number] = [filterHeight, filterWidth, inChannels / groups, outChannels];
    const { slices, invocations } = filterPlan(geometry);
    if (!bindable(x.size, dy.size, slices * tf.util.sizeFromShape(shape))) return composed.filterGradient(x, dy, geometry);
    const kernel = { key: `filter ${keyOf(geometry)}`, code: () => filterCode(geometry), inputs: [x, dy] };
    const [parts] = runFlat({ ...kernel, outputs: [[slices, ...shape]] }, invocations, workgroup);
    return sumSlices(tracked<Tensor>(parts as TensorInfo), slices, shape);
  },
  error(dy, y, activation, withSums) {
    if (!withSums || !bindable(y.size)) return composed.error(dy, y, activation, withSums);
    const channels = y.shape[3];
    const rows = y.size / channels;
    const slices = Math.ceil(rows / rowsPerError);
    const kernel = {
      key: `error ${rows} ${channels} ${activation.activation} ${activation.slope}`,
      code: () => errorCode(rows, channels, activation),
      inputs: [dy, y],
      outputs: [y.shape, [slices, channels]],
    };
    const [error, parts] = runFlat(kernel, slices * channels, workgroup).map((info) => tracked<Tensor>(info));
    return { error: error as Tensor4D, sums: sumSlices<Tensor1D>(parts as Tensor, slices, [channels]) };
  },
};

function onGpuFits(filter: Tensor4D, geometry: ConvolutionGeometry): boolean {
  const { images, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = geometry;
  return bindable(filter.size, images * inHeight * inWidth * inChannels, images * outHeight * outWidth * outChannels);
}

/** Sums over the first axis [slices, ...shape]. */
function sumSlices<T extends Tensor>(parts: Tensor, slices: number, shape: readonly number[]): T {
  if (slices === 1) return tf.reshape(parts, [...shape]) as Tensor as T;
  const size = tf.util.sizeFromShape([...shape]);
  const kernel = { key: `sum ${slices} ${size}`, code: () => sumSlicesCode(slices, size), inputs: [parts], outputs: [shape] };
  return tracked(runFlat(kernel, size, workgroup)[0] as TensorInfo);
}

function correlate(
  kind: Correlation,
  seen: Tensor4D,
  filter: Tensor4D,
  geometry: ConvolutionGeometry,
  { bias, activation }: Finish,
): Tensor4D {
  const { images, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = geometry;
  const shape = kind === 'forward' ? [images, outHeight, outWidth, outChannels] : [images, inHeight, inWidth, inChannels];
  const kernel = {
    key: `${kind} ${keyOf(geometry)} ${bias !== undefined} ${activation.activation} ${activation.slope}`,
    code: () => correlationCode(kind, geometry, bias !== undefined, activation),
    inputs: [seen, filter, ...(bias ? [bias] : [])],
  };
  const [out] = runFlat({ ...kernel, outputs: [shape] }, correlationInvocations(kind, geometry), workgroup);
  return tracked(out as TensorInfo);
}

function keyOf(geometry: ConvolutionGeometry): string {
  return Object.values(geometry).flat().join(' ');
}

export function convolutionPath(): ConvolutionPath {
  return choosePath({
    composed,
    webgpu: () => onGpu,
    wasm: () => {
      const kernels = heapConvolutions();
      return kernels && onHeap(kernels);
    },
  });
}
