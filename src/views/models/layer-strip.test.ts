import { describe, expect, it } from 'vitest';
import { blocks } from './layer-strip.ts';

const layer = (name: string, type: string, shape: number[], parameters: number, network = 'encoder') => ({
  network,
  name,
  type,
  shape,
  parameters,
  trainable: parameters,
});

describe('the layer strip', () => {
  it('draws flat layers to scale, from the input on, and finds the latent layer', () => {
    const strip = blocks([57], [layer('dense_1', 'Dense', [3], 174), layer('dense_1', 'Dense', [57], 228, 'decoder')]);
    expect(strip.map(({ height }) => height)).toEqual([1, 3 / 57, 1]);
    expect(strip.map(({ latent }) => latent)).toEqual([false, true, false]);
    expect(strip.some(({ output }) => output)).toBe(false);
    expect(strip.map(({ starts }) => starts)).toEqual([false, true, true]);
  });

  it('tells layers with weights from norms and functions', () => {
    const strip = blocks(
      [19, 3],
      [layer('dense_1', 'Dense', [16], 928), layer('batch_norm_1', 'BatchNorm', [16], 64), layer('relu_1', 'ReLU', [16], 0)],
    );
    expect(strip.map(({ kind }) => kind)).toEqual(['input', 'weights', 'norm', 'plain']);
    expect(strip[0]?.units).toBe(57);
  });

  it('shrinks the area, not the height, where layers have a shape', () => {
    const strip = blocks([32, 32, 1], [layer('conv', 'Conv2D', [16, 16, 1], 10)]);
    expect(strip[1]?.height).toBe(0.5);
  });

  it('calls the end of a classifier its output, and nothing of it latent', () => {
    const strip = blocks(
      [32, 32, 2],
      [layer('conv', 'Conv2D', [4, 4, 8], 152), layer('dense', 'Dense', [1], 129), layer('sigmoid', 'Activation', [1], 0)],
    );
    expect(strip.map(({ latent, output }) => [latent, output])).toEqual([
      [false, false],
      [false, false],
      [false, true],
      [false, false],
    ]);
  });

  it('is only the input for a model without layers', () => {
    expect(blocks([57], []).map(({ name, latent, output }) => [name, latent, output])).toEqual([['input', false, false]]);
  });
});
