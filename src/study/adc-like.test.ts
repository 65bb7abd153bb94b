/**
 * ADC2021-shaped files: the reference rows that need no training, from the study files of `bench/studies/`. The networks of the same
 * files are in `docs/models/baselines.md`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pathSource } from '../cli/source.ts';
import { startBackend } from '../compute/backend.ts';
import { hasSharedData, sharedData } from '../testing/files.ts';
import { runStudy } from './run.ts';
import { checkStudy } from './schema.ts';

const reference: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  muons: {
    'feature-cut ht': ['0.6084', '1.0000', '1.0000'],
    'feature-cut st': ['0.6235', '1.0000', '1.0000'],
    'feature-cut met': ['0.6668', '1.0000', '1.0000'],
    'feature-cut multiplicity': ['0.5732', '0.9778', '0.9822'],
    'pca pca-3': ['0.6855', '1.0000', '1.0000'],
    'pca pca-5': ['0.6949', '0.9999', '0.9992'],
    'pca pca-8': ['0.6737', '0.9998', '0.9990'],
    'mahalanobis full': ['0.6989', '0.9986', '0.9980'],
  },
  gluinos: {
    'feature-cut ht': ['0.8705'],
    'feature-cut st': ['0.9100'],
    'feature-cut met': ['0.9265'],
    'feature-cut multiplicity': ['0.6456'],
    'pca pca-3': ['0.8661'],
    'pca pca-5': ['0.8759'],
    'pca pca-8': ['0.8087'],
    'mahalanobis full': ['0.8378'],
  },
};
const drawn = ['isolation-forest', 'nearest-neighbours'];
const closedForm = ['feature-cut', 'pca', 'mahalanobis', ...drawn];

it.runIf(hasSharedData).each(Object.entries(reference))('%s (needs ../shared/data)', async (name, rows) => {
  await startBackend('wasm');
  const file = `bench/studies/adc-like-${name}.json`;
  const study = checkStudy(JSON.parse(readFileSync(file, 'utf8')), file);
  const models = study.models.filter(({ id }) => closedForm.includes(id));
  const { runs } = await runStudy(
    { ...study, models },
    {
      ...{ backend: 'wasm', reason: 'test', platform: 'test' },
      locate: (path) => pathSource(join(sharedData, path)),
    },
  );
  for (const [key, wanted] of Object.entries(rows)) {
    const own = runs.filter(({ model, preset }) => `${model} ${preset}` === key);
    // float32 rows of the tables: the last digit given
    for (const [i, area] of wanted.entries()) expect(Math.abs((own[i]?.auc as number) - Number(area)), key).toBeLessThan(2e-4);
    expect(own.length).toBe(wanted.length);
  }
  if (name !== 'muons') return;
  const lepton = runs.filter(({ model, signal }) => drawn.includes(model) && signal !== 'tt');
  expect(lepton.length).toBe(8);
  for (const { auc } of lepton) expect(auc).toBeGreaterThan(0.95);
});
