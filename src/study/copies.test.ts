import { describe, expect, it } from 'vitest';
import { adcObjectTypes, objectFeatures } from '../data/objects.ts';
import { eventLayout } from '../models/augment/event.ts';
import { anomalyViews, physicsViews } from '../models/augment/views.ts';
import { type CopiesQuery, copiesOf } from './copies.ts';
import type { Prepared } from './prepare.ts';

/** MET, a muon and three jets; every other slot empty. */
const row = new Float32Array(57);
row.set([40, 0, 1], 0);
row.set([60, 0.5, 3], 15);
row.set([120, -1, -2], 27);
row.set([50, 2, 0.5], 30);
row.set([16, 1, -0.5], 33);
const signal = row.map((value) => value / 2);
const values = new Float32Array(114);
values.set(signal, 0);
values.set(row, 57);

const prepared = {
  dataset: {
    ...{ kind: 'objects', name: 'toy', rows: 2, shape: [57], values, objectTypes: adcObjectTypes },
    features: objectFeatures(adcObjectTypes),
    label: Uint8Array.of(1, 0),
    classes: [
      { name: 'background', role: 'background' },
      { name: 'signal', role: 'signal' },
    ],
  },
  // the signal row is no event of training background
  split: { training: Uint32Array.of(0, 1) },
  background: [0],
  signals: [1],
} as unknown as Prepared;
const query: CopiesQuery = { of: { training: 0 }, params: {}, seed: 3, draw: 7 };
const copyOf = (kind: string, changes: Partial<CopiesQuery> = {}) =>
  copiesOf(prepared, { ...query, ...changes }).copies.find((copy) => copy.kind === kind);

describe('copies of an event for looking at', () => {
  it('are those that training would make of it: the same functions, settings, seed and step', () => {
    const layout = eventLayout(adcObjectTypes);
    const physics = { rotation: true, smearing: 2, jetSmearing: 0.5, edge: 'clamp' } as const;
    const from = { seed: 3, step: 7 };
    const params = { ...physics, dimension: 32, loss: 'clr' };
    expect(copyOf('physics', { params })?.input).toEqual([...physicsViews(row, layout, physics, from)]);
    const anomaly = { addObjects: false, splitObjects: true, shift: false, smearing: 2, edge: 'clamp' } as const;
    expect(copyOf('splitObjects', { params })?.input).toEqual([...anomalyViews(row, layout, anomaly, from)]);
  });

  it('are of training background, counted round and round, or of any row', () => {
    const { input, label, trainingEvents } = copiesOf(prepared, query);
    expect([...input]).toEqual([...row]);
    expect([label, trainingEvents]).toEqual([0, 1]);
    expect(copiesOf(prepared, { ...query, of: { training: 5 } }).row).toBe(1);
    expect([...copiesOf(prepared, { ...query, of: { row: 0 } }).input]).toEqual([...signal]);
  });

  it('repeat for a draw, differ for another, and leave the data alone', () => {
    const before = values.slice();
    const [once, again, other] = [7, 7, 8].map((draw) => copiesOf(prepared, { ...query, draw }).copies);
    expect(again).toEqual(once);
    other?.forEach((copy, i) => {
      if (copy.kind !== 'smearing') expect(copy.input).not.toEqual(once?.[i]?.input);
    });
    expect(values).toEqual(before);
  });

  it('show only what is switched on', () => {
    const kinds = (params: CopiesQuery['params']) => copiesOf(prepared, { ...query, params }).copies.map(({ kind }) => kind);
    expect(kinds({})).toEqual(['physics', 'rotation', 'smearing', 'jetSmearing', 'addObjects', 'splitObjects', 'shift']);
    expect(kinds({ rotation: false, jetSmearing: 0, addObjects: false })).toEqual([
      'physics',
      'smearing',
      'splitObjects',
      'shift',
    ]);
    expect(kinds({ rotation: false, smearing: 0, jetSmearing: 0, addObjects: false, splitObjects: false })).toEqual(['shift']);
  });

  it('turn alone by one angle, MET included, in GeV and radians', () => {
    const { input, changed } = copyOf('rotation') ?? { input: [], changed: false };
    expect(changed).toBe(true);
    const angles = [0, 5, 9, 10, 11].map((slot) => {
      const by = (input[3 * slot + 2] as number) - (row[3 * slot + 2] as number);
      return Math.atan2(Math.sin(by), Math.cos(by));
    });
    for (const angle of angles) expect(angle).toBeCloseTo(angles[0] as number, 5);
    for (let i = 0; i < 57; i += 3) expect([input[i], input[i + 1]]).toEqual([row[i], row[i + 1]]);
  });

  it('say which numbers exist after the change, and where nothing could be changed', () => {
    const added = copyOf('addObjects');
    const exist = (mask: readonly number[] = []) => mask.reduce((sum, one) => sum + one, 0);
    expect(exist(copiesOf(prepared, query).mask)).toBe(2 + 3 * 4);
    expect(exist(added?.mask)).toBeGreaterThan(2 + 3 * 4);
    // signal jets have 60 + 25 + 8 GeV, its muon 30: no type has pT left to share once nothing but the 8 GeV jet is there
    const alone = new Float32Array(57);
    alone.set([8, 1, 1], 27);
    const lonely = { ...prepared, dataset: { ...prepared.dataset, values: alone } } as Prepared;
    const split = copiesOf(lonely, { ...query, of: { row: 0 } }).copies.find(({ kind }) => kind === 'splitObjects');
    expect(split).toMatchObject({ changed: false, input: [...alone] });
  });

  it('are refused for data without objects and for settings that no model takes', () => {
    const table = { ...prepared, dataset: { ...prepared.dataset, kind: 'table', objectTypes: undefined } } as unknown as Prepared;
    expect(() => copiesOf(table, query)).toThrow(/objects with pT, eta and phi/);
    expect(() => copiesOf(prepared, { ...query, params: { smearing: -1 } })).toThrow(/smearing/);
  });
});
