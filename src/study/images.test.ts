/**
 * Images: the published rows that need no network, to the last digit, from the study files of `bench/studies/`. What a score has to
 * do with the number of lit pixels, by hand.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pathSource } from '../cli/source.ts';
import { startBackend } from '../compute/backend.ts';
import { hasSharedData, sharedData } from '../testing/files.ts';
import { runStudy } from './run.ts';
import { checkStudy } from './schema.ts';

async function resultsOf(file: string) {
  await startBackend('wasm');
  const study = checkStudy(JSON.parse(readFileSync(file, 'utf8')), file);
  const { runs } = await runStudy(study, {
    ...{ backend: 'wasm', reason: 'test', platform: 'test' },
    locate: (path) => pathSource(join(sharedData, path)),
  });
  return { study, runs };
}

describe.runIf(hasSharedData)('on public files (needs ../shared/data)', () => {
  it('200 crystals of electrons and photons', async () => {
    const { runs } = await resultsOf('bench/studies/electron-photon-cuts.json');
    expect(Object.fromEntries(runs.map(({ preset, auc }) => [preset, auc.toFixed(4)]))).toEqual({
      'core-3': '0.6435',
      'core-5': '0.6151',
      'core-7': '0.6125',
      entropy: '0.6457',
      'hottest-share': '0.6229',
      'hottest-pixel': '0.5913',
      'width-columns': '0.6224',
      'width-rows': '0.5729',
      occupancy: '0.6199',
      energy: '0.5089',
    });
    for (const { aucError, signalEvents, backgroundEvents } of runs) {
      expect([signalEvents, backgroundEvents]).toEqual([102, 98]);
      expect(aucError).toBeCloseTo(0.04, 2);
    }
  }, 60_000);

  it('2,838 dark-shower images: cuts, PCA of masks, the nearest mask', async () => {
    const { runs } = await resultsOf('bench/studies/dark-showers-cuts.json');
    const signals = ['SUEP 125 GeV', 'SUEP 200 GeV', 'SUEP 300 GeV', 'SUEP 400 GeV', 'SUEP 700 GeV', 'SUEP 1\u2009000 GeV'];
    const order = [...signals, 'SVJ 2.1 TeV', 'SVJ 3.1 TeV', 'SVJ 4.1 TeV'];
    const rows: string[] = [];
    for (let at = 0; at < runs.length; at += order.length) {
      const block = runs.slice(at, at + order.length);
      rows.push(
        order
          .map((signal) => block.find((run) => run.signal.replace(/\s/g, ' ') === signal.replace(/\s/g, ' ')))
          .map((run) => (run ? `${(100 * run.auc).toFixed(2)}/${(100 * run.fprAt40).toFixed(2)}` : '-'))
          .join(' '),
      );
    }
    const areas = (row: string | undefined) => row?.replace(/\/\S+/g, '');
    // AUC / background efficiency at 40 % signal efficiency, in percent
    expect(rows.slice(0, 7)).toEqual([
      '77.18/7.45 91.11/4.11 97.93/0.73 99.58/0.00 99.90/0.00 99.94/0.00 82.17/6.54 88.93/1.74 90.76/1.17',
      '78.34/5.60 92.74/2.93 98.45/0.44 99.79/0.00 99.85/0.00 99.97/0.00 83.32/5.63 88.37/2.13 88.30/1.03',
      '91.04/3.52 95.86/1.03 97.98/0.00 99.09/0.00 99.72/0.00 99.85/0.00 82.91/4.11 78.72/5.13 74.65/9.24',
      '50.11/42.79 51.58/34.43 54.22/32.62 61.02/28.18 65.37/20.09 67.26/19.31 64.10/21.97 67.58/20.44 71.48/15.74',
      '58.62/22.52 65.55/18.73 66.91/17.45 68.60/15.50 70.26/15.44 71.76/11.47 71.91/15.09 77.61/10.72 81.83/7.50',
      '46.95/48.39 47.62/48.24 54.80/41.20 59.26/36.66 65.58/31.38 70.02/25.22 55.47/36.22 72.72/17.30 81.81/10.56',
      '84.10/3.08 84.07/4.84 84.89/2.79 89.27/0.88 92.84/0.59 93.43/0.15 74.63/8.80 68.80/14.52 64.48/18.48',
    ]);
    expect(areas(rows[7])).toBe('77.44 92.29 98.29 99.74 99.82 99.97 82.97 88.00 87.78');
    expect(areas(rows[8])).toBe('84.04 89.85 97.02 99.35 99.84 99.90 80.93 85.99 89.82');
    expect(areas(rows[9])).toBe('78.11 92.64 98.43 99.77 99.85 99.97 83.35 88.34 88.23');
    // PCA of masks is a counter of hits, the entropy is not
    const hits = (model: string, score: string) => runs.find((run) => run.model === model && run.score === score)?.hits;
    expect(hits('pca', 'reconstruction-mse')).toMatchObject({ counted: 'lit pixels (tracker)', events: 682 });
    expect(hits('pca', 'reconstruction-mse')?.spearman).toBeGreaterThan(0.99);
    expect(runs.find(({ preset }) => preset === 'occupancy')?.hits?.spearman).toBeCloseTo(1, 12);
    expect(runs.find(({ preset }) => preset === 'entropy')?.hits?.spearman).toBeCloseTo(0.58, 2);
  }, 600_000);
});
