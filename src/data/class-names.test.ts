import { expect, it } from 'vitest';
import type { EventClass } from '../base/kinds.ts';
import { usualNames, withName } from './class-names.ts';

const two = (normal: string, other: string): EventClass[] => [
  { name: normal, role: 'background' },
  { name: other, role: 'signal' },
];

it('names the two plain classes of histograms, and leaves names that say something', () => {
  expect(usualNames('histograms', two('background', 'y = 0'))).toEqual({
    background: 'good lumisection',
    'y = 0': 'bad lumisection',
  });
  expect(usualNames('histograms', two('good', 'high-voltage trip'))).toEqual({});
  expect(usualNames('table', two('background', 'y = 0'))).toEqual({});
  expect(usualNames('histograms', [...two('good', 'bad'), { name: 'noise', role: 'signal' }])).toEqual({});
});

it('keeps the first name as the key however often a class is renamed', () => {
  const classes = two('good', 'bad');
  const once = withName({}, classes, 'bad', ' bad lumisection ');
  expect(once).toEqual({ bad: 'bad lumisection' });
  expect(withName(once, two('good', 'bad lumisection'), 'bad lumisection', 'faulty')).toEqual({ bad: 'faulty' });
  expect(withName(once, two('good', 'bad lumisection'), 'bad lumisection', 'bad')).toEqual({});
  expect(() => withName({}, classes, 'bad', 'good')).toThrow(/another class/);
  expect(() => withName({}, classes, 'bad', ' ')).toThrow(/name of its own/);
});
