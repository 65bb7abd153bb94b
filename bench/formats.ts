/**
 * How fast files become numbers, format by format, beside h5py, NumPy and pandas reading the same file. Megabytes are those of the decoded
 * values; for texts those of the file. Files are written into a temporary folder by `formats.py` and removed again.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pathSource } from '../src/cli/source.ts';
import { openSource } from '../src/data/formats/open.ts';

/** A file that `formats.py` writes and reads under the same name. */
interface Case {
  name: string;
  file: string;
  /** Megabytes are those of the file, not of the values. */
  text?: true;
}

/** To add a format: an entry here, its file in `make` and its reader in `readers` of formats.py. */
const cases: readonly Case[] = [
  { name: 'HDF5, gzip', file: 'gzip.h5' },
  { name: 'HDF5, LZF', file: 'lzf.h5' },
  { name: 'HDF5, uncompressed', file: 'plain.h5' },
  { name: 'NPY', file: 'x.npy' },
  { name: 'NPZ, deflated', file: 'x.npz' },
  { name: 'CSV', file: 'x.csv', text: true },
  { name: 'CSV, gzip', file: 'x.csv.gz', text: true },
  { name: 'JSON lines', file: 'x.jsonl', text: true },
];
const rows = 200_000;
const runs = 5;
const bandRows = 50_000;

/** MB a second of one file, ours and Python's. */
export interface RowFormatSpeed {
  name: string;
  megabytes: number;
  ours: number;
  /** Absent if Python could not read it. */
  python?: number;
}

/** Empty without Python, which writes the files. */
export async function formats(): Promise<RowFormatSpeed[]> {
  const script = join(dirname(fileURLToPath(import.meta.url)), 'formats.py');
  const folder = mkdtempSync(join(tmpdir(), 'formats-'));
  try {
    const python = ['python3', '/usr/bin/python3'].find(
      (one) => spawnSync(one, [script, 'make', folder, String(rows)]).status === 0,
    );
    if (!python) {
      console.log('\nFormats: not measured, since the files are written by Python with h5py and pandas, which are not here');
      return [];
    }
    console.log(`\nFormats, ${rows} rows x 57 float32, read whole in bands; MB/s, median of ${runs}`);
    console.log('  format                    ours    Python   ours / Python');
    const speeds: RowFormatSpeed[] = [];
    for (const { name, file, text } of cases) {
      const path = join(folder, file);
      const { seconds, bytes } = await ours(path);
      const megabytes = (text ? textBytes(folder, file) : bytes) / 1e6;
      const { status, stdout } = spawnSync(python, [script, 'read', name, path], { encoding: 'utf8' });
      const theirs = status === 0 ? (JSON.parse(stdout) as { seconds: number }).seconds : undefined;
      const beside = theirs === undefined ? ['-', '-'] : [(megabytes / theirs).toFixed(0), (theirs / seconds).toFixed(2)];
      console.log(
        `  ${name.padEnd(20)} ${(megabytes / seconds).toFixed(0).padStart(9)} ${beside[0]?.padStart(9)} ${beside[1]?.padStart(15)}`,
      );
      speeds.push({ name, megabytes, ours: megabytes / seconds, ...(theirs ? { python: megabytes / theirs } : {}) });
    }
    return speeds;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A packed text counts as much as the text in it. */
function textBytes(folder: string, file: string): number {
  return statSync(join(folder, file.replace(/\.gz$/, ''))).size;
}

async function ours(path: string): Promise<{ seconds: number; bytes: number }> {
  const seconds: number[] = [];
  let bytes = 0;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    bytes = 0;
    const file = await openSource(await pathSource(path));
    for (const { name, shape } of file.arrays) {
      const total = shape[0] as number;
      for (let from = 0; from < total; from += bandRows) {
        const values = await file.read(name, { rows: [from, Math.min(total, from + bandRows)] });
        bytes += (values as Float32Array).byteLength;
      }
    }
    file.close();
    seconds.push((performance.now() - start) / 1000);
  }
  return { seconds: seconds.sort((a, b) => a - b)[runs >> 1] as number, bytes };
}
