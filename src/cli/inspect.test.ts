/** `npm run inspect`: one JSON document on standard output, messages on standard error, and the exit code. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { adcSource } from '../testing/files.ts';
import { main } from './inspect.ts';

const folder = mkdtempSync(join(tmpdir(), 'inspect-'));
const place = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const log = vi.spyOn(console, 'log');
const error = vi.spyOn(console, 'error');
const printed = () => JSON.parse(String(log.mock.calls[0]?.[0]));

beforeEach(() => {
  log.mockImplementation(() => undefined).mockClear();
  error.mockImplementation(() => undefined).mockClear();
});
afterEach(() => {
  expect(log.mock.calls.length + error.mock.calls.length).toBe(1);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a file', () => {
  it('in HDF5 is described with its arrays, its layout in words and its rows', async () => {
    const { size, read } = await adcSource('events.h5', 12);
    const path = place('events.h5', await read(0, size));
    expect(await main([path])).toBe(0);
    expect(printed()).toMatchObject({
      file: path,
      format: 'hdf5',
      arrays: [{ name: 'Particles', shape: [12, 19, 4], type: 'float64', filters: ['gzip'] }],
      layout: 'adc2021',
      words: 'ADC2021 particle table, 19 x 4, MET first: 12 events',
      kind: 'objects',
      rows: 12,
    });
  });
  it('of text is described with its columns', async () => {
    expect(await main([place('table.csv', 'pt,name\n1,a\n2,b\n')])).toBe(0);
    expect(printed()).toMatchObject({
      format: 'csv',
      columns: [
        { name: 'pt', shape: [2], type: 'float64' },
        { name: 'name', shape: [2], type: 'text' },
      ],
      rows: 2,
      words: 'table of 1 feature: 2 rows',
    });
  });
  it('that cannot be read gives the message that a user would see, and exit code 1', async () => {
    const path = place('ragged.csv', 'a,b\n1,2\n3\n4,5\n');
    expect(await main([path])).toBe(1);
    expect(printed()).toEqual({
      file: path,
      error: expect.stringMatching(/^ragged\.csv, line 3: expected 2 fields.*found 1 field\./),
    });
  });
  it('without a known layout keeps its catalogue beside the message', async () => {
    expect(await main([place('words.csv', 'a\nx\ny\n')])).toBe(1);
    expect(printed()).toMatchObject({
      format: 'csv',
      columns: [{ name: 'a', type: 'text' }],
      error: expect.stringMatching(/^words\.csv/),
    });
  });
});

describe('several files', () => {
  it('give a list; one bad file does not hide the others', async () => {
    const good = place('good.csv', 'a,b\n1,2\n');
    expect(await main([join(folder, 'missing.h5'), good, place('empty.h5', '')])).toBe(1);
    const [missing, described, empty] = printed();
    expect(missing.error).toMatch(/missing\.h5: expected a file; found nothing with this name/);
    expect(described.rows).toBe(1);
    expect(empty.error).toMatch(/empty\.h5: .*an empty file \(0 bytes\)/);
  });
});

describe('the command', () => {
  it.each([
    ['no file', []],
    ['an unknown option', ['--verbose', 'yes']],
    ['an option without a value', ['--out']],
  ])('with %s is refused in one line', async (_, args) => {
    expect(await main(args)).toBe(1);
    const message = String(error.mock.calls[0]?.[0]);
    expect(message).toMatch(/^command line: expected npm run inspect -- FILE\.\.\.; found /);
    expect(message).not.toContain('\n');
  });
});
