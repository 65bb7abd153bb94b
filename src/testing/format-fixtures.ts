/**
 * One small valid file of each format, made here; the contract suite and the fuzzer run over all of them. A new format adds its own.
 */
import { Field, Float64, List, Table, tableToIPC, vectorFromArray } from 'apache-arrow';
import { encode } from 'fast-png';
import { gzipSync } from 'fflate';
import type { Source } from '../data/formats/contract.ts';
import { memorySource } from '../data/formats/open.ts';
import { hdf5Source, npyBytes, parquetSource, textSource, zipSource } from './files.ts';
import { rntupleSource } from './rntuple.ts';

/** A PNG of `width` x `height` pixels with three colours that depend on `seed`. */
export function pngBytes(seed: number, width = 8, height = 6): Uint8Array {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7 + seed * 31) % 256);
  return encode({ width, height, data, channels: 3, depth: 8 });
}

export async function formatFixtures(): Promise<Record<string, Source>> {
  const data = new Float64Array(4000).map((_, i) => i);
  return {
    hdf5: await hdf5Source('table.h5', [{ name: 'values', data, shape: [1000, 4], chunks: [100, 4], compression: 'gzip' }]),
    arrow: memorySource(
      'table.arrow',
      tableToIPC(
        new Table({
          pt: vectorFromArray([...data.slice(0, 100)], new Float64()),
          jet_pt: vectorFromArray(
            Array.from({ length: 100 }, (_, i) => Array.from({ length: i % 3 }, (_, k) => i + k / 4)),
            new List(new Field('item', new Float64(), true)),
          ),
        }),
      ),
    ),
    root: rntupleSource('table.root', {
      fields: [{ name: 'pt', type: 'float' }],
      columns: [{ type: 0x0d, bits: 64, field: 0 }],
      groups: [
        [{ entries: 60, columns: [{ first: 0, pages: [{ elements: 60, bytes: new Uint8Array(data.slice(0, 60).buffer) }] }] }],
        [{ entries: 40, columns: [{ first: 60, pages: [{ elements: 40, bytes: new Uint8Array(data.slice(60, 100).buffer) }] }] }],
      ],
    }),
    parquet: parquetSource('table.parquet', {
      rowGroupSize: 20,
      columnData: [
        { name: 'pt', data: data.slice(0, 100) },
        { name: 'jet_pt', data: Array.from({ length: 100 }, (_, i) => Array.from({ length: i % 3 }, (_, k) => i + k / 4)) },
        { name: 'kind', data: Array.from({ length: 100 }, (_, i) => (i % 2 ? 'signal' : 'background')) },
      ],
    }),
    csv: textSource('table.csv', csvText()),
    npy: memorySource('table.npy', npyBytes('<f8', [1000, 4], data)),
    npz: zipSource('tables.npz', {
      'x.npy': npyBytes('<f8', [1000, 4], data),
      'y.npy': npyBytes(
        '<f4',
        [1000],
        Float32Array.from({ length: 1000 }, (_, i) => i % 2),
      ),
    }),
    gzip: memorySource('table.csv.gz', gzipSync(new TextEncoder().encode(csvText()))),
    images: memorySource('one.png', pngBytes(1)),
    json: textSource(
      'table.json',
      JSON.stringify(Array.from({ length: 50 }, (_, i) => ({ pt: i / 2, kind: i % 2 ? 'a' : 'b', p4: [i, 0, i, 1] }))),
    ),
    zip: zipSource(
      'images.zip',
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i % 2 ? 'signal' : 'background'}/${i}.png`, pngBytes(i)])),
    ),
  };
}

function csvText(): string {
  return `row,pt,kind,left\n${Array.from({ length: 200 }, (_, i) => `${i},${i / 2},background,${9 - i}\n`).join('')}`;
}
