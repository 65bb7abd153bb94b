import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pathSource } from '../cli/source.ts';
import { splitDefaults } from '../study/schema.ts';
import { countedDataset } from '../testing/datasets.ts';
import { hasSharedData, sharedData } from '../testing/files.ts';
import type { Dataset } from './dataset.ts';
import { openSource } from './formats/open.ts';
import { join as joinParts } from './join.ts';
import { fitScaling } from './preprocess.ts';
import { recognise } from './recognise.ts';
import { makeSplit, type Split, type SplitSpec } from './split.ts';

const spec: SplitSpec = splitDefaults;
const dataset = countedDataset([
  { name: 'background', role: 'background', rows: 770 },
  { name: 'signal', role: 'signal', rows: 70 },
  { name: 'box', role: 'unlabelled', rows: 30 },
]);
const count = (of: Dataset, rows: Uint32Array, name: string) =>
  rows.filter((row) => of.classes[of.label[row] as number]?.name === name).length;
const allRows = (split: Split) => [...split.training, ...split.trainingSignal, ...split.validation, ...split.test];

function checkParts(of: Dataset, split: Split): void {
  const rows = allRows(split);
  expect(new Set(rows).size).toBe(rows.length);
  for (const part of [split.training, split.trainingSignal, split.validation, split.test]) {
    expect([...part]).toEqual([...part].sort((a, b) => a - b));
  }
  expect(split.training.every((row) => of.classes[of.label[row] as number]?.role === 'background')).toBe(true);
  expect(split.trainingSignal.every((row) => of.classes[of.label[row] as number]?.role === 'signal')).toBe(true);
  expect(split.words).not.toBe('');
}

describe('a split by event', () => {
  it('cuts background at the fractions, signal at validation : test, and judges all that is unlabelled', () => {
    const split = makeSplit(dataset, spec);
    checkParts(dataset, split);
    expect(allRows(split).length).toBe(dataset.rows);
    expect(split.training.length).toBe(554);
    expect(count(dataset, split.validation, 'background')).toBe(62);
    expect(count(dataset, split.test, 'background')).toBe(154);
    expect(split.trainingSignal.length).toBe(0);
    expect(count(dataset, split.validation, 'signal')).toBe(20);
    expect(count(dataset, split.test, 'signal')).toBe(50);
    expect(count(dataset, split.test, 'box')).toBe(30);
    expect(split.words).toBe('by event: 72 % training, 8 % validation, 20 % test, seed 1');
  });

  it('is the same for the same seed and another one for another seed', () => {
    expect([...makeSplit(dataset, spec).training]).toEqual([...makeSplit(dataset, spec).training]);
    expect([...makeSplit(dataset, { ...spec, seed: 2 }).training]).not.toEqual([...makeSplit(dataset, spec).training]);
  });

  it('does not move background when a signal joins', () => {
    const alone = countedDataset([{ name: 'background', role: 'background', rows: 770 }]);
    expect([...makeSplit(alone, spec).training]).toEqual([...makeSplit(dataset, spec).training]);
  });

  it('gives a share of the signal to models that see labels if it is asked to', () => {
    const split = makeSplit(dataset, { ...spec, signalTrain: 0.5 });
    checkParts(dataset, split);
    expect(split.trainingSignal.length).toBe(35);
    expect(count(dataset, split.validation, 'signal')).toBe(10);
    expect(count(dataset, split.test, 'signal')).toBe(25);
    expect(split.words).toMatch(/50 % of the signal/);
  });

  it('trains on signal and unlabelled rows as if they were background if it is asked to', () => {
    const split = makeSplit(dataset, { ...spec, trainOnAll: true });
    expect(count(dataset, split.training, 'background')).toBe(554);
    expect(count(dataset, split.training, 'signal')).toBe(50);
    expect(count(dataset, split.training, 'box')).toBe(22);
    expect(split.trainingSignal.length).toBe(0);
    expect(new Set(allRows(split)).size).toBe(dataset.rows);
    // the background rows stay those of the usual split
    expect([...split.training].filter((row) => row < 770)).toEqual([...makeSplit(dataset, spec).training]);
    expect(split.words).toMatch(/signal in training trains as if it were unlabelled/);
    expect(() => makeSplit(dataset, { ...spec, trainOnAll: true, signalTrain: 0.5 })).toThrow(/both: signalTrain 0\.5/);
  });

  it('refuses fractions that do not add up, and parts without background', () => {
    expect(() => makeSplit(dataset, { ...spec, train: 0.5 })).toThrow(/add up to 1; found 0\.5 \+ 0\.08 \+ 0\.2 = 0\.78/);
    expect(() => makeSplit(dataset, { ...spec, train: 0, validation: 0, test: 1 })).toThrow(
      /background rows in the training part/,
    );
    expect(() => makeSplit(dataset, { ...spec, train: 1, validation: 0, test: 0 })).toThrow(/background rows in the test part/);
    const signalOnly = countedDataset([{ name: 'signal', role: 'signal', rows: 5 }]);
    expect(() => makeSplit(signalOnly, spec)).toThrow(/background rows in the training part; found none/);
  });
});

describe('the other rules', () => {
  it('parity: even rows inside each background file train, odd rows and all signal are judged', () => {
    const files = countedDataset([
      { name: 'signal', role: 'signal', rows: 3 },
      { name: 'background', role: 'background', rows: 5 },
    ]);
    const split = makeSplit(files, { ...spec, by: 'parity' });
    checkParts(files, split);
    expect([...split.training]).toEqual([3, 5, 7]);
    expect([...split.test]).toEqual([0, 1, 2, 4, 6]);
    expect(split.validation.length).toBe(0);
  });

  it('file: what is marked for training trains, everything else is judged', () => {
    const files = countedDataset([
      { name: 'background', role: 'background', rows: 4, use: 'train' },
      { name: 'background', role: 'background', rows: 2, use: 'test' },
      { name: 'signal', role: 'signal', rows: 2, use: 'train' },
      { name: 'other', role: 'signal', rows: 1 },
    ]);
    const split = makeSplit(files, { ...spec, by: 'file' });
    checkParts(files, split);
    expect([...split.training]).toEqual([0, 1, 2, 3]);
    expect([...split.trainingSignal]).toEqual([6, 7]);
    expect([...split.test]).toEqual([4, 5, 8]);
    expect(() => makeSplit(dataset, { ...spec, by: 'file' })).toThrow(/Mark one background file for training/);
  });

  const runs: Dataset = {
    ...countedDataset([
      { name: 'background', role: 'background', rows: 60 },
      { name: 'signal', role: 'signal', rows: 12 },
    ]),
    run: Float64Array.from({ length: 72 }, (_, row) => 100 + (row % 6)),
  };

  it('run: named runs stay whole, the others are judged unless the test runs are named too', () => {
    const split = makeSplit(runs, { ...spec, by: 'run', runs: { train: [100, 101], validation: [102] } });
    checkParts(runs, split);
    const runOf = (rows: Uint32Array) => [...new Set([...rows].map((row) => runs.run?.[row]))];
    expect(runOf(split.training)).toEqual([100, 101]);
    expect(runOf(split.trainingSignal)).toEqual([100, 101]);
    expect(runOf(split.validation)).toEqual([102]);
    expect(runOf(split.test)).toEqual([103, 104, 105]);
    const named = makeSplit(runs, { ...spec, by: 'run', runs: { train: [100], test: [105] } });
    expect(runOf(named.test)).toEqual([105]);
    expect(named.words).toMatch(/48 rows of other runs left out/);
  });

  it('run: without names, whole runs are dealt out by the seed', () => {
    const split = makeSplit(runs, { ...spec, by: 'run', train: 0.5, validation: 0.17, test: 0.33 });
    checkParts(runs, split);
    const runOf = (rows: Uint32Array) => new Set([...rows].map((row) => runs.run?.[row]));
    expect(allRows(split).length).toBe(72);
    expect([runOf(split.training).size, runOf(split.validation).size, runOf(split.test).size]).toEqual([3, 1, 2]);
    expect(() => makeSplit(dataset, { ...spec, by: 'run' })).toThrow(/expected a run number for each row/);
  });
});

describe.skipIf(!hasSharedData)('the parity split of the CMS single-muon file (skipped without ../shared/data)', () => {
  it('trains on 385 events whose mean non-zero pT is 33.8524 GeV', async () => {
    const file = await openSource(await pathSource(join(sharedData, 'adc-like-derived/cms2012_singlemu_data.h5')));
    const part = await (await recognise(file)).layout.read(file, { role: { name: 'background', role: 'background' } });
    const data = joinParts([{ part, name: file.name }]);
    const split = makeSplit(data, { ...spec, by: 'parity' });
    expect(split.training.length).toBe(385);
    const fitted = fitScaling(data, split.training, 'background-scaled');
    expect(fitted.scale[0]).toBeCloseTo(33.8524, 4);
    expect(fitted.words).toMatch(/^pT \/ 33\.85 GeV .*just above −π/);
  });
});
