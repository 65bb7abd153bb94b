/**
 * The contract of every sample on the shelf, whatever its kind. A new sample is tested by being there.
 */
import { describe, expect, it } from 'vitest';
import { defaultParams } from '../../base/params.ts';
import { Problem } from '../../base/problem.ts';
import type { DatasetPart } from '../layouts/contract.ts';
import { shelfPicture } from './picture.ts';
import { findSample, samples } from './registry.ts';

/** Everything of a part that has one entry (or `width` entries) per row. */
function perRow(part: DatasetPart): Record<string, ArrayLike<number>> {
  const { values, label, weight, run, lumisection, event, spectators } = part;
  const arrays = { values: values.slice(), label, weight, run, lumisection, event, ...spectators };
  return Object.fromEntries(Object.entries(arrays).filter((entry): entry is [string, Float64Array] => entry[1] !== undefined));
}

/** Where two columns differ first; -1 if they are the same. A comparison of millions of numbers, without a report of them all. */
function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return i;
  return -1;
}

it('the shelf is not empty and every id is there once', () => {
  expect(samples.length).toBeGreaterThan(0);
  expect(new Set(samples.map((sample) => sample.id)).size).toBe(samples.length);
});

it('an unknown sample is refused with the names that exist', () => {
  expect(() => findSample('no-such-sample')).toThrow(Problem);
  expect(() => findSample('no-such-sample')).toThrow(/collider-events/);
});

describe.each(samples.map((sample) => [sample.id, sample] as const))('sample %s', (id, sample) => {
  const params = defaultParams(sample.params);
  const generate = (events: number, seed = 1) => sample.generate(params, seed, events);
  const width = generate(1).shape.reduce((product, n) => product * n, 1);
  /** Fewer of wide rows. */
  const rows = width > 4000 ? 150 : 1500;
  const part = generate(rows);

  it('is found by its id and says what it is', () => {
    expect(findSample(id)).toBe(sample);
    for (const text of [sample.name, sample.summary, sample.lesson, sample.paper.text]) expect(text.length).toBeGreaterThan(5);
    expect(sample.defaultEvents).toBeLessThanOrEqual(sample.maxEvents);
  });

  it('has the shapes that it declares', () => {
    expect(part.kind).toBe(sample.kind);
    expect(part.rows).toBe(rows);
    expect(part.values.length).toBe(rows * width);
    expect(part.label.length).toBe(rows);
    for (const [name, column] of Object.entries(perRow(part))) {
      if (name !== 'values') expect(column.length, name).toBe(rows);
    }
    if (part.kind !== 'images') {
      expect(part.features.length).toBe(width);
      expect(new Set(part.features.map((feature) => feature.name)).size).toBe(width);
    }
    if (part.kind === 'objects') expect(part.objectTypes?.length).toBe(part.shape[0]);
  });

  it('holds finite numbers only', () => {
    for (const [name, column] of Object.entries(perRow(part))) expect(Array.from(column).every(Number.isFinite), name).toBe(true);
  });

  it('contains every class that it declares, with one background', () => {
    expect(part.classes).toEqual(sample.classes);
    expect(part.classes.filter((eventClass) => eventClass.role === 'background').length).toBe(1);
    expect([...new Set(part.label)].sort()).toEqual(part.classes.map((_, k) => k));
  });

  it('is called synthetic in its words', () => {
    expect(part.words).toMatch(/synthetic/i);
    expect(part.remarks.join(' ')).toMatch(/synthetic/i);
  });

  it('gives the same bits for the same seed', () => {
    const again = perRow(generate(rows));
    expect(Object.keys(again)).toEqual(Object.keys(perRow(part)));
    for (const [name, column] of Object.entries(perRow(part)))
      expect(firstDifference(column, again[name] as ArrayLike<number>), name).toBe(-1);
  });

  it('gives other numbers for another seed', () => {
    expect(firstDifference(generate(rows, 2).values.slice(), part.values.slice())).toBeGreaterThanOrEqual(0);
  });

  it('begins a longer sample with the shorter one', () => {
    const fewer = Math.floor(rows / 4);
    const shorter = perRow(generate(fewer));
    for (const [name, column] of Object.entries(perRow(part))) {
      const each = column.length / rows;
      const begin = Array.from({ length: fewer * each }, (_, i) => column[i] as number);
      expect(firstDifference(begin, shorter[name] as ArrayLike<number>), name).toBe(-1);
    }
  });

  it('refuses a parameter that it does not have', () => {
    expect(() => sample.generate({ nonsense: 1 }, 1, 10)).toThrow(Problem);
  });

  it('reports progress that ends at 1 or is silent', () => {
    const shares: number[] = [];
    // more than one report of each before the last
    sample.generate(params, 1, width > 4000 ? 730 : width > 500 ? 2300 : 7300, ({ done }) => shares.push(done));
    expect(shares.every((share, i) => share > (shares[i - 1] ?? 0) && share <= 1)).toBe(true);
    if (shares.length > 0) expect(shares.at(-1)).toBe(1);
  });

  it('keeps angles in (-π, π] and transverse momenta at or above 0', () => {
    const values = part.values.slice();
    part.features.forEach(({ periodic, quantity, name }, j) => {
      const column = Array.from({ length: rows }, (_, i) => values[i * width + j] as number);
      if (periodic) expect(Math.max(...column.map(Math.abs)), name).toBeLessThanOrEqual(Math.fround(Math.PI));
      if (quantity === 'pT') expect(Math.min(...column), name).toBeGreaterThanOrEqual(0);
    });
  });

  it('draws its shelf picture from its own classes', () => {
    const picture = shelfPicture(sample);
    expect(picture.classes.map(({ name }) => name)).toEqual(sample.classes.map(({ name }) => name));
    for (const { density, name } of picture.classes) {
      expect(density.length).toBe(picture.edges.length - 1);
      const step = (picture.edges[1] as number) - (picture.edges[0] as number);
      const inside = density.reduce((total, value) => total + value * step, 0);
      expect(inside, name).toBeGreaterThan(0.5);
      expect(inside, name).toBeLessThanOrEqual(1 + 1e-9);
    }
  });

  if (sample.kind === 'objects') {
    it('zeroes an empty slot, orders objects of a type by falling pT, and leaves no gap between them', () => {
      const [slots, numbers] = part.shape as [number, number];
      const values = part.values.slice();
      const wrong: string[] = [];
      for (let i = 0; i < rows; i++) {
        for (let slot = 0; slot < slots; slot++) {
          const at = i * width + slot * numbers;
          const pT = values[at] as number;
          const where = `event ${i}, slot ${slot}`;
          if (pT === 0 && values.subarray(at, at + numbers).some((value) => value !== 0)) wrong.push(`${where}: not empty`);
          const alike = slot > 0 && part.objectTypes?.[slot] === part.objectTypes?.[slot - 1];
          if (alike && !(pT <= (values[at - numbers] as number))) wrong.push(`${where}: not ordered`);
        }
      }
      expect(wrong).toEqual([]);
    });
  }
});
