import { expect, it } from 'vitest';
import { noDataSentence, plainChoice } from './lumisection-words.ts';

const classes = [
  { name: 'good', role: 'background', rows: 1200 },
  { name: 'bad', role: 'signal', rows: 30 },
] as const;

it('says which histograms are no data, of which class, and what becomes of them', () => {
  const all = { rows: 1230, classes, lumisections: {} };
  expect(noDataSentence(all)).toBe('None of 1\u202f230 histograms is empty: all are data.');
  expect(noDataSentence({ ...all, lumisections: { minEntries: 5 } })).toMatch(/has too few entries/);
  expect(noDataSentence({ ...all, noData: { rows: [0, 4], test: 1, minEntries: 0, leaveOut: true } })).toBe(
    '4 of 1\u202f230 histograms are empty: no data. They are left out of training, thresholds and results (4 of 30 "bad").',
  );
  expect(noDataSentence({ ...all, noData: { rows: [2, 4], test: 1, minEntries: 100, leaveOut: false } })).toMatch(
    /^6 of .* have fewer than 100 entries: no data\. They train, .* \(2 of 1\u202f200 "good", 4 of 30 "bad"\)\.$/,
  );
});

it('leaves out of a study what is usual anyway', () => {
  expect(plainChoice({ together: 1, combine: 'mean', minEntries: 0, noData: 'leave-out' })).toEqual({});
  expect(plainChoice({ together: 3, combine: 'sum' })).toEqual({ together: 3 });
  expect(plainChoice({ together: 3, combine: 'mean', minEntries: 9, noData: 'count' })).toEqual({
    together: 3,
    combine: 'mean',
    minEntries: 9,
    noData: 'count',
  });
});
