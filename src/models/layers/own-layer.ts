/** What the layer classes of this folder share: a TF.js layer whose weights start at zero and are set by `init.ts`. */
import type { Tensor, Variable } from '@tensorflow/tfjs';
import type { DropoutDraw } from '../../compute/ops/dropout.ts';
import { tf } from '../../compute/tf.ts';

export type LayerConfig = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;
/** Shape of a batch without the number of rows being known. */
export type BatchShape = (number | null)[];

/** What a call is told in training; without a draw there is no dropout. */
export interface CallOptions {
  draw?: DropoutDraw;
}

/**
 * A TF.js layer of ours. It computes with the operations of `compute/ops/`, which bring their own gradients, so the same call
 * serves training and scoring.
 */
export abstract class OwnLayer extends tf.layers.Layer {
  protected weight(name: string, shape: readonly number[]): void {
    this.addWeight(name, [...shape], 'float32', tf.initializers.zeros());
  }

  /** Weights in the order in which `build` made them. */
  protected variables(): Variable[] {
    return this.trainableWeights.map((weight) => weight.read() as Variable);
  }

  override call(inputs: Tensor | Tensor[], options: CallOptions = {}): Tensor {
    const given = Array.isArray(inputs) ? inputs : [inputs];
    return tf.tidy(() => this.compute(given, options));
  }

  protected abstract compute(inputs: Tensor[], options: CallOptions): Tensor;
}

/** Shape of one input where a layer may be given several. */
export function shapeAt(shape: BatchShape | BatchShape[], index: number): BatchShape {
  return (Array.isArray(shape[0]) ? shape[index] : shape) as BatchShape;
}

/** Last number of a shape, which a layer must know when it is built. */
export function lastOf(shape: BatchShape): number {
  const last = shape.at(-1);
  if (typeof last !== 'number') throw new Error('the last axis of a layer must have a size');
  return last;
}
