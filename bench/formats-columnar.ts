/**
 * Throughput of the columnar formats, in MB of decoded values per second: Parquet and Arrow from files made here, ROOT and RNTuple from
 * the public files where they are at hand. pandas reads the same Parquet and Feather file beside it if it has pyarrow, which Debian does
 * not package; nothing in Debian reads ROOT.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeVector, Table, tableToIPC } from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { pathSource } from '../src/cli/source.ts';
import type { OpenFile, Values } from '../src/data/formats/contract.ts';
import { openSource } from '../src/data/formats/open.ts';
import { Cursor } from '../src/numeric/random.ts';
import { hasSharedData, sharedData } from '../src/testing/files.ts';

export interface FormatSpeed {
  /** What was read: `Parquet, Snappy, nullable`. */
  name: string;
  /** Decoded values. */
  megabytes: number;
  ours: number;
  /** The same file in Python; absent if there is no reader here. */
  python?: number;
}

const rows = 500_000;
const columns = 20;
const leastSeconds = 1;
const gzip = 'GZIP';

/** Measures all of them one after another; nothing else should run beside it. */
export async function measureColumnar(): Promise<FormatSpeed[]> {
  const folder = mkdtempSync(join(tmpdir(), 'columnar-'));
  try {
    const speeds: FormatSpeed[] = [];
    for (const { name, path, python } of [...madeFiles(folder), ...publicFiles()]) {
      const { megabytes, ours } = await measure(path);
      const other = python && pandasSeconds(python, path);
      speeds.push({ name, megabytes, ours, ...(other ? { python: megabytes / other } : {}) });
    }
    return speeds;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Measures, and prints what was measured as a table. */
export async function columnarFormats(): Promise<FormatSpeed[]> {
  console.log('\nColumnar formats; MB of decoded values per second');
  console.log('  file                                        MB        ours      pandas');
  const speeds = await measureColumnar();
  for (const { name, megabytes, ours, python } of speeds) {
    const cells = [name.padEnd(38), megabytes.toFixed(1).padStart(8), ours.toFixed(0).padStart(11)];
    console.log(`  ${cells.join(' ')} ${(python?.toFixed(0) ?? 'not here').padStart(11)}`);
  }
  return speeds;
}

interface BenchFile {
  name: string;
  path: string;
  python?: 'read_parquet' | 'read_feather';
}

function madeFiles(folder: string): BenchFile[] {
  const cursor = new Cursor(1, 'noise');
  const data = Array.from({ length: columns }, () => Float32Array.from({ length: rows }, () => cursor.normal()));
  const write = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const parquet = (options: { codec: 'SNAPPY' | 'UNCOMPRESSED' | 'GZIP'; nullable: boolean }): Uint8Array =>
    new Uint8Array(
      parquetWriteBuffer({
        codec: options.codec,
        compressors: { [gzip]: (bytes) => new Uint8Array(gzipSync(bytes)) },
        rowGroupSize: 100_000,
        columnData: data.map((values, i) => ({ name: `x${i}`, data: values, type: 'FLOAT', nullable: options.nullable })),
      }),
    );
  const table = new Table(Object.fromEntries(data.map((values, i) => [`x${i}`, makeVector(values)])));
  return [
    ['Parquet, plain', 'plain.parquet', parquet({ codec: 'UNCOMPRESSED', nullable: false }), 'read_parquet'],
    ['Parquet, Snappy', 'snappy.parquet', parquet({ codec: 'SNAPPY', nullable: false }), 'read_parquet'],
    ['Parquet, Snappy, nullable', 'nullable.parquet', parquet({ codec: 'SNAPPY', nullable: true }), 'read_parquet'],
    ['Parquet, gzip, nullable', 'gzip.parquet', parquet({ codec: 'GZIP', nullable: true }), 'read_parquet'],
    ['Arrow file', 'table.arrow', tableToIPC(table, 'file'), 'read_feather'],
  ].map(([name, file, bytes, python]) => ({
    name: name as string,
    path: write(file as string, bytes as Uint8Array),
    python: python as 'read_parquet' | 'read_feather',
  }));
}

function publicFiles(): BenchFile[] {
  if (!hasSharedData) return [];
  const root = (file: string) => join(sharedData, 'scikit-hep-testdata', file);
  return [
    { name: 'ROOT, flat, zlib', path: root('uproot-hepdata-example.root') },
    { name: 'ROOT, lists, uncompressed', path: root('uproot-HZZ-uncompressed.root') },
    { name: 'ROOT, lists, zlib', path: root('uproot-HZZ-zlib.root') },
    { name: 'ROOT, lists, ZSTD', path: root('uproot-HZZ-zstd.root') },
    { name: 'ROOT, vectors, LZ4', path: root('uproot-HZZ-objects.root') },
    { name: 'ROOT, flat, LZMA', path: root('uproot-Zmumu-lzma.root') },
    { name: 'RNTuple, lists, ZSTD', path: root('Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root') },
  ];
}

/** Reads every readable array of the opened file, again and again. */
async function measure(path: string): Promise<{ megabytes: number; ours: number }> {
  const file = await openSource(await pathSource(path));
  const once = await readAll(file);
  const start = performance.now();
  let times = 0;
  while (performance.now() - start < leastSeconds * 1000) {
    await readAll(file);
    times++;
  }
  const seconds = (performance.now() - start) / 1000 / times;
  file.close();
  return { megabytes: once / 1e6, ours: once / 1e6 / seconds };
}

async function readAll(file: OpenFile): Promise<number> {
  let bytes = 0;
  for (const { name, jagged, problem } of file.arrays) {
    if (problem) continue;
    if (jagged) {
      const { offsets, values } = await (file.readLists as NonNullable<OpenFile['readLists']>)(name);
      bytes += offsets.byteLength + sizeOf(values);
    } else bytes += sizeOf(await file.read(name));
  }
  return bytes;
}

function sizeOf(values: Values): number {
  return Array.isArray(values) ? values.reduce((sum, text) => sum + text.length, 0) : values.byteLength;
}

function pandasSeconds(reader: string, path: string): number | undefined {
  const code = `import time, pandas, pyarrow\npandas.${reader}(${JSON.stringify(path)})\nt = time.time()\npandas.${reader}(${JSON.stringify(path)})\nprint(time.time() - t)`;
  for (const python of ['python3', '/usr/bin/python3']) {
    const { status, stdout } = spawnSync(python, ['-c', code], { encoding: 'utf8' });
    if (status === 0) return Number(stdout.trim());
  }
  return undefined;
}
