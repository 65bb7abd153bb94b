/** From a sequence or a set of vectors to one vector: a learned weighted mean, or the plain sum over what exists. */
import type { Tensor, Tensor2D, Tensor3D, Variable } from '@tensorflow/tfjs';
import { tf } from '../../compute/tf.ts';
import { trainingDense } from './dense.ts';
import { type BatchShape, lastOf, OwnLayer, shapeAt } from './own-layer.ts';

/**
 * Σ_t softmax_t(x_t w + b) x_t: [n, t, d] to [n, d]; weights kernel [d, 1] and bias [1].
 * Source: Hassani et al., arXiv 2104.05704 (compact convolutional transformer), section 3.2.
 */
export class SequencePooling extends OwnLayer {
  /** @nocollapse the name under which TF.js saves it */
  static readonly className = 'SequencePooling';

  override build(shape: BatchShape): void {
    this.weight('kernel', [lastOf(shape), 1]);
    this.weight('bias', [1]);
    super.build(shape);
  }

  protected override compute([given]: Tensor[]): Tensor {
    const x = given as Tensor3D;
    const [n, t, d] = x.shape;
    const [kernel, bias] = this.variables() as [Variable, Variable];
    const logits = trainingDense(tf.reshape(x, [n * t, d]), kernel, bias, { activation: 'linear', slope: 0 }, false);
    const shares = tf.softmax(tf.reshape(logits, [n, t]));
    return tf.reshape(tf.matMul(tf.reshape(shares, [n, 1, t]), x), [n, d]);
  }

  override computeOutputShape(shape: BatchShape): BatchShape {
    return [shape[0] as number | null, lastOf(shape)];
  }
}

/** Σ over existing objects: x [n, t, d] and mask [n, t] to [n, d]; no weights. The sum of nothing is 0. */
export class MaskedSum extends OwnLayer {
  /** @nocollapse the name under which TF.js saves it */
  static readonly className = 'MaskedSum';

  protected override compute([given, mask]: Tensor[]): Tensor {
    const [n, t, d] = (given as Tensor3D).shape;
    return tf.reshape(tf.matMul(tf.reshape(mask as Tensor2D, [n, 1, t]), given as Tensor3D), [n, d]);
  }

  override computeOutputShape(shape: BatchShape | BatchShape[]): BatchShape {
    const first = shapeAt(shape, 0);
    return [first[0] as number | null, lastOf(first)];
  }
}

tf.serialization.registerClass(SequencePooling as never);
tf.serialization.registerClass(MaskedSum as never);
