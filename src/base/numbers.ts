/**
 * Numbers inside sentences, for rooms that say something in words: a thin no-break space between thousands and a true minus.
 * Figures and tables have finer rules of their own.
 */

export const thinNoBreakSpace = '\u202f';

/** Digits of a whole number with a thin no-break space between thousands, from four digits on: `1 000`. */
export function groupedDigits(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, thinNoBreakSpace);
}

/** A whole number: `770`, `1 000`, `2 050 000`, `−3`. */
export function countText(count: number): string {
  const digits = groupedDigits(Math.abs(count).toFixed(0));
  return count < 0 ? `−${digits}` : digits;
}

/** At most `digits` significant digits, none of them a trailing zero: 32.1587 is `32.16`, 0.5 is `0.5`, 88872.7 is `88 870`. */
export function numberText(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? '∞' : '−∞';
  const [whole = '', decimals] = String(Number(Math.abs(value).toPrecision(digits))).split('.');
  const thousands = /^\d+$/.test(whole) ? countText(Number(whole)) : whole;
  return `${value < 0 ? '−' : ''}${thousands}${decimals === undefined ? '' : `.${decimals}`}`;
}

/** `1 event`, `1 500 events`. */
export function countOf(count: number, one: string, several = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : several}`;
}
