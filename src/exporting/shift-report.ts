/**
 * The shift report: one HTML page, self-contained and printable, that says what was judged, by what, and what came out. It is made
 * from plain facts, so that the page and a test can both make one. Whoever reads it needs neither the data nor Offshell.
 */
import { flaggedRanges } from '../base/flagged-ranges.ts';
import { countOf, countText, numberText } from '../base/numbers.ts';
import type { RunLine } from './run-list.ts';

/** Cells of the matrix at the threshold, on test lumisections. */
export interface ReportRow {
  name: string;
  role: string;
  flagged: number;
  kept: number;
  /** `61.7 % [58.6, 64.7]`. */
  rate: string;
}

export interface ReportFacts {
  /** ISO date and time. */
  made: string;
  version: string;
  data: {
    name: string;
    synthetic: boolean;
    rows: number;
    sources: readonly { name: string; words: string }[];
    remarks: readonly string[];
  };
  /** What decides which lumisections are good. */
  labels: string;
  split: string;
  model: {
    name: string;
    preset: string;
    seed: number;
    parameters: number;
    backend: string;
    training: string;
    score: string;
    formula: string;
  };
  /** `text` is the value as it stands on the screen: `just above 0` for the next double above it. */
  threshold: { value: number; text: string; words: string; problem: string | null };
  matrix: readonly ReportRow[];
  precision: string;
  prevalence: string;
  /** Certification JSON of the flagged test lumisections. */
  flagged: string;
  /** Every run of the test, by number. */
  runs: readonly RunLine[];
  /** Test histograms that are no data, whatever their class. */
  noData: { count: number; minEntries: number; leaveOut: boolean };
  /** What else carries the numbers: empties, ties; and the numbers without them. */
  cautions: readonly string[];
  carriers: readonly { what: string; auc: string; averagePrecision: string; f1: string }[];
  /** Images as data URLs. */
  figures: readonly { title: string; image: string }[];
  link: string;
}

/** What the page knows and the engine does not: the operating point as it is shown, figures, the link. */
export type ReportParts = Omit<ReportFacts, 'version' | 'data' | 'labels' | 'split' | 'flagged' | 'runs' | 'noData'>;

/** Text as it may stand in HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const style = `
  body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 15px/1.5 "IBM Plex Sans", "Helvetica Neue", Arial, sans-serif; color: #16191d; background: #fff; font-variant-numeric: tabular-nums; }
  h1 { font-size: 24px; margin: 0; } h2 { font-size: 18px; margin: 1.6em 0 .4em; break-after: avoid; }
  p, dl, table { margin: .4em 0; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .15em 1em; } dt { color: #5c6570; } dd { margin: 0; overflow-wrap: anywhere; }
  table { border-collapse: collapse; width: 100%; } th, td { padding: .2em .6em; border-bottom: 1px solid #dfe3e8; text-align: right; font-weight: 400; vertical-align: top; }
  th:first-child, td.words { text-align: left; } td:not(.words) { white-space: nowrap; } thead th { color: #5c6570; }
  tr, figure { break-inside: avoid; } figure { margin: 1em 0; } img { width: 100%; height: auto; } figcaption, .quiet { color: #5c6570; font-size: 13px; }
  .kind { display: inline-block; padding: 0 .5em; border: 1px solid #b45309; border-radius: 4px; color: #b45309; }
  @page { margin: 18mm; } @media print { body { margin: 0; max-width: none; } }`;

const pairs = (entries: readonly (readonly [string, string])[]): string =>
  `<dl>${entries.map(([term, text]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(text)}</dd>`).join('')}</dl>`;

const table = (head: readonly string[], rows: readonly (readonly string[])[], words = 'lumisections'): string =>
  `<table><thead><tr>${head.map((h) => `<th scope="col">${escapeHtml(h)}</th>`).join('')}</tr></thead><tbody>${rows
    .map(
      (row) =>
        `<tr>${row.map((cell, i) => (i === 0 ? `<th scope="row">${escapeHtml(cell)}</th>` : `<td${head[i] === words ? ' class="words"' : ''}>${escapeHtml(cell)}</td>`)).join('')}</tr>`,
    )
    .join('')}</tbody></table>`;

/** Every judged run, whether or not something of it is flagged. */
function runTable(runs: readonly RunLine[]): string[] {
  return [
    table(
      ['run', 'test lumi\u00adsections', 'good by the labels', 'no data', 'flagged', 'flagged ranges', 'mean score'],
      runs.map((line) => [
        String(line.run),
        countText(line.lumisections),
        goodText(line),
        line.noData === 0 ? '–' : countText(line.noData),
        line.flagged === 0 ? '–' : `${countText(line.flagged)} (${percentText(line.flagged, line.lumisections)})`,
        line.ranges || '–',
        meanText(line),
      ]),
      'flagged ranges',
    ),
    `<p class="quiet">Every run of the test. Mean over rows with a score ± its error, from the scatter of blocks of neighbouring rows; none below four rows. The score has no unit of its own: compare runs with each other.</p>`,
  ];
}

function goodText({ good, bad, lumisections }: RunLine): string {
  if (good + bad === 0) return 'no labels';
  return good === lumisections ? 'all' : good === 0 ? 'none' : `${countText(good)} (${percentText(good, lumisections)})`;
}

function percentText(count: number, of: number): string {
  return `${numberText((100 * count) / of, 3)}\u00a0%`;
}

/** `0.0012`, `(1.29 ± 0.09) × 10⁻⁶`: value and error with one exponent where the value is small or large. */
function meanText({ mean, error }: RunLine): string {
  if (Number.isNaN(mean)) return '–';
  const exponent = mean === 0 ? 0 : Math.floor(Math.log10(Math.abs(mean)));
  const plain = exponent >= -2 && exponent < 5;
  const scale = plain ? 1 : 10 ** exponent;
  const decimals = Math.max(0, 2 - (plain ? exponent : 0));
  const set = (value: number) => (value / scale).toFixed(decimals).replace('-', '\u2212');
  const power = plain
    ? ''
    : `\u00a0×\u00a010${[...String(exponent)].map((c) => (c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)])).join('')}`;
  if (Number.isNaN(error)) return `${set(mean)}${power}`;
  const both = `${set(mean)}\u00a0±\u00a0${set(error)}`;
  return plain ? both : `(${both})${power}`;
}

function noDataText({ count, minEntries, leaveOut }: ReportFacts['noData']): string {
  if (count === 0)
    return minEntries > 0
      ? `No test histogram has fewer than ${numberText(minEntries, 6)} entries`
      : 'No test histogram is empty';
  const few = minEntries > 0 ? `with fewer than ${numberText(minEntries, 6)} entries` : 'without a single entry';
  return `${countOf(count, 'test histogram')} ${few}: no data, ${leaveOut ? 'neither flagged nor kept' : 'counted like the others'}`;
}

/** The page, from doctype to the end; it asks for nothing from anywhere. */
export function shiftReport(facts: ReportFacts): string {
  const { data, model, threshold } = facts;
  const ranges = flaggedRanges(facts.flagged);
  const total = ranges.reduce((sum, { lumisections }) => sum + lumisections, 0);
  const parts = [
    `<h1>Shift report</h1>`,
    `<p>${escapeHtml(data.name)}, ${countOf(data.rows, 'lumisection')}${data.synthetic ? ' <span class="kind">synthetic data, made by a generator</span>' : ''}</p>`,
    `<p class="quiet">Made by Offshell ${escapeHtml(facts.version)} on ${escapeHtml(facts.made)}, in a browser; nothing was sent anywhere. An aid to certification, not a certification.</p>`,
    `<h2>Flagged lumisections</h2>`,
    ranges.length === 0
      ? '<p>No test lumisection is flagged.</p>'
      : `<p>${countOf(total, 'lumisection')} of ${countOf(ranges.length, 'run')}, first and last inclusive; test lumisections only.</p>`,
    ...(facts.runs.length > 0
      ? runTable(facts.runs)
      : ranges.length > 0
        ? [
            table(
              ['run', 'lumisections', 'count'],
              ranges.map(({ run, ranges: list, lumisections }) => [run, list, countText(lumisections)]),
            ),
          ]
        : []),
    `<h2>What the threshold does</h2>`,
    pairs([
      ['threshold', `${threshold.text}; flagged if the score is at least that`],
      ['rule', threshold.words],
      ...(threshold.problem ? [['caution', threshold.problem] as const] : []),
      ['precision', `${facts.precision} at a prevalence of ${facts.prevalence}`],
    ]),
    table(
      ['truth, by the labels', 'flagged', 'kept', 'flagged of row'],
      facts.matrix.map((row) => [row.name, countText(row.flagged), countText(row.kept), row.rate]),
    ),
    `<p class="quiet">Test lumisections; intervals are 68 % Clopper-Pearson and take lumisections as independent, which neighbours are not.</p>`,
    ...(facts.cautions.length > 0
      ? [
          `<h2>What else carries the numbers</h2>`,
          ...facts.cautions.map((words) => `<p>${escapeHtml(words)}</p>`),
          ...(facts.carriers.length > 0
            ? [
                table(
                  ['test', 'AUC', 'average precision', 'best F1, chosen on validation'],
                  facts.carriers.map(({ what, auc, averagePrecision, f1 }) => [what, auc, averagePrecision, f1]),
                ),
              ]
            : []),
        ]
      : []),
    `<p class="quiet">${noDataText(facts.noData)}.</p>`,
    ...facts.figures.map(
      ({ title, image }) =>
        `<figure><img src="${escapeHtml(image)}" alt="${escapeHtml(title)}"><figcaption>${escapeHtml(title)}</figcaption></figure>`,
    ),
    `<h2>Data</h2>`,
    pairs([...data.sources.map(({ name, words }) => [name, words] as const), ['labels', facts.labels], ['split', facts.split]]),
    ...data.remarks.map((remark) => `<p class="quiet">${escapeHtml(remark)}</p>`),
    `<h2>Model</h2>`,
    pairs([
      ['model', model.preset === '' ? model.name : `${model.name}, ${model.preset}`],
      ['seed', String(model.seed)],
      ['parameters', countText(model.parameters)],
      ['training', model.training],
      ['backend', model.backend],
      ['score', `${model.score}: ${model.formula}; higher is more anomalous`],
    ]),
    `<h2>To repeat it</h2>`,
    data.synthetic || facts.link !== ''
      ? `<p class="quiet">This address repeats the analysis${data.synthetic ? '' : ' once the same files are dropped'}:</p><p class="quiet"><a href="${escapeHtml(facts.link)}">${escapeHtml(facts.link.length > 120 ? `${facts.link.slice(0, 117)}...` : facts.link)}</a></p>`
      : '',
  ];
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Shift report: ${escapeHtml(data.name)}</title><style>${style}</style></head>\n<body>\n${parts.join('\n')}\n</body></html>\n`;
}
