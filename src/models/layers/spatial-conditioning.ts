/**
 * Multiplicative conditioning of an image on a few numbers: the numbers are spread over the image, the coordinates of each pixel
 * are put beside them, a convolution turns them into a map, and the image is multiplied by it.
 *
 * Source: Anzalone et al., Mach. Learn.: Sci. Technol. 5 (2024) 035064 (CoDAE), the layer that its decoder uses: scale only.
 */
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { conv2d } from '../../compute/ops/conv2d.ts';
import { differentiable } from '../../compute/ops/differentiable.ts';
import { tf } from '../../compute/tf.ts';
import { type BatchShape, lastOf, OwnLayer, shapeAt } from './own-layer.ts';

/**
 * Inputs: image [n, h, w, c] and numbers [n, k]; output: image · map. Weights kernel [3, 3, k + 2, c] and bias [c]. The coordinates
 * run from -1 to 1 over the columns (x) and over the rows (y), ends included.
 */
export class SpatialConditioning extends OwnLayer {
  /** @nocollapse the name under which TF.js saves it */
  static readonly className = 'SpatialConditioning';

  override build(shape: BatchShape | BatchShape[]): void {
    const channels = lastOf(shapeAt(shape, 0));
    this.weight('kernel', [3, 3, lastOf(shapeAt(shape, 1)) + 2, channels]);
    this.weight('bias', [channels]);
    super.build(shape as BatchShape);
  }

  protected override compute([image, numbers]: Tensor[]): Tensor {
    const [kernel, bias] = this.variables();
    const [rows, height, width] = (image as Tensor4D).shape;
    const plane = planes(numbers as Tensor2D, rows, height, width);
    return tf.mul(image as Tensor4D, conv2d(plane, kernel as Tensor, bias as Tensor));
  }

  override computeOutputShape(shape: BatchShape | BatchShape[]): BatchShape {
    return shapeAt(shape, 0);
  }
}

/**
 * Numbers spread over the image, then x, then y: [n, h, w, k + 2]. The gradient by the numbers is the sum over the pixels, rows
 * first; TF.js would cut the gradient of a tiling out pixel by pixel.
 */
function planes(numbers: Tensor2D, rows: number, height: number, width: number): Tensor4D {
  const count = numbers.shape[1];
  const channels = count + 2;
  return differentiable<Tensor4D>([numbers], ([given]) => {
    const wide = tf.pad(given as Tensor2D, [
      [0, 0],
      [0, 2],
    ]);
    return {
      value: tf.add(tf.reshape(wide, [rows, 1, 1, channels]), coordinates(count, height, width)) as Tensor4D,
      saved: [],
      gradients: (dy) => {
        const columns = tf.sum(tf.reshape(dy, [rows, height, width * channels]), 1);
        return [tf.slice(tf.sum(tf.reshape(columns, [rows, width, channels]), 1), [0, 0], [rows, count])];
      },
    };
  });
}

/** `empty` channels of zeros, then x, then y: [1, h, w, empty + 2]. */
function coordinates(empty: number, height: number, width: number): Tensor4D {
  const x = tf.tile(tf.reshape(tf.linspace(-1, 1, width), [1, 1, width, 1]), [1, height, 1, 1]);
  const y = tf.tile(tf.reshape(tf.linspace(-1, 1, height), [1, height, 1, 1]), [1, 1, width, 1]);
  return tf.concat([tf.zeros([1, height, width, empty]), x, y], 3) as Tensor4D;
}

tf.serialization.registerClass(SpatialConditioning as never);
