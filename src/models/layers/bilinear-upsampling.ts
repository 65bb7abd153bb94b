/** Bilinear upsampling by two between pixel centres, as in Keras; TF.js's own layer samples from corners. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { upsampleBilinear } from '../../compute/ops/upsample.ts';
import { tf } from '../../compute/tf.ts';
import { type BatchShape, OwnLayer } from './own-layer.ts';

/** [n, h, w, c] to [n, 2h, 2w, c]; no weights. */
export class BilinearUpsampling extends OwnLayer {
  /** @nocollapse the name under which TF.js saves it */
  static readonly className = 'BilinearUpsampling';

  protected override compute([x]: Tensor[]): Tensor {
    return upsampleBilinear(x as Tensor4D);
  }

  override computeOutputShape([rows, height, width, channels]: BatchShape): BatchShape {
    return [rows as number | null, 2 * (height as number), 2 * (width as number), channels as number];
  }
}

tf.serialization.registerClass(BilinearUpsampling as never);
