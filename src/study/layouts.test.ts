/** A whole study, from files to rates, on each kind of file that users bring. Tiny settings: that it runs, not how well. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pathSource } from '../cli/source.ts';
import { startBackend } from '../compute/backend.ts';
import type { Source } from '../data/formats/contract.ts';
import { memorySource } from '../data/formats/open.ts';
import { hasSharedData, hdf5Source, npyBytes, sharedData, textSource, zipSource } from '../testing/files.ts';
import { times } from '../testing/open-file.ts';
import { cellsOfExample, rootHistograms } from '../testing/root-histograms.ts';
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

const mse = <T extends { score: string }>(runs: readonly T[]) => runs.find(({ score }) => score === 'reconstruction-mse');

describe('files that are made here', () => {
  const jets = ['px', 'py', 'pz', 'm', 'tau1', 'tau2', 'tau3'].flatMap((q) => [`${q}j1`, `${q}j2`]);
  const noisy = (row: number, k: number) => ((row * 7919 + k * 104729) % 997) / 997 + 0.1;
  const events = (n: number, width: number, shift = 0) =>
    Float64Array.from(times(n, (row) => times(width, (k) => noisy(row, k) + shift)).flat());
  const slots = (n: number, harder = 1) =>
    Float32Array.from(
      times(n, (row) =>
        times(19, (slot) => {
          const type = slot === 0 ? 0 : slot < 5 ? 1 : slot < 9 ? 2 : 3;
          const [pT = 0, angle = 0] = [30 * harder * noisy(row, slot), noisy(slot, row)];
          return [pT, slot === 0 ? 0 : angle, 3 * angle, ...times(4, (k) => Number(k === type))];
        }).flat(),
      ).flat(),
    );
  const pixels = (n: number, perRow: number) => Float32Array.from({ length: n * perRow }, (_, i) => noisy(i % n, i % 89));
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
    // 19 slots of pT, eta, phi and a one-hot type: MET, 4 electrons, 4 muons, 10 jets
    'background.npy': () => memorySource('background.npy', npyBytes('<f4', [200, 19, 7], slots(200))),
    'signal.npy': () => memorySource('signal.npy', npyBytes('<f4', [100, 19, 7], slots(100, 5))),
    'tops.csv': () =>
      textSource(
        'tops.csv',
        `${times(4, (k) => ['E', 'PX', 'PY', 'PZ'].map((q) => `${q}_${k}`)).join()},ttv,is_signal_new\n${times(300, (i) => [...times(16, (k) => 50 * noisy(i, k)), 0, i % 3 === 0 ? 1 : 0].join()).join('\n')}\n`,
      ),
    'long.csv': () =>
      textSource(
        'long.csv',
        `fromrun,fromlumi,hname,metype,histo,Xmax,Xmin,Xbins\n${times(240, (i) => `${i % 2 === 0 ? 7 : 8},${1 + (i >> 1)},charge,3,"[${times(12, (k) => Math.round(1000 + 100 * noisy(i, k) + (i % 2) * (k % 3) * 500)).join(', ')}]",10,0,10`).join('\n')}\n`,
      ),
    'golden.json': () => textSource('golden.json', '{"7": [[1, 200]]}'),
    'crystals.h5': () =>
      hdf5Source('crystals.h5', [
        { name: 'X', data: pixels(120, 32 * 32 * 2), shape: [120, 32, 32, 2] },
        { name: 'y', data: Float32Array.from(times(120, (i) => i % 2)), shape: [120] },
      ]),
    'pictures.npz': () =>
      zipSource('pictures.npz', {
        'pictures.npy': npyBytes('<f4', [120, 16, 12], pixels(120, 16 * 12)),
        'label.npy': npyBytes('|u1', [120], Uint8Array.from(times(120, (i) => i % 2))),
      }),
    'showers.npz': () =>
      zipSource('showers.npz', {
        'images.npy': npyBytes('<f4', [80, 72, 58, 3], pixels(80, 72 * 58 * 3)),
        'labels.npy': npyBytes('|u1', [80], Uint8Array.from(times(80, (i) => i % 2))),
        'masses.npy': npyBytes('|u1', [80], Uint8Array.from(times(80, (i) => 4 * (i % 2)))),
      }),
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

  it('event arrays of AnomalyCLR', async () => {
    const files = [
      { path: 'background.npy', role: 'background' },
      { path: 'signal.npy', role: 'signal' },
    ];
    const { runs } = await run({ files }, context);
    expect(mse(runs)?.auc).toBeGreaterThan(0.9);
  });

  it('top-tagging jets, by the label in the file', async () => {
    const { runs } = await run({ files: [{ path: 'tops.csv' }] }, context);
    expect(runs.map(({ signal }) => signal)).toContain('top');
  });

  it('monitoring histograms of the long form, judged by a golden list', async () => {
    const label = { certification: 'golden.json', lists: 'good' };
    const { runs } = await run({ files: [{ path: 'long.csv' }], label }, context);
    expect(runs[0]?.signal).toBe('bad');
    expect(mse(runs)?.auc).toBeGreaterThan(0.99);
  });

  it.each([
    ['electron and photon crystals', 'crystals.h5', 'electron'],
    ['any images', 'pictures.npz', 'label = 1'],
    ['dark showers', 'showers.npz', 'SUEP 400 GeV'],
  ])('%s, with an image autoencoder', async (_, path, signal) => {
    const model = { id: 'image-autoencoder', epochs: 1, params: { filters: [2, 2], latent: 2, batchSize: 16 } };
    const { runs } = await run({ files: [{ path }] }, context, model);
    expect(runs.length).toBeGreaterThan(0);
    for (const one of runs) expect([one.signal, Number.isFinite(one.auc)]).toEqual([signal, true]);
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

  it('ROOT histograms in the folders of their runs', async () => {
    // a falling spectrum; in the signal one region has died
    const spectrum = (row: number, dead: boolean) =>
      times(cellsOfExample, (k) =>
        dead && k > 40 && k < 60 ? 0 : Math.round(1e4 * Math.exp(-k / 30)) + ((row * 7919 + k * 31) % 97),
      );
    const made = (name: string, n: number, dead: boolean) =>
      rootHistograms(
        name,
        times(n, (row) => ({ path: `DQMData/Run ${297_000 + row}/charge`, cells: spectrum(row, dead) })),
      );
    const context = contextFor((path) => made(path, path === 'good.root' ? 120 : 40, path !== 'good.root'));
    const data = pair('good.root', 'dead.root', { settings: { flow: 'keep' } });
    const loaded = await loadFilesData(data as never, context.locate);
    expect([loaded.kind, loaded.rows, ...loaded.shape]).toEqual(['histograms', 160, cellsOfExample]);
    expect([...(loaded.run ?? [])].slice(0, 3)).toEqual([297_000, 297_001, 297_002]);
    expect([...loaded.values.slice().subarray(cellsOfExample, 2 * cellsOfExample)]).toEqual(spectrum(1, false));
    const { runs } = await run(data, context);
    expect(mse(runs)?.auc).toBe(1);
  });

  it('images: many files become one dataset with a class for each mass', async () => {
    const at = (name: string) => ({ path: `codae/n_tracks/test/${name}` });
    const files = [at('qcd_gensim_104_8.npz'), at('svj_2100_34484_8.npz'), at('suep_gensim_h125_phi2_dp0p7_dt2_101_2.npz')];
    const data = { files, settings: { channels: 'mask' } };
    const loaded = await loadFilesData(data, shared.locate);
    expect(loaded.classes.map(({ name }) => name)).toEqual(['QCD', 'SVJ 2.1 TeV', 'SUEP 125 GeV']);
    expect([loaded.rows, ...loaded.shape]).toEqual([337 + 93 + 20, 72, 58, 1]);
    expect(loaded.image?.channels).toEqual(['tracker mask']);
    // the parts of a file stay those of the study where it is named once for each
    const path = 'ml4sci-electron-photon/electron-photon.npz';
    const halves = [
      { path, rows: [0, 100] as [number, number], use: 'train' as const },
      { path, rows: [100, 200] as [number, number], use: 'test' as const },
    ];
    const { origins } = await loadFilesData({ files: halves }, shared.locate);
    expect(origins.map(({ start, end, use }) => [start, end, use])).toEqual([
      [0, 100, 'train'],
      [100, 200, 'test'],
    ]);
    const crystals = await loadFilesData({ files: [{ path: 'ml4sci-electron-photon/electron-photon.npz' }] }, shared.locate);
    expect(crystals.classes).toEqual([
      { name: 'photon', role: 'background' },
      { name: 'electron', role: 'signal' },
    ]);
    expect(crystals.remarks.join('\n')).toMatch(/"x_train" \(.* images\), then "x_test" .* were put one after another/);
    expect(crystals.label.reduce((sum, one) => sum + one, 0)).toBe(102);
    const model = { id: 'image-autoencoder', epochs: 1, params: { filters: [2, 2], latent: 2, batchSize: 16 } };
    const { runs } = await run({ ...data, files: files.slice(0, 2), rows: [0, 90] }, shared, model);
    expect(runs.length).toBeGreaterThan(0);
  });

  it('a certification list alone is refused with what it is good for', async () => {
    const files = [{ path: 'cms-certification-json/golden_2018.json', role: 'background' }];
    await expect(run({ files }, shared)).rejects.toThrow(/Choose it as the label of a file with histograms/);
  });
});
