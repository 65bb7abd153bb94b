/** Every public test file: what it is taken for, how many rows it has, and that the numbers are those that other tools read. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Params } from '../../base/params.ts';
import { pathSource } from '../../cli/source.ts';
import { plainNumbers } from '../../numeric/packed.ts';
import { hasSharedData, sharedData } from '../../testing/files.ts';
import { packingWords, rowWidth } from '../dataset.ts';
import { openSource } from '../formats/open.ts';
import { recognise } from '../recognise.ts';
import type { DatasetPart, Layout } from './contract.ts';

const reference = JSON.parse(readFileSync(join(import.meta.dirname, 'golden.reference.json'), 'utf8')) as Record<
  string,
  { rows: number; sum: number; squares: number }
>;

/** Folder or start of a path: format, layout, shape of a row, settings with which nothing is left out. The longest start counts. */
const expected: Record<string, { format: string; layout: string; shape?: number[]; settings?: Params }> = {
  'adc-like-derived/': { format: 'hdf5', layout: 'adc2021', shape: [19, 3] },
  'cms-certification-json/': { format: 'json', layout: 'certification' },
  'cms-dqm-charge-inner-2017b/charge': { format: 'csv', layout: 'dqm-wide', shape: [102], settings: { flow: 'keep' } },
  'cms-dqm-charge-inner-2017b/oms': { format: 'csv', layout: 'table', shape: [6] },
  'cms-dqm-charge-inner-2017b/labels': { format: 'json', layout: 'table' },
  'cms-dqmio-2023c-examples/ZeroBias-Run2023C-PromptReco-v1-DQMIO-PixelPhase1-Tracks-PXBarrel-charge': {
    format: 'parquet',
    layout: 'dqm',
    shape: [100],
  },
  'cms-dqmio-2023c-examples/ZeroBias-Run2023C-PromptReco-v1-DQMIO-PixelPhase1-Tracks-PXBarrel-cluster': {
    format: 'parquet',
    layout: 'dqm',
    shape: [200, 300, 1],
  },
  'cms-dqmio-2023c-examples/ZeroBias-Run2023C-PromptReco-v1-DQMIO-PixelPhase1-Tracks-PXForward': {
    format: 'parquet',
    layout: 'dqm',
    shape: [200, 200, 1],
  },
  'cms-dqmio-2023c-examples/legacy': { format: 'csv', layout: 'dqm', shape: [102], settings: { flow: 'keep' } },
  'cms-opendata-csv/': { format: 'csv', layout: 'table', shape: [38] },
  'cms-opendata-csv/Zmumu_Run2011A.csv': { format: 'csv', layout: 'table', shape: [12] },
  'cms-opendata-csv/Zmumu_Run2011A_masses': { format: 'csv', layout: 'table', shape: [16] },
  'codae/': { format: 'npz', layout: 'dark-showers', shape: [72, 58, 3] },
  'coffea-nanoaod/nano_dimuon': { format: 'parquet', layout: 'nanoaod', shape: [19, 3] },
  'coffea-nanoaod/nano_dy': { format: 'root', layout: 'nanoaod', shape: [19, 3] },
  'darkmachines-chan1/': {
    format: 'csv',
    layout: 'dark-machines',
    shape: [69, 3],
    settings: { electrons: 16, muons: 16, photons: 16, jets: 20 },
  },
  'lhco-cathode-features/': { format: 'npy', layout: 'cathode', shape: [4] },
  'lhco-rd-tiny/': { format: 'hdf5', layout: 'lhco-raw', shape: [700, 3], settings: { particles: 700 } },
  'ml4sci-electron-photon/': { format: 'npz', layout: 'egamma', shape: [32, 32, 1] },
  'scikit-hep-testdata/Run2012': { format: 'root', layout: 'nanoaod', shape: [4, 3] },
  'scikit-hep-testdata/nanoAOD': { format: 'root', layout: 'nanoaod', shape: [19, 3] },
  'scikit-hep-testdata/uproot-HZZ': { format: 'root', layout: 'table', shape: [27] },
  'scikit-hep-testdata/uproot-HZZ-objects': { format: 'root', layout: 'table', shape: [3] },
  'scikit-hep-testdata/uproot-Zmumu': { format: 'root', layout: 'table', shape: [16] },
  'scikit-hep-testdata/uproot-hepdata': { format: 'root', layout: 'table', shape: [5] },
};
const role = { name: 'background', role: 'background' } as const;

function filesUnder(folder: string): string[] {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesUnder(path) : [relative(sharedData, path)]))
    .filter((path) => !/\.md$|SHA256SUMS$/.test(path))
    .sort();
}

function expectationFor(path: string) {
  const key = Object.keys(expected)
    .filter((start) => path.startsWith(start))
    .sort((a, b) => b.length - a.length)[0];
  return key === undefined ? undefined : expected[key];
}

/** The references are sums of what the files hold. */
function inFull({ params }: Layout, settings?: Params): Params {
  return { ...(params?.memory ? { memory: 'float32' } : {}), ...settings };
}

async function read(path: string, settings?: Params, rows?: [number, number]) {
  const file = await openSource(await pathSource(join(sharedData, path)));
  const { layout, recognition } = await recognise(file);
  const part = await layout.read(file, { role, settings: inFull(layout, settings), ...(rows ? { rows } : {}) });
  file.close();
  return { layout, recognition, part };
}

/** Sum of one column of a part, in double precision. */
function sumOf(part: DatasetPart, column: number, width = rowWidth(part)): number {
  const values = part.values.slice();
  let sum = 0;
  for (let i = column; i < values.length; i += width) sum += values[i] as number;
  return sum;
}

describe.skipIf(!hasSharedData)('public test files (skipped without ../shared/data)', () => {
  const files = hasSharedData ? filesUnder(sharedData) : [];

  it.each(files)('%s', async (path) => {
    const wanted = expectationFor(path);
    if (!wanted) throw new Error(`nothing is expected of ${path}`);
    const file = await openSource(await pathSource(join(sharedData, path)));
    const { layout, recognition } = await recognise(file);
    expect([file.format, layout.id]).toEqual([wanted.format, wanted.layout]);
    if (recognition.purpose !== 'labels' && wanted.shape) {
      const part = await layout.read(file, { role, settings: inFull(layout, wanted.settings) });
      expect(part.shape).toEqual(wanted.shape);
      expect(part.rows).toBe(recognition.rows);
      const known = reference[path];
      if (known) {
        const [sum, squares] = part.values
          .slice()
          .reduce(([a, b], v) => (Number.isNaN(v) ? [a, b] : [a + v, b + v * v]), [0, 0] as [number, number]);
        expect(part.rows).toBe(known.rows);
        expect(Math.abs(sum - known.sum)).toBeLessThan(1e-6 * Math.sqrt(known.squares * known.rows) + 1e-6 * Math.abs(known.sum));
        expect(squares / known.squares).toBeCloseTo(1, 6);
      }
    }
    file.close();
  });

  it('all NanoAOD objects have the sums that uproot and awkward give', async () => {
    const all = { electrons: 50, muons: 50, jets: 50, removeOverlap: false };
    const sums = (part: DatasetPart) => {
      const of = (type: string) => {
        let [count, sum] = [0, 0];
        for (const [slot, own] of (part.objectTypes ?? []).entries()) {
          if (own !== type) continue;
          for (let row = 0; row < part.rows; row++) {
            const pT = plainNumbers(part.values)[(row * part.shape[0]! + slot) * 3] as number;
            if (pT > 0) count++;
            sum += pT;
          }
        }
        return [count, sum] as const;
      };
      return { muon: of('muon'), electron: of('electron'), jet: of('jet'), met: of('MET')[1] };
    };
    const ttbar = sums((await read('scikit-hep-testdata/nanoAOD_2015_CMS_Open_Data_ttbar.root', all)).part);
    expect([ttbar.muon[0], ttbar.electron[0], ttbar.jet[0]]).toEqual([41, 69, 537]);
    expect(ttbar.muon[1]).toBeCloseTo(1449.57714, 3);
    expect(ttbar.electron[1]).toBeCloseTo(1875.86561, 3);
    expect(ttbar.jet[1]).toBeCloseTo(16785.61719, 2);
    expect(ttbar.met).toBeCloseTo(7488.33752, 3);
    const dy = sums((await read('coffea-nanoaod/nano_dy.root', all)).part);
    expect([dy.muon[0], dy.jet[0]]).toEqual([18, 188]);
    expect(dy.jet[1]).toBeCloseTo(5737.71094, 2);
    expect(dy.met).toBeCloseTo(1253.30672, 3);
    const dimuon = await read('coffea-nanoaod/nano_dimuon.parquet', all);
    expect(sums(dimuon.part).muon[0]).toBe(84);
    expect(sums(dimuon.part).muon[1]).toBeCloseTo(1306.4949, 3);
    expect([dimuon.part.run?.[0], dimuon.part.event?.[0]]).toEqual([315267, 197798546]);
    const tuple = await read('scikit-hep-testdata/Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root', { muons: 50 });
    expect(sums(tuple.part).muon[0]).toBe(2372);
    expect(sums(tuple.part).muon[1]).toBeCloseTo(44958.018, 1);
  });

  it('jets that are leptons are left out, and said', async () => {
    const { part } = await read('scikit-hep-testdata/nanoAOD_2015_CMS_Open_Data_ttbar.root');
    expect(part.remarks.join('\n')).toMatch(/jets within 0\.3 of a kept electron or muon left out/);
    for (let row = 0; row < part.rows; row++) {
      const jets = [...part.values.slice(row * 57 + 27, (row + 1) * 57)].filter((_, i) => i % 3 === 0);
      expect(jets).toEqual([...jets].sort((a, b) => b - a));
    }
  });

  it('maps of the pixel detector fill the barrel without a gap and keep all entries', async () => {
    const name = 'cms-dqmio-2023c-examples/ZeroBias-Run2023C-PromptReco-v1-DQMIO-PixelPhase1-Tracks-PX';
    const { part } = await read(`${name}Barrel-clusterposition_zphi_ontrack_PXLayer_1.parquet`);
    const perMap = part.values.length / 5;
    const entries = [0, 1, 2, 3, 4].map((row) => part.values.slice(row * perMap, (row + 1) * perMap).reduce((a, b) => a + b, 0));
    expect(entries).toEqual([486873, 505431, 501089, 135070, 33373]);
    const map = part.values.slice(0, perMap);
    const lit = Array.from({ length: 300 }, (_, x) =>
      Array.from({ length: 200 }, (_, y) => map[y * 300 + x] as number).some((v) => v > 0),
    );
    const z = (bin: number) => -60 + bin * 0.4;
    expect(z(lit.indexOf(true))).toBeCloseTo(-27.2, 6);
    expect(z(lit.lastIndexOf(true) + 1)).toBeCloseTo(26.4, 6);
    expect(lit.slice(lit.indexOf(true), lit.lastIndexOf(true)).filter((on) => !on).length).toBeLessThan(8);
    expect([part.run?.[0], part.kind]).toEqual([367129, 'images']);
    const empty = await read(`${name}Barrel-charge_PXLayer_1.parquet`);
    expect(empty.part.remarks.join('\n')).toMatch(/45 of 45 histograms are empty/);
  });

  it('the nine histograms of the old CSV are told apart, and its repeated columns agree', async () => {
    const path = 'cms-dqmio-2023c-examples/legacy_csv_format_2018A_1D.csv';
    const { recognition } = await read(path);
    const spec = recognition.settings?.histogram;
    const names = spec?.kind === 'choice' ? spec.options.map(({ value }) => value) : [];
    expect(names.length).toBe(10);
    const all = await read(path, { histogram: names[9] as string, flow: 'keep' });
    expect([all.part.rows, all.part.shape, all.part.histogram?.parts?.map(({ name }) => name)]).toEqual([
      1,
      [918],
      names.slice(0, 9),
    ]);
    const last = await read(path, { histogram: names[8] as string });
    expect(last.part.histogram?.name).toBe(names[8]);
    expect(last.part.rows).toBe(1);
    expect(last.part.remarks.filter((remark) => /stands twice in the file, with the same values/.test(remark)).length).toBe(3);
  });

  it('labels of the wide histograms are good where they are 1', async () => {
    const path = join(sharedData, 'cms-dqm-charge-inner-2017b/chargeInner_PXLayer_1_2017B_labelled.csv');
    const file = await openSource(await pathSource(path));
    const { layout } = await recognise(file);
    const good = async (label?: string) => {
      const part = await layout.read(file, label ? { label } : {});
      return part.label.reduce((sum, at) => sum + (part.classes[at]?.role === 'background' ? 1 : 0), 0);
    };
    expect([await good(), await good('good'), await good('good_pixel')]).toEqual([2788, 2685, 2803]);
    const part = await layout.read(file, {});
    expect(part.spectators?.entries?.reduce((a, b) => a + b, 0)).toBe(447752648);
    expect(part.shape).toEqual([100]);
    expect(part.remarks.join('\n')).toMatch(/underflow \(0 % of the entries\) and overflow \(0\.5\d* %\) were left out/);
  });

  it('dark showers are named by label and mass', async () => {
    const names = async (file: string) => {
      const opened = await openSource(await pathSource(join(sharedData, 'codae/n_tracks/test', file)));
      const part = await (await recognise(opened)).layout.read(opened, { settings: { channels: 'mask' } });
      const lit = part.values.slice().reduce((a, b) => a + b, 0);
      return [
        part.classes.map(({ name }) => name).join(),
        lit,
        part.spectators?.n_tracks?.reduce((a, b) => a + b, 0),
        part.remarks.length,
      ];
    };
    expect(await names('qcd_gensim_104_8.npz')).toEqual(['QCD', 26944, 31252, 0]);
    expect((await names('suep_gensim_h400_phi2_dp0p7_dt2_103_6.npz'))[0]).toBe('SUEP 400 GeV');
    expect((await names('svj_3100_90410_2.npz'))[0]).toBe('SVJ 3.1 TeV');
  });

  it.each([
    ['codae/n_tracks/test/svj_4100_127785_8.npz', 100 * 12_528],
    ['ml4sci-electron-photon/electron-photon.npz', 200 * 1024],
  ])('%s takes less than a byte for each pixel, and every one is as in the file', async (path, pixels) => {
    const { part: full } = await read(path);
    const { part } = await read(path, { memory: 'small' });
    expect(full.values.byteLength).toBe(4 * pixels);
    expect(part.values.byteLength).toBeLessThan(pixels);
    expect(packingWords(part)).toContain('exact');
    const [numbers, truth] = [part.values.slice(), full.values.slice()];
    expect(numbers.findIndex((value, i) => value !== truth[i])).toBe(-1);
  });

  it('trees of four compressions have the same numbers', async () => {
    for (const ending of ['', '-zlib', '-zstd', '-uncompressed']) {
      const { part } = await read(`scikit-hep-testdata/uproot-HZZ${ending}.root`);
      const at = part.features.findIndex(({ name }) => name === 'NMuon');
      expect(sumOf(part, at)).toBe(3825);
    }
    for (const ending of ['', '-zlib', '-lzma', '-uncompressed']) {
      const { part } = await read(`scikit-hep-testdata/uproot-Zmumu${ending}.root`);
      expect(part.spectators?.M?.reduce((a, b) => a + b, 0)).toBeCloseTo(184794.47123, 4);
      expect(part.run?.reduce((a, b) => a + b, 0)).toBe(341061976);
      expect(
        sumOf(
          part,
          part.features.findIndex(({ name }) => name === 'pt1'),
        ),
      ).toBeCloseTo(85373.34397, 1);
    }
    const { part } = await read('scikit-hep-testdata/uproot-hepdata-example.root');
    expect([sumOf(part, 0), sumOf(part, 1)].map((sum) => Number(sum.toFixed(4)))).toEqual([-88.7478, -49.7522]);
  });
});
