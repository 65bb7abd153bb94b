/**
 * Convolutional stacks as TF.js Layers models: a list of layer descriptions becomes a model whose weights come from our own
 * generator, and a function that runs it with the operations of `compute/ops/`. Residual blocks and conditioning on a second input
 * are described in the same list. Knows nothing of losses or of what the stack is for. Layer table and weights: `network.ts`.
 */
import type { LayersModel, SymbolicTensor, Tensor, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs';
import { type Activation, type ActivationSpec, activation, linear } from '../compute/ops/activation.ts';
import { conv2d, conv2dTranspose } from '../compute/ops/conv2d.ts';
import type { Padding } from '../compute/ops/geometry.ts';
import { maxPool } from '../compute/ops/max-pool.ts';
import { instanceNorm } from '../compute/ops/norm.ts';
import { prelu } from '../compute/ops/prelu.ts';
import { upsampleNearest } from '../compute/ops/upsample.ts';
import { tf } from '../compute/tf.ts';
import { convolutionFans, type Initialiser, initialBias, initialKernel } from './init.ts';
import { type BatchNormVariables, trainingBatchNorm } from './layers/batch-norm.ts';
import { BilinearUpsampling } from './layers/bilinear-upsampling.ts';
import { trainingDense } from './layers/dense.ts';
import { GroupedConv2D } from './layers/grouped-conv2d.ts';
import { InstanceNorm } from './layers/instance-norm.ts';
import { PhysicalHeads } from './layers/physical-heads.ts';
import { SpatialConditioning } from './layers/spatial-conditioning.ts';
import { WrapPadding } from './layers/wrap-padding.ts';

type Pair = readonly [number, number];

interface Weights {
  bias: boolean;
  initialiser: Initialiser;
  /** Where the bias starts; by the rule of the initialiser if it is left out. */
  biasStart?: number;
}

export type ImageLayerSpec =
  | (Weights & { kind: 'conv'; filters: number; size: Pair; strides: Pair; padding: Padding; groups: number })
  /** Without groups. */
  | (Weights & { kind: 'conv-transpose'; filters: number; size: Pair; strides: Pair; padding: Padding })
  /** Of flat rows. */
  | (Weights & { kind: 'dense'; units: number })
  | { kind: 'flatten' }
  /** Of flat rows to an image. */
  | { kind: 'reshape'; shape: readonly [number, number, number] }
  | { kind: 'max-pool' | 'average-pool'; size: Pair; strides: Pair; padding: Padding }
  | { kind: 'upsample'; method: 'nearest'; factors: Pair }
  /** By two. */
  | { kind: 'upsample'; method: 'bilinear' }
  /** Zeros before and after the rows and the columns. */
  | { kind: 'pad'; rows: Pair; columns: Pair }
  /** Rows of the other end above and below, `fill` at the sides. */
  | { kind: 'wrap'; rows: Pair; columns: Pair; fill: number }
  /** What is cut off before and after the rows and the columns. */
  | { kind: 'crop'; rows: Pair; columns: Pair }
  /** With `shift: false` it has a scale alone. */
  | { kind: 'batch-norm'; momentum: number; epsilon: number; shift?: false }
  | { kind: 'instance-norm'; epsilon: number }
  | { kind: 'activation'; activation: Exclude<Activation, 'linear'>; slope: number }
  /** λ x above 0 and λ α (exp x - 1) below, λ = 1.0507, α = 1.6733 (Klambauer et al., NeurIPS 2017). */
  | { kind: 'selu' }
  /** Of flat rows: exp x over the sum of all. */
  | { kind: 'softmax' }
  /** Of flat rows: bound of each number, 0 for linear (`layers/physical-heads.ts`). */
  | { kind: 'physical-heads'; limits: readonly number[] }
  /** One learned slope per channel (per number of flat rows), starting at `start`. */
  | { kind: 'prelu'; start: number }
  /** The image plus what the layers make of it. */
  | { kind: 'residual'; layers: readonly ImageLayerSpec[] }
  /** Multiplies the image by a map made of the second input (`layers/spatial-conditioning.ts`). */
  | { kind: 'condition'; initialiser: Initialiser };

export interface ImageNetwork {
  model: LayersModel;
  /**
   * [n, ...input] to [n, ...output]. With `training`, batch normalisation uses the batch and updates its moving statistics.
   *
   * @param numbers [n, k], the second input of a stack that is conditioned
   */
  run(x: Tensor, training: boolean, numbers?: Tensor2D): Tensor;
  trainable: readonly Variable[];
  /** Shape of one row of the output. */
  outputShape: readonly number[];
}

export interface ImageNetworkOptions {
  seed: number;
  /** Ordinal of the first layer with drawn weights in the whole model; it decides the random draws. */
  ordinal: number;
  /** True if the input is data, so that no gradient of it is needed. */
  inputIsData: boolean;
  /** Width of the second input, for stacks with `condition`. */
  numbers?: number;
}

/** Number of layers with drawn weights, by which the next stack's ordinals go on. */
export function weightedLayers(specs: readonly ImageLayerSpec[]): number {
  return specs.reduce((count, spec) => {
    if (spec.kind === 'residual') return count + weightedLayers(spec.layers);
    return count + (['conv', 'conv-transpose', 'dense', 'condition'].includes(spec.kind) ? 1 : 0);
  }, 0);
}

/** Builds one stack. Layers are named by kind and ordinal within the stack: `conv_1`, `instance_norm_1`, ... */
export function buildImageNetwork(
  inputShape: readonly number[],
  specs: readonly ImageLayerSpec[],
  options: ImageNetworkOptions,
): ImageNetwork {
  const builder = new Builder(options);
  const input = tf.input({ shape: [...inputShape] });
  const numbers = options.numbers === undefined ? undefined : tf.input({ shape: [options.numbers] });
  const { output, run } = builder.stack(specs, input, numbers, options.inputIsData);
  const model = tf.model({ inputs: numbers ? [input, numbers] : [input], outputs: output });
  return {
    model,
    run: (x, training, second) => run(x, { training, numbers: second }),
    trainable: model.trainableWeights.map((weight) => weight.read() as Variable),
    outputShape: output.shape.slice(1).map((size) => size as number),
  };
}

interface Moment {
  training: boolean;
  numbers: Tensor2D | undefined;
}

type Run = (x: Tensor, moment: Moment) => Tensor;
type Layer = LayersModel['layers'][number];
type Made = { output: SymbolicTensor; run: Run };

class Builder {
  private readonly seen = new Map<string, number>();
  private ordinal: number;

  constructor(private readonly options: ImageNetworkOptions) {
    this.ordinal = options.ordinal;
  }

  stack(specs: readonly ImageLayerSpec[], input: SymbolicTensor, numbers: SymbolicTensor | undefined, isData: boolean): Made {
    let at = input;
    const runs: Run[] = [];
    for (const [position, spec] of specs.entries()) {
      // an activation behind a layer that can take it in is computed there
      const next = specs[position + 1];
      const fused: ActivationSpec = next?.kind === 'activation' && takesActivation(spec) ? next : linear;
      const before = specs[position - 1];
      const done = spec.kind === 'activation' && before !== undefined && takesActivation(before);
      const { output, run } = this.layer(spec, at, numbers, fused, isData && position === 0);
      at = output;
      if (!done) runs.push(run);
    }
    return { output: at, run: (x, moment) => runs.reduce((value, run) => run(value, moment), x) };
  }

  private name(kind: string): string {
    const word = kind.replaceAll('-', '_');
    const number = (this.seen.get(word) ?? 0) + 1;
    this.seen.set(word, number);
    return `${word}_${number}`;
  }

  private layer(
    spec: ImageLayerSpec,
    input: SymbolicTensor,
    numbers: SymbolicTensor | undefined,
    fused: ActivationSpec,
    inputIsData: boolean,
  ): Made {
    if (spec.kind === 'residual') {
      const name = this.name('residual');
      const inner = this.stack(spec.layers, input, numbers, false);
      const sum = tf.layers.add({ name }).apply([input, inner.output]) as SymbolicTensor;
      return { output: sum, run: (x, moment) => tf.add(x, inner.run(x, moment)) };
    }
    const layer = makeLayer(spec, this.name(spec.kind), input.shape.length);
    if (spec.kind === 'condition') {
      if (!numbers) throw new Error('a conditioned stack needs the width of its second input');
      const output = layer.apply([input, numbers]) as SymbolicTensor;
      this.draw(layer, spec.initialiser, true, undefined);
      return { output, run: (x, moment) => layer.call([x, moment.numbers as Tensor], {}) as Tensor };
    }
    const output = layer.apply(input) as SymbolicTensor;
    if (spec.kind === 'conv' || spec.kind === 'conv-transpose' || spec.kind === 'dense')
      this.draw(layer, spec.initialiser, spec.bias, spec.biasStart);
    if (spec.kind === 'instance-norm') startAtOne(layer);
    return { output, run: runOf(spec, layer, fused, inputIsData) };
  }

  /** Kernel and bias of a layer from the generator. */
  private draw(layer: Layer, rule: Initialiser, bias: boolean, biasStart: number | undefined): void {
    const kernel = variableAt(layer, 0);
    const { fanIn, fanOut } = convolutionFans(kernel.shape);
    const { seed } = this.options;
    tf.tidy(() => {
      kernel.assign(tf.tensor(initialKernel(rule, kernel.size, fanIn, fanOut, seed, this.ordinal), kernel.shape));
      if (bias) {
        const shift = variableAt(layer, 1);
        const values = initialBias(rule, shift.size, fanIn, seed, this.ordinal);
        shift.assign(biasStart === undefined ? tf.tensor1d(values) : tf.fill(shift.shape, biasStart));
      }
    });
    this.ordinal++;
  }
}

function takesActivation({ kind }: ImageLayerSpec): boolean {
  return kind === 'conv' || kind === 'conv-transpose' || kind === 'dense' || kind === 'instance-norm';
}

function variableAt(layer: Layer, index: number): Variable {
  return layer.weights[index]?.read() as Variable;
}

function startAtOne(layer: Layer): void {
  const scale = variableAt(layer, 0);
  tf.tidy(() => scale.assign(tf.ones(scale.shape)));
}

type Plain = Exclude<ImageLayerSpec, { kind: 'residual' }>;

/** @param rank of its input, rows included */
function makeLayer(spec: Plain, name: string, rank: number): Layer {
  const zeros = { kernelInitializer: 'zeros', biasInitializer: 'zeros' } as const;
  switch (spec.kind) {
    case 'conv': {
      const { filters, size, strides, padding, groups, bias } = spec;
      const shape = { name, filters, kernelSize: pair(size), strides: pair(strides), padding, useBias: bias };
      return groups > 1 ? new GroupedConv2D({ ...shape, groups }) : tf.layers.conv2d({ ...shape, ...zeros });
    }
    case 'conv-transpose': {
      const { filters, size, strides, padding, bias } = spec;
      const shape = { name, filters, kernelSize: pair(size), strides: pair(strides), padding, useBias: bias };
      return tf.layers.conv2dTranspose({ ...shape, ...zeros });
    }
    case 'dense':
      return tf.layers.dense({ name, units: spec.units, useBias: spec.bias, ...zeros });
    case 'flatten':
      return tf.layers.flatten({ name });
    case 'reshape':
      return tf.layers.reshape({ name, targetShape: [...spec.shape] });
    case 'max-pool':
      return tf.layers.maxPooling2d({ name, ...poolOf(spec) });
    case 'average-pool':
      return tf.layers.averagePooling2d({ name, ...poolOf(spec) });
    case 'upsample':
      if (spec.method === 'bilinear') return new BilinearUpsampling({ name });
      return tf.layers.upSampling2d({ name, size: pair(spec.factors), interpolation: 'nearest' });
    case 'pad':
      return tf.layers.zeroPadding2d({ name, padding: [pair(spec.rows), pair(spec.columns)] });
    case 'wrap':
      return new WrapPadding({ name, rows: pair(spec.rows), columns: pair(spec.columns), fill: spec.fill });
    case 'crop':
      return tf.layers.cropping2D({ name, cropping: [pair(spec.rows), pair(spec.columns)] });
    case 'batch-norm':
      return tf.layers.batchNormalization({
        ...{ name, momentum: spec.momentum, epsilon: spec.epsilon },
        center: spec.shift ?? true,
      });
    case 'selu':
    case 'softmax':
      return tf.layers.activation({ name, activation: spec.kind });
    case 'instance-norm':
      return new InstanceNorm({ name, epsilon: spec.epsilon });
    case 'activation':
      if (spec.activation === 'leaky-relu') return tf.layers.leakyReLU({ name, alpha: spec.slope });
      return tf.layers.activation({ name, activation: spec.activation });
    case 'prelu':
      return tf.layers.prelu({
        name,
        alphaInitializer: tf.initializers.constant({ value: spec.start }),
        ...(rank === 4 ? { sharedAxes: [1, 2] } : {}),
      });
    case 'physical-heads':
      return new PhysicalHeads({ name, limits: spec.limits });
    case 'condition':
      return new SpatialConditioning({ name });
  }
}

function pair([first, second]: Pair): [number, number] {
  return [first, second];
}

function poolOf({ size, strides, padding }: { size: Pair; strides: Pair; padding: Padding }) {
  return { poolSize: pair(size), strides: pair(strides), padding };
}

/** How one layer runs, in training and in scoring. */
function runOf(spec: Plain, layer: Layer, fused: ActivationSpec, inputIsData: boolean): Run {
  const variables = layer.trainableWeights.map((weight) => weight.read() as Variable);
  const [first, second] = variables as [Variable, Variable];
  switch (spec.kind) {
    case 'conv':
      return (x) => conv2d(x as Tensor4D, first, second, { ...spec, activation: fused, inputIsData });
    case 'conv-transpose': {
      const { strides, padding } = spec;
      return (x) => conv2dTranspose(x as Tensor4D, first, second, { strides, padding, activation: fused, inputIsData });
    }
    case 'dense':
      return (x) => trainingDense(x as Tensor2D, first, second, fused, inputIsData);
    case 'batch-norm': {
      const [movingMean, movingVariance] = layer.nonTrainableWeights.map((weight) => weight.read() as Variable) as [
        Variable,
        Variable,
      ];
      const own = { gamma: first, beta: second, movingMean, movingVariance } as BatchNormVariables;
      return (x, { training }) => {
        // TF.js has no gradient of a normalisation without a shift
        if (!training && !second) return tf.batchNorm(x, movingMean, movingVariance, tf.zeros(first.shape), first, spec.epsilon);
        if (!training) return layer.call(x, { training: false }) as Tensor;
        const rows: Tensor2D = tf.reshape(x, [-1, x.shape.at(-1) as number]);
        return tf.reshape(trainingBatchNorm(rows, own, spec.momentum, spec.epsilon), x.shape);
      };
    }
    case 'instance-norm':
      return (x) => instanceNorm(x as Tensor4D, first, second, spec.epsilon, fused);
    case 'activation':
      return (x) => activation(x, spec);
    case 'selu':
      return (x) => tf.selu(x);
    case 'softmax':
      return (x) => tf.softmax(x);
    case 'prelu':
      return (x) => prelu(x, first);
    case 'max-pool':
      return (x) => maxPool(x as Tensor4D, spec.size, spec.strides, spec.padding);
    case 'upsample':
      return spec.method === 'nearest' ? (x) => upsampleNearest(x as Tensor4D, spec.factors) : (x) => layer.call(x, {}) as Tensor;
    case 'crop':
      return (x) => crop(x as Tensor4D, spec.rows, spec.columns);
    default:
      return (x) => layer.call(x, {}) as Tensor;
  }
}

/** With rows as one axis: TF.js copies a slice along the last axis of [n, h, w, c] pixel by pixel. */
function crop(x: Tensor4D, [above, below]: Pair, [before, after]: Pair): Tensor4D {
  const [n, h, w, c] = x.shape;
  const [rows, columns] = [h - above - below, w - before - after];
  const cut = tf.slice(tf.reshape(x, [n, h, w * c]), [0, above, before * c], [n, rows, columns * c]);
  return tf.reshape(cut, [n, rows, columns, c]);
}
