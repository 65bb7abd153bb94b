/**
 * Certification JSON: which lumisections of which runs are on a list, `{"297050": [[12, 137], [193, 776]]}` with inclusive ranges.
 * The file does not say what the list means (good, bad, detector on); that is the reader's to say. Knows no dataset and no file.
 *
 * Some tools write `[-1]` or `[[-1]]` for a whole run. A run that is absent is not listed.
 */
import { countOf } from '../base/numbers.ts';
import { Problem } from '../base/problem.ts';

/** What it means to be on the list. */
export type ListMeaning = 'good' | 'bad' | 'detector-on';

/** Ranges [first, last] of one run, inclusive, ascending, apart by at least one lumisection. The last may be infinite. */
type Ranges = readonly (readonly [first: number, last: number])[];

export interface Certification {
  /** Run numbers ascending. A run without ranges is there but lists nothing. */
  runs: ReadonlyMap<number, Ranges>;
}

const wholeRun: readonly [number, number] = [1, Number.POSITIVE_INFINITY];

/** True for an object whose keys are all run numbers and whose values are all lists; an empty object is nothing. */
export function looksLikeCertification(value: unknown): value is Record<string, unknown[]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return entries.length > 0 && entries.every(([run, ranges]) => /^\d+$/.test(run) && Array.isArray(ranges));
}

/**
 * Reads the parsed JSON. Ranges may overlap and stand in any order; they are merged.
 *
 * Worked value: `{"7": [[5, 6], [1, 4]], "3": [-1]}` lists lumisections 1 to 6 of run 7 and all of run 3.
 *
 * @throws Problem for anything else than runs with ranges of whole numbers, naming the run
 */
export function parseCertification(value: unknown, where: string): Certification {
  if (!looksLikeCertification(value)) {
    throw new Problem({
      where,
      expected: 'a certification JSON: run numbers, each with a list of [first, last] lumisections',
      found: 'JSON of another form',
      fix: 'Choose another file',
    });
  }
  const runs = Object.entries(value).map(([run, ranges]) => [Number(run), rangesOf(ranges, `${where}, run ${run}`)] as const);
  return { runs: new Map(runs.sort((a, b) => a[0] - b[0])) };
}

/**
 * @param text the JSON file
 * @throws Problem for text that is no JSON, or JSON that is no certification
 */
export function readCertification(text: string, where: string): Certification {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new Problem({
      where,
      expected: 'a certification JSON',
      found: `text that is no JSON (${error instanceof Error ? error.message : String(error)})`,
      fix: 'Copy or download the file again',
    });
  }
  return parseCertification(value, where);
}

function rangesOf(ranges: readonly unknown[], where: string): Ranges {
  const parsed = ranges.map((range): readonly [number, number] => {
    if (range === -1 || (Array.isArray(range) && range.length === 1 && range[0] === -1)) return wholeRun;
    const [first, last] = Array.isArray(range) && range.length === 2 ? (range as unknown[]) : [];
    const whole = Number.isSafeInteger(first) && Number.isSafeInteger(last);
    if (whole && (first as number) >= 0 && (last as number) >= (first as number)) return [first as number, last as number];
    throw new Problem({
      where,
      expected: 'ranges [first, last] of whole numbers with first at most last, or [-1] for the whole run',
      found: JSON.stringify(range)?.slice(0, 60) ?? String(range),
      fix: 'Correct this range',
    });
  });
  return merged(parsed);
}

/** Sorted, with ranges that touch or overlap made one. */
function merged(ranges: readonly (readonly [number, number])[]): Ranges {
  const out: [number, number][] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = out.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else out.push([first, last]);
  }
  return out;
}

/** True if the lumisection is on the list. Binary search; false for an absent run and for numbers that are missing. */
export function isListed({ runs }: Certification, run: number, lumisection: number): boolean {
  const ranges = runs.get(run);
  if (!ranges || Number.isNaN(lumisection)) return false;
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle] as readonly [number, number])[1] < lumisection) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  return range !== undefined && lumisection >= range[0];
}

/** Lumisections on the list; runs that are listed as a whole count for none, since the file does not say how long they were. */
export function listedLumisections({ runs }: Certification): number {
  let sum = 0;
  for (const ranges of runs.values()) for (const [first, last] of ranges) if (Number.isFinite(last)) sum += last - first + 1;
  return sum;
}

/** `certification JSON: 471 runs, 206 633 lumisections`. */
export function certificationWords(list: Certification): string {
  const whole = [...list.runs.values()].filter((ranges) => ranges.some(([, last]) => !Number.isFinite(last))).length;
  const more = whole > 0 ? ` and ${whole === list.runs.size ? 'all' : whole} as a whole` : '';
  return `certification JSON: ${countOf(list.runs.size, 'run')}, ${countOf(listedLumisections(list), 'lumisection')}${more}`;
}

/** What the list means, as far as the name of its file tells: `golden_2017.json` is a good list. */
export function meaningFromName(fileName: string): ListMeaning | undefined {
  if (/dcs|detector_?on/i.test(fileName)) return 'detector-on';
  if (/bad/i.test(fileName)) return 'bad';
  return /golden|good/i.test(fileName) ? 'good' : undefined;
}

/** The classes that a list divides lumisections into: what is normal, and what is not. */
export function certifiedClasses(meaning: ListMeaning): { normal: string; other: string; listedIsNormal: boolean } {
  if (meaning === 'detector-on') return { normal: 'detector on', other: 'detector not on', listedIsNormal: true };
  return { normal: 'good', other: 'bad', listedIsNormal: meaning === 'good' };
}

/** A list of single lumisections; equal ones count once. */
export function certificationOf(run: ArrayLike<number>, lumisection: ArrayLike<number>): Certification {
  const single = new Map<number, [number, number][]>();
  for (let row = 0; row < run.length; row++) {
    const number = run[row] as number;
    const at = lumisection[row] as number;
    if (!Number.isInteger(number) || !Number.isInteger(at)) continue;
    const own = single.get(number);
    if (own) own.push([at, at]);
    else single.set(number, [[at, at]]);
  }
  const runs = [...single].map(([number, ranges]) => [number, merged(ranges)] as const);
  return { runs: new Map(runs.sort((a, b) => a[0] - b[0])) };
}

/** The file: runs in numeric order, one per line, ranges merged; a whole run is written `[[-1]]`. Ends in a line feed. */
export function writeCertification({ runs }: Certification): string {
  const numbers = [...runs.keys()].sort((a, b) => a - b);
  const lines = numbers.map((run) => {
    const ranges = (runs.get(run) as Ranges).map(([first, last]) => (Number.isFinite(last) ? `[${first}, ${last}]` : '[-1]'));
    return `"${run}": [${ranges.join(', ')}]`;
  });
  return lines.length === 0 ? '{}\n' : `{${lines.join(',\n ')}}\n`;
}
