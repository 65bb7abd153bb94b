/** Convolution in groups of channels, which TF.js has no argument for. Weights are counted per block. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { conv2d } from '../../compute/ops/conv2d.ts';
import { convolutionGeometry, type Padding } from '../../compute/ops/geometry.ts';
import { tf } from '../../compute/tf.ts';
import { type BatchShape, type LayerConfig, lastOf, OwnLayer } from './own-layer.ts';

export interface GroupedConv2DConfig extends LayerConfig {
  filters: number;
  kernelSize: [number, number];
  strides: [number, number];
  padding: Padding;
  groups: number;
  useBias: boolean;
}

/** [n, h, w, ci] to [n, oh, ow, filters]; weights kernel [kh, kw, ci / groups, filters] and bias [filters]. */
export class GroupedConv2D extends OwnLayer {
  /** @nocollapse the name under which TF.js saves it */
  static readonly className = 'GroupedConv2D';

  constructor(private readonly config: GroupedConv2DConfig) {
    super(config);
  }

  override build(shape: BatchShape): void {
    const { kernelSize, filters, useBias } = this.config;
    this.weight('kernel', [...kernelSize, lastOf(shape) / this.config.groups, filters]);
    if (useBias) this.weight('bias', [filters]);
    super.build(shape);
  }

  protected override compute([x]: Tensor[]): Tensor {
    const [kernel, bias] = this.variables();
    return conv2d(x as Tensor4D, kernel as Tensor, bias, this.config);
  }

  override computeOutputShape(shape: BatchShape): BatchShape {
    const { kernelSize, filters, groups } = this.config;
    const input = shape.map((size) => size ?? 1);
    const { outHeight, outWidth } = convolutionGeometry(input, [...kernelSize, lastOf(shape) / groups, filters], this.config);
    return [shape[0] as number | null, outHeight, outWidth, filters];
  }

  override getConfig() {
    const { filters, kernelSize, strides, padding, groups, useBias } = this.config;
    return { ...super.getConfig(), filters, kernelSize, strides, padding, groups, useBias };
  }
}

tf.serialization.registerClass(GroupedConv2D as never);
