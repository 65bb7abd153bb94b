/** What else carries a number than the model: empty histograms and blocks of equal scores, in words, and the number without them. */
import type { RowNoun } from '../base/nouns.ts';
import { delong } from '../metrics/auc-error.ts';
import { averagePrecision } from '../metrics/precision-recall.ts';
import { totalOf } from '../metrics/ranking.ts';
import { largestTie, tieShare, withoutRow } from '../metrics/ties.ts';
import { formatCount, formatNumber, formatPercent } from '../plots/format.ts';
import type { OtherResult } from '../study/results.ts';
import type { RunSummary, ScoreView } from '../worker/api.ts';

/** AUC with its DeLong error, average precision and F1 at the threshold of largest F1 on validation. */
export interface Judged {
  what: string;
  auc: number;
  aucError: number;
  signalEvents: number;
  backgroundEvents: number;
  averagePrecision: number;
  /** null where it is not known. */
  f1: number | null;
}

export interface Carriers {
  words: readonly string[];
  /** All first; empty if nothing has to be taken out. */
  rows: readonly Judged[];
}

/** Blocks of equal scores that are a smaller share of both classes than this are left alone. */
const smallTie = 0.01;

const kept = new WeakMap<ScoreView, Map<number, Carriers>>();

/** Kept for as long as the view itself, since the panels ask on every frame of a drag. */
export function carriersOf(view: ScoreView, run: RunSummary | undefined, signal: number, noun: RowNoun): Carriers {
  const known = kept.get(view) ?? new Map<number, Carriers>();
  kept.set(view, known);
  const before = known.get(signal);
  if (before) return before;
  const answer = work(view, run, signal, noun);
  known.set(signal, answer);
  return answer;
}

function work({ test, classes, score }: ScoreView, run: RunSummary | undefined, signal: number, noun: RowNoun): Carriers {
  const background = classes.flatMap(({ role }, label) => (role === 'background' ? [label] : []));
  const result = run?.results.find((entry) => entry.score === score && entry.signal === classes[signal]?.name);
  if (!result || signal < 0) return { words: [], rows: [] };
  const words: string[] = [];
  const rows: Judged[] = [];
  const noData = result.noData;
  if (noData) {
    words.push(noData.words);
    if (noData.without) rows.push({ what: 'those with data', ...judged(noData.without) });
    if (noData.with) rows.push({ what: 'those without data too', ...judged(noData.with) });
  }
  const tie = largestTie(test, signal, background);
  if (tie && tieShare(test, tie, signal, background) > smallTie) {
    const without = withoutRow(test, tie.row);
    const left = totalOf(without, signal) > 0 && totalOf(without, background) > 0;
    words.push(
      `${formatCount(tie.signal + tie.background)} ${noun.several} share the score ${Number.isInteger(tie.score) ? formatCount(tie.score) : formatNumber(tie.score, 4)}: ${formatPercent(tie.signal / totalOf(test, signal))} of "${classes[signal]?.name}" and ${formatPercent(tie.background / totalOf(test, background))} of the background. No threshold can part them.`,
    );
    if (left) {
      const { auc, error } = delong(without, signal, background);
      rows.push({
        what: 'without the tie',
        auc,
        aucError: error,
        signalEvents: totalOf(without, signal),
        backgroundEvents: totalOf(without, background),
        averagePrecision: averagePrecision(without, signal, background),
        f1: null,
      });
    }
  }
  return {
    words,
    rows:
      rows.length > 0
        ? [
            {
              what: noData && noData.without === undefined ? `${noun.several} with data` : `all ${noun.several}`,
              ...judged(result),
            },
            ...rows,
          ]
        : [],
  };
}

function judged({
  auc,
  aucError,
  signalEvents,
  backgroundEvents,
  averagePrecision: area,
  bestF1,
}: OtherResult): Omit<Judged, 'what'> {
  return { auc, aucError, signalEvents, backgroundEvents, averagePrecision: area, f1: bestF1?.f1 ?? null };
}
