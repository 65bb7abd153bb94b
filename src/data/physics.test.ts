import { describe, expect, it } from 'vitest';
import { eventPiece, tablePiece } from '../testing/datasets.ts';
import { join } from './join.ts';
import {
  deltaR,
  eventSummary,
  ht,
  jetMultiplicity,
  leadingJetPt,
  leadingLeptonPt,
  met,
  multiplicity,
  st,
  wrapPhi,
} from './physics.ts';

const data = join([
  eventPiece('background', 'background', [
    [],
    [
      [0, 40, 0, 1],
      [1, 25, 0, 0],
      [5, 30, 1, 1],
      [9, 60, 1, 1],
      [11, 50, 1, 1],
    ],
  ]),
]);

describe('kinematics of an event', () => {
  it('sums and counts filled slots only, also between empty ones', () => {
    expect([ht, st, met, multiplicity, jetMultiplicity, leadingLeptonPt, leadingJetPt].map((of) => of(data, 1))).toEqual([
      110, 205, 40, 4, 2, 30, 60,
    ]);
    expect([ht, st, met, multiplicity, jetMultiplicity, leadingLeptonPt, leadingJetPt].map((of) => of(data, 0))).toEqual([
      0, 0, 0, 0, 0, 0, 0,
    ]);
  });

  it('is told in a few numbers with units', () => {
    expect(eventSummary(data, 1).slice(0, 2)).toEqual([
      { name: 'MET', value: 40, unit: 'GeV' },
      { name: 'HT', value: 110, unit: 'GeV' },
    ]);
    const piece = tablePiece('t', 'background', [[1, 2, 3, 4, 5]]);
    const table = join([{ ...piece, part: { ...piece.part, spectators: { M: Float64Array.of(91) } } }]);
    expect(eventSummary(table, 0).map(({ name, value }) => [name, value])).toEqual([
      ['M', 91],
      ['x1', 1],
      ['x2', 2],
      ['x3', 3],
      ['x4', 4],
    ]);
  });
});

describe('angles', () => {
  it('wrap into [-π, π)', () => {
    expect(wrapPhi(4)).toBeCloseTo(4 - 2 * Math.PI, 12);
    expect(wrapPhi(Math.PI)).toBe(-Math.PI);
    expect(wrapPhi(-7)).toBeCloseTo(2 * Math.PI - 7, 12);
    expect(wrapPhi(0.5)).toBeCloseTo(0.5, 12);
  });

  it('are compared the short way round', () => {
    expect(deltaR(0, 3.1, 0, -3.1)).toBeCloseTo(2 * Math.PI - 6.2, 12);
    expect(deltaR(1, 0, 4, 4 - 2 * Math.PI)).toBeCloseTo(Math.hypot(3, 2 * Math.PI - 4), 12);
  });
});
