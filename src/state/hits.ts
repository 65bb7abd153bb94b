/** Does this score only count hits? What the correlation with the number of hits means, in words. Pure. */
import type { DataKind } from '../base/kinds.ts';
import { formatNumber, formatWithError } from '../plots/format.ts';
import type { RunResult } from '../study/results.ts';

/** From here on, and from its negative on, a score sorts background by the number of hits and by hardly anything else. */
export const countsFrom = 0.9;

/** What is counted in data of a kind. */
export const countedThings: Readonly<Record<DataKind, string>> = {
  images: 'hits',
  histograms: 'entries',
  objects: 'objects',
  table: 'objects',
};

export interface HitWords {
  /** `+0.990 ± 0.004`; exactly 1 or −1 without an error. */
  value: string;
  /** True if the score is little else than a count. */
  counts: boolean;
  /** One sentence. */
  words: string;
}

export function hitWords({ hits }: Pick<RunResult, 'hits'>): HitWords | null {
  if (!hits) return null;
  const { spearman, error, counted } = hits;
  const sign = spearman < 0 ? '' : '+';
  if (Math.abs(spearman) > 1 - 1e-9)
    return {
      value: `${sign}${formatNumber(spearman, 1)}`,
      counts: true,
      words: `Background is sorted by the number of ${counted} alone`,
    };
  const value = `${sign}${formatWithError(spearman, Math.max(error, 1e-3))}`;
  const counts = Math.abs(spearman) >= countsFrom;
  return {
    value,
    counts,
    words: counts
      ? `This score hardly does more than count ${counted}: compare it with a cut on that number`
      : `Background is sorted by more than the number of ${counted}`,
  };
}

/** How small a difference of two areas the test events support, where that is worth saying: fewer than 1,000 events. */
export function smallSampleWords(
  result: Pick<RunResult, 'auc' | 'aucError' | 'signalEvents' | 'backgroundEvents'>,
): string | null {
  const { auc, aucError, signalEvents, backgroundEvents } = result;
  if (!(aucError > 0) || signalEvents + backgroundEvents > 1000) return null;
  return `AUC ${formatWithError(auc, aucError)}: ${signalEvents} signal and ${backgroundEvents} background images support no difference below ± ${formatNumber(aucError, 1)}`;
}
