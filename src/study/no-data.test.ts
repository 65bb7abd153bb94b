import { expect, it } from 'vitest';
import type { Dataset } from '../data/dataset.ts';
import { resultsOf } from './evaluate.ts';
import { emptiesAmong, tiedEmpties, withoutEmpties } from './no-data.ts';
import type { Prepared } from './prepare.ts';
import type { FinishedRun } from './run-model.ts';

const dataset = {
  kind: 'histograms',
  shape: [2],
  classes: [
    { name: 'good', role: 'background' },
    { name: 'bad', role: 'signal' },
  ],
  // good, good, bad, bad and empty, bad and empty, good
  label: Uint8Array.of(0, 0, 1, 1, 1, 0),
  values: Float32Array.of(1, 0, 0, 2, 3, 1, 0, 0, 0, 0, 5, 5),
} as unknown as Dataset;
const rows = Uint32Array.of(0, 1, 2, 3, 4, 5);

it('finds empty histograms, and nothing of the kind in other data', () => {
  expect([...(emptiesAmong(dataset, rows) ?? [])]).toEqual([0, 0, 0, 1, 1, 0]);
  expect(emptiesAmong(dataset, Uint32Array.of(0, 1))).toBeUndefined();
  expect(emptiesAmong({ ...dataset, kind: 'table' }, rows)).toBeUndefined();
  const empty = Uint8Array.of(0, 1, 1, 1);
  expect([...withoutEmpties(Float64Array.of(1, 2, 2, 3), empty)]).toEqual([1, Number.NaN, Number.NaN, Number.NaN]);
  expect(tiedEmpties(Float64Array.of(2, 2, 2, 3), empty)).toBe(2);
});

it('gives an AUC with and without them, by hand', () => {
  // without empties the one bad row beats one of three good ones; the two empties beat all of them
  const scores = Float64Array.of(1, 3, 2, 9, 9, 4);
  const prepared = { dataset, split: { test: rows, validation: rows }, background: [0], signals: [1] } as unknown as Prepared;
  const score = { id: 's', name: 's', formula: '', unit: '' };
  const run = {
    model: { id: 'm' },
    choice: { preset: '', seed: 1 },
    detector: { parameters: 0 },
    training: null,
    seconds: 0,
    backend: 'cpu',
    scored: new Map([['s', { score, sign: 1, test: scores, validation: scores }]]),
  } as unknown as FinishedRun;
  const [result] = resultsOf(prepared, run);
  expect(result?.auc).toBeCloseTo(7 / 9, 12);
  expect(result?.noData).toMatchObject({ signal: 2, background: 0, tied: 2 });
  expect(result?.noData?.without?.auc).toBeCloseTo(1 / 3, 12);
  expect(result?.noData?.words).toMatch(
    /^2 of 3 lumisections of "bad" and 0 of 3 of the background in the test are empty: no data; 2 of them share one score\. AUC with them 0\.7778, without them 0\.3333/,
  );
});
