/**
 * Dense stacks as TF.js Layers models: a list of layer descriptions becomes a model whose weights come from our own generator,
 * a layer table, and a function that runs it. Knows nothing of losses or of what the stack is for.
 */
import type { LayersModel, LayerVariable, Tensor2D, Variable } from '@tensorflow/tfjs';
import { Problem } from '../base/problem.ts';
import { type Activation, activation, linear } from '../compute/ops/activation.ts';
import type { StepLayer } from '../compute/steps/contract.ts';
import { tf } from '../compute/tf.ts';
import type { Detector, LayerRow, NamedArray } from './contract.ts';
import { type Initialiser, initialBias, initialKernel } from './init.ts';
import { type BatchNormVariables, trainingBatchNorm } from './layers/batch-norm.ts';
import { trainingDense } from './layers/dense.ts';
import { PhysicalHeads } from './layers/physical-heads.ts';

export type LayerSpec =
  | { kind: 'dense'; units: number; bias: boolean; initialiser: Initialiser }
  | { kind: 'batch-norm'; momentum: number; epsilon: number }
  /** `slope` of leaky ReLU for negative inputs. */
  | { kind: 'activation'; activation: Exclude<Activation, 'linear'>; slope: number }
  /** Bound of each output, 0 for linear. */
  | { kind: 'physical-heads'; limits: readonly number[] };

export interface Network {
  model: LayersModel;
  /** Rows [n, inputs] to [n, outputs]. With `training`, batch normalisation uses the batch and updates its moving statistics. */
  run(x: Tensor2D, training: boolean): Tensor2D;
  trainable: readonly Variable[];
  /** The same stack as data, for whole-step trainers. */
  steps: readonly StepLayer[];
}

type Run = (x: Tensor2D) => Tensor2D;

export interface NetworkOptions {
  seed: number;
  /** Ordinal of the first dense layer in the whole model; it decides the random draws. */
  ordinal: number;
  /** True if the input is data, so that no gradient of it is needed. */
  inputIsData: boolean;
}

/** Builds one stack. Layers are named by kind and ordinal within the stack: `dense_1`, `batch_norm_1`, ... */
export function buildNetwork(
  inputWidth: number,
  specs: readonly LayerSpec[],
  { seed, ordinal, inputIsData }: NetworkOptions,
): Network {
  const model = tf.sequential();
  const seen = new Map<string, number>();
  let width = inputWidth;
  let layerNumber = ordinal;
  for (const [position, spec] of specs.entries()) {
    const kind = spec.kind.replace('-', '_');
    const number = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, number);
    const layer = makeLayer(spec, `${kind}_${number}`, position === 0 ? { inputShape: [width] } : {});
    model.add(layer);
    if (spec.kind === 'dense') {
      const kernel = initialKernel(spec.initialiser, width * spec.units, width, spec.units, seed, layerNumber);
      const bias = initialBias(spec.initialiser, spec.units, width, seed, layerNumber);
      tf.tidy(() => {
        const tensors = [tf.tensor2d(kernel, [width, spec.units])];
        layer.setWeights(spec.bias ? [...tensors, tf.tensor1d(bias)] : tensors);
      });
      layerNumber++;
      width = spec.units;
    }
  }
  // a stack is a plain chain, so each layer is called directly: a model's own `apply` sorts its graph at every call
  const scoring: Run[] = model.layers.map((layer) => (x) => layer.call(x, { training: false }) as Tensor2D);
  const training = trainingRuns(specs, model.layers, inputIsData);
  return {
    model,
    run: (x, isTraining) => (isTraining ? training : scoring).reduce((value, run) => run(value), x),
    trainable: model.trainableWeights.map(variableOf),
    steps: specs.map((spec, position) => stepLayer(spec, model.layers[position] as Layer)),
  };
}

/** Number of dense layers, by which the next stack's ordinals go on. */
export function denseLayers(specs: readonly LayerSpec[]): number {
  return specs.filter((spec) => spec.kind === 'dense').length;
}

type Layer = LayersModel['layers'][number];

function makeLayer(spec: LayerSpec, name: string, first: { inputShape?: number[] }): Layer {
  switch (spec.kind) {
    case 'dense':
      return tf.layers.dense({
        name,
        units: spec.units,
        useBias: spec.bias,
        kernelInitializer: 'zeros',
        biasInitializer: 'zeros',
        ...first,
      });
    case 'batch-norm':
      return tf.layers.batchNormalization({ name, momentum: spec.momentum, epsilon: spec.epsilon, ...first });
    case 'physical-heads':
      return new PhysicalHeads({ name, limits: spec.limits, ...first });
    case 'activation':
      if (spec.activation === 'leaky-relu') return tf.layers.leakyReLU({ name, alpha: spec.slope, ...first });
      return tf.layers.activation({ name, activation: spec.activation, ...first });
  }
}

/** The same stack for a training step, with operations that bring their own gradients. */
function trainingRuns(specs: readonly LayerSpec[], layers: readonly Layer[], inputIsData: boolean): Run[] {
  const runsAt = (spec: LayerSpec, position: number): Run[] => {
    const layer = layers[position] as Layer;
    const trainable = layer.trainableWeights.map(variableOf);
    const before = specs[position - 1];
    switch (spec.kind) {
      case 'dense': {
        const [kernel, bias] = trainable as [Variable, Variable?];
        const next = specs[position + 1];
        const after = next?.kind === 'activation' ? next : linear;
        return [(x) => trainingDense(x, kernel, bias, after, inputIsData && position === 0)];
      }
      case 'batch-norm': {
        const [movingMean, movingVariance] = layer.nonTrainableWeights.map(variableOf);
        const [gamma, beta] = trainable;
        const variables = { gamma, beta, movingMean, movingVariance } as BatchNormVariables;
        return [(x) => trainingBatchNorm(x, variables, spec.momentum, spec.epsilon)];
      }
      case 'activation':
        return before?.kind === 'dense' ? [] : [(x) => activation(x, spec)];
      case 'physical-heads':
        return [(x) => layer.call(x, {}) as Tensor2D];
    }
  };
  return specs.flatMap(runsAt);
}

function stepLayer(spec: LayerSpec, layer: Layer): StepLayer {
  const weights = layer.trainableWeights.map(variableOf);
  switch (spec.kind) {
    case 'dense': {
      const [kernel, bias] = weights as [Variable, Variable?];
      return { kind: 'dense', kernel, ...(bias ? { bias } : {}) };
    }
    case 'batch-norm': {
      const [gamma, beta] = weights as [Variable, Variable];
      const [movingMean, movingVariance] = layer.nonTrainableWeights.map(variableOf) as [Variable, Variable];
      return { ...spec, gamma, beta, movingMean, movingVariance };
    }
    case 'activation':
    case 'physical-heads':
      return spec;
  }
}

function variableOf(weight: LayerVariable): Variable {
  return weight.read() as Variable;
}

type Networks = Readonly<Record<string, LayersModel>>;

/** What a detector is and can do by being made of these networks, whatever it is for; `dispose` frees them. */
export function madeOf(
  networks: Networks,
): Pick<Detector, 'layers' | 'parameters' | 'trainable' | 'networks' | 'weights' | 'setWeights' | 'dispose'> {
  const layers = layerRows(networks);
  return {
    layers,
    parameters: layers.reduce((sum, layer) => sum + layer.parameters, 0),
    trainable: layers.reduce((sum, layer) => sum + layer.trainable, 0),
    networks,
    weights: () => readWeights(networks),
    setWeights: (weights) => writeWeights(networks, weights),
    dispose() {
      for (const network of Object.values(networks)) network.dispose();
    },
  };
}

/** Rows of the layer table, network after network. */
export function layerRows(networks: Networks): LayerRow[] {
  return Object.entries(networks).flatMap(([network, model]) =>
    // a model made of a graph begins with a layer that only stands for its input
    model.layers
      .filter((layer) => layer.getClassName() !== 'InputLayer')
      .map((layer) => ({
        network,
        name: layer.name,
        type: layer.getClassName(),
        shape: (layer.outputShape as (number | null)[]).slice(1).map((n) => n ?? 0),
        parameters: count(layer.weights),
        trainable: count(layer.trainableWeights),
      })),
  );
}

function count(weights: readonly LayerVariable[]): number {
  return weights.reduce((sum, weight) => sum + weight.shape.reduce<number>((product, n) => product * (n ?? 1), 1), 0);
}

/** All weights, moving statistics included, by stable names: `encoder/dense_1/kernel`. */
export async function readWeights(networks: Networks): Promise<NamedArray[]> {
  return Promise.all(
    namedVariables(networks).map(async ({ name, weight }) => ({
      name,
      shape: weight.shape.map((n) => n ?? 1),
      values: Float32Array.from(await weight.read().data()),
    })),
  );
}

/**
 * Puts weights back that `readWeights` gave.
 *
 * @throws Problem if a weight is missing or has another shape
 */
export function writeWeights(networks: Networks, weights: readonly NamedArray[]): void {
  const given = new Map(weights.map((weight) => [weight.name, weight]));
  const pairs = namedVariables(networks).map(({ name, weight }) => {
    const found = given.get(name);
    if (!found || found.shape.join() !== weight.shape.join()) {
      throw new Problem({
        where: `weights "${name}"`,
        expected: `an array of shape [${weight.shape.join(', ')}]`,
        found: found ? `shape [${found.shape.join(', ')}]` : 'none of this name',
        fix: 'Use weights that were saved from the same model with the same parameters and input',
      });
    }
    return { weight, found };
  });
  tf.tidy(() => {
    for (const { weight, found } of pairs) weight.write(tf.tensor(Float32Array.from(found.values), [...found.shape]));
  });
}

function namedVariables(networks: Networks): { name: string; weight: LayerVariable }[] {
  return Object.entries(networks).flatMap(([network, model]) =>
    model.layers.flatMap((layer) =>
      layer.weights.map((weight) => ({
        name: `${network}/${layer.name}/${weight.originalName.split('/').at(-1)}`,
        weight,
      })),
    ),
  );
}
