/** What one row of each kind of data is called, in captions and sentences. */
import type { DataKind } from './kinds.ts';
import { countText } from './numbers.ts';

export interface RowNoun {
  one: string;
  several: string;
}

export const rowNouns: Readonly<Record<DataKind, RowNoun>> = {
  objects: { one: 'event', several: 'events' },
  table: { one: 'row', several: 'rows' },
  images: { one: 'image', several: 'images' },
  histograms: { one: 'lumisection', several: 'lumisections' },
};

/** The noun of a kind; events where the kind is not known. */
export function nounOf(kind: DataKind | undefined | null): RowNoun {
  return rowNouns[kind ?? 'objects'];
}

/** `1 lumisection`, `3 100 lumisections`. */
export function counted(count: number, noun: RowNoun): string {
  return `${countText(count)} ${count === 1 ? noun.one : noun.several}`;
}

/** With a capital letter: `Lumisections`. */
export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/**
 * A sentence written about events, said of rows of another kind: "Each event at its place; an event ..." becomes "Each lumisection
 * at its place; a lumisection ...". Compounds with a hyphen or an underscore stay.
 */
export function inNouns(text: string, noun: RowNoun | undefined): string {
  if (!noun || noun.one === 'event') return text;
  const article = /^[aeiou]/.test(noun.one) ? 'an' : 'a';
  const like = (word: string, pattern: string) => (/^[A-Z]/.test(pattern) ? capital(word) : word);
  return text
    .replace(/(?<![\w-])([Aa])n event(?![\w-])/g, (_, first: string) => `${like(article, first)} ${noun.one}`)
    .replace(/(?<![\w-])([Ee])vents(?![\w-])/g, (_, first: string) => like(noun.several, first))
    .replace(/(?<![\w-])([Ee])vent(?![\w-])/g, (_, first: string) => like(noun.one, first));
}
