/** Which loaded histograms are no data and what becomes of them, as a sentence. Data only. */

import { noDataVerb } from '../../base/no-data.ts';
import { countText } from '../../base/numbers.ts';
import type { DataSummary, StudyLumisections } from '../../worker/api.ts';

/** `36 of 300 histograms are empty: no data. They are left out of training, thresholds and results (36 of 36 "empty").` */
export function noDataSentence({
  rows,
  classes,
  noData,
  lumisections,
}: Pick<DataSummary, 'rows' | 'classes' | 'noData' | 'lumisections'>): string {
  const least = lumisections.minEntries ?? 0;
  if (!noData) return `None of ${countText(rows)} histograms ${least > 0 ? 'has too few entries' : 'is empty'}: all are data.`;
  const count = noData.rows.reduce((sum, one) => sum + one, 0);
  const each = classes.flatMap((own, i) =>
    noData.rows[i] ? [`${countText(noData.rows[i])} of ${countText(own.rows)} "${own.name}"`] : [],
  );
  const fate = noData.leaveOut
    ? 'They are left out of training, thresholds and results'
    : 'They train, set thresholds and count in every result, though they measure nothing';
  return `${countText(count)} of ${countText(rows)} histograms ${noDataVerb(noData.minEntries)}: no data. ${fate} (${each.join(', ')}).`;
}

/** The choice without what is usual anyway, so that a study and a link stay short. */
export function plainChoice({ together, combine, minEntries, noData }: StudyLumisections): StudyLumisections {
  return {
    ...(together !== undefined && together > 1 ? { together, ...(combine === 'mean' ? { combine } : {}) } : {}),
    ...(minEntries !== undefined && minEntries > 0 ? { minEntries } : {}),
    ...(noData === 'count' ? { noData } : {}),
  };
}
