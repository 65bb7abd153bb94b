/**
 * What a user types, as numbers, and back again: seeds such as "1-5", lists of whole numbers, and numbers with a range. Knows
 * nothing of the screen. Every refusal says what would have been right.
 */
import type { ParamSpec } from '../base/params.ts';
import { nextUp } from '../metrics/thresholds.ts';

export type Parsed<Value> = { value: Value; error?: never } | { value?: never; error: string };

export const largestSeed = 4294967295;
/** More seeds than this in one go is a slip of the hand. */
export const mostSeeds = 100;

/**
 * Seeds, separated by spaces or commas; `a-b` means all from a to b. Doubles are dropped, the order stays.
 *
 * Worked value: `3 1-2, 1` is [3, 1, 2].
 */
export function parseSeeds(text: string): Parsed<number[]> {
  const parsed = parseIntegers(text, { min: 1, max: largestSeed });
  if (parsed.error !== undefined) return parsed;
  const seeds = [...new Set(parsed.value)];
  if (seeds.length === 0) return { error: 'Give at least one seed, for example 1 or 1-5' };
  if (seeds.length > mostSeeds) return { error: `At most ${mostSeeds} seeds at once; found ${seeds.length}` };
  return { value: seeds };
}

/**
 * Whole numbers, separated by spaces, commas or the multiplication sign; `a-b` (or an en dash) means all from a to b, downwards
 * if a > b. An empty text is an empty list.
 */
export function parseIntegers(text: string, { min, max }: { min: number; max: number }): Parsed<number[]> {
  const expected = `a list of whole numbers from ${min} to ${max}`;
  const values: number[] = [];
  const words = text
    .replaceAll(/\s*[-–]\s*/g, '-')
    .split(/[\s,;×]+/)
    .filter(Boolean);
  for (const word of words) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(word);
    if (!match) return { error: `Expected ${expected}; found "${word}"` };
    const first = Number(match[1]);
    const last = match[2] === undefined ? first : Number(match[2]);
    for (const value of [first, last]) {
      if (value < min || value > max) return { error: `Expected ${expected}; found ${value}` };
    }
    if (Math.abs(last - first) >= 10_000)
      return { error: `Expected ${expected}; "${word}" is ${Math.abs(last - first) + 1} of them` };
    const step = last < first ? -1 : 1;
    for (let value = first; value !== last + step; value += step) values.push(value);
  }
  return { value: values };
}

/**
 * Seeds as short text, the reverse of `parseSeeds`: [1, 2, 3, 7] is `1-3 7`.
 */
export function seedsText(seeds: readonly number[]): string {
  const words: string[] = [];
  for (let i = 0; i < seeds.length; ) {
    let j = i;
    while (j + 1 < seeds.length && seeds[j + 1] === (seeds[j] as number) + 1) j++;
    words.push(j - i >= 2 ? `${seeds[i]}-${seeds[j]}` : seeds.slice(i, j + 1).join(' '));
    i = j + 1;
  }
  return words.join(' ');
}

type NumberSpec = Extract<ParamSpec, { kind: 'number' }>;
type Range = Pick<NumberSpec, 'min' | 'max' | 'integer'>;

/** A number with its range; a true minus and thin spaces between thousands are understood. */
export function parseNumber(text: string, range: Range): Parsed<number> {
  const { min, max, integer } = range;
  const plain = text.replaceAll('−', '-').replaceAll(/[\s\u2009\u202f\u00a0]/g, '');
  const value = plain === '' ? Number.NaN : Number(plain);
  const low = min ?? Number.NEGATIVE_INFINITY;
  const high = max ?? Number.POSITIVE_INFINITY;
  if (Number.isFinite(value) && value >= low && value <= high && (!integer || Number.isInteger(value))) return { value };
  return {
    error: `Expected ${rangeText(range)}; found ${text.trim() === '' ? 'nothing' : `"${text.trim()}"`}`,
  };
}

/**
 * A threshold as it is printed: a true minus, thin spaces, `1.20 × 10⁻⁷`, and `just above 12`, which is the next double above 12; a
 * decimal comma is understood too. NaN for anything else.
 */
export function parseThreshold(text: string): number {
  const above = /^\s*just\s+above\b/i.exec(text)?.[0] ?? '';
  const plain = text
    .slice(above.length)
    .replaceAll('−', '-')
    .replaceAll(/\s/g, '')
    .replace(/^(-?\d+),(\d+)$/, '$1.$2')
    .replace(/[×x]10([⁻⁰¹²³⁴-⁹]+)$/, (_, power: string) => `e${[...power].map(plainDigit).join('')}`);
  const value = plain === '' ? Number.NaN : Number(plain);
  return above === '' ? value : nextUp(value);
}

function plainDigit(superscript: string): string {
  return superscript === '⁻' ? '-' : String('⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(superscript));
}

/** `a whole number from 1 to 1024`, `a number of at least 0`. */
export function rangeText({ min, max, integer }: Range): string {
  const noun = integer ? 'a whole number' : 'a number';
  if (min !== undefined && max !== undefined) return `${noun} from ${min} to ${max}`;
  if (min !== undefined) return `${noun} of at least ${min}`;
  if (max !== undefined) return `${noun} of at most ${max}`;
  return noun;
}

/**
 * The next value when an arrow key is pressed. Plain numbers move by 1 if whole, else by a tenth of their leading power of ten;
 * logarithmic ones go along 1, 2, 5, 10 or, if whole, double and halve. Stays within the range.
 *
 * Worked values: 1e-3 on a log scale goes up to 2e-3 and down to 5e-4; 1024 whole on a log scale goes up to 2048.
 */
export function stepNumber(spec: Range & Pick<NumberSpec, 'log'>, value: number, direction: 1 | -1): number {
  const clamp = (x: number) => Math.min(spec.max ?? Number.POSITIVE_INFINITY, Math.max(spec.min ?? Number.NEGATIVE_INFINITY, x));
  if (spec.log && spec.integer) return clamp(direction > 0 ? value * 2 : Math.max(1, Math.round(value / 2)));
  if (spec.log && value > 0) return clamp(nextOneTwoFive(value, direction));
  if (spec.integer) return clamp(value + direction);
  const step = value === 0 ? 0.1 : 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
  return clamp(Number((value + direction * step).toPrecision(12)));
}

function nextOneTwoFive(value: number, direction: 1 | -1): number {
  const exponent = Math.floor(Math.log10(value));
  const ladder = [-1, 0, 1].flatMap((shift) => [1, 2, 5].map((lead) => Number(`${lead}e${exponent + shift}`)));
  const next = direction > 0 ? ladder.find((x) => x > value * 1.000001) : ladder.findLast((x) => x < value * 0.999999);
  return next ?? value;
}
