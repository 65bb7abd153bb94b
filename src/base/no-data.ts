/** What is said of histograms that are no data. */
import { numberText } from './numbers.ts';

/** `are empty` or `have fewer than 100 entries`. */
export function noDataVerb(minEntries: number): string {
  return minEntries > 0 ? `have fewer than ${numberText(minEntries, 6)} entries` : 'are empty';
}
