/** A whole study, from files to rates, on each kind of file that users bring. Tiny settings: that it runs, not how well. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pathSource } from '../cli/source.ts';
import { startBackend } from '../compute/backend.ts';
import type { Source } from '../data/formats/contract.ts';
import { models } from '../models/registry.ts';
import { hasSharedData, hdf5Source, sharedData, textSource } from '../testing/files.ts';
import { times } from '../testing/open-file.ts';
import { loadFilesData } from './load.ts';
import { runStudy, type StudyContext } from './run.ts';
import { checkStudy } from './schema.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

const contextFor = (locate: (path: string) => Promise<Source>): StudyContext => ({
  backend: 'wasm',
  reason: 'test',
  platform: 'test',
  locate,
});
const shared = contextFor((path) => pathSource(join(sharedData, path)));
const run = (data: object, context: StudyContext, model: object = { id: 'pca' }) =>
  runStudy(checkStudy({ version: 1, data, models: [model] }, 'study.json'), context);

describe('files that are made here', () => {
  const jets = ['px', 'py', 'pz', 'm', 'tau1', 'tau2', 'tau3'].flatMap((q) => [`${q}j1`, `${q}j2`]);
  const noisy = (row: number, k: number) => ((row * 7919 + k * 104729) % 997) / 997 + 0.1;
  const events = (n: number, width: number, shift = 0) =>
    Float64Array.from(times(n, (row) => times(width, (k) => noisy(row, k) + shift)).flat());
  const sources: Record<string, () => Source | Promise<Source>> = {
    'scores.csv': () =>
      textSource(
        'scores.csv',
        `score,label,weight,mass\n${times(400, (i) => `${noisy(i, 1) + (i % 4 === 0 ? 0.5 : 0)},${i % 4 === 0 ? 1 : 0},1,${i}`).join('\n')}\n`,
      ),
    'features.csv': () =>
      textSource(
        'features.csv',
        `${jets.join()},label\n${times(300, (i) => [...times(14, (k) => 100 * noisy(i, k)), i % 5 === 0 ? 1 : 0].join()).join('\n')}\n`,
      ),
    'results.h5': () =>
      hdf5Source('results.h5', [
        { name: 'BKG_input', data: events(200, 57), shape: [200, 57] },
        { name: 'BKG_predicted', data: events(200, 57, 0.1), shape: [200, 57] },
        { name: 'Ato4l_input', data: events(100, 57), shape: [100, 57] },
        { name: 'Ato4l_predicted', data: events(100, 57, 0.5), shape: [100, 57] },
      ]),
    'background.h5': () => hdf5Source('background.h5', [{ name: 'X_train', data: events(200, 57, -0.5), shape: [200, 57] }]),
    'signal.h5': () => hdf5Source('signal.h5', [{ name: 'Data', data: events(100, 57, 0.5), shape: [100, 57] }]),
  };
  const context = contextFor(async (path) => (sources[path] as () => Source)());
  const cut = { id: 'feature-cut', params: { quantity: 'column' } };

  it('scores of another program are judged without any training', async () => {
    const { runs } = await run({ files: [{ path: 'scores.csv' }] }, context, cut);
    expect(runs.length).toBe(1);
    expect(runs[0]?.auc).toBeGreaterThan(0.8);
    const turned = await run({ files: [{ path: 'scores.csv' }], settings: { direction: 'lower' } }, context, cut);
    expect(turned.runs[0]?.auc).toBeCloseTo(1 - (runs[0]?.auc as number), 6);
  });

  it('results of an ADC2021 model are judged by their errors', async () => {
    const { runs } = await run({ files: [{ path: 'results.h5' }] }, context, cut);
    expect([runs.length, runs[0]?.signal, runs[0]?.auc]).toEqual([1, 'Ato4l', 1]);
  });

  it('features of the LHC Olympics, and prepared ADC2021 arrays', async () => {
    expect((await run({ files: [{ path: 'features.csv' }] }, context)).runs.length).toBeGreaterThan(0);
    const files = [
      { path: 'background.h5', role: 'background' },
      { path: 'signal.h5', role: 'signal' },
    ];
    const { runs } = await run({ files }, context);
    expect(new Set(runs.map(({ signal }) => signal))).toEqual(new Set(['signal']));
  });
});

describe.skipIf(!hasSharedData)('public files (skipped without ../shared/data)', () => {
  const pair = (background: string, signal: string, more: object = {}) => ({
    files: [
      { path: background, role: 'background' },
      { path: signal, role: 'signal' },
    ],
    ...more,
  });

  it.each([
    ['ADC2021', pair('adc-like-derived/cms2012_singlemu_data.h5', 'adc-like-derived/darkmachines_stop2b1000_lepton23.h5')],
    ['NanoAOD', pair('scikit-hep-testdata/nanoAOD_2015_CMS_Open_Data_ttbar.root', 'coffea-nanoaod/nano_dimuon.parquet')],
    ['Dark Machines', pair('darkmachines-chan1/background_chan1_7.79_reduced.csv', 'darkmachines-chan1/monotop_200_A_chan1.csv')],
    [
      'LHC Olympics particles',
      { files: [{ path: 'lhco-rd-tiny/events_anomalydetection_tiny.h5' }], settings: { particles: 10 } },
    ],
    ['CATHODE', { files: [{ path: 'lhco-cathode-features/innerdata_train.npy' }], rows: [0, 5000] }],
    ['ROOT trees', pair('scikit-hep-testdata/uproot-HZZ.root', 'scikit-hep-testdata/uproot-HZZ-zstd.root', { rows: [0, 500] })],
    ['text tables', pair('cms-opendata-csv/4mu_2012.csv', 'cms-opendata-csv/4e_2012.csv')],
  ])('%s', async (_, data) => {
    const { runs, environment } = await run(data, shared);
    expect(runs.length).toBeGreaterThan(0);
    for (const { auc } of runs) expect(auc).toBeGreaterThanOrEqual(0);
    expect(environment.trainingRows).toBeGreaterThan(50);
  });

  it('monitoring histograms: trained on a golden list, judged by hand', async () => {
    const golden = { certification: 'cms-certification-json/golden_2017_promptreco.json', lists: 'good' };
    const data = {
      files: [{ path: 'cms-dqm-charge-inner-2017b/chargeInner_PXLayer_1_2017B_labelled.csv' }],
      label: { column: 'y', normal: 1 },
      trainOn: golden,
    };
    const loaded = await loadFilesData(
      checkStudy({ version: 1, data, models: [{ id: 'pca' }] }, 's').data as never,
      shared.locate,
    );
    const cross = (good: number, background: boolean) =>
      [...loaded.label].filter(
        (at, row) => loaded.trainable?.[row] === good && (loaded.classes[at]?.role === 'background') === background,
      ).length;
    // golden and y: 2,671; golden but bad by hand: 14; good by hand alone: 117; neither: 298
    expect([cross(1, true), cross(1, false), cross(0, true), cross(0, false)]).toEqual([2671, 14, 117, 298]);
    const { runs } = await run(data, shared);
    expect(runs[0]?.auc).toBeGreaterThan(0.9);
    const byList = await run({ ...data, label: golden, trainOn: undefined }, shared);
    expect(byList.runs[0]?.signal).toBe('bad');
  });

  it('images: many files become one dataset with a class for each mass', async () => {
    const at = (name: string) => ({ path: `codae/n_tracks/test/${name}` });
    const files = [at('qcd_gensim_104_8.npz'), at('svj_2100_34484_8.npz'), at('suep_gensim_h125_phi2_dp0p7_dt2_101_2.npz')];
    const data = { files, settings: { channels: 'mask' } };
    const loaded = await loadFilesData(data, shared.locate);
    expect(loaded.classes.map(({ name }) => name)).toEqual(['QCD', 'SVJ 2.1 TeV', 'SUEP 125 GeV']);
    expect([loaded.rows, ...loaded.shape]).toEqual([337 + 93 + 20, 72, 58, 1]);
    expect(loaded.image?.channels).toEqual(['tracker mask']);
    const crystals = await loadFilesData({ files: [{ path: 'ml4sci-electron-photon/electron-photon.npz' }] }, shared.locate);
    expect(crystals.classes).toEqual([
      { name: 'photon', role: 'background' },
      { name: 'electron', role: 'signal' },
    ]);
    expect(crystals.label.reduce((sum, one) => sum + one, 0)).toBe(102);
    const able = models.filter(({ accepts }) => accepts.includes('images')).map(({ id }) => id);
    for (const id of able.slice(0, 1)) {
      const { runs } = await run({ ...data, files: files.slice(0, 2) }, shared, { id, epochs: 1 });
      expect(runs.length).toBeGreaterThan(0);
    }
  });

  it('a certification list alone is refused with what it is good for', async () => {
    const files = [{ path: 'cms-certification-json/golden_2018.json', role: 'background' }];
    await expect(run({ files }, shared)).rejects.toThrow(/Choose it as the label of a file with histograms/);
  });
});
