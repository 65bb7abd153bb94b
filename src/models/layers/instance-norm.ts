/** Instance normalisation with learned scale and shift, which TF.js lacks as a layer. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { instanceNorm } from '../../compute/ops/norm.ts';
import { tf } from '../../compute/tf.ts';
import { type BatchShape, type LayerConfig, lastOf, OwnLayer } from './own-layer.ts';

/** [n, h, w, c] in and out; weights scale [c] and shift [c], which should start at 1 and 0. */
export class InstanceNorm extends OwnLayer {
  /** @nocollapse the name under which TF.js saves it */
  static readonly className = 'InstanceNorm';
  private readonly epsilon: number;

  constructor(config: LayerConfig & { epsilon: number }) {
    super(config);
    this.epsilon = config.epsilon;
  }

  override build(shape: BatchShape): void {
    const channels = lastOf(shape);
    this.weight('scale', [channels]);
    this.weight('shift', [channels]);
    super.build(shape);
  }

  protected override compute([x]: Tensor[]): Tensor {
    const [scale, shift] = this.variables();
    return instanceNorm(x as Tensor4D, scale as Tensor, shift as Tensor, this.epsilon);
  }

  override computeOutputShape(shape: BatchShape): BatchShape {
    return shape;
  }

  override getConfig() {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }
}

tf.serialization.registerClass(InstanceNorm as never);
