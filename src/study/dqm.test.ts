/** The closed-form rows of the published study of certified lumisections, to the last digit, from the study files of `bench/studies/`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pathSource } from '../cli/source.ts';
import { startBackend } from '../compute/backend.ts';
import { hasSharedData, sharedData } from '../testing/files.ts';
import { runStudy } from './run.ts';
import { checkStudy } from './schema.ts';

/** AUC by hand label of the mean of the ten largest squared residuals, by number of principal components. */
const wanted = {
  a: { 'histogram-0': 0.6507, 'histogram-1': 0.9384, 'histogram-3': 0.6318, 'histogram-10': 0.6937 },
  b: { 'histogram-0': 0.9502, 'histogram-1': 0.9941, 'histogram-3': 0.694, 'histogram-10': 0.7406 },
} as const;

describe.runIf(hasSharedData)('3,100 labelled lumisections (need ../shared/data)', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  it.each(['a', 'b'] as const)('split %s by run', async (split) => {
    const file = `bench/studies/dqm-split-${split}.json`;
    const study = JSON.parse(readFileSync(file, 'utf8'));
    const models = study.models.filter(({ id }: { id: string }) => id === 'pca');
    const { runs } = await runStudy(checkStudy({ ...study, models }, file), {
      backend: 'wasm',
      reason: 'test',
      platform: 'test',
      locate: (path) => pathSource(join(sharedData, path)),
    });
    const found = Object.fromEntries(runs.map(({ preset, auc }) => [preset, Number(auc.toFixed(4))]));
    expect(found).toEqual(wanted[split]);
  });
});
