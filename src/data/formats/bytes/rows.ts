/** Row ranges that a reader asks for, and a catalogue entry that is not there. */
import { Problem } from '../../../base/problem.ts';
import type { ArrayInfo } from '../contract.ts';

/** @throws Problem unless 0 <= start < end <= rows; nothing at all may be read from an array without rows */
export function checkRows([start, end]: readonly [number, number], rows: number, where: string): [number, number] {
  if (Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start < end && end <= rows) return [start, end];
  if (start === 0 && end === 0 && rows === 0) return [0, 0];
  throw new Problem({
    where,
    expected: `a row range inside 0 to ${rows}`,
    found: `${start} to ${end}`,
    fix: 'Correct the row range',
  });
}

/** @param what `dataset`, `column`, `array` */
export function notThere(fileName: string, what: string, name: string, arrays: readonly Pick<ArrayInfo, 'name'>[]): Problem {
  const names = arrays.slice(0, 24).map((array) => array.name);
  const more = arrays.length - names.length;
  return new Problem({
    where: fileName,
    expected: `a${/^[aeiou]/.test(what) ? 'n' : ''} ${what} "${name}"`,
    found: arrays.length > 0 ? names.join(', ') + (more > 0 ? ` and ${more} more` : '') : `no ${what}s`,
    fix: `Choose one of the ${what}s that are there`,
  });
}
