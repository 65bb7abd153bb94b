/** What a link to the present session contains, one statement each. */
import { counted, type RowNoun, rowNouns } from '../../base/nouns.ts';
import { formatCount } from '../../plots/format.ts';
import type { Session } from '../../state/session.ts';

/**
 * @param names the models' names by id
 * @param noun what a row of the loaded data is called
 */
export function linkWords(
  { data, split, lumisections, requests, view }: Session,
  names: ReadonlyMap<string, string>,
  noun: RowNoun = rowNouns.objects,
): string[] {
  const words: string[] = [];
  if (data === null) words.push('no data: whoever opens it starts at the shelf');
  else if ('sample' in data)
    words.push(`the sample ${data.sample}: ${counted(data.events, noun)}, seed ${data.seed}, and its settings`);
  else
    words.push(
      `the names, roles and classes of ${data.files.length} ${data.files.length === 1 ? 'file' : 'files'}; whoever opens it drops the same files again`,
    );
  words.push(`the split: ${splitWords(split)}`);
  if (Object.keys(lumisections).length > 0) words.push(`what counts as data: ${lumisectionWords(lumisections)}`);
  if (requests.length === 0) words.push('no training');
  else {
    const counts = new Map<string, number>();
    for (const { model } of requests) counts.set(model, (counts.get(model) ?? 0) + 1);
    const list = [...counts].map(([id, n]) => `${names.get(id) ?? id}${n > 1 ? ` × ${n}` : ''}`).join(', ');
    words.push(`${requests.length} ${requests.length === 1 ? 'training' : 'trainings'} with parameters and seeds: ${list}`);
  }
  if (requests.length > 0) words.push(`the operating point: ${thresholdWords(view.threshold)}`);
  return words;
}

function lumisectionWords({ together, combine, minEntries, noData }: Session['lumisections']): string {
  return [
    ...(minEntries ? [`histograms with at least ${formatCount(minEntries)} entries`] : ['histograms with entries']),
    ...(noData === 'count' ? ['the others count, too'] : []),
    ...(together ? [`${combine === 'mean' ? 'means' : 'sums'} of ${together} neighbours`] : []),
  ].join(', ');
}

function splitWords(split: Session['split']): string {
  const percent = (share: number) => `${Number((share * 100).toFixed(2))}\u00a0%`;
  switch (split.by) {
    case 'event':
      return `${percent(split.train)} training, ${percent(split.validation)} validation, ${percent(split.test)} test at random, seed ${split.seed}`;
    case 'parity':
      return `even rows train, odd rows test, seed ${split.seed}`;
    case 'file':
      return `by file, seed ${split.seed}`;
    case 'run':
      return `by runs, seed ${split.seed}`;
  }
}

function thresholdWords(threshold: Session['view']['threshold']): string {
  switch (threshold.rule) {
    case 'value':
      return `a score of ${threshold.value}`;
    case 'background-efficiency':
      return `a background efficiency of ${threshold.value}`;
    case 'best-f1':
      return 'best F1 on validation';
    case 'best-g-mean':
      return 'best G-mean on validation';
  }
}
