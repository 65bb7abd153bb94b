/**
 * ROOT files of many one-dimensional histograms, for tests: the public example file with other cells in copies of its histogram `hpx`,
 * unpacked and behind a new list of keys. The writing of ROOT itself, classes and all, stays as ROOT made it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from '../data/formats/contract.ts';
import { memorySource } from '../data/formats/open.ts';
import { readObject, readOutside } from '../data/formats/root/keys.ts';
import { sharedData } from './files.ts';

/** Cells of `hpx`, under- and overflow included. */
export const cellsOfExample = 102;
const numbersOf = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeInt32BE(value, i * 4);
  return bytes;
};
const text = (words: string): Buffer => Buffer.concat([Buffer.of(words.length), Buffer.from(words)]);

/**
 * @param rows path in the file and cells (102 each, under- and overflow included) of every histogram
 * @returns a file whose keys are these histograms alone; names may hold folders: `DQMData/Run 7/charge`
 */
export async function rootHistograms(name: string, rows: readonly { path: string; cells: ArrayLike<number> }[]): Promise<Source> {
  const example = readFileSync(join(sharedData, 'scikit-hep-testdata/uproot-hepdata-example.root'));
  const source = memorySource(name, new Uint8Array(example));
  const known = (await readOutside(source)).keys.find(({ path }) => path === 'hpx');
  if (!known) throw new Error('the example file has no histogram hpx');
  const object = Buffer.from(await readObject(source, known));
  const file: Buffer[] = [Buffer.from(example)];
  let end = example.length;
  const append = (bytes: Buffer): void => {
    file.push(bytes);
    end += bytes.length;
  };
  /** A key of version 4: sizes, place, class and name. */
  const key = (className: string, path: string, objectLength: number, seek: number): Buffer => {
    const tail = Buffer.concat([text(className), text(path), text('')]);
    const length = 26 + tail.length;
    const head = Buffer.concat([
      numbersOf(length + objectLength),
      Buffer.of(0, 4),
      numbersOf(objectLength, 0),
      Buffer.alloc(4),
      numbersOf(seek, 100),
    ]);
    head.writeInt16BE(length, 14);
    head.writeInt16BE(1, 16);
    return Buffer.concat([head, tail]);
  };
  const keys: Buffer[] = [];
  for (const { path, cells } of rows) {
    // the cells are the last thing of the object: TArrayF, singles in big endian
    const own = Buffer.from(object);
    for (let i = 0; i < cellsOfExample; i++) own.writeFloatBE(cells[i] as number, own.length - 4 * (cellsOfExample - i));
    keys.push(key('TH1F', path, own.length, end));
    append(Buffer.concat([keys.at(-1) as Buffer, own]));
  }
  const list = Buffer.concat([numbersOf(keys.length), ...keys]);
  const seekKeys = end;
  append(Buffer.concat([key('TDirectory', 'list', list.length, end), list]));
  const first = file[0] as Buffer;
  first.writeInt32BE(end, 12);
  first.writeInt32BE(seekKeys, first.readInt32BE(8) + first.readInt32BE(28) + 26);
  return memorySource(name, new Uint8Array(Buffer.concat(file)));
}
