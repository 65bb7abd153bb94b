/**
 * Files made in memory for tests: HDF5 written with h5wasm, Parquet written with hyparquet-writer, text tables, and the public test files where they are at hand.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import * as h5wasm from 'h5wasm/node';
import { parquetWriteBuffer, schemaFromColumnData } from 'hyparquet-writer';
import type { OpenFile, Source } from '../data/formats/contract.ts';
import { loadPlugins } from '../data/formats/hdf5/filters.ts';
import { memorySource, openSource } from '../data/formats/open.ts';

type CreateDataset = Parameters<InstanceType<typeof h5wasm.File>['create_dataset']>[0];

/** An HDF5 file with the given datasets. */
export async function hdf5Source(name: string, datasets: readonly CreateDataset[]): Promise<Source> {
  await h5wasm.ready;
  const folder = mkdtempSync(join(tmpdir(), 'hdf5-'));
  const path = join(folder, 'file.h5');
  const file = new h5wasm.File(path, 'w');
  for (const dataset of datasets) file.create_dataset(dataset);
  file.close();
  const bytes = new Uint8Array(readFileSync(path));
  rmSync(folder, { recursive: true });
  return memorySource(name, bytes);
}

type SchemaElement = NonNullable<Parameters<typeof parquetWriteBuffer>[0]['schema']>[number];
type ParquetTable = Omit<Parameters<typeof parquetWriteBuffer>[0], 'writer' | 'schema'>;

/**
 * A Parquet file with the given columns, written by hyparquet-writer. A column without a type whose data are arrays becomes lists of
 * doubles in the three usual levels; arrays of arrays become lists of lists.
 */
export function parquetSource(name: string, table: ParquetTable): Source {
  const isList = ({ data }: { data: ArrayLike<unknown> }) => Array.from(data).some(Array.isArray);
  const schema = schemaFromColumnData({ columnData: table.columnData.map((c) => (isList(c) ? { ...c, data: [1] } : c)) });
  const withLists = schema.flatMap((element) => {
    const column = table.columnData.find((entry) => entry.name === element.name);
    return column && isList(column) ? listElements(element.name, depthOf(Array.from<unknown>(column.data))) : [element];
  });
  // the writer takes types from a schema or from columns, not from both
  const columnData = table.columnData.map(({ type, nullable, ...column }) => column);
  return memorySource(name, new Uint8Array(parquetWriteBuffer({ ...table, columnData, schema: withLists })));
}

function depthOf(rows: readonly unknown[]): number {
  return Math.max(0, ...rows.map((row) => (Array.isArray(row) ? 1 + depthOf(row) : 0)));
}

function listElements(name: string, depth: number): SchemaElement[] {
  if (depth === 0) return [{ name, type: 'DOUBLE', repetition_type: 'OPTIONAL' }];
  return [
    { name, converted_type: 'LIST', num_children: 1, repetition_type: 'OPTIONAL' },
    { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
    ...listElements('element', depth - 1),
  ];
}

/** An HDF5 file with one dataset `x` of rank 1 behind a filter that comes as a plug-in, which our own loader fetches. */
export async function filteredHdf5(filter: number, options: readonly number[], data: Float32Array): Promise<Uint8Array> {
  const module = await h5wasm.ready;
  const instance = { module, spent: false, files: 0, plugins: new Set<number>() } as Parameters<typeof loadPlugins>[1];
  await loadPlugins([{ id: filter, name: '', cd_values: [] }], instance, 'disk');
  const folder = mkdtempSync(join(tmpdir(), 'hdf5-'));
  const file = new h5wasm.File(join(folder, 'file.h5'), 'w');
  const compression_opts = [...options];
  file.create_dataset({ name: 'x', data, shape: [data.length], chunks: [1000], compression: filter, compression_opts });
  file.close();
  const bytes = new Uint8Array(readFileSync(join(folder, 'file.h5')));
  rmSync(folder, { recursive: true });
  return bytes;
}

/** A text file. */
export function textSource(name: string, text: string): Source {
  return memorySource(name, new TextEncoder().encode(text));
}

/** The bytes of an NPY file, version 1.0. */
export function npyBytes(descr: string, shape: readonly number[], data: ArrayBufferView, fortran = false): Uint8Array {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const type = descr.startsWith('[') ? descr : `'${descr}'`;
  const text = `{'descr': ${type}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${dims}), }`;
  const length = Math.ceil((text.length + 11) / 64) * 64 - 10;
  const head = new TextEncoder().encode(`\x00NUMPY\x01\x00\x00\x00${text.padEnd(length - 1)}\n`);
  head[0] = 0x93;
  new DataView(head.buffer).setUint16(8, length, true);
  const bytes = new Uint8Array(head.length + data.byteLength);
  bytes.set(head);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), head.length);
  return bytes;
}

/** A ZIP archive of the given members. */
export function zipSource(name: string, members: Record<string, Uint8Array>, level: 0 | 6 = 6): Source {
  return memorySource(name, zipSync(members, { level }));
}

/** An opened text table. */
export function openText(name: string, text: string): Promise<OpenFile> {
  return openSource(textSource(name, text));
}

/**
 * A `Particles` table [n, 19, 4] in the ADC2021 layout: MET, one muon, two jets in every event, numbers that grow with the row.
 *
 * @param change may plant anything in the array before it is written
 */
export function adcSource(name: string, n: number, change: (particles: Float64Array) => void = () => {}): Promise<Source> {
  const particles = new Float64Array(n * 76);
  for (let row = 0; row < n; row++) {
    const put = (slot: number, values: number[]) => particles.set(values, row * 76 + slot * 4);
    put(0, [10 + row, 0, 1, 1]);
    put(5, [25 + row, 0.5, -1, 3]);
    put(9, [60 + row, 1.5, 2, 4]);
    put(10, [30 + row, -2.5, -2, 4]);
  }
  change(particles);
  const dataset = {
    name: 'Particles',
    data: particles,
    shape: [n, 19, 4],
    chunks: [Math.max(1, Math.ceil(n / 3)), 5, 2],
    compression: 'gzip',
  };
  return hdf5Source(name, [dataset as CreateDataset]);
}

/** Folder of the public test files beside the repository. */
export const sharedData = join(import.meta.dirname, '../../../shared/data');
export const hasSharedData = existsSync(sharedData);
