/** Names of the scores "mean of the N largest squared errors", which exist for every N without being listed anywhere. */
import { countText } from './numbers.ts';

const words = ['', 'largest', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

export function topErrorsId(n: number): string {
  return `reconstruction-mse-top${n}`;
}

/** The N of an id of this form, from 1 to 99,999; undefined for any other id. */
export function topErrorsOf(id: string): number | undefined {
  const n = /^reconstruction-mse-top([1-9]\d{0,4})$/.exec(id)?.[1];
  return n === undefined ? undefined : Number(n);
}

/** `mean of the 25 largest squared errors`; `quantity` is what the errors are called. */
export function topErrorsWords(n: number, quantity: string): string {
  return `mean of the ${words[n] ?? countText(n)} largest ${quantity}`;
}

export function topErrorsName(n: number): string {
  if (n === 1) return 'Largest squared error';
  const name = topErrorsWords(n, 'squared errors');
  return name.charAt(0).toUpperCase() + name.slice(1);
}
