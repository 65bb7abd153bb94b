/**
 * The compact convolutional transformer: convolutions and pools make tokens of an image, transformer blocks let them see one another, and a
 * learned weighted mean of the tokens is what the classes are told by. Images and losses are no concern of this file.
 *
 * Source: Hassani et al., Escaping the big data paradigm with compact transformers, arXiv 2104.05704; sizes of the classifier in
 * github.com/Luca96/dark-autoencoders, after the Keras example "cct".
 */
import type { LayersModel, SymbolicTensor, Tensor2D, Tensor3D, Tensor4D, Variable } from '@tensorflow/tfjs';
import type { DropoutDraw } from '../compute/ops/dropout.ts';
import { layerNorm } from '../compute/ops/norm.ts';
import { tf } from '../compute/tf.ts';
import { Cursor } from '../numeric/random.ts';
import { circularRows } from './circular.ts';
import { buildImageNetwork, type ImageLayerSpec, weightedLayers } from './image-network.ts';
import { type Initialiser, initialKernel } from './init.ts';
import { trainingDense } from './layers/dense.ts';
import { PositionEmbedding } from './layers/position-embedding.ts';
import { SequencePooling } from './layers/sequence-pooling.ts';
import { TransformerBlock } from './layers/transformer-block.ts';

export interface CompactTransformerSpec {
  /** Filters of each convolution; the last one is the width of a token. */
  filters: readonly number[];
  heads: number;
  /** Width of q, k and v of one head. */
  headWidth: number;
  /** Width of both layers of the feed-forward network's first, and of its hidden layer. */
  feedForward: number;
  blocks: number;
  /** A learned vector for each token, or none. */
  positions: 'trained' | 'none';
  attentionDropout: number;
  dropout: number;
  /** Chance that a part of the last block works in a step; it falls from 1 at the first block. */
  survival: number;
  /** Rows beyond the border: zeros, or those of the other end. */
  circular: boolean;
  classes: number;
}

export interface CompactTransformer {
  networks: { tokeniser: LayersModel; transformer: LayersModel };
  /**
   * @param x [n, h, w, c]
   * @param draw of dropout and depth; without it there is none
   * @returns logits [n, classes]
   */
  run(x: Tensor4D, training: boolean, draw?: DropoutDraw): Tensor2D;
  trainable: readonly Variable[];
}

const EPSILON = 1e-5;
const relu: ImageLayerSpec = { kind: 'activation', activation: 'relu', slope: 0 };

/** 3 x 3 convolution without padding or bias, ReLU, a border of zeros, maximum of 3 x 3 at every second pixel; of each level. */
export function tokeniserOf(
  { filters, circular }: Pick<CompactTransformerSpec, 'filters' | 'circular'>,
  size: readonly [number, number],
): ImageLayerSpec[] {
  let [height, width] = size;
  return filters.flatMap((count): ImageLayerSpec[] => {
    const convolution: ImageLayerSpec = {
      ...{ kind: 'conv', filters: count, size: [3, 3], strides: [1, 1], padding: 'valid', groups: 1 },
      ...{ bias: false, initialiser: 'he-normal' },
    };
    const pool: ImageLayerSpec = { kind: 'max-pool', size: [3, 3], strides: [2, 2], padding: 'same' };
    const level: ImageLayerSpec[] = circular
      ? [
          ...[{ kind: 'wrap', rows: [1, 1], columns: [0, 0], fill: 0 } as const, convolution, relu],
          ...[{ kind: 'pad', rows: [0, 0], columns: [1, 1] } as const, ...circularRows([pool], [height, width])],
        ]
      : [convolution, relu, { kind: 'pad', rows: [1, 1], columns: [1, 1] }, pool];
    [height, width] = [Math.ceil(height / 2), Math.ceil(width / 2)];
    return level;
  });
}

export function buildCompactTransformer(
  shape: readonly [number, number, number],
  spec: CompactTransformerSpec,
  seed: number,
): CompactTransformer {
  const specs = tokeniserOf(spec, [shape[0], shape[1]]);
  const tokeniser = buildImageNetwork(shape, specs, { seed, ordinal: 0, inputIsData: true });
  const [rows, columns, width] = tokeniser.outputShape as [number, number, number];
  const tokens = rows * columns;
  const input = tf.input({ shape: [tokens, width] });
  const positions = spec.positions === 'trained' ? new PositionEmbedding({ name: 'position_embedding' }) : undefined;
  const blocks = Array.from({ length: spec.blocks }, (_, i) => {
    const share = spec.blocks > 1 ? i / (spec.blocks - 1) : 0;
    return new TransformerBlock({
      ...{ name: `block_${i + 1}`, heads: spec.heads, headWidth: spec.headWidth, feedForward: spec.feedForward },
      ...{ activation: 'gelu', norm: 'pre', epsilon: EPSILON, activatedTwice: true },
      ...{ dropout: spec.dropout, attentionDropout: spec.attentionDropout, survival: 1 - share * (1 - spec.survival) },
    });
  });
  const norm = tf.layers.layerNormalization({ name: 'layer_norm', epsilon: EPSILON });
  const pooling = new SequencePooling({ name: 'sequence_pooling' });
  const zeros = { kernelInitializer: 'zeros', biasInitializer: 'zeros' } as const;
  const head = tf.layers.dense({ name: 'classes', units: spec.classes, ...zeros });
  const stack = [...(positions ? [positions] : []), ...blocks, norm, pooling, head];
  const output = stack.reduce<SymbolicTensor>((at, layer) => layer.apply(at) as SymbolicTensor, input);
  const transformer = tf.model({ inputs: input, outputs: output });
  drawWeights({ positions, blocks, pooling, head }, seed, weightedLayers(specs));
  const variables = (layer: Layer) => layer.trainableWeights.map((weight) => weight.read() as Variable);
  return {
    networks: { tokeniser: tokeniser.model, transformer },
    run(x, training, draw) {
      const [n] = x.shape;
      let sequence = tf.reshape(tokeniser.run(x, training), [n, tokens, width]) as Tensor3D;
      if (positions) sequence = positions.call(sequence) as Tensor3D;
      for (const [i, block] of blocks.entries())
        sequence = block.call(sequence, draw ? { draw: { ...draw, place: draw.place + i } } : {}) as Tensor3D;
      const [scale, shift] = variables(norm) as [Variable, Variable];
      const pooled = pooling.call(layerNorm(sequence, scale, shift, EPSILON)) as Tensor2D;
      const [kernel, bias] = variables(head) as [Variable, Variable];
      return trainingDense(pooled, kernel, bias, { activation: 'linear', slope: 0 }, false);
    },
    trainable: [...tokeniser.trainable, ...transformer.trainableWeights.map((weight) => weight.read() as Variable)],
  };
}

type Layer = LayersModel['layers'][number];

interface Drawn {
  positions: PositionEmbedding | undefined;
  blocks: readonly TransformerBlock[];
  pooling: SequencePooling;
  head: Layer;
}

/** Kernels Glorot uniform, q, k and v each by itself; positions uniform in ±0.05 as Keras has embeddings; scales 1; everything else 0. */
function drawWeights({ positions, blocks, pooling, head }: Drawn, seed: number, firstOrdinal: number): void {
  let ordinal = firstOrdinal;
  const rule: Initialiser = 'glorot-uniform';
  const draw = (inputs: number, outputs: number) =>
    tf.tensor2d(initialKernel(rule, inputs * outputs, inputs, outputs, seed, ordinal++), [inputs, outputs]);
  const weightsOf = (layer: Layer) => layer.weights.map((weight) => weight.read() as Variable);
  tf.tidy(() => {
    if (positions) {
      const [embedding] = weightsOf(positions) as [Variable];
      const cursor = new Cursor(seed, 'initialise', ordinal++, 0);
      embedding.assign(
        tf.tensor(
          Float32Array.from({ length: embedding.size }, () => 0.05 * (2 * cursor.uniform() - 1)),
          embedding.shape,
        ),
      );
    }
    for (const block of blocks) {
      const weights = weightsOf(block);
      const [d, three] = (weights[0] as Variable).shape as [number, number];
      const width = three / 3;
      weights[0]?.assign(tf.concat([draw(d, width), draw(d, width), draw(d, width)], 1));
      for (const i of [2, 4, 6]) {
        const kernel = weights[i] as Variable;
        kernel.assign(draw(...(kernel.shape as [number, number])));
      }
      for (const scale of [weights[8], weights[10]] as Variable[]) scale.assign(tf.ones(scale.shape));
    }
    for (const layer of [pooling, head] as Layer[]) {
      const kernel = weightsOf(layer)[0] as Variable;
      kernel.assign(draw(...(kernel.shape as [number, number])));
    }
  });
}
