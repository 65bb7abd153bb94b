import { expect, it } from 'vitest';
import { flaggedRanges } from '../base/flagged-ranges.ts';
import { type ReportFacts, shiftReport } from './shift-report.ts';

const facts: ReportFacts = {
  made: '2026-01-02T03:04:05Z',
  version: '0.1.0',
  data: {
    name: 'a <b> & c',
    synthetic: true,
    rows: 3100,
    sources: [{ name: 'x.csv', words: 'monitoring histogram' }],
    remarks: [],
  },
  labels: 'golden.json lists good lumisections',
  split: 'by run: 2 training, 1 validation, 4 test',
  model: {
    name: 'PCA',
    preset: '',
    seed: 1,
    parameters: 100,
    backend: 'wasm',
    training: 'closed form',
    score: 'MSE',
    formula: 'mean of (x - y)²',
  },
  threshold: { value: Number.MIN_VALUE, text: 'just above 0', words: 'best F1 on validation (uses labels)', problem: null },
  matrix: [{ name: 'bad lumisection', role: 'signal', flagged: 5, kept: 1, rate: '83.3 %' }],
  precision: '50 %',
  prevalence: '10 %',
  flagged: '{"7": [[1, 4], [9, 9]]}',
  runs: [
    { run: 7, lumisections: 200, good: 150, bad: 50, noData: 3, flagged: 5, ranges: '1–4, 9', mean: 0.00125, error: 0.0002 },
    { run: 8, lumisections: 40, good: 40, bad: 0, noData: 0, flagged: 0, ranges: '', mean: 0.234, error: Number.NaN },
    { run: 9, lumisections: 1, good: 0, bad: 0, noData: 1, flagged: 0, ranges: '', mean: Number.NaN, error: Number.NaN },
  ],
  noData: { count: 3, minEntries: 0, leaveOut: true },
  cautions: ['2 of them are empty'],
  carriers: [{ what: 'without empties', auc: '0.9', averagePrecision: '0.5', f1: '0.4' }],
  figures: [],
  link: 'https://example.org/#s=1',
};

it('says what is flagged, by ranges and counts', () => {
  expect(flaggedRanges(facts.flagged)).toEqual([{ run: '7', ranges: '1–4, 9', lumisections: 5 }]);
  expect(flaggedRanges('{}')).toEqual([]);
});

it('lists every run with its labels, what is flagged, and its mean score', () => {
  const cells = (run: number) => {
    const row = new RegExp(`<tr><th scope="row">${run}</th>(<td[^>]*>[^<]*</td>){6}</tr>`).exec(shiftReport(facts))?.[0] ?? '';
    return [...row.matchAll(/<td[^>]*>([^<]*)<\/td>/g)].map((match) => match[1]?.replaceAll('\u00a0', ' '));
  };
  expect(cells(7)).toEqual(['200', '150 (75 %)', '3', '5 (2.5 %)', '1–4, 9', '(1.25 ± 0.20) × 10⁻³']);
  expect(cells(8)).toEqual(['40', 'all', '–', '–', '–', '0.234']);
  expect(cells(9)).toEqual(['1', 'no labels', '1', '–', '–', '–']);
  // without runs, the flagged ranges stand by themselves
  expect(shiftReport({ ...facts, runs: [] })).toMatch(/<th scope="row">7<\/th><td class="words">1–4, 9<\/td><td>5<\/td>/);
});

it('is one page that asks for nothing, names synthetic data, and lets no name be markup', () => {
  const page = shiftReport(facts);
  expect(page).toContain('synthetic data');
  expect(page).toContain('5 lumisections of 1 run');
  expect(page).toContain('without empties');
  expect(page).toContain('just above 0; flagged if the score is at least that');
  expect(page).toContain('3 test histograms without a single entry: no data, neither flagged nor kept');
  const few = { count: 3, minEntries: 100, leaveOut: false };
  expect(shiftReport({ ...facts, noData: few })).toContain('with fewer than 100 entries: no data, counted like the others');
  expect(shiftReport({ ...facts, noData: { ...few, count: 0 } })).toContain('No test histogram has fewer than 100 entries');
  expect(shiftReport({ ...facts, noData: { ...few, count: 0, minEntries: 0 } })).toContain('No test histogram is empty');
  expect(page).not.toContain('<b>');
  expect(page).not.toMatch(/<script|<link|src="http|@import/);
  expect(shiftReport({ ...facts, data: { ...facts.data, synthetic: false } })).not.toContain('synthetic data');
  expect(shiftReport({ ...facts, flagged: '{}\n' })).toContain('No test lumisection is flagged');
});
