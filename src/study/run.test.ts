import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../base/problem.ts';
import { pathSource } from '../cli/source.ts';
import { startBackend } from '../compute/backend.ts';
import { createEngine } from '../worker/engine.ts';
import type { RunResult } from './results.ts';
import { runStudy, type StudyContext, version } from './run.ts';
import { checkStudy } from './schema.ts';

const shared = new URL('../../../shared/data/adc-like-derived/', import.meta.url).pathname;
const hasShared = existsSync(shared);

const context: StudyContext = {
  backend: 'wasm',
  reason: 'test',
  platform: 'test',
  locate: (path) => pathSource(`${shared}${path}`),
};

/** What must repeat: everything but how long it took. */
const withoutTimes = (runs: readonly RunResult[]): unknown[] =>
  runs.map(({ trainSeconds: _t, eventsPerSecond: _e, ...rest }) => rest);

beforeAll(async () => {
  await startBackend('wasm');
});

const small = {
  version: 1,
  data: { sample: 'collider-events', events: 3000, seed: 4 },
  models: [{ id: 'dense-autoencoder', seeds: [1, 2], epochs: 2, scores: ['reconstruction-mse'] }, { id: 'pca' }],
};

it('results name the version of the package', () => {
  const { version: packaged } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(version).toBe(packaged);
});

describe('a study', () => {
  it('gives the same runs twice, and others for other seeds', async () => {
    const study = checkStudy(small, 'study.json');
    const first = await runStudy(study, context);
    const second = await runStudy(study, context);
    expect(withoutTimes(second.runs)).toEqual(withoutTimes(first.runs));
    const [seed1, seed2] = [1, 2].map((seed) => first.runs.find((r) => r.model === 'dense-autoencoder' && r.seed === seed));
    expect(seed1?.auc).not.toBe(seed2?.auc);
  });

  it('has one entry per model, seed, score and signal, with every promised field', async () => {
    const { runs, environment } = await runStudy(checkStudy(small, 'study.json'), context);
    const dense = runs.filter((r) => r.model === 'dense-autoencoder');
    expect(dense).toHaveLength(2 * 4);
    expect(new Set(dense.map((r) => r.signal)).size).toBe(4);
    expect(environment).toMatchObject({ rows: 3000, synthetic: true, backend: 'wasm' });
    for (const run of runs) {
      expect(run.auc).toBeGreaterThan(0);
      expect(run.auc).toBeLessThan(1);
      expect(run.aucError).toBeGreaterThan(0);
      // 480 background test events carry 1e-1 and no more
      expect(run.tprAtFpr['1e-1']).not.toBeNull();
      expect(run.tprAtFpr['1e-5']).toBeNull();
      expect(run.floor).toBeCloseTo(10 / run.backgroundEvents, 12);
      expect(run.bestF1).not.toBeNull();
    }
  });

  it('gives the page the same numbers as the runner', async () => {
    const engine = createEngine();
    await engine.start('wasm');
    const split = { by: 'event', train: 0.72, validation: 0.08, test: 0.2, seed: 1 } as const;
    await engine.loadSample({ sample: 'collider-events', events: 3000, seed: 4 }, split, () => undefined);
    const request = { id: 'run-1', model: 'dense-autoencoder', seed: 1, epochs: 2 };
    const summary = await engine.train(request, () => undefined);
    const study = await engine.study([{ id: 'dense-autoencoder', seeds: [1], epochs: 2 }]);
    const { runs } = await runStudy(checkStudy(JSON.parse(JSON.stringify(study)), 'study.json'), context);
    expect(withoutTimes(runs)).toEqual(withoutTimes(summary.results));
  });

  it('gives each of several seeds the numbers that it has alone', async () => {
    const models = (seeds: number[]) => [{ id: 'dense-autoencoder', seeds, epochs: 3, scores: ['reconstruction-mse'] }];
    const together = await runStudy(checkStudy({ ...small, models: models([1, 2, 3]) }, 'study.json'), context);
    const alone: RunResult[] = [];
    for (const seed of [1, 2, 3]) {
      alone.push(...(await runStudy(checkStudy({ ...small, models: models([seed]) }, 'study.json'), context)).runs);
    }
    expect(withoutTimes(together.runs)).toEqual(withoutTimes(alone));
  });

  it.each([
    ['an unknown key', { ...small, modells: [] }, /modells/],
    ['seed 0', { ...small, models: [{ id: 'pca', seeds: [0] }] }, /models\[0\]\.seeds\[0\]/],
    ['no models', { ...small, models: [] }, /models/],
    ['another version', { ...small, version: 2 }, /version/],
  ])('is refused for %s, saying where', (_, study, where) => {
    expect(() => checkStudy(study, 'study.json')).toThrow(Problem);
    expect(() => checkStudy(study, 'study.json')).toThrow(where);
  });

  it.each([
    ['model', { ...small, models: [{ id: 'psychic' }] }, /psychic.*dense-autoencoder|dense-autoencoder.*psychic/s],
    ['preset', { ...small, models: [{ id: 'pca', preset: 'none-such' }] }, /none-such/],
    ['parameter', { ...small, models: [{ id: 'pca', params: { wings: 2 } }] }, /wings/],
    ['score', { ...small, models: [{ id: 'pca', scores: ['luck'] }] }, /luck/],
    ['sample', { ...small, data: { sample: 'unicorns' } }, /unicorns/],
  ])('is refused for an unknown %s before anything trains', async (_, study, message) => {
    await expect(runStudy(checkStudy(study, 'study.json'), context)).rejects.toThrow(message);
  });

  it('trains a supervised reference on the signal that is set aside for it, and on nothing else', async () => {
    const data = { sample: 'collider-events', events: 6000, seed: 1 };
    const labelled = { version: 1, data, models: [{ id: 'dense-classifier', epochs: 12 }] };
    await expect(runStudy(checkStudy(labelled, 'study.json'), context)).rejects.toThrow(
      /signal events for a model that sees labels/,
    );
    const half = { ...labelled, split: { signalTrain: 0.5 } };
    const { runs } = await runStudy(checkStudy(half, 'study.json'), context);
    for (const run of runs) expect(run.auc, run.signal).toBeGreaterThan(0.8);
  });

  it('refuses a batch larger than the data', async () => {
    const study = { ...small, models: [{ id: 'dense-autoencoder', params: { batchSize: 65536 } }] };
    await expect(runStudy(checkStudy(study, 'study.json'), context)).rejects.toThrow(/batch size.*65.?536|65.?536/i);
  });
});

describe.skipIf(!hasShared)('a study on real files (needs ../shared/data)', () => {
  const files = [
    { path: 'cms2012_singlemu_data.h5', role: 'background' },
    { path: 'cms2015_ttbar_mc.h5', role: 'signal', name: 'ttbar' },
    { path: 'darkmachines_stlp_st1000_lepton23.h5', role: 'signal', name: 'stlp' },
    { path: 'darkmachines_stop2b1000_lepton23.h5', role: 'signal', name: 'stop2b' },
  ];

  // rows of the reference table: background rows with even index train, odd index test, background-scaled inputs
  it.each([
    ['feature-cut', 'ht', 'feature', { ttbar: 0.6084, stlp: 1.0, stop2b: 1.0 }],
    ['feature-cut', 'st', 'feature', { ttbar: 0.6235, stlp: 1.0, stop2b: 1.0 }],
    ['feature-cut', 'met', 'feature', { ttbar: 0.6668, stlp: 1.0, stop2b: 1.0 }],
    ['feature-cut', 'multiplicity', 'feature', { ttbar: 0.5732, stlp: 0.9778, stop2b: 0.9822 }],
    ['pca', 'k3', 'reconstruction-mse', { ttbar: 0.6855, stlp: 1.0, stop2b: 1.0 }],
    ['pca', 'k5', 'reconstruction-mse', { ttbar: 0.6949, stlp: 0.9999, stop2b: 0.9992 }],
    ['pca', 'k8', 'reconstruction-mse', { ttbar: 0.6737, stlp: 0.9998, stop2b: 0.999 }],
    ['mahalanobis', 'full', 'mahalanobis-distance', { ttbar: 0.6989, stlp: 0.9986, stop2b: 0.998 }],
  ])('reproduces the reference AUC of %s %s by parity', async (model, preset, score, expected) => {
    const components = preset.startsWith('k') ? { params: { components: Number(preset.slice(1)) } } : { preset };
    const study = {
      version: 1,
      data: { files },
      split: { by: 'parity' },
      preprocessing: [{ step: 'background-scale' }],
      models: [{ id: model, ...components, scores: [score] }],
    };
    const { runs } = await runStudy(checkStudy(study, 'study.json'), context);
    for (const [signal, auc] of Object.entries(expected)) {
      expect(runs.find((r) => r.signal === signal)?.auc, signal).toBeCloseTo(auc, 3);
    }
  });

  it('refuses data of one class', async () => {
    const study = { version: 1, data: { files: [files[0]] }, models: [{ id: 'pca' }] };
    await expect(runStudy(checkStudy(study, 'study.json'), context)).rejects.toThrow(/signal/);
  });

  it('of background and unlabelled events alone has no runs, and says why', async () => {
    const unlabelled = { path: 'cms2015_ttbar_mc.h5', role: 'unlabelled' };
    const study = { version: 1, data: { files: [files[0], unlabelled] }, models: [{ id: 'pca' }] };
    const { runs, warnings } = await runStudy(checkStudy(study, 'study.json'), context);
    expect(runs).toEqual([]);
    expect(warnings.join()).toMatch(/no file is a signal/);
  });

  it('refuses a file of another layout by naming what it holds', async () => {
    const study = { version: 1, data: { files: [{ ...files[0], layout: 'none' }] }, models: [{ id: 'pca' }] };
    await expect(runStudy(checkStudy(study, 'study.json'), context)).rejects.toThrow(/layout/);
  });
});
