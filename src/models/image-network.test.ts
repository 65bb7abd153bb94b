import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { tf } from '../compute/tf.ts';
import { farthest } from '../testing/operations.ts';
import { buildImageNetwork, type ImageLayerSpec, weightedLayers } from './image-network.ts';
import { layerRows } from './network.ts';

const drawn = { bias: true, initialiser: 'he-uniform' } as const;
const conv = (filters: number, stride = 1, groups = 1): ImageLayerSpec => ({
  ...{ kind: 'conv', filters, size: [3, 3], strides: [stride, stride], padding: 'same', groups, ...drawn },
});
const leaky: ImageLayerSpec = { kind: 'activation', activation: 'leaky-relu', slope: 0.2 };
const block = (filters: number, stride: number, groups: number): ImageLayerSpec[] => [
  conv(filters, stride, groups),
  { kind: 'instance-norm', epsilon: 1e-3 },
  leaky,
];

/** A bit of everything. */
const specs: ImageLayerSpec[] = [
  ...block(8, 2, 1),
  { kind: 'residual', layers: [...block(8, 1, 4), ...block(8, 1, 4)] },
  { kind: 'condition', initialiser: 'glorot-uniform' },
  { kind: 'max-pool', size: [3, 3], strides: [2, 2], padding: 'same' },
  { kind: 'upsample', method: 'bilinear' },
  { kind: 'conv-transpose', filters: 3, size: [3, 3], strides: [2, 2], padding: 'same', ...drawn },
  { kind: 'prelu', start: 0.1 },
  { kind: 'pad', rows: [1, 0], columns: [0, 2] },
  { kind: 'crop', rows: [0, 2], columns: [1, 1] },
  { kind: 'average-pool', size: [2, 2], strides: [2, 2], padding: 'valid' },
  { kind: 'upsample', method: 'nearest', factors: [1, 2] },
  { kind: 'batch-norm', momentum: 0.9, epsilon: 1e-3 },
  { kind: 'activation', activation: 'elu', slope: 0 },
  { kind: 'flatten' },
  { kind: 'dense', units: 12, ...drawn },
  { kind: 'prelu', start: 0 },
  { kind: 'reshape', shape: [2, 3, 2] },
  { ...(conv(1) as ImageLayerSpec & { kind: 'conv' }), biasStart: -1 },
  { kind: 'activation', activation: 'sigmoid', slope: 0 },
];

const options = { seed: 3, ordinal: 0, inputIsData: true, numbers: 2 };

describe('convolutional stacks', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  it('run as the TF.js model that they save, and every weight has a gradient', () => {
    const network = buildImageNetwork([9, 8, 2], specs, options);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const x = tf.randomNormal([3, 9, 8, 2], 0, 1, 'float32', 5);
      const numbers = tf.randomNormal([3, 2], 0, 1, 'float32', 6) as tf.Tensor2D;
      const ours = network.run(x, false, numbers);
      const saved = network.model.predict([x, numbers]) as tf.Tensor;
      expect(ours.shape).toEqual([3, ...network.outputShape]);
      expect(farthest(ours.dataSync(), saved.dataSync())).toBeLessThan(1e-5);
      const loss = () => tf.sum(tf.square(network.run(x, true, numbers))) as tf.Scalar;
      const { gradients } = stepGradients(loss, network.trainable);
      for (const gradient of gradients) expect(tf.max(tf.abs(gradient)).dataSync()[0]).toBeGreaterThanOrEqual(0);
    });
    expect(tf.memory().numTensors).toBe(before);
    network.model.dispose();
  });

  it('draw the same weights for a seed and start the bias where it is told', () => {
    const weights = (seed: number) => {
      const network = buildImageNetwork([9, 8, 2], specs, { ...options, seed });
      const values = network.trainable.map((variable) => [...variable.dataSync()]);
      network.model.dispose();
      return values;
    };
    const [first, again, other] = [weights(3), weights(3), weights(4)];
    expect(first).toEqual(again);
    expect(first).not.toEqual(other);
    expect(first.at(-1)).toEqual([-1]);
    expect(weightedLayers(specs)).toBe(7);
  });

  it('count a grouped convolution by its blocks and list no layer for the input', () => {
    const network = buildImageNetwork([18, 15, 64], block(128, 2, 4), { ...options, numbers: undefined } as never);
    const rows = layerRows({ encoder: network.model });
    expect(rows.map(({ type, parameters }) => [type, parameters])).toEqual([
      ['GroupedConv2D', 18_560],
      ['InstanceNorm', 256],
      ['LeakyReLU', 0],
    ]);
    expect(rows[0]?.shape).toEqual([9, 8, 128]);
    network.model.dispose();
  });

  it('survive a model that is saved as JSON and made again', async () => {
    const network = buildImageNetwork([9, 8, 2], specs, options);
    const twin = await tf.models.modelFromJSON(JSON.parse(network.model.toJSON() as string));
    twin.setWeights(network.model.getWeights());
    tf.tidy(() => {
      const inputs = [tf.ones([1, 9, 8, 2]), tf.ones([1, 2])];
      const values = (model: tf.LayersModel) => [...(model.predict(inputs) as tf.Tensor).dataSync()];
      expect(values(twin)).toEqual(values(network.model));
    });
    network.model.dispose();
    twin.dispose();
  });
});
