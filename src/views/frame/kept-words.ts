/** What is kept on this machine, in words. Text only. */
import type { KeptReport } from '../../worker/api.ts';
import { sizeText } from './words.ts';

/** The rule of what is kept, how full it is, and what went wrong if anything did. */
export function keptWords({ bytes, limit, problem }: KeptReport): string {
  if (limit === 0) return `Runs are lost when the page is closed: ${problem}.`;
  const rule = `Finished runs stay in this browser, ${sizeText(bytes)} of at most ${sizeText(limit)}; when it is full, the oldest of other analyses give way first.`;
  return problem ? `${rule} The last one could not be kept: ${problem}.` : rule;
}

/** `today 14:05`, or `3 Nov 2026`. */
export function whenText(milliseconds: number, now = Date.now()): string {
  const date = new Date(milliseconds);
  const today = new Date(now).toDateString() === date.toDateString();
  const two = (value: number) => String(value).padStart(2, '0');
  return today
    ? `today ${two(date.getHours())}:${two(date.getMinutes())}`
    : date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}
