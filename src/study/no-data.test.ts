import { expect, it } from 'vitest';
import type { Dataset } from '../data/dataset.ts';
import { resultsOf } from './evaluate.ts';
import { noDataAmong, tiedAmong, withoutNoData } from './no-data.ts';
import type { Prepared } from './prepare.ts';
import type { FinishedRun, ScoredParts } from './run-model.ts';

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

// the fourth and the fifth row
const noData = { row: Uint8Array.of(0, 0, 0, 1, 1, 0), minEntries: 0, leaveOut: false };

it('marks rows without data among those that are judged', () => {
  expect([...(noDataAmong({ noData }, Uint32Array.of(0, 3, 5)) ?? [])]).toEqual([0, 1, 0]);
  expect(noDataAmong({ noData }, Uint32Array.of(0, 1))).toBeUndefined();
  expect(noDataAmong({}, rows)).toBeUndefined();
  const among = Uint8Array.of(0, 1, 1, 1);
  expect([...withoutNoData(Float64Array.of(1, 2, 2, 3), among)]).toEqual([1, Number.NaN, Number.NaN, Number.NaN]);
  expect(tiedAmong(Float64Array.of(2, 2, 2, 3), among)).toBe(2);
});

// without empties the one bad row beats one of three good ones; the two empties beat all of them
const scores = Float64Array.of(1, 3, 2, 9, 9, 4);
const prepared = {
  dataset,
  noData,
  split: { test: rows, validation: rows },
  background: [0],
  signals: [1],
} as unknown as Prepared;

function runWith(parts: Pick<ScoredParts, 'test' | 'validation' | 'all'>): FinishedRun {
  const score = { id: 's', name: 's', formula: '', unit: '' };
  return {
    model: { id: 'm' },
    choice: { preset: '', seed: 1 },
    detector: { parameters: 0 },
    training: null,
    seconds: 0,
    backend: 'cpu',
    scored: new Map([['s', { score, sign: 1, ...parts }]]),
  } as unknown as FinishedRun;
}

it('gives an AUC with and without them, by hand', () => {
  const [result] = resultsOf(prepared, runWith({ test: scores, validation: scores }));
  expect(result?.auc).toBeCloseTo(7 / 9, 12);
  expect(result?.noData).toMatchObject({ signal: 2, background: 0, tied: 2 });
  expect(result?.noData?.without?.auc).toBeCloseTo(1 / 3, 12);
  expect(result?.noData).not.toHaveProperty('with');
  expect(result?.noData?.words).toMatch(
    /^2 of 3 lumisections of "bad" and 0 of 3 of the background in the test are empty: no data, counted like the others; 2 of them share one score\. AUC with them 0\.7778 ± 0\.\d+, without them 0\.3333\.$/,
  );
});

it('leaves them out of every number, and gives the number with them beside it', () => {
  const judged = withoutNoData(scores, noData.row);
  const left = { ...prepared, noData: { ...noData, minEntries: 5, leaveOut: true } };
  const parts = { test: judged, validation: judged, all: { test: scores, validation: scores } };
  const [result] = resultsOf(left, runWith(parts), { rule: 'best-f1' });
  expect(result?.auc).toBeCloseTo(1 / 3, 12);
  expect(result).toMatchObject({ signalEvents: 1, backgroundEvents: 3 });
  // by hand: flagging the two good rows above the bad one is the best that can be done without the empties
  expect(result?.bestF1).toMatchObject({ threshold: 2, confusion: { truePositives: 1, falsePositives: 2 } });
  expect(result?.operatingPoint).toMatchObject({ threshold: 2, confusion: { falseNegatives: 0, trueNegatives: 1 } });
  expect(result?.noData).toMatchObject({ signal: 2, background: 0, tied: 2, with: { bestF1: { threshold: 9 } } });
  expect(result?.noData?.with?.auc).toBeCloseTo(7 / 9, 12);
  expect(result?.noData).not.toHaveProperty('without');
  expect(result?.noData?.words).toMatch(
    /^2 of 3 lumisections of "bad" .* have fewer than 5 entries: no data, left out; .* AUC without them 0\.3333, with them 0\.7778 ± 0\.\d+\.$/,
  );
});

it('has nothing to say about a signal of which nothing is data', () => {
  const every = { row: Uint8Array.of(0, 0, 1, 1, 1, 0), minEntries: 0, leaveOut: true };
  const judged = withoutNoData(scores, every.row);
  const run = runWith({ test: judged, validation: judged, all: { test: scores, validation: scores } });
  expect(resultsOf({ ...prepared, noData: every }, run)).toEqual([]);
});
