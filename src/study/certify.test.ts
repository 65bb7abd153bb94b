/** Two labels at once: rows that are judged by one and trained on by another, from columns or from certification lists. */
import { describe, expect, it } from 'vitest';
import { makeSplit } from '../data/split.ts';
import { textSource } from '../testing/files.ts';
import { loadFilesData } from './load.ts';
import { splitDefaults } from './schema.ts';

/** Run 1 has lumisections 1 to 10, run 2 has 1 and 2. `hand` calls lumisection 3 bad, and all of run 2. */
const rows = [
  ...Array.from({ length: 10 }, (_, i) => [1, i + 1, i + 1 === 3 ? 'bad' : 'ok', i]),
  [2, 1, 'bad', 90],
  [2, 2, 'bad', 91],
];
const sources: Record<string, string> = {
  'h.csv': `run,lumi,hand,x\n${rows.map((row) => row.join(',')).join('\n')}\n`,
  'golden.json': '{"1": [[1, 8]]}',
  'bad.json': '{"1": [[3, 3]], "2": [-1]}',
};
const locate = async (path: string) => textSource(path, sources[path] ?? '');
const files = [{ path: 'h.csv' }];
const golden = { certification: 'golden.json', lists: 'good' } as const;
const bad = { certification: 'bad.json', lists: 'bad' } as const;

describe('a certification as the label', () => {
  it('judges by run and lumisection; a run that is absent is not on the list', async () => {
    const good = await loadFilesData({ files, label: golden }, locate);
    expect(good.classes).toEqual([
      { name: 'good', role: 'background' },
      { name: 'bad', role: 'signal' },
    ]);
    expect([...good.label]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect(good.remarks.join('\n')).toMatch(/1 run of the data is not in golden\.json: not listed, so bad/);
    const pixel = await loadFilesData({ files, label: bad }, locate);
    expect([...pixel.label]).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    const on = await loadFilesData({ files, label: { ...golden, lists: 'detector-on' } }, locate);
    expect(on.classes.map(({ name }) => name)).toEqual(['detector on', 'detector not on']);
  });

  it('leaves rows without a number unlabelled, and refuses data without runs', async () => {
    const holes = async () => textSource('h.csv', 'run,lumi,x\n1,1,3\n,2,4\n1,,5\n');
    const at = (path: string) => (path === 'h.csv' ? holes() : locate(path));
    const some = await loadFilesData({ files, label: golden }, at);
    expect([...some.label]).toEqual([0, 2, 2]);
    expect(some.classes[2]).toEqual({ name: 'no run or lumisection', role: 'unlabelled' });
    const none = (path: string) => (path === 'h.csv' ? Promise.resolve(textSource('h.csv', 'x\n1\n2\n')) : locate(path));
    await expect(loadFilesData({ files, label: golden }, none)).rejects.toThrow(
      'h.csv: expected a run and a lumisection for each row, to look them up in golden.json; found neither.',
    );
  });
});

describe('a list as a mask', () => {
  it('keeps the rows on it, or those that are not on a list of bad ones, and nothing without a number', async () => {
    const byHand = { column: 'hand', normal: 'ok' };
    const on = await loadFilesData({ files, label: byHand, mask: { ...golden, lists: 'detector-on' } }, locate);
    expect([...(on.lumisection ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...on.label]).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
    expect(on.remarks.join('\n')).toMatch(/golden\.json keeps 8 of 12 rows/);
    const notBad = await loadFilesData({ files, label: byHand, mask: bad }, locate);
    expect([...(notBad.lumisection ?? [])]).toEqual([1, 2, 4, 5, 6, 7, 8, 9, 10]);
    const both = await loadFilesData({ files, label: golden, mask: bad, cut: 'lumisection > 6' }, locate);
    expect([...both.label]).toEqual([0, 0, 1, 1]);
    const other = (path: string) =>
      path === 'golden.json' ? Promise.resolve(textSource(path, '{"9": [[1, 2]]}')) : locate(path);
    await expect(loadFilesData({ files, label: byHand, mask: golden }, other)).rejects.toThrow(
      /data, mask golden\.json: expected some rows on the list; found none/,
    );
  });
});

describe('a label of its own for training', () => {
  it('comes from a list while a column judges, and the other way round', async () => {
    const byHand = { column: 'hand', normal: 'ok' };
    const one = await loadFilesData({ files, label: byHand, trainOn: golden }, locate);
    expect([...one.label]).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    expect([...(one.trainable ?? [])]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]);
    const other = await loadFilesData({ files, label: golden, trainOn: byHand }, locate);
    expect([...(other.trainable ?? [])]).toEqual([1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect(other.remarks.join('\n')).toMatch(/9 rows may train, by "hand"/);
  });

  it('decides who trains; everything else is judged', async () => {
    const data = await loadFilesData({ files, label: { column: 'hand', normal: 'ok' }, trainOn: golden }, locate);
    const split = makeSplit(data, { ...splitDefaults, train: 0.5, validation: 0, test: 0.5 });
    // of the 7 rows that both call good, 4 train; the one that only the list calls good is dealt out by itself
    expect(split.training.every((row) => data.trainable?.[row] === 1)).toBe(true);
    expect(split.training.length).toBe(4 + 1);
    expect([...split.training, ...split.test].sort((a, b) => a - b)).toEqual([...rows.keys()]);
    expect([...split.training]).toContain(2);
    const parity = makeSplit(data, { ...splitDefaults, by: 'parity' });
    expect([...parity.training]).toEqual([0, 2, 4, 6]);
  });

  it('does not let a file train that is a signal by its role', async () => {
    const two = [...files, { path: 'h.csv', role: 'signal' as const, name: 'planted' }];
    const data = await loadFilesData({ files: two, label: golden, trainOn: golden }, locate);
    expect([...(data.trainable ?? [])].slice(12)).toEqual(new Array(12).fill(0));
    expect(data.classes[data.label[12] as number]?.name).toBe('planted');
  });
});
