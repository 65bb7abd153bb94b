/** One file of 12 rows for each layout, made by hand. */
import type { OpenFile } from '../data/formats/contract.ts';
import { adcObjectTypes } from '../data/objects.ts';
import { handMade, times } from './open-file.ts';

const rows = 12;
const flat = (make: (row: number) => number[]) => Float64Array.from(times(rows, make).flat());
const column = (make: (row: number) => number) => ({ numbers: times(rows, make) });
const types = ['MET', 'electron', 'muon', 'jet'];

/** MET, a muon and two jets, in physical units; three numbers per slot. */
const event = (row: number): number[] => {
  const numbers = new Array<number>(57).fill(0);
  const put = (slot: number, values: number[]) => numbers.splice(slot * 3, 3, ...values);
  put(0, [10 + row, 0, 1]);
  put(5, [25 + row, 0.5, -1]);
  put(9, [60 + row, 1.5, 2]);
  put(10, [30 + row, -2.5, -2]);
  return numbers;
};
const slotsOf = (numbers: readonly number[]) => times(19, (slot) => numbers.slice(slot * 3, slot * 3 + 3));
const jet = (row: number, j: 1 | 2) =>
  Object.fromEntries(
    ['px', 'py', 'pz', 'm', 'tau1', 'tau2', 'tau3'].map((q, i) => [`${q}j${j}`, column(() => (row + 1) * (i + j))]),
  );

export const layoutFiles: Readonly<Record<string, () => OpenFile>> = {
  adc2021: () =>
    handMade('events.h5', {
      Particles: {
        shape: [rows, 19, 4],
        data: flat((row) =>
          slotsOf(event(row)).flatMap((slot, i) => [...slot, slot[0] ? types.indexOf(adcObjectTypes[i] ?? '') + 1 : 0]),
        ),
      },
    }),
  'adc2021-processed': () => handMade('train.h5', { X_train: { shape: [rows, 57], data: flat(event) } }),
  'adc2021-results': () =>
    handMade('result.h5', {
      BKG_input: { shape: [8, 57], data: flat(event).slice(0, 8 * 57) },
      BKG_predicted: { shape: [8, 57], data: flat(event).slice(57, 9 * 57) },
      Ato4l_input: { shape: [4, 57], data: flat(event).slice(8 * 57) },
      Ato4l_predicted: { shape: [4, 57], data: new Float64Array(4 * 57) },
    }),
  'adc2021-submission': () => handMade('team.h5', { Result: column((row) => row * 7) }, { attributes: { FLOPs: 1, Latency: 2 } }),
  anomalyclr: () =>
    handMade('clr.npy', {
      array: {
        shape: [rows, 19, 7],
        data: flat((row) =>
          slotsOf(event(row)).flatMap((slot, i) => [
            ...slot,
            ...types.map((type) => (slot[0] && type === adcObjectTypes[i] ? 1 : 0)),
          ]),
        ),
      },
    }),
  cathode: () =>
    handMade('innerdata.npy', {
      array: { shape: [rows, 6], data: flat((row) => [3.3 + row / 100, 0.1, 0.2, 0.5, 0.4, row % 2]) },
    }),
  certification: () =>
    handMade(
      'golden.json',
      Object.fromEntries(times(rows, (run) => [`${run + 1}`, { shape: [1, 2], data: Float64Array.of(1, 9) }])),
      { format: 'json' },
    ),
  'dark-machines': () =>
    handMade(
      'channel.csv',
      {
        line: {
          texts: times(rows, (row) => `7;ttbar;1;${(row + 1) * 1000};0.5;j,5e4,${40000 + row},0.1,1.2;e-,3e4,2e4,-0.5,2;`),
        },
      },
      { format: 'csv', tabular: true },
    ),
  'dark-showers': () =>
    handMade('h400.npz', {
      images: { shape: [rows, 72, 58, 3], data: new Float32Array(rows * 72 * 58 * 3).map((_, i) => i % 7) },
      labels: column((row) => (row < 6 ? 0 : 1)),
      masses: column((row) => (row < 6 ? 0 : 4)),
      n_tracks: { shape: [rows, 1], data: Float64Array.from(times(rows, (row) => row)) },
    }),
  dqm: () =>
    handMade(
      'long.parquet',
      {
        fromrun: column(() => 7),
        fromlumi: column((row) => row + 1),
        hname: { texts: times(rows, () => 'charge') },
        metype: column(() => 3),
        histo: { lists: times(rows, (row) => times(6, (i) => row + i)) },
        Xmin: column(() => 0),
        Xmax: column(() => 4),
        Xbins: column(() => 4),
      },
      { format: 'parquet', tabular: true },
    ),
  'dqm-wide': () =>
    handMade(
      'wide.csv',
      {
        run: column(() => 7),
        lumi: column((row) => row + 1),
        xbins: column(() => 8),
        ...Object.fromEntries(times(10, (bin) => [`bin_${bin}`, column((row) => row + bin)])),
      },
      { format: 'csv', tabular: true },
    ),
  egamma: () =>
    handMade('showers.h5', {
      X: { shape: [rows, 32, 32, 2], data: new Float32Array(rows * 32 * 32 * 2).map((_, i) => i) },
      y: column((row) => row % 2),
    }),
  images: () =>
    handMade('pictures.npz', { pictures: { shape: [rows, 9, 10], data: new Float32Array(rows * 90).map((_, i) => i) } }),
  'lhco-features': () =>
    handMade('features.h5', { ...jet(1, 1), ...jet(2, 2), label: column((row) => row % 2) }, { tabular: true }),
  'lhco-raw': () =>
    handMade('events_LHCO.h5', {
      'df/block0_values': {
        shape: [rows, 2101],
        data: flat((row) => times(2101, (i) => (i < 9 ? (row + 1) * (i % 3 === 0 ? i + 1 : 0.1) : i === 2100 ? row % 2 : 0))),
      },
    }),
  nanoaod: () =>
    handMade(
      'nano.root',
      {
        run: column(() => 1),
        luminosityBlock: column(() => 2),
        event: column((row) => row),
        MET_pt: column((row) => row + 1),
        MET_phi: column(() => 0.5),
        ...Object.fromEntries(
          ['Muon', 'Jet'].flatMap((name) => [
            [`${name}_pt`, { lists: times(rows, (row) => times(row % 3, (i) => 10 * (i + 1))) }],
            [`${name}_eta`, { lists: times(rows, (row) => times(row % 3, (i) => (name === 'Jet' ? 1 : -1) * i)) }],
            [`${name}_phi`, { lists: times(rows, (row) => times(row % 3, () => (name === 'Jet' ? 1 : -1))) }],
          ]),
        ),
      },
      { format: 'root', tabular: true },
    ),
  'root-histograms': () =>
    handMade(
      'DQM.root',
      Object.fromEntries(
        times(rows, (run) => `DQMData/Run ${run + 1}/charge`).flatMap((path, run) => [
          [`${path}/values`, { shape: [6], data: Float64Array.from(times(6, (i) => run + i)) }],
          [`${path}/edges`, { shape: [5], data: Float64Array.from(times(5, (i) => i)) }],
        ]),
      ),
      { format: 'root' },
    ),
  scores: () =>
    handMade(
      'scores.csv',
      { score: column((row) => row / 7), label: column((row) => row % 2), mass: column((row) => row) },
      { format: 'csv', tabular: true },
    ),
  table: () =>
    handMade(
      'events.csv',
      { pt: column((row) => row + 20), eta: column((row) => row / 10), phi: column((row) => (row % 3) - 1) },
      { format: 'csv', tabular: true },
    ),
  'top-tagging': () =>
    handMade('test.h5', {
      'table/table': {
        shape: [rows, 10],
        data: flat((row) => [1, 0].flatMap((soft) => [9, 3 + row - soft, 4, 1]).concat([row % 2, 1])),
        columns: ['E_0', 'PX_0', 'PY_0', 'PZ_0', 'E_1', 'PX_1', 'PY_1', 'PZ_1', 'is_signal_new', 'ttv'],
      },
    }),
};
