import { describe, expect, it } from 'vitest';
import { posteriorOf, posteriorText } from './posterior.ts';

describe('the Gaussians of a variational autoencoder', () => {
  // two latent numbers, three rows of which the last does not count
  const mean = [-1, 0.5, 1, 0.5, 90, 90];
  const logVariance = [0, Math.log(4), 0, Math.log(4), 9, 9];
  const posterior = posteriorOf(mean, logVariance, 2, [0, 1]);

  it('have the divergence and the variance of the rows that count', () => {
    expect(posterior.rows).toBe(2);
    expect(posterior.divergence[0]).toBeCloseTo(0.5, 12);
    expect(posterior.divergence[1]).toBeCloseTo((0.25 + 4 - 1 - Math.log(4)) / 2, 12);
    expect(posterior.variance).toEqual([2, 0]);
    expect(posterior.active).toEqual([true, false]);
  });

  it('are spoken of in words', () => {
    const text = (variance: number[]) =>
      posteriorText({ rows: 9, divergence: variance, variance, active: variance.map((v) => v > 0.01) }, 'images');
    expect(text([0.0004, 0.0001])).toBe(
      'Collapsed: none of the 2 latent numbers is active. The variance of μ over background is 0.0004 at most; active is above 0.01. The encoder says nothing of the images, and scores from the latent space are noise.',
    );
    expect(text([0.5, 0.001, 0.9])).toBe(
      '2 of 3 latent numbers are active (z1, z3); the other one has collapsed and tells nothing.',
    );
    expect(text([0.001, 0.3, 0.001])).toBe('1 of 3 latent numbers is active (z2); the others have collapsed and tell nothing.');
    expect(text([0.5, 0.5])).toBe('All 2 latent numbers are active.');
    expect(text([0.5])).toBe('The latent number is active.');
  });
});
