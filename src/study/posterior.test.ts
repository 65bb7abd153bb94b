import { describe, expect, it } from 'vitest';
import { startBackend } from '../compute/backend.ts';
import { freeRun } from '../testing/fixtures.ts';
import { loadSampleData } from './load.ts';
import { latentViewOf } from './look.ts';
import { posteriorOf, posteriorText } from './posterior.ts';
import { prepare } from './prepare.ts';
import { runModel } from './run-model.ts';

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

describe('a variational autoencoder of images', () => {
  const prepared = prepare(loadSampleData({ sample: 'electron-photon-images', events: 240, params: { signalShare: 0.4 } }));
  const trained = async (beta: number) => {
    await startBackend('wasm');
    const params = { filters: [2], hidden: 8, latent: 4, beta, loss: 'sse', scaling: 'first-over-maximum' };
    const choice = { model: 'image-variational-autoencoder', preset: 'cvae-32x32', params, seed: 1, epochs: 2 };
    const run = await runModel(prepared, choice, { control: freeRun, backend: 'wasm' }, ['kl-divergence']);
    const view = await latentViewOf(prepared, run, 'kl-divergence', 1000);
    run.detector.dispose();
    return { run, view };
  };

  it('shows its four latent numbers as they are, and warns of a collapse that a heavy β brings about', async () => {
    const { run, view } = await trained(1000);
    expect(view.all?.dimensions).toBe(4);
    expect(view.all?.points.length).toBe(4 * view.row.length);
    const background = [...view.label].filter((label) => prepared.background.includes(label)).length;
    expect(view.posterior?.rows).toBe(background);
    expect(view.posterior?.active).toEqual([false, false, false, false]);
    expect(view.posterior?.words).toContain('Collapsed: none of the 4 latent numbers is active');
    expect(run.warnings.some((warning) => warning.startsWith('Collapsed'))).toBe(true);
  });
});
