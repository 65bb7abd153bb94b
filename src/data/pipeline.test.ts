/** Preprocessing steps: what each does in numbers worked by hand, that nothing but training background is fitted on, and the way back. */
import { describe, expect, it } from 'vitest';
import { plainNumbers } from '../numeric/packed.ts';
import { Cursor } from '../numeric/random.ts';
import { eventPiece, tablePiece } from '../testing/datasets.ts';
import type { Dataset } from './dataset.ts';
import { join } from './join.ts';
import { checkSteps, type PreprocessingStep } from './pipeline.ts';
import { applyScaling, fitScaling, invertScaling, makeBatch } from './preprocess.ts';
import type { TrainingRows } from './split.ts';
import { steps } from './steps.ts';

const training = (...rows: number[]) => Uint32Array.from(rows) as TrainingRows;
const all = (n: number) => Uint32Array.from({ length: n }, (_, i) => i);

/** Two training events and one signal: MET and one jet; the second event has no jet. */
const events = join([
  eventPiece('background', 'background', [
    [
      [0, 10, 0, Math.PI / 2],
      [9, 30, 2, -Math.PI],
    ],
    [[0, 20, 0, 1]],
  ]),
  eventPiece('signal', 'signal', [[[9, 400, -4, 0.5]]]),
]);
const table = join([
  tablePiece('background', 'background', [
    [1, 5, 2],
    [3, 5, Number.NaN],
    [-5, 5, 4],
  ]),
  tablePiece('signal', 'signal', [[100, 7, Number.NaN]]),
]);

function numbers(data: Dataset, list: PreprocessingStep[], rows = training(0, 1)): number[] {
  return [...applyScaling(fitScaling(data, rows, 'study', list), data, all(data.rows))];
}
const close = (got: readonly number[], wanted: readonly number[]): void => {
  expect(got).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) expect(got[i]).toBeCloseTo(value, 5);
};

/** Columns of every size and sign, some values missing; the last rows are a signal far away. */
function random(rows: number, columns: number): Dataset {
  const cursor = new Cursor(5, 'sample');
  const line = (shift: number) =>
    Array.from({ length: columns }, (_, c) => (cursor.below(20) === 0 ? Number.NaN : shift + 10 ** (c % 4) * cursor.normal()));
  return join([
    tablePiece(
      'background',
      'background',
      Array.from({ length: rows }, () => line(0)),
    ),
    tablePiece(
      'signal',
      'signal',
      Array.from({ length: 50 }, () => line(1e4)),
    ),
  ]);
}

describe('a step', () => {
  const first = { columns: [table.features[0]?.name ?? ''] };
  it('log is odd and leaves zero alone', () => {
    const got = numbers(table, [{ step: 'log', ...first, scale: 2 }]);
    close(
      [0, 3, 6, 9].map((i) => got[i] as number),
      [Math.log(1.5), Math.log(2.5), -Math.log(3.5), Math.log(51)],
    );
    expect(got[1]).toBe(5);
  });
  it('asinh divides by its scale first', () => {
    const got = numbers(table, [{ step: 'asinh', ...first, scale: 10 }]);
    close(
      [0, 3, 6, 9].map((i) => got[i] as number),
      [Math.asinh(0.1), Math.asinh(0.3), Math.asinh(-0.5), Math.asinh(10)],
    );
  });
  it('scale-pt divides every pT by the mean non-zero pT and leaves angles alone', () => {
    const got = numbers(events, [{ step: 'scale-pt' }]);
    close(
      [0, 2, 27, 28, 2 * 57 + 27].map((i) => got[i] as number),
      [0.5, Math.PI / 2, 1.5, 2, 20],
    );
  });
  it('min-max takes the training range to 0 and 1; other rows may lie outside; a constant becomes 0', () => {
    close(numbers(table, [{ step: 'min-max' }], training(0, 1, 2)), [0.75, 0, 0, 1, 0, 0.5, 0, 0, 1, 13.125, 0, 0.5]);
  });
  it('clip moves tails of the training background, and only what exists', () => {
    const data = random(1000, 2);
    const got = numbers(data, [{ step: 'clip', tail: 0.1 }], training(...Array.from({ length: 1000 }, (_, i) => i)));
    const column = Array.from({ length: 1000 }, (_, row) => plainNumbers(data.values)[row * 2] as number).filter(
      (x) => !Number.isNaN(x),
    );
    const sorted = column.sort((a, b) => a - b);
    const low = sorted[Math.floor(0.1 * sorted.length)] as number;
    expect(Math.min(...got.filter((_, i) => i % 2 === 0))).toBeCloseTo(low, 1);
    expect(
      got.filter((x, i) => i % 2 === 0 && Math.abs(x - Math.min(...got.filter((_, k) => k % 2 === 0))) < 1e-6).length,
    ).toBeGreaterThan(80);
  });
  it('l1-normalise makes shares, also of negative numbers; an empty row stays empty', () => {
    const histograms = join([
      tablePiece('background', 'background', [
        [1, 3, 4],
        [0, 0, 0],
        [-1, 1, 2],
      ]),
      tablePiece('s', 'signal', [[2, 0, 0]]),
    ]);
    close(numbers(histograms, [{ step: 'l1-normalise' }]), [0.125, 0.375, 0.5, 0, 0, 0, -0.25, 0.25, 0.5, 1, 0, 0]);
  });
  it('zero-empty takes back what scaling made of padding', () => {
    const got = numbers(events, [{ step: 'standardise' }, { step: 'zero-empty' }]);
    expect(numbers(events, [{ step: 'standardise' }])[57 + 27]).toBe(-1);
    expect(got[57 + 27]).toBe(0);
    expect(got[27]).toBe(1);
  });
  it('sin-cos gives every slot four numbers, zero where it is empty, and the mask follows', () => {
    const fitted = fitScaling(events, training(0, 1), 'study', [{ step: 'sin-cos' }]);
    expect(fitted.pipeline).toMatchObject({ width: 76, shape: [19, 4] });
    expect(fitted.pipeline?.features.slice(0, 4).map(({ name }) => name)).toEqual([
      'MET pT',
      'MET eta',
      'sin MET phi',
      'cos MET phi',
    ]);
    expect(fitted.linearPhi).toBe(false);
    const batch = makeBatch(events, all(3), fitted, fitted);
    expect([batch.width, batch.rawWidth, batch.x.length, batch.mask.length]).toEqual([76, 57, 3 * 76, 3 * 76]);
    close([...batch.x.slice(0, 4)], [10, 0, 1, 0]);
    close([...batch.x.slice(36, 40)], [30, 2, 0, -1]);
    expect([...batch.x.slice(76 + 36, 76 + 40)]).toEqual([0, 0, 0, 0]);
    expect([...batch.mask.slice(0, 4)]).toEqual([1, 0, 1, 1]);
    expect([...batch.mask.slice(76 + 36, 76 + 40)]).toEqual([0, 0, 0, 0]);
    const target = fitScaling(events, training(0, 1), 'raw');
    expect(() => makeBatch(events, all(1), fitted, target)).toThrow(/expected a target of 76 numbers/);
  });
});

describe('a list', () => {
  it('is applied in order', () => {
    const log = { step: 'log', columns: ['jet * pT'] };
    const scale = { step: 'scale-pt' };
    const at = 27;
    expect(numbers(events, [scale, log])[at]).toBeCloseTo(Math.log(1 + 30 / 20), 6);
    // the mean of MET 10 and 20 and of the logarithm of the only jet
    const mean = (30 + Math.log(31)) / 3;
    expect(numbers(events, [log, scale])[at]).toBeCloseTo(Math.log(31) / mean, 6);
  });
  it('says what it did, in words', () => {
    const { words, remarks } = fitScaling(table, training(0, 1), 'study', [{ step: 'log', scale: 10 }, { step: 'standardise' }]);
    expect(words).toBe(
      'Sign(x) ln(1 + |x| / 10) of 3 columns, then each of 3 numbers minus its mean, over its standard deviation; fitted on 2 training background rows.',
    );
    expect(remarks).toEqual([expect.stringContaining('constant in the training background')]);
  });
  it.each<[PreprocessingStep[], RegExp]>([
    [[{ step: 'none' }, { step: 'whiten' }], /study, preprocessing\[1\]\.step: expected one of log, asinh.*found "whiten"/],
    [[{ step: 'log', base: 10 }], /step "log", parameter "base": expected one of scale/],
    [[{ step: 'log', scale: -1 }], /parameter "scale"/],
    [[{ step: 'standardise' }, { step: 'background-scale' }], /standardise, then background-scale/],
    [[{ step: 'min-max' }, { step: 'sin-cos' }], /sin-cos before min-max/],
  ])('%j is refused', (list, message) => {
    expect(() => checkSteps(list)).toThrow(message);
  });
  it.each<[Dataset, PreprocessingStep[], RegExp]>([
    [table, [{ step: 'sin-cos' }], /expected angles/],
    [table, [{ step: 'log', columns: ['nothing*'] }], /preprocessing\[0\]\.columns.*found "nothing\*"/],
    [events, [{ step: 'sin-cos', columns: ['jet * phi'] }], /angles of all slots, or none.*found 10 of 19/],
    [events, [{ step: 'sin-cos', columns: ['jet 1 pT'] }], /expected angles; found jet 1 pT/],
  ])('is refused where the data do not have what it needs', (data, list, message) => {
    expect(() => fitScaling(data, training(0, 1), 'study', list)).toThrow(message);
  });
});

describe('every step', () => {
  const data = random(300, 6);
  const background = training(...Array.from({ length: 200 }, (_, i) => i));
  const angles = { ...data, features: data.features.map((f) => ({ ...f, quantity: 'phi' as const, periodic: true })) };
  const dataFor = (id: string) =>
    id === 'sin-cos'
      ? { ...angles, values: angles.values.slice().map((x) => Math.sin(x) * 3) }
      : id === 'scale-pt' || id === 'background-scale'
        ? { ...data, features: data.features.map((f, i) => ({ ...f, quantity: (['pT', 'eta', 'phi'] as const)[i % 3] as 'pT' })) }
        : data;

  it.each(steps.map(({ id }) => id))('%s: rows outside training background cannot change it', (id) => {
    const own = dataFor(id);
    const fit = (from: Dataset) => fitScaling(from, background, 'study', [{ step: id }]);
    const changed = { ...own, values: own.values.slice().map((x, i) => (i >= 200 * 6 ? x * 9 + 1 : x)) };
    const rows = all(200);
    expect(applyScaling(fit(changed), changed, rows)).toEqual(applyScaling(fit(own), own, rows));
  });
  it.each(steps.map(({ id }) => id).filter((id) => id !== 'clip'))('%s: the way back gives the physical numbers', (id) => {
    const own = dataFor(id);
    const fitted = fitScaling(own, background, 'study', [{ step: id }]);
    const rows = all(100);
    const raw = own.values.slice(0, 600);
    const back = invertScaling(fitted, applyScaling(fitted, own, rows), raw);
    for (const [i, value] of back.entries()) {
      const wanted = raw[i] as number;
      if (Number.isNaN(wanted)) continue;
      expect(Math.abs(value - wanted)).toBeLessThan(1e-4 * Math.max(1, Math.abs(wanted)));
    }
  });
  it('one row is treated as it is beside others', () => {
    for (const { id } of steps) {
      const own = dataFor(id);
      const fitted = fitScaling(own, background, 'study', [{ step: id }]);
      const together = applyScaling(fitted, own, Uint32Array.of(3, 250, 7));
      expect(applyScaling(fitted, own, Uint32Array.of(250))).toEqual(
        together.slice(together.length / 3, (2 * together.length) / 3),
      );
    }
  });
  it('together come back through all of them', () => {
    const list = [{ step: 'sin-cos' }, { step: 'log', columns: ['* pT'], scale: 20 }, { step: 'standardise' }];
    const fitted = fitScaling(events, training(0, 1), 'study', list);
    const back = invertScaling(fitted, applyScaling(fitted, events, Uint32Array.of(0)), events.values.slice(0, 57));
    close([...back.slice(0, 3)], [10, 0, Math.PI / 2]);
    expect(back[27]).toBeCloseTo(30, 3);
    expect(Math.abs(back[29] as number)).toBeCloseTo(Math.PI, 4);
  });
});
