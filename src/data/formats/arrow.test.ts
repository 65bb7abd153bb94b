import {
  Bool,
  CompressionType,
  compressionRegistry,
  DateDay,
  Dictionary,
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  LargeList,
  LargeUtf8,
  List,
  makeVector,
  Struct,
  Table,
  TimestampMillisecond,
  tableToIPC,
  Utf8,
  Utf8View,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../base/problem.ts';
import { Cursor } from '../../numeric/random.ts';
import type { Lists, OpenFile, Source } from './contract.ts';
import { memorySource, openSource } from './open.ts';

const messageOf = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => new Error('nothing was refused'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Problem);
  return (error as Problem).message;
};
const lists = (file: OpenFile, name: string, rows?: [number, number]): Promise<Lists> =>
  (file.readLists as NonNullable<OpenFile['readLists']>)(name, rows ? { rows } : {});
const open = (table: Table, kind: 'file' | 'stream' = 'file') => openSource(memorySource('a.arrow', tableToIPC(table, kind)));
const list = (type: Float32 | Float64 | Int32 | Utf8) => new List(new Field('item', type, true));

/** Columns of every readable type, rows `first` to `first + n`; some values are missing. */
function everything(first: number, n: number): Table {
  const rows = Array.from({ length: n }, (_, i) => first + i);
  const columns: Record<string, Vector> = {
    half: vectorFromArray(
      rows.map((row) => row / 2),
      new Float16(),
    ),
    pt: vectorFromArray(
      rows.map((row) => row / 8),
      new Float32(),
    ),
    missing: vectorFromArray(
      rows.map((row) => (row % 3 ? row : null)),
      new Int32(),
    ),
    small: vectorFromArray(
      rows.map((row) => -row),
      new Int16(),
    ),
    event: vectorFromArray(
      rows.map((row) => BigInt(row) * 1_000_000_007n),
      new Int64(),
    ),
    flag: vectorFromArray(
      rows.map((row) => row % 3 === 0),
      new Bool(),
    ),
    text: vectorFromArray(
      rows.map((row) => (row % 5 ? `é ${row}` : null)),
      new Utf8(),
    ),
    large: vectorFromArray(
      rows.map((row) => 'x'.repeat(row % 4)),
      new LargeUtf8(),
    ),
    kind: vectorFromArray(
      rows.map((row) => (row % 4 ? ['qcd', 'ttbar'][row % 2] : null)),
      new Dictionary(new Utf8(), new Int32(), 0),
    ),
    day: vectorFromArray(
      rows.map((row) => new Date(row * 86_400_000)),
      new DateDay(),
    ),
    time: vectorFromArray(
      rows.map((row) => new Date(row * 1000)),
      new TimestampMillisecond(),
    ),
    jets: vectorFromArray(
      rows.map((row) => (row % 7 ? Array.from({ length: row % 4 }, (_, k) => row + k / 4) : null)),
      list(new Float32()),
    ),
    words: vectorFromArray(
      rows.map((row) => Array.from({ length: row % 3 }, (_, k) => `w${k}`)),
      list(new Utf8()),
    ),
    long: vectorFromArray(
      rows.map((row) => [row, row + 0.5]),
      new LargeList(new Field('item', new Float64(), true)),
    ),
    pair: vectorFromArray(
      rows.map((row) => [row, -row]),
      new FixedSizeList(2, new Field('item', new Float64(), true)),
    ),
    muon: vectorFromArray(
      rows.map((row) => (row % 6 ? { pt: row, charge: row % 2 } : null)),
      new Struct([new Field('pt', new Float64(), true), new Field('charge', new Int32(), true)]),
    ),
    last: vectorFromArray(rows, new Float64()),
  };
  return new Table(columns);
}

/** What the table above should give. */
async function checkEverything(file: OpenFile, n: number): Promise<void> {
  const rows = Array.from({ length: n }, (_, i) => i);
  const nan = Number.NaN;
  const plain: Record<string, unknown> = {
    half: Float32Array.from(rows, (row) => row / 2),
    pt: Float32Array.from(rows, (row) => row / 8),
    missing: Float64Array.from(rows, (row) => (row % 3 ? row : nan)),
    small: Int16Array.from(rows, (row) => -row),
    event: Float64Array.from(rows, (row) => row * 1_000_000_007),
    flag: Uint8Array.from(rows, (row) => (row % 3 === 0 ? 1 : 0)),
    text: rows.map((row) => (row % 5 ? `é ${row}` : '')),
    large: rows.map((row) => 'x'.repeat(row % 4)),
    kind: rows.map((row) => (row % 4 ? ['qcd', 'ttbar'][row % 2] : '')),
    day: Int32Array.from(rows),
    time: Float64Array.from(rows, (row) => row * 1000),
    pair: Float64Array.from(rows.flatMap((row) => [row, -row])),
    'muon.pt': Float64Array.from(rows, (row) => (row % 6 ? row : nan)),
    'muon.charge': Float64Array.from(rows, (row) => (row % 6 ? row % 2 : nan)),
    last: Float64Array.from(rows),
  };
  for (const [name, expected] of Object.entries(plain)) expect([name, await file.read(name)]).toEqual([name, expected]);
  const expected = {
    jets: rows.map((row) => (row % 7 ? Array.from({ length: row % 4 }, (_, k) => row + k / 4) : [])),
    words: rows.map((row) => Array.from({ length: row % 3 }, (_, k) => `w${k}`)),
    long: rows.map((row) => [row, row + 0.5]),
  };
  for (const [name, own] of Object.entries(expected)) {
    const { offsets, values } = await lists(file, name);
    expect(rows.map((_, i) => [...values.slice(offsets[i], offsets[i + 1])])).toEqual(own);
    const part = await lists(file, name, [5, n - 5]);
    expect([...part.values]).toEqual(own.slice(5, n - 5).flat());
  }
}

describe('an Arrow file', () => {
  // batches of a stream may each bring their own dictionary, those of a file share one
  const stream = everything(0, 30).concat(everything(30, 20));
  const whole = everything(0, 50);
  const table = whole.slice(0, 30).concat(whole.slice(30, 50));

  it.each(['file', 'stream'] as const)('as a %s gives every type, over several batches', async (kind) => {
    const file = await open(kind === 'file' ? table : stream, kind);
    expect([file.format, file.tabular]).toEqual(['arrow', true]);
    const info = (name: string) => file.arrays.find((array) => array.name === name);
    expect(info('pt')).toEqual({ name: 'pt', shape: [50], type: 'float32', chunkRows: 30 });
    expect(info('jets')).toEqual({ name: 'jets', shape: [50], type: 'float32', chunkRows: 30, jagged: true });
    expect(info('pair')?.shape).toEqual([50, 2]);
    expect(info('kind')?.type).toBe('text');
    await checkEverything(file, 50);
  });

  const storedLz4 = (bytes: Uint8Array) => {
    const size = [bytes.length & 255, (bytes.length >> 8) & 255, (bytes.length >> 16) & 255, 0x80];
    return Uint8Array.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, ...(bytes.length ? [...size, ...bytes] : []), 0, 0, 0, 0]);
  };
  const storedZstd = (bytes: Uint8Array) => {
    const header = (bytes.length << 3) | 1;
    const three = (n: number) => [n & 255, (n >> 8) & 255, (n >> 16) & 255];
    return Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, ...three(bytes.length), 0, ...three(header), ...bytes]);
  };
  it.each([
    ['LZ4', CompressionType.LZ4_FRAME, storedLz4],
    ['ZSTD', CompressionType.ZSTD, storedZstd],
  ] as const)('is read through %s, as Feather is written', async (name, type, encode) => {
    compressionRegistry.set(type, { encode, decode: (bytes) => bytes });
    const bytes = tableToIPC(table, 'file', type);
    const file = await openSource(memorySource('a.feather', bytes));
    expect(file.arrays[0]?.filters).toEqual([name]);
    await checkEverything(file, 50);
  });

  it('rounds whole numbers beyond 2^53 and says so', async () => {
    const file = await open(new Table({ event: vectorFromArray([2n ** 60n, 9007199254740993n], new Int64()) }));
    expect(await file.read('event')).toEqual(Float64Array.of(2 ** 60, 9007199254740992));
    expect(file.remarks).toEqual(['"event": whole numbers beyond 2^53 were rounded to the nearest double']);
  });

  it('names what it cannot read: lists of lists, and what stands behind texts of the newest kind', async () => {
    const nested = new List(new Field('item', list(new Int32()), true));
    const file = await open(
      new Table({ deep: vectorFromArray([[[1]], []], nested), after: vectorFromArray([1, 2], new Int32()) }),
    );
    expect(await messageOf(file.read('deep'))).toMatch(/array "deep": .* found lists of lists or of objects/);
    expect(await file.read('after')).toEqual(Int32Array.of(1, 2));
    const views = await open(
      new Table({ view: vectorFromArray(['a'], new Utf8View()), after: vectorFromArray([1], new Int32()) }),
    );
    expect(await messageOf(views.read('view'))).toMatch(/found textView/);
    expect(await messageOf(views.read('after'))).toMatch(/a column behind one of type textView/);
    const old = memorySource('old.feather', new TextEncoder().encode('FEA1 and whatever follows it'));
    expect(await messageOf(openSource(old))).toMatch(/found version 1 of Feather/);
  });

  it('reads no more than its metadata and the asked stretch of the asked column', async () => {
    const numbers = Object.fromEntries(
      Array.from({ length: 10 }, (_, k) => [`x${k}`, makeVector(Float64Array.from({ length: 4000 }, (_, i) => i * k))]),
    );
    const source = memorySource('a.arrow', tableToIPC(new Table(numbers), 'file'));
    let bytes = 0;
    const file = await openSource({
      ...source,
      read: (start, end) => {
        bytes += end - start;
        return source.read(start, end);
      },
    });
    bytes = 0;
    expect([...(await file.read('x7', { rows: [100, 103] }))]).toEqual([700, 707, 714]);
    expect(bytes).toBe(24);
  });

  it('ends in data or in a problem, whatever byte is damaged', { timeout: 60_000 }, async () => {
    const cursor = new Cursor(4, 'noise');
    let refused = 0;
    for (const kind of ['file', 'stream'] as const) {
      const good = tableToIPC(everything(0, 20), kind);
      for (let round = 0; round < 200; round++) {
        const bytes = good.slice();
        bytes[Math.floor(cursor.uniform() * bytes.length)] = Math.floor(cursor.uniform() * 256);
        const outcome = await readAll(memorySource('a.arrow', bytes));
        if (!outcome) continue;
        refused++;
        expect(outcome).toBeInstanceOf(Problem);
      }
    }
    expect(refused).toBeGreaterThan(20);
  });
});

async function readAll(source: Source): Promise<unknown> {
  try {
    const file = await openSource(source);
    for (const array of file.arrays) {
      if (array.problem) continue;
      const rows = array.shape[0] as number;
      if (array.jagged) expect((await lists(file, array.name)).offsets.length).toBe(rows + 1);
      else expect((await file.read(array.name)).length).toBe(array.shape.reduce((product, n) => product * n, 1));
    }
    return undefined;
  } catch (error) {
    return error;
  }
}
