import { describe, expect, it } from 'vitest';
import type { Batch, Scaling } from '../models/contract.ts';
import { plainNumbers } from '../numeric/packed.ts';
import { eventPiece, tablePiece } from '../testing/datasets.ts';
import { join } from './join.ts';
import { isPixelScaling } from './pixel-scalings.ts';
import { applyScaling, fitScaling, invertScaling, makeBatch, maskOf, type ScalingId } from './preprocess.ts';
import type { TrainingRows } from './split.ts';

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
const jet = 27;

const table = join([
  tablePiece('background', 'background', [
    [1, 5, 2],
    [3, 5, Number.NaN],
    [5, 5, 4],
  ]),
  tablePiece('signal', 'signal', [[100, 7, Number.NaN]]),
]);

describe('a scaling', () => {
  it('has the names that the models use', () => {
    const names = [
      'raw',
      'standardised',
      'background-scaled',
      '40mhz-target',
      'l1-normalised',
      'mask',
      'first-channel',
      'first-over-maximum',
      'first-standardised',
      'channel-sum',
      'over-maximum',
      'study',
    ] satisfies Scaling[] satisfies ScalingId[];
    // those of pixels are for images alone (`pixel-scalings.test.ts`)
    for (const name of names.filter((other) => !isPixelScaling(other)))
      expect(fitScaling(events, training(0, 1), name).id).toBe(name);
  });

  it('is fitted on training background alone: other rows cannot change it', () => {
    const before = fitScaling(events, training(0, 1), 'background-scaled');
    const changed = { ...events, values: events.values.slice().map((value, i) => (i >= 2 * 57 ? value * 9 : value)) };
    expect(fitScaling(changed, training(0, 1), 'background-scaled')).toEqual(before);
  });

  it('background-scaled: pT over the mean non-zero pT, eta over 4, phi over π', () => {
    const fitted = fitScaling(events, training(0, 1), 'background-scaled');
    expect(fitted.scale[0]).toBe(20);
    const x = applyScaling(fitted, events, all(3));
    expect([...x.slice(0, 3)]).toEqual([0.5, 0, 0.5]);
    expect([...x.slice(jet, jet + 3)]).toEqual([1.5, 0.5, -1]);
    expect(x[2 * 57 + jet]).toBe(20);
    expect(x.slice(57 + jet, 57 + jet + 3)).toEqual(new Float32Array(3));
  });

  it('standardised: mean 0 and standard deviation 1 on the training rows, padding included; constants become 0 everywhere', () => {
    const fitted = fitScaling(events, training(0, 1), 'standardised');
    const x = applyScaling(fitted, events, all(3));
    expect([x[jet], x[57 + jet]]).toEqual([1, -1]);
    expect(x[2 * 57 + jet]).toBeCloseTo((400 - 15) / 15, 5);
    expect(x[1]).toBe(0);
    expect(fitted.remarks.join()).toMatch(/constant in the training background.*MET eta/);
    const t = applyScaling(fitScaling(table, training(0, 1, 2), 'standardised'), table, all(4));
    expect([t[1], t[4], t[10]]).toEqual([0, 0, 0]);
    expect(t[0]).toBeCloseTo(-Math.sqrt(1.5), 6);
  });

  it('40mhz-target: pT of a slot standardised and 0 where it is empty; eta and phi unchanged', () => {
    const x = applyScaling(fitScaling(events, training(0, 1), '40mhz-target'), events, all(3));
    expect(x[jet]).toBe(1);
    expect(x[57 + jet]).toBe(0);
    expect(x[jet + 1]).toBe(2);
    expect(x[jet + 2]).toBeCloseTo(-Math.PI, 6);
    // the MET of the third event is empty
    expect(x[2 * 57]).toBe(0);
  });

  it('raw leaves everything as it is', () => {
    expect(applyScaling(fitScaling(events, training(0, 1), 'raw'), events, all(3))).toEqual(events.values);
  });

  it.each(['background-scaled', '40mhz-target'] as const)('%s equals standardised for a table', (id) => {
    const own = applyScaling(fitScaling(table, training(0, 1, 2), id), table, all(4));
    expect(own).toEqual(applyScaling(fitScaling(table, training(0, 1, 2), 'standardised'), table, all(4)));
  });

  it('puts the training mean in the place of a missing value', () => {
    const raw = applyScaling(fitScaling(table, training(0, 1, 2), 'raw'), table, all(4));
    expect([raw[5], raw[11]]).toEqual([3, 3]);
    const standardised = applyScaling(fitScaling(table, training(0, 1, 2), 'standardised'), table, all(4));
    expect([standardised[5], standardised[11]]).toEqual([0, 0]);
  });

  it.each(['raw', 'standardised', 'background-scaled'] as const)('%s can be inverted', (id) => {
    const fitted = fitScaling(events, training(0, 1), id);
    const back = invertScaling(fitted, applyScaling(fitted, events, all(2)));
    for (const [i, value] of back.entries()) expect(value).toBeCloseTo(plainNumbers(events.values)[i] as number, 4);
  });

  it('l1-normalised: shares of the row, an empty row stays 0, and the sums of the rows bring the numbers back', () => {
    const counts = join([
      tablePiece('background', 'background', [
        [1, 3, 4],
        [0, 0, 0],
        [10, 0, 30],
      ]),
    ]);
    const fitted = fitScaling(counts, training(0, 1), 'l1-normalised');
    const x = applyScaling(fitted, counts, all(3));
    expect([...x]).toEqual([0.125, 0.375, 0.5, 0, 0, 0, 0.25, 0, 0.75]);
    expect([...invertScaling(fitted, x, counts.values.slice())]).toEqual([...counts.values.slice()]);
    expect([...invertScaling(fitted, x)]).toEqual([...x]);
  });

  it('says that phi enters as a linear number, and only where there is a phi', () => {
    for (const id of ['raw', 'standardised', 'background-scaled', '40mhz-target', 'study'] as const) {
      const fitted = fitScaling(events, training(0, 1), id);
      expect(fitted.linearPhi).toBe(true);
      expect(fitted.words).toMatch(/phi enters as a linear number/);
      expect(fitScaling(table, training(0, 1, 2), id).linearPhi).toBe(false);
    }
  });
});

describe('the preprocessing list of a study', () => {
  const scaled = (steps: string[], data = events, as: ScalingId = 'study') =>
    applyScaling(
      fitScaling(
        data,
        training(0, 1),
        as,
        steps.map((step) => ({ step })),
      ),
      data,
      all(data.rows),
    );

  it('defaults to background-scale for objects and standardise for tables', () => {
    expect(scaled([])).toEqual(scaled([], events, 'background-scaled'));
    expect(scaled([], table)).toEqual(scaled([], table, 'standardised'));
  });

  it('of one step is the scaling of that name', () => {
    expect(scaled(['none'])).toEqual(scaled([], events, 'raw'));
    expect(scaled(['standardise'])).toEqual(scaled([], events, 'standardised'));
    expect(scaled(['standardise'], table)).toEqual(scaled([], table, 'standardised'));
    expect(scaled(['background-scale'])).toEqual(scaled([], events, 'background-scaled'));
    expect(scaled(['l1-normalise'], table)).toEqual(scaled([], table, 'l1-normalised'));
  });

  it('makes earlier constants vanish where standardise comes last', () => {
    const twice = scaled(['background-scale', 'standardise']);
    for (const [i, value] of scaled(['standardise']).entries()) expect(twice[i]).toBeCloseTo(value, 5);
  });
});

describe('a mask', () => {
  it('is 1 where the slot is filled, and never for the eta of MET', () => {
    const mask = maskOf(events, all(3));
    expect([...mask.slice(0, 3)]).toEqual([1, 0, 1]);
    expect([...mask.slice(jet, jet + 3)]).toEqual([1, 1, 1]);
    expect([...mask.slice(57 + jet, 57 + jet + 3)]).toEqual([0, 0, 0]);
    expect([...mask.slice(2 * 57, 2 * 57 + 3)]).toEqual([0, 0, 0]);
    expect(mask.reduce((sum, m) => sum + m, 0)).toBe(5 + 2 + 3);
  });

  it('is 0 where a table has no value', () => {
    expect([...maskOf(table, Uint32Array.of(1, 3))]).toEqual([1, 1, 0, 1, 1, 0]);
  });
});

describe('a batch', () => {
  it('holds physical values, input, target and mask of its rows in their order', () => {
    const input = fitScaling(events, training(0, 1), 'raw');
    const target = fitScaling(events, training(0, 1), '40mhz-target');
    const batch: Batch = makeBatch(events, Uint32Array.of(2, 0), input, target);
    expect([batch.rows, batch.width, batch.rawWidth, batch.rawFeatures.length]).toEqual([2, 57, 57, 57]);
    expect(batch.raw[jet]).toBe(400);
    expect(batch.x[57 + jet]).toBe(30);
    expect(batch.target[57 + jet]).toBe(1);
    expect(batch.mask[0]).toBe(0);
  });

  it('shares one array where input and target agree', () => {
    const one = fitScaling(events, training(0, 1), 'standardised');
    const two = fitScaling(events, training(0, 1), 'standardised');
    const batch = makeBatch(events, all(2), one, two);
    expect(batch.target).toBe(batch.x);
  });
});
