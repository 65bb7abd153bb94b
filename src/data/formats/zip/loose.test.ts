import { expect, it } from 'vitest';
import { pngBytes } from '../../../testing/format-fixtures.ts';
import { recognise } from '../../recognise.ts';
import { memorySource, openSource } from '../open.ts';
import { sourcesOf } from './loose.ts';

const picture = (path: string, seed: number) => ({
  path,
  source: memorySource(path.split('/').at(-1) as string, pngBytes(seed, 12, 10)),
});
const table = { path: 'set/notes.csv', source: memorySource('notes.csv', new TextEncoder().encode('a,b\n1,2\n')) };

it('images that arrive together become one source, whose classes are their folders', async () => {
  const sources = sourcesOf([table, picture('set/good/1.png', 1), picture('set/bad/2.png', 2), picture('set/good/3.png', 3)]);
  expect(sources.map(({ name }) => name)).toEqual(['notes.csv', 'set']);
  const file = await openSource(sources[1]!);
  expect(file.arrays.find(({ name }) => name === 'images')?.shape.slice(0, 1)).toEqual([3]);
  expect(await file.read('class')).toEqual(['bad', 'good', 'good']);
  expect((await recognise(file)).recognition.kind).toBe('images');
  file.close();
});

it('of several folders or none the bundle is called images; one picture stays a file', () => {
  expect(sourcesOf([picture('good/1.png', 1), picture('bad/2.png', 2)]).map(({ name }) => name)).toEqual(['images']);
  expect(sourcesOf([picture('1.png', 1), picture('2.png', 2)]).map(({ name }) => name)).toEqual(['images']);
  expect(sourcesOf([picture('1.png', 1), table]).map(({ name }) => name)).toEqual(['1.png', 'notes.csv']);
});
