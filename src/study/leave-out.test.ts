import { expect, it } from 'vitest';
import { join } from '../data/join.ts';
import type { Batch } from '../models/contract.ts';
import feature from '../scores/feature.ts';
import { eventPiece, tablePiece } from '../testing/datasets.ts';
import { leftOutOf } from './leave-out.ts';
import { prepare } from './prepare.ts';
import type { FinishedRun } from './run-model.ts';

/** A run whose one score is a formula of the physical numbers of each row. */
function runOf(formula: (row: readonly number[]) => number, sign: 1 | -1 = 1): FinishedRun {
  const forward = async ({ raw, rawWidth, rows }: Batch) => ({
    feature: Float64Array.from({ length: rows }, (_, r) => formula(Array.from(raw.subarray(r * rawWidth, (r + 1) * rawWidth)))),
  });
  return {
    model: { id: 'by hand' },
    detector: { scaling: { input: 'raw', target: 'raw' }, forward },
    scored: new Map([['feature', { score: feature, state: {}, sign, validation: new Float64Array(), test: new Float64Array() }]]),
  } as unknown as FinishedRun;
}

const event = [
  [0, 40, 0, 1],
  [5, 20, 0.5, 2],
  [9, 100, -1, 0],
  [10, 30, 1, -1],
] as const;
const many = Array.from({ length: 12 }, () => event);
const sumOfPt = (row: readonly number[]) => row.reduce((sum, value, i) => sum + (i % 3 === 0 ? value : 0), 0);

it('takes each object out of its slot and leaves all else as it is', async () => {
  const prepared = prepare(join([eventPiece('background', 'background', many), eventPiece('signal', 'signal', many)]));
  const answer = await leftOutOf(prepared, runOf(sumOfPt), 'feature', 0);
  expect(answer).toMatchObject({ score: 190, replaced: false });
  const of = (slot: number) => answer?.without.slice(3 * slot, 3 * slot + 3);
  // MET has no eta
  expect(of(0)).toEqual([150, Number.NaN, 150]);
  expect(of(5)).toEqual([170, 170, 170]);
  expect(of(9)).toEqual([90, 90, 90]);
  expect(of(10)).toEqual([160, 160, 160]);
  // an empty slot
  expect(of(11)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});

it('turns a score round as its run does, and leaves the data alone', async () => {
  const dataset = join([eventPiece('background', 'background', many), eventPiece('signal', 'signal', many)]);
  const before = dataset.values.slice();
  const answer = await leftOutOf(prepare(dataset), runOf(sumOfPt, -1), 'feature', 3);
  expect(answer?.score).toBe(-190);
  expect(answer?.without[27]).toBe(-90);
  expect(dataset.values).toEqual(before);
});

it('puts each number of a table to its median in training background, missing ones left out', async () => {
  // every row may train, so the medians are 1 and 10, whichever rows do
  const background = Array.from({ length: 12 }, () => [1, 10]);
  const rows = [
    tablePiece('background', 'background', background),
    tablePiece('signal', 'signal', [
      [5, 2],
      [5, Number.NaN],
    ]),
  ];
  const prepared = prepare(join(rows), { train: 0.5, validation: 0.2, test: 0.3 });
  const run = runOf(([a = 0, b = 0]) => 100 * a + (Number.isNaN(b) ? 0 : b));
  expect(await leftOutOf(prepared, run, 'feature', 12)).toEqual({ score: 502, without: [102, 510], replaced: true });
  expect(await leftOutOf(prepared, run, 'feature', 13)).toEqual({ score: 500, without: [100, Number.NaN], replaced: true });
});
