/** What the panel of an event says about its error, in words: how large, how much more lies in padding, and whether the score is made of it. */
import type { RowNoun } from '../../base/nouns.ts';
import { errorSum } from '../../plots/event-objects.ts';
import { formatNumber } from '../../plots/format.ts';
import type { EventView, ScoreSpec } from '../../worker/api.ts';

/** Errors in padding below this share of the others are not worth a word. */
const NOTABLE = 0.01;

/**
 * `, summed squared error 3.21 in model units; 1.20 more in empty slots, which masked scores leave out`. Says so where the score on show
 * is not made of these errors, and where the model gives no errors at all.
 */
export function errorWords(
  event: Pick<EventView, 'errors' | 'mask' | 'objectTypes' | 'leftOut'>,
  score: Pick<ScoreSpec, 'name' | 'needs'> | undefined,
  noun: RowNoun,
): string {
  if (event.leftOut) {
    const total = formatNumber(event.leftOut.score);
    return event.leftOut.replaced
      ? `; this model restores no numbers, so its score, ${total}, is asked again with each number at its median in training background`
      : `; this model restores no numbers, so its score, ${total}, is asked again without each object`;
  }
  if (!event.errors) {
    return `; this model reconstructs no numbers of the ${noun.one}, so that none of them has an error of its own`;
  }
  const [total, padding] = [errorSum(event), errorSum(event, 'padding')];
  const more =
    padding > NOTABLE * total
      ? `; ${formatNumber(padding)} more in ${event.objectTypes ? 'empty slots' : 'missing values'}, which masked scores leave out`
      : '';
  const other = score && !score.needs.includes('reconstruction') ? `; the score “${score.name}” is not made of these errors` : '';
  return `, summed squared error ${formatNumber(total)} in model units${more}${other}`;
}
