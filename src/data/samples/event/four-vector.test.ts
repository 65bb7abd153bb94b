import { describe, expect, it } from 'vitest';
import { Cursor } from '../../../numeric/random.ts';
import { boost, deltaR, FourVector, fromTransverse } from './four-vector.ts';

const random = (cursor: Cursor, mass: number) =>
  fromTransverse(new FourVector(), 20 * cursor.normal(), 20 * cursor.normal(), 1.5 * cursor.normal(), mass);

describe('four-vector', () => {
  it('has the mass, pT, eta and phi of a case worked by hand', () => {
    const p = fromTransverse(new FourVector(), 3, 4, 0, 12);
    expect([p.e, p.pT(), p.mass(), p.eta()]).toEqual([13, 5, 12, 0]);
    expect(p.phi()).toBeCloseTo(0.9272952180016122, 14);
  });

  it('a particle at rest seen from a moving frame has the velocity of the frame', () => {
    const p = boost(new FourVector().set(0, 0, 0, 1), new FourVector().set(0, 0, 3, 5), 4);
    expect([p.px, p.py, p.pz, p.e]).toEqual([0, 0, 0.75, 1.25]);
  });

  it('a boost keeps the mass, and keeps the product of two vectors', () => {
    const cursor = new Cursor(3, 'sample');
    for (let i = 0; i < 500; i++) {
      const a = random(cursor, 5);
      const b = random(cursor, 1.7);
      const frame = random(cursor, 40);
      const before = a.e * b.e - a.px * b.px - a.py * b.py - a.pz * b.pz;
      boost(a, frame, 40);
      boost(b, frame, 40);
      expect(a.mass()).toBeCloseTo(5, 6);
      const after = a.e * b.e - a.px * b.px - a.py * b.py - a.pz * b.pz;
      expect(Math.abs(after / before - 1)).toBeLessThan(1e-8);
    }
  });

  it('a boost there and back changes nothing', () => {
    const cursor = new Cursor(4, 'sample');
    const a = random(cursor, 2);
    const frame = random(cursor, 10);
    const opposite = new FourVector().set(-frame.px, -frame.py, -frame.pz, frame.e);
    const back = boost(boost(new FourVector().copy(a), frame, 10), opposite, 10);
    for (const key of ['px', 'py', 'pz', 'e'] as const) expect(back[key]).toBeCloseTo(a[key], 9);
  });

  it('measures distance around the circle, not across it', () => {
    expect(deltaR(0, 3.1, 0, -3.1)).toBeCloseTo(2 * Math.PI - 6.2, 12);
    expect(deltaR(1, 0, -2, 4)).toBeCloseTo(Math.hypot(3, 2 * Math.PI - 4), 12);
  });
});
