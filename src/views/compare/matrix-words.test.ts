import { expect, it } from 'vitest';
import { type MatrixCell, type Merit, merits } from '../../state/compare.ts';
import { cellText } from './matrix-words.ts';

const merit = (id: Merit['id']) => merits.find((one) => one.id === id) as Merit;
const cell: MatrixCell = {
  value: 0.9,
  error: 0.02,
  interval: { low: 0.88, high: 0.92 },
  spread: [0.9, 0.9],
  standing: 'behind',
};

it('writes an error to both sides, and a bound where the classes are parted', () => {
  expect(cellText(cell, merit('auc'))).toBe('0.900\u00a0±\u00a00.020');
  const parted = { ...cell, value: 1, error: 0.14, interval: { low: 0.86, high: 1 } };
  expect(cellText(parted, merit('auc'))).toBe('1 [0.86,\u00a01]');
  // an efficiency of 1 is no area
  expect(cellText({ ...parted, error: 0 }, merit('1e-1'))).toBe('1.000');
});

it('refuses what the events do not support', () => {
  expect(cellText({ ...cell, value: Number.NaN }, merit('1e-3'))).toBe('too few');
});
