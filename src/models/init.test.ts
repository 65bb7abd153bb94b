import { describe, expect, it } from 'vitest';
import { initialBias, initialKernel } from './init.ts';

const moments = (values: Float32Array) => {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) };
};

describe('initial weights', () => {
  it.each([
    ['glorot-uniform', Math.sqrt(6 / 96)],
    ['he-uniform', Math.sqrt(6 / 64)],
    ['pytorch-linear', 1 / 8],
  ] as const)('%s fills its interval evenly', (rule, limit) => {
    const kernel = initialKernel(rule, 64 * 32, 64, 32, 1, 0);
    expect(Math.max(...kernel)).toBeLessThanOrEqual(limit);
    expect(Math.min(...kernel)).toBeGreaterThanOrEqual(-limit);
    const { mean, deviation } = moments(kernel);
    // five standard errors of 2,048 uniform draws
    expect(Math.abs(mean)).toBeLessThan(5 * (limit / Math.sqrt(3) / Math.sqrt(2048)));
    expect(deviation).toBeCloseTo(limit / Math.sqrt(3), 2);
  });

  it('he-normal has variance 2 / fanIn after the cut', () => {
    const kernel = initialKernel('he-normal', 20000, 50, 400, 3, 2);
    const { deviation } = moments(kernel);
    expect(deviation / 0.2).toBeCloseTo(1, 1.7);
    expect(Math.max(...kernel.map(Math.abs))).toBeLessThanOrEqual((2 * 0.2) / 0.8796256610342398 + 1e-6);
  });

  it('gives a bias only in the PyTorch rule', () => {
    expect([...initialBias('glorot-uniform', 4, 16, 1, 0)]).toEqual([0, 0, 0, 0]);
    const bias = initialBias('pytorch-linear', 4, 16, 1, 0);
    expect(bias.every((b) => b !== 0 && Math.abs(b) <= 0.25)).toBe(true);
  });

  it('repeats for a seed, and differs between seeds and between layers', () => {
    const draw = (seed: number, layer: number) => [...initialKernel('glorot-uniform', 16, 4, 4, seed, layer)];
    expect(draw(1, 0)).toEqual(draw(1, 0));
    expect(draw(1, 0)).not.toEqual(draw(2, 0));
    expect(draw(1, 0)).not.toEqual(draw(1, 1));
  });
});
