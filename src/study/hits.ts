/**
 * Does a score only count hits? The rank correlation of a score with how much there is in an event, among background test events alone:
 * lit pixels of an image, objects of a collision, entries of a histogram. A score near ±1 sorts background by size and by nothing else.
 *
 * Source: L. Anzalone et al., arXiv 2306.12955, whose latent number correlates with the number of lit pixels by 0.99 in background.
 */
import { type Dataset, rowReader, rowWidth } from '../data/dataset.ts';
import { midRanks, pearson } from '../numeric/rank.ts';
import type { Prepared } from './prepare.ts';

export interface HitCorrelation {
  /** Spearman's coefficient, -1 to 1. */
  spearman: number;
  /** Its standard error by Fisher's transformation, (1 - ρ²) / √(n - 3). */
  error: number;
  /** What is counted: `lit pixels (tracker)`. */
  counted: string;
  /** Background test events with a finite score. */
  events: number;
}

/** One count per row, and its name; undefined for data in which nothing is counted. */
export function counterOf(dataset: Dataset): { name: string; of(row: number): number } | undefined {
  const { kind, shape, objectTypes, image } = dataset;
  const width = rowWidth(dataset);
  const read = rowReader(dataset);
  const count = (row: number, step: number, counts: (i: number) => boolean): number => {
    const own = read(row);
    let sum = 0;
    for (let i = 0; i < width; i += step) if ((own[i] as number) > 0 && counts(i)) sum++;
    return sum;
  };
  if (kind === 'images') {
    const channels = shape[2] ?? 1;
    const name = channels > 1 ? (image?.channels?.[0] ?? 'channel 1') : '';
    return { name: `lit pixels${name === '' ? '' : ` (${name})`}`, of: (row) => count(row, channels, () => true) };
  }
  if (kind === 'objects' && objectTypes) {
    const perSlot = width / objectTypes.length;
    return { name: 'objects', of: (row) => count(row, perSlot, (i) => objectTypes[i / perSlot] !== 'MET') };
  }
  if (kind === 'histograms') {
    return {
      name: 'entries',
      of: (row) => read(row).reduce((sum, entries) => sum + entries, 0),
    };
  }
  return undefined;
}

/** The background test events of prepared data: where they stand in `split.test`, and their counts. */
interface Counted {
  name: string;
  at: Uint32Array;
  counts: Float64Array;
}

const known = new WeakMap<Prepared, Counted | null>();

function countedOf(prepared: Prepared): Counted | null {
  const found = known.get(prepared);
  if (found !== undefined) return found;
  const { dataset, split, background } = prepared;
  const counter = counterOf(dataset);
  const at = Uint32Array.from(
    [...split.test.keys()].filter((i) => background.includes(dataset.label[split.test[i] as number] as number)),
  );
  const made = counter
    ? { name: counter.name, at, counts: Float64Array.from(at, (i) => counter.of(split.test[i] as number)) }
    : null;
  known.set(prepared, made);
  return made;
}

/**
 * @param scores of the test rows, in their order; events without a finite score are left out
 * @returns undefined for tables, for fewer than ten events, and where every score or every count is the same
 */
export function hitCorrelation(prepared: Prepared, scores: Float64Array): HitCorrelation | undefined {
  const counted = countedOf(prepared);
  if (!counted) return undefined;
  const kept = [...counted.at.keys()].filter((k) => Number.isFinite(scores[counted.at[k] as number]));
  if (kept.length < 10) return undefined;
  const ranked = (value: (k: number) => number) => midRanks(Float64Array.from(kept, value));
  const ranks = [ranked((k) => scores[counted.at[k] as number] as number), ranked((k) => counted.counts[k] as number)] as const;
  if (ranks.some((side) => side.every((rank) => rank === side[0]))) return undefined;
  const spearman = pearson(...ranks);
  return {
    spearman,
    error: (1 - spearman * spearman) / Math.sqrt(kept.length - 3),
    counted: counted.name,
    events: kept.length,
  };
}
