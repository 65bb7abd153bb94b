import { expect, it } from 'vitest';
import { csvPreview } from './csv-preview.ts';

it('shows the head and the first lines, and counts the others', async () => {
  const lines = Array.from({ length: 30 }, (_, i) => `${i},"A, ""to"" 4l",${i / 8}\n`);
  const { head, lines: first, total } = await csvPreview(new Blob(['row,class,score\n', ...lines]));
  expect(head).toEqual(['row', 'class', 'score']);
  expect(first).toHaveLength(8);
  expect(first[3]).toEqual(['3', 'A, "to" 4l', '0.375']);
  expect(total).toBe(30);
});

it('takes a short file as it is', async () => {
  expect(await csvPreview('row,score\n0,1\n')).toEqual({ head: ['row', 'score'], lines: [['0', '1']], total: 1 });
  expect(await csvPreview('row,score\n')).toEqual({ head: ['row', 'score'], lines: [], total: 0 });
  expect((await csvPreview('row,,score\n')).head).toEqual(['row', '', 'score']);
});
