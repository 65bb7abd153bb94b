/**
 * A transformer encoder block over a set: masked self-attention and a feed-forward network, each with a residual connection and a
 * layer norm. Without positions, so the order of the objects does not matter.
 *
 * Source: Vaswani et al., NeurIPS 2017, section 3; norms first as in Xiong et al., ICML 2020.
 */
import type { Tensor, Tensor2D, Tensor3D, Variable } from '@tensorflow/tfjs';
import type { ActivationSpec } from '../../compute/ops/activation.ts';
import { attention } from '../../compute/ops/attention.ts';
import { type DropoutDraw, dropout, dropoutMask } from '../../compute/ops/dropout.ts';
import { gelu } from '../../compute/ops/gelu.ts';
import { layerNorm } from '../../compute/ops/norm.ts';
import { tf } from '../../compute/tf.ts';
import { trainingDense } from './dense.ts';
import { type BatchShape, type CallOptions, type LayerConfig, lastOf, OwnLayer, shapeAt } from './own-layer.ts';

export interface TransformerBlockConfig extends LayerConfig {
  heads: number;
  /** Width of the hidden layer of the feed-forward network. */
  feedForward: number;
  activation: 'relu' | 'gelu';
  /** After the sum (`post`, as published) or before each part (`pre`). */
  norm: 'post' | 'pre';
  epsilon: number;
  /** On attention weights, on the hidden layer and on both parts before they are added; 0 for none. */
  dropout: number;
  /** Width of q, k and v of one head; d / heads if left out. */
  headWidth?: number;
  /** The second layer of the feed-forward network is activated like the first one. */
  activatedTwice?: boolean;
  /** On attention weights, instead of `dropout`, and then none on what attention gives. */
  attentionDropout?: number;
  /** Chance that a part of the block works in a training step, for each event and part; 1 if left out. Source: Huang et al., ECCV 2016. */
  survival?: number;
}

const linear: ActivationSpec = { activation: 'linear', slope: 0 };
const relu: ActivationSpec = { activation: 'relu', slope: 0 };

/** Dropouts of one block. */
const PLACES = 4;
/** Where the draws of parts that survive begin, behind all dropouts. */
const DEPTH_PLACES = 0x10000;

/**
 * Inputs: x [n, t, d] and, if padding is to be left out as a key, the mask [n, t] (1 exists, 0 padding). Output [n, t, d].
 * Weights, a = heads x width of a head: in-projection [d, 3a] (q, k, v side by side), [3a]; out-projection [a, d], [d]; feed-forward
 * [d, f], [f], [f, d], [d]; two norms' scale and shift [d], scales should start at 1.
 */
export class TransformerBlock extends OwnLayer {
  /** @nocollapse the name under which TF.js saves it */
  static readonly className = 'TransformerBlock';

  constructor(private readonly config: TransformerBlockConfig) {
    super(config);
  }

  override build(shape: BatchShape | BatchShape[]): void {
    const d = lastOf(shapeAt(shape, 0));
    const f = this.config.feedForward;
    const a = this.attentionWidth(d);
    for (const [name, size] of [
      ['in_projection_kernel', [d, 3 * a]],
      ['in_projection_bias', [3 * a]],
      ['out_projection_kernel', [a, d]],
      ['out_projection_bias', [d]],
      ['feed_forward_1_kernel', [d, f]],
      ['feed_forward_1_bias', [f]],
      ['feed_forward_2_kernel', [f, d]],
      ['feed_forward_2_bias', [d]],
      ['norm_1_scale', [d]],
      ['norm_1_shift', [d]],
      ['norm_2_scale', [d]],
      ['norm_2_shift', [d]],
    ] as const) {
      this.weight(name, size);
    }
    super.build(shape as BatchShape);
  }

  private attentionWidth(d: number): number {
    const { heads, headWidth } = this.config;
    return headWidth === undefined ? d : heads * headWidth;
  }

  protected override compute([given, mask]: Tensor[], { draw }: CallOptions): Tensor {
    const [inKernel, inBias, outKernel, outBias, w1, b1, w2, b2, scale1, shift1, scale2, shift2] = this.variables() as Twelve;
    const { heads, activation, norm, epsilon, attentionDropout, activatedTwice = false, survival = 1 } = this.config;
    const [n, t, d] = (given as Tensor3D).shape;
    const drop = <T extends Tensor>(x: T, place: number): T => (draw ? dropout(x, this.config.dropout, at(draw, place)) : x);
    const width = this.attentionWidth(d);
    const attend = (rows: Tensor2D): Tensor2D => {
      const projected = tf.reshape(trainingDense(rows, inKernel, inBias, linear, false), [n, t, 3 * width]);
      const [q, k, v] = tf.split(projected, 3, 2) as [Tensor3D, Tensor3D, Tensor3D];
      const rate = attentionDropout ?? this.config.dropout;
      const keep = draw && rate > 0 ? dropoutMask([n, heads, t, t], rate, at(draw, 0)) : undefined;
      const out = attention(q, k, v, { heads, ...(mask ? { mask } : {}), ...(keep ? { keep } : {}) });
      const back = trainingDense(tf.reshape(out, [n * t, width]), outKernel, outBias, linear, false);
      return attentionDropout === undefined ? drop(back, 1) : back;
    };
    const forward = (rows: Tensor2D): Tensor2D => {
      const first = trainingDense(rows, w1, b1, activation === 'relu' ? relu : linear, false);
      const hidden = drop(activation === 'gelu' ? gelu(first) : first, 2);
      const second = trainingDense(hidden, w2, b2, activatedTwice && activation === 'relu' ? relu : linear, false);
      return drop(activatedTwice && activation === 'gelu' ? gelu(second) : second, 3);
    };
    // a part that is left out of a step leaves x as it is; the others count more, so that the mean stays
    const survived = (part: Tensor2D, index: number): Tensor2D => {
      if (!draw || survival === 1) return part;
      const kept = dropoutMask([n, 1, 1], 1 - survival, { ...draw, place: DEPTH_PLACES + 2 * draw.place + index });
      return tf.reshape(tf.mul(tf.reshape(part, [n, t, d]), kept), [n * t, d]);
    };
    const norm1 = (rows: Tensor2D) => layerNorm(rows, scale1, shift1, epsilon);
    const norm2 = (rows: Tensor2D) => layerNorm(rows, scale2, shift2, epsilon);
    let x: Tensor2D = tf.reshape(given as Tensor3D, [n * t, d]);
    if (norm === 'post') {
      x = norm1(tf.add(x, survived(attend(x), 0)));
      x = norm2(tf.add(x, survived(forward(x), 1)));
    } else {
      x = tf.add(x, survived(attend(norm1(x)), 0));
      x = tf.add(x, survived(forward(norm2(x)), 1));
    }
    return tf.reshape(x, [n, t, d]);
  }

  override computeOutputShape(shape: BatchShape | BatchShape[]): BatchShape {
    return shapeAt(shape, 0);
  }

  override getConfig() {
    const { heads, feedForward, activation, norm, epsilon, dropout: rate } = this.config;
    const { headWidth, activatedTwice, attentionDropout, survival } = this.config;
    const others = Object.entries({ headWidth, activatedTwice, attentionDropout, survival }).filter(([, v]) => v !== undefined);
    return {
      ...super.getConfig(),
      ...{ heads, feedForward, activation, norm, epsilon, dropout: rate },
      ...Object.fromEntries(others),
    };
  }
}

type Twelve = [
  ...[Variable, Variable, Variable, Variable, Variable, Variable],
  ...[Variable, Variable, Variable, Variable, Variable, Variable],
];

/** Dropout `place` of the block whose draw this is. */
function at(draw: DropoutDraw, place: number): DropoutDraw {
  return { ...draw, place: draw.place * PLACES + place };
}

tf.serialization.registerClass(TransformerBlock as never);
