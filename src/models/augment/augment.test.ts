import { describe, expect, it } from 'vitest';
import type { ObjectType } from '../../base/kinds.ts';
import { Cursor } from '../../numeric/random.ts';
import { type AnomalyAugmentations, addObjects, augmentAnomaly, shiftScale, splitCapacity, splitObjects } from './anomaly.ts';
import { acceptance, changedEvents, eventLayout, filled, pTOf, wrapAngle } from './event.ts';
import { angularResolution, augmentPhysics, jetResolution, rotate, smearAngles, smearJets } from './physics.ts';

const types: readonly ObjectType[] = [
  'MET',
  ...Array<ObjectType>(4).fill('electron'),
  ...Array<ObjectType>(4).fill('muon'),
  ...Array<ObjectType>(10).fill('jet'),
];
const layout = eventLayout(types);
const EVENTS = 400;

/** A seeded event with a lepton above 23 GeV, objects inside acceptance, and MET that balances them. */
function event(row: number): Float64Array {
  const cursor = new Cursor(3, 'sample', 0, row);
  const made = new Float64Array(57);
  let [x, y] = [0, 0];
  for (const { type, slots } of layout.groups) {
    const { eta, floor } = acceptance[type];
    const count = type === 'electron' ? 1 + cursor.below(2) : cursor.below(type === 'jet' ? 7 : 3);
    for (const [i, slot] of slots.slice(0, count).entries()) {
      const pT = (type === 'electron' && i === 0 ? 23 : floor) + cursor.exponential(30);
      const phi = (2 * cursor.uniform() - 1) * Math.PI;
      made.set([pT, (2 * cursor.uniform() - 1) * eta, phi], 3 * slot);
      x += pT * Math.cos(phi);
      y += pT * Math.sin(phi);
    }
  }
  made.set([Math.hypot(x, y), 0, Math.atan2(-y, -x)], 0);
  return made;
}

/** Σ pT as a vector over all slots, MET included: 0 where MET balances the objects. */
function balance(made: Float64Array): [number, number] {
  let [x, y] = [0, 0];
  for (let slot = 0; slot < types.length; slot++) {
    x += pTOf(made, slot) * Math.cos(made[3 * slot + 2] as number);
    y += pTOf(made, slot) * Math.sin(made[3 * slot + 2] as number);
  }
  return [x, y];
}

const sums = (made: Float64Array) =>
  layout.groups.map((group) => filled(made, group).reduce((sum, slot) => sum + pTOf(made, slot), 0));
const counts = (made: Float64Array) => layout.groups.map((group) => filled(made, group).length);
const rows = Array.from({ length: EVENTS }, (_, row) => row);
const cursorOf = (row: number) => new Cursor(9, 'augment', 1, row);

describe('resolutions', () => {
  it('have the published values', () => {
    expect(angularResolution(24)).toBeCloseTo(0.0279987, 7);
    expect(angularResolution(24.9)).toBeCloseTo(0.0204696, 7);
    expect(angularResolution(25)).toBe(0.014);
    expect(angularResolution(26)).toBeCloseTo(1.2711e-6, 9);
    expect(angularResolution(0)).toBe(0);
    expect(angularResolution(1e6)).toBeLessThan(1e-300);
    expect([15, 30, 50, 100].map(jetResolution).map((v) => v.toFixed(4))).toEqual(['5.8506', '9.5844', '14.3213', '25.8882']);
  });
});

describe('physics augmentations', () => {
  it('rotation keeps pT, eta and all differences of phi, MET included, inside [-π, π)', () => {
    for (const row of rows) {
      const [before, after] = [event(row), event(row)];
      rotate(after, layout, cursorOf(row));
      const angle = wrapAngle((after[2] as number) - (before[2] as number));
      for (let slot = 0; slot < types.length; slot++) {
        expect(pTOf(after, slot)).toBe(pTOf(before, slot));
        expect(after[3 * slot + 1]).toBe(before[3 * slot + 1]);
        const phi = after[3 * slot + 2] as number;
        expect(phi >= -Math.PI && phi < Math.PI).toBe(true);
        if (pTOf(before, slot) > 0) {
          expect(Math.abs(wrapAngle(phi - (before[3 * slot + 2] as number) - angle))).toBeLessThan(1e-9);
        } else expect(phi).toBe(0);
      }
      const [x, y] = balance(after);
      expect(Math.hypot(x, y)).toBeLessThan(1e-9);
    }
  });

  it('smears angles of soft objects by the resolution, leaves MET and hard objects, and respects the acceptance', () => {
    const moved: number[] = [];
    for (const row of rows) {
      const [before, after] = [event(row), event(row)];
      smearAngles(after, layout, 1, 'delete', cursorOf(row));
      expect([...after.subarray(0, 3)]).toEqual([...before.subarray(0, 3)]);
      for (const { type, slots } of layout.groups) {
        for (const slot of slots) {
          const pT = pTOf(before, slot);
          if (pT === 0) expect([...after.subarray(3 * slot, 3 * slot + 3)]).toEqual([0, 0, 0]);
          if (pTOf(after, slot) === 0) continue;
          expect(Math.abs(after[3 * slot + 1] as number)).toBeLessThanOrEqual(acceptance[type].eta);
          if (pT > 30) expect(after[3 * slot + 1]).toBeCloseTo(before[3 * slot + 1] as number, 12);
          if (pT < 24) moved.push(((after[3 * slot + 1] as number) - (before[3 * slot + 1] as number)) / 0.028);
        }
      }
    }
    const spread = Math.sqrt(moved.reduce((sum, v) => sum + v * v, 0) / moved.length);
    expect(moved.length).toBeGreaterThan(300);
    expect(Math.abs(spread - 1)).toBeLessThan(0.1);
  });

  it('deletes or clamps what leaves the acceptance', () => {
    const edge = () => {
      const made = new Float64Array(57);
      made.set([5, 2.1, 0], 3 * 5);
      return made;
    };
    const outcomes = rows.map((row) => {
      const [deleted, clamped] = [edge(), edge()];
      smearAngles(deleted, layout, 1, 'delete', cursorOf(row));
      smearAngles(clamped, layout, 1, 'clamp', cursorOf(row));
      expect(pTOf(clamped, 5)).toBe(5);
      expect(clamped[16]).toBeLessThanOrEqual(2.1);
      return pTOf(deleted, 5) > 0;
    });
    const kept = outcomes.filter(Boolean).length / EVENTS;
    expect(Math.abs(kept - 0.5)).toBeLessThan(0.1);
  });

  it('smears jets alone, with the published width, and deletes what falls below zero', () => {
    const hard = rows.map((row) => {
      const made = new Float64Array(57);
      made.set([50, 1, 1], 3 * 1);
      made.set([100, 1, 1], 3 * 9);
      smearJets(made, layout, 1, cursorOf(row));
      expect(pTOf(made, 1)).toBe(50);
      return pTOf(made, 9) - 100;
    });
    const spread = Math.sqrt(hard.reduce((sum, v) => sum + v * v, 0) / EVENTS);
    expect(Math.abs(spread / 25.8882 - 1)).toBeLessThan(0.12);
    const soft = rows.filter((row) => {
      const made = new Float64Array(57);
      made.set([1, 1, 1], 3 * 9);
      smearJets(made, layout, 1, cursorOf(row));
      return pTOf(made, 9) === 0 && made[28] === 0;
    });
    // 1 GeV with a width of 1.247 GeV is negative in 21 % of the draws
    expect(Math.abs(soft.length / EVENTS - 0.211)).toBeLessThan(0.06);
  });
});

describe('A1, objects added', () => {
  it('adds at least one inside capacity and acceptance, keeps the others, and balances MET', () => {
    for (const row of rows) {
      const [before, after] = [event(row), event(row)];
      const largest = Math.max(...types.map((_, slot) => pTOf(before, slot)));
      expect(addObjects(after, layout, cursorOf(row))).toBe(true);
      expect(counts(after).reduce((a, b) => a + b)).toBeGreaterThan(counts(before).reduce((a, b) => a + b));
      for (const { type, slots } of layout.groups) {
        const { eta, floor } = acceptance[type];
        for (const slot of slots) {
          const own = [...after.subarray(3 * slot, 3 * slot + 3)];
          if (pTOf(before, slot) > 0) expect(own).toEqual([...before.subarray(3 * slot, 3 * slot + 3)]);
          else if ((own[0] as number) > 0) {
            expect(own[0]).toBeGreaterThanOrEqual(floor);
            expect(own[0]).toBeLessThanOrEqual(Math.max(floor, largest));
            expect(Math.abs(own[1] as number)).toBeLessThanOrEqual(eta);
          }
        }
      }
      const [x, y] = balance(after);
      expect(Math.hypot(x, y)).toBeLessThan(1e-9);
      expect(after[1]).toBe(0);
    }
  });
  it('leaves a full event alone', () => {
    const full = new Float64Array(57).map((_, i) => (i % 3 === 0 ? 30 : 0.5));
    const copy = full.slice();
    expect(addObjects(full, layout, cursorOf(0))).toBe(false);
    expect([...full]).toEqual([...copy]);
  });
});

describe('A2, objects split', () => {
  const jets = layout.groups[2] as (typeof layout.groups)[number];
  it('knows how many pieces there is room and energy for', () => {
    const made = new Float64Array(57);
    expect(splitCapacity(made, jets)).toBe(0);
    made.set([29, 0, 0], 27);
    expect(splitCapacity(made, jets)).toBe(0); // (29 - 15) / 15 < 1
    made.set([46, 0, 0], 27);
    expect(splitCapacity(made, jets)).toBe(1); // energy for 2 more, but one original to copy
    made.set([200, 0, 0], 30);
    expect(splitCapacity(made, jets)).toBe(2);
  });
  it('keeps the pT sum of each type, MET, floors, directions and capacity, in falling pT', () => {
    let split = 0;
    for (const row of rows) {
      const [before, after] = [event(row), event(row)];
      if (!splitObjects(after, layout, cursorOf(row))) continue;
      split++;
      expect([...after.subarray(0, 3)]).toEqual([...before.subarray(0, 3)]);
      for (const [g, group] of layout.groups.entries()) {
        expect(sums(after)[g]).toBeCloseTo(sums(before)[g] as number, 9);
        const [n, m] = [filled(before, group).length, filled(after, group).length];
        expect(m).toBeGreaterThanOrEqual(n);
        expect(m).toBeLessThanOrEqual(Math.min(2 * n, group.slots.length));
        if (m === n) continue;
        const { floor, leadingFloor } = acceptance[group.type];
        const pTs = filled(after, group).map((slot) => pTOf(after, slot));
        expect(pTs).toEqual([...pTs].sort((a, b) => b - a));
        expect(Math.min(...pTs)).toBeGreaterThanOrEqual(floor - 1e-9);
        expect(pTs[0]).toBeGreaterThanOrEqual(leadingFloor - 1e-9);
        const directions = (made: Float64Array) =>
          filled(made, group).map((slot) => `${made[3 * slot + 1]} ${made[3 * slot + 2]}`);
        expect(new Set(directions(after))).toEqual(new Set(directions(before)));
      }
      expect(counts(after)).not.toEqual(counts(before));
    }
    expect(split).toBeGreaterThan(EVENTS / 2);
  });
});

describe('A3, scales shifted', () => {
  it('multiplies MET, the objects, or both by one factor in range, and leaves angles', () => {
    const seen = new Set<string>();
    for (const row of rows) {
      const [before, after] = [event(row), event(row)];
      shiftScale(after, layout, cursorOf(row));
      const ratios = types.flatMap((_, slot) => (pTOf(before, slot) > 0 ? [pTOf(after, slot) / pTOf(before, slot)] : []));
      const [met, ...others] = ratios as [number, ...number[]];
      for (const other of others) expect(other).toBeCloseTo(others[0] as number, 9);
      const kind = met === 1 ? 'objects' : others[0] === 1 ? 'MET' : 'both';
      seen.add(kind);
      if (kind === 'both') expect(met).toBeCloseTo(others[0] as number, 9);
      const factor = kind === 'MET' ? met : (others[0] as number);
      expect(factor).toBeGreaterThanOrEqual(kind === 'MET' ? 0.5 : 1);
      expect(factor).toBeLessThan(5);
      for (let i = 0; i < 57; i++) if (i % 3 !== 0) expect(after[i]).toBe(before[i]);
    }
    expect([...seen].sort()).toEqual(['MET', 'both', 'objects']);
  });
});

describe('views of a batch', () => {
  const raw = Float32Array.from(rows.slice(0, 50).flatMap((row) => [...event(row)]));
  const all: AnomalyAugmentations = { addObjects: true, splitObjects: true, shift: true, smearing: 1, edge: 'delete' };
  const view = (settings: AnomalyAugmentations, seed = 9) =>
    changedEvents(raw, layout, (made, row) => augmentAnomaly(made, layout, settings, new Cursor(seed, 'augment', 4, row)));

  it('repeat for a seed, differ for another, and keep the batch', () => {
    const before = raw.slice();
    expect([...view(all)]).toEqual([...view(all)]);
    expect([...view(all, 10)]).not.toEqual([...view(all)]);
    expect([...raw]).toEqual([...before]);
  });
  it('change every event in one way, and none if all are off', () => {
    const changed = view(all);
    for (let row = 0; row < 50; row++) {
      expect([...changed.subarray(row * 57, row * 57 + 57)]).not.toEqual([...raw.subarray(row * 57, row * 57 + 57)]);
    }
    expect([...view({ ...all, addObjects: false, splitObjects: false, shift: false })]).toEqual([...raw]);
  });
  it('leave empty slots empty', () => {
    for (const made of [
      view(all),
      changedEvents(raw, layout, (e, row) =>
        augmentPhysics(e, layout, { rotation: true, smearing: 1, jetSmearing: 1, edge: 'delete' }, cursorOf(row)),
      ),
    ]) {
      for (let i = 0; i < made.length; i += 3) if (made[i] === 0) expect([made[i + 1], made[i + 2]]).toEqual([0, 0]);
    }
  });
});
