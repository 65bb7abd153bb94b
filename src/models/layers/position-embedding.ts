/** Adds a learned vector to each token of a sequence, so that a transformer can tell places apart. */
import type { Tensor, Variable } from '@tensorflow/tfjs';
import { tf } from '../../compute/tf.ts';
import { type BatchShape, lastOf, OwnLayer } from './own-layer.ts';

/** x + e: [n, t, d] to [n, t, d]; weight embedding [t, d]. Source: Hassani et al., arXiv 2104.05704, section 3. */
export class PositionEmbedding extends OwnLayer {
  /** @nocollapse the name under which TF.js saves it */
  static readonly className = 'PositionEmbedding';

  override build(shape: BatchShape): void {
    this.weight('embedding', [shape[1] as number, lastOf(shape)]);
    super.build(shape);
  }

  protected override compute([x]: Tensor[]): Tensor {
    return tf.add(x as Tensor, this.variables()[0] as Variable);
  }

  override computeOutputShape(shape: BatchShape): BatchShape {
    return shape;
  }
}

tf.serialization.registerClass(PositionEmbedding as never);
