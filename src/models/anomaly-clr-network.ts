/**
 * The encoder of AnomalyCLR: a transformer over the objects of an event without positions, so that their order does not matter,
 * summed over the objects that exist, and a head of dense layers. Events and losses are no concern of this file.
 *
 * Source: Dillon et al., SciPost Phys. Core 7 (2024) 056, arXiv 2301.04660; initial weights as PyTorch has them.
 */
import type { LayersModel, SymbolicTensor, Tensor2D, Tensor3D, Variable } from '@tensorflow/tfjs';
import { type ActivationSpec, activation } from '../compute/ops/activation.ts';
import type { DropoutDraw } from '../compute/ops/dropout.ts';
import { tf } from '../compute/tf.ts';
import { type Initialiser, initialBias, initialKernel } from './init.ts';
import { trainingDense } from './layers/dense.ts';
import { MaskedSum } from './layers/sequence-pooling.ts';
import { TransformerBlock } from './layers/transformer-block.ts';

export interface SetEncoderSpec {
  /** Slots of an event and numbers of each. */
  objects: number;
  numbers: number;
  /** Width of the model, of the feed-forward layers and of the head. */
  width: number;
  heads: number;
  blocks: number;
  headLayers: number;
  dropout: number;
}

/** The published one: 487,696 parameters. */
export const anomalyClr136: SetEncoderSpec = {
  ...{ objects: 19, numbers: 7, width: 136, heads: 4, blocks: 4, headLayers: 2, dropout: 0.1 },
};

export interface SetEncoder {
  /** Inputs objects [objects, numbers] and mask [objects]; outputs as `run`. */
  model: LayersModel;
  /**
   * @param x [n, objects, numbers], zeros where an object is missing
   * @param mask [n, objects], 1 where an object exists
   * @param draw of the dropout; without it there is none. Views of one step take places `dropoutPlaces` apart.
   * @returns pooled output, then what each layer of the head makes of it, [n, width] each
   */
  run(x: Tensor3D, mask: Tensor2D, draw?: DropoutDraw): Tensor2D[];
  trainable: readonly Variable[];
  /** Places of dropout that one run takes. */
  dropoutPlaces: number;
}

const linear: ActivationSpec = { activation: 'linear', slope: 0 };
const relu: ActivationSpec = { activation: 'relu', slope: 0 };

export function buildSetEncoder(spec: SetEncoderSpec, seed: number): SetEncoder {
  const { objects, numbers, width, heads, blocks, headLayers } = spec;
  const x = tf.input({ shape: [objects, numbers] });
  const mask = tf.input({ shape: [objects] });
  const zeros = { kernelInitializer: 'zeros', biasInitializer: 'zeros' } as const;
  const embedding = tf.layers.dense({ name: 'embedding', units: width, ...zeros });
  const encoder = Array.from(
    { length: blocks },
    (_, i) =>
      new TransformerBlock({
        name: `block_${i + 1}`,
        ...{ heads, feedForward: width, activation: 'relu', norm: 'post', epsilon: 1e-5, dropout: spec.dropout },
      }),
  );
  const pooling = new MaskedSum({ name: 'sum_over_objects' });
  const head = Array.from({ length: headLayers }, (_, i) => tf.layers.dense({ name: `head_${i + 1}`, units: width, ...zeros }));
  let at = embedding.apply(x) as SymbolicTensor;
  for (const block of encoder) at = block.apply([at, mask]) as SymbolicTensor;
  at = pooling.apply([at, mask]) as SymbolicTensor;
  const outputs = [at];
  for (const [i, layer] of head.entries()) {
    const active = tf.layers.activation({ name: `head_activation_${i + 1}`, activation: 'relu' }).apply(at) as SymbolicTensor;
    at = layer.apply(active) as SymbolicTensor;
    outputs.push(at);
  }
  const model = tf.model({ inputs: [x, mask], outputs });
  drawWeights([embedding, ...encoder, ...head], seed);
  const variables = (layer: Layer) => layer.trainableWeights.map((weight) => weight.read() as Variable);
  return {
    model,
    run(events, present, draw) {
      const [n] = events.shape;
      const [kernel, bias] = variables(embedding) as [Variable, Variable];
      // dense layers over all objects at once
      const embedded = trainingDense(tf.reshape(events, [n * objects, numbers]), kernel, bias, linear, true);
      let sets: Tensor3D = tf.reshape(embedded, [n, objects, width]);
      for (const [i, block] of encoder.entries()) {
        const own = draw ? { draw: { ...draw, place: draw.place + i } } : {};
        sets = block.call([sets, present], own) as Tensor3D;
      }
      let row = pooling.call([sets, present]) as Tensor2D;
      const found = [row];
      for (const layer of head) {
        const [weights, shift] = variables(layer) as [Variable, Variable];
        row = trainingDense(activation(row, relu), weights, shift, linear, false);
        found.push(row);
      }
      return found;
    },
    trainable: model.trainableWeights.map((weight) => weight.read() as Variable),
    dropoutPlaces: blocks,
  };
}

type Layer = LayersModel['layers'][number];

/** PyTorch's rules: linear layers uniform in ±1/√inputs, biases too; in-projection Xavier, its bias and the out-projection's 0. */
function drawWeights(layers: readonly Layer[], seed: number): void {
  let ordinal = 0;
  const set = (kernel: Variable, bias: Variable, rule: Initialiser, biasRule: Initialiser = rule) => {
    const [fanIn, fanOut] = kernel.shape as [number, number];
    kernel.assign(tf.tensor(initialKernel(rule, kernel.size, fanIn, fanOut, seed, ordinal), kernel.shape));
    bias.assign(tf.tensor1d(initialBias(biasRule, bias.size, fanIn, seed, ordinal)));
    ordinal++;
  };
  tf.tidy(() => {
    for (const layer of layers) {
      const weights = layer.weights.map((weight) => weight.read() as Variable);
      if (!(layer instanceof TransformerBlock)) {
        set(weights[0] as Variable, weights[1] as Variable, 'pytorch-linear');
        continue;
      }
      const rules: [Initialiser, Initialiser][] = [
        ['glorot-uniform', 'zeros'],
        ['pytorch-linear', 'zeros'],
        ['pytorch-linear', 'pytorch-linear'],
        ['pytorch-linear', 'pytorch-linear'],
      ];
      for (const [i, [rule, biasRule]] of rules.entries())
        set(weights[2 * i] as Variable, weights[2 * i + 1] as Variable, rule, biasRule);
      for (const scale of [weights[8], weights[10]] as Variable[]) scale.assign(tf.ones(scale.shape));
    }
  });
}
