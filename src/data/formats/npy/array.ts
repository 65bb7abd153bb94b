/**
 * One NPY array as arrays of the catalogue, and its values row by row: C order as plain slices, Fortran order as one slice per
 * column, structured types as one column per field. Reads in bands, so that nothing but the result is ever held.
 */
import { Problem } from '../../../base/problem.ts';
import { asValues, decode, elementName, makeValues } from '../bytes/elements.ts';
import { checkRows } from '../bytes/rows.ts';
import type { ArrayInfo, ReadOptions, Source, Values } from '../contract.ts';
import { type Field, type Header, readHeader } from './header.ts';

const bandBytes = 16 * 1024 * 1024;

/** An entry of the catalogue and how to read it. `remark` hears what a reader should know about the values. */
export interface NpyArray {
  info: ArrayInfo;
  read(options: ReadOptions, remark: (text: string) => void): Promise<Values>;
}

/**
 * @param name of the array; fields of a structured one are called `name/field`, or `field` if the name is empty
 * @throws Problem if the header is damaged or promises more than the file holds
 */
export async function npyArrays(
  source: Source,
  name: string,
  where: string,
): Promise<{ arrays: NpyArray[]; structured: boolean; header: Header }> {
  const header = await readHeader(source, where);
  const band: Band = {};
  const arrays = header.fields.map((field): NpyArray => {
    const full = field.name === '' ? name || 'array' : name === '' ? field.name : `${name}/${field.name}`;
    const problem = field.problem ?? (header.fortran && header.structured ? fortranRecords(where) : undefined);
    const info: ArrayInfo = {
      name: full,
      shape: [...header.shape, ...field.shape],
      type: field.problem ? 'unknown' : elementName(field.element),
      ...(problem ? { problem: { ...problem, where } } : {}),
    };
    return { info, read: (options, remark) => readField(source, header, field, info, band, options, where, remark) };
  });
  return { arrays, structured: header.structured, header };
}

/** The records that were read last, so that reading column after column of the same rows reads the file once. */
interface Band {
  latest?: { from: number; to: number; bytes: Uint8Array };
}

async function readField(
  source: Source,
  header: Header,
  field: Field,
  info: ArrayInfo,
  band: Band,
  options: ReadOptions,
  where: string,
  remark: (text: string) => void,
): Promise<Values> {
  if (info.problem) throw new Problem(info.problem);
  const rows = header.shape.length === 0 ? 1 : (header.shape[0] as number);
  const [start, end] = checkRows(options.rows ?? [0, rows], rows, where);
  const perRow = header.shape.slice(1).reduce((product, n) => product * n, 1);
  const perItem = field.shape.reduce((product, n) => product * n, 1);
  const whole = await asStored(source, header, field, [start, end], perRow * perItem, options);
  if (whole) {
    options.onProgress?.({ done: 1, message: `Reading ${info.name} of ${source.name}` });
    return whole;
  }
  const out = makeValues(field.element, (end - start) * perRow * perItem, where);
  const inexact = header.fortran
    ? await fortranRows(source, header, field, [start, end], rows, out, options)
    : await plainRows(source, header, field, [start, end], band, out, info.name, options);
  if (inexact > 0) remark(`"${info.name}": ${inexact} whole numbers beyond 2^53 were rounded to the nearest double`);
  return out;
}

/** Rows that fit into one band and lie in the file as they do in memory are one read, and its bytes are the values. */
async function asStored(
  source: Source,
  header: Header,
  field: Field,
  [start, end]: readonly [number, number],
  width: number,
  { signal }: ReadOptions,
): Promise<Values | undefined> {
  const rowBytes = width * header.itemSize;
  const plain = !header.structured && !header.fortran && field.element.size === header.itemSize;
  if (!plain || (end - start) * rowBytes > bandBytes || end === start) return undefined;
  // asked before anything is read
  if (!asValues(field.element, new Uint8Array(0), 0)) return undefined;
  signal?.throwIfAborted();
  const bytes = await source.read(header.start + start * rowBytes, header.start + end * rowBytes);
  if (bytes.length !== (end - start) * rowBytes) throw new Error(`${source.name} ended early`);
  return asValues(field.element, bytes, (end - start) * width);
}

/** C order: the records of a row stand together. */
async function plainRows(
  source: Source,
  header: Header,
  field: Field,
  [start, end]: readonly [number, number],
  band: Band,
  out: Values,
  name: string,
  options: ReadOptions,
): Promise<number> {
  const perRow = header.shape.slice(1).reduce((product, n) => product * n, 1);
  const perItem = field.shape.reduce((product, n) => product * n, 1);
  const rowBytes = perRow * header.itemSize;
  const step = Math.max(1, Math.floor(bandBytes / Math.max(1, rowBytes)));
  let inexact = 0;
  for (let from = start; from < end; ) {
    options.signal?.throwIfAborted();
    const to = Math.min(end, (Math.floor(from / step) + 1) * step);
    const kept = band.latest && band.latest.from <= from && to <= band.latest.to ? band.latest : undefined;
    const bytes = kept
      ? kept.bytes.subarray((from - kept.from) * rowBytes, (to - kept.from) * rowBytes)
      : await source.read(header.start + from * rowBytes, header.start + to * rowBytes);
    if (bytes.length !== (to - from) * rowBytes) throw new Error(`${source.name} ended early`);
    if (header.structured && !kept) band.latest = { from, to, bytes };
    const count = (to - from) * perRow;
    const at = (from - start) * perRow * perItem;
    if (perItem === 1) {
      inexact += decode(field.element, bytes, { first: field.offset, stride: header.itemSize, count }, out, at);
    } else {
      for (let i = 0; i < count; i++) {
        const place = { first: i * header.itemSize + field.offset, stride: field.element.size, count: perItem };
        inexact += decode(field.element, bytes, place, out, at + i * perItem);
      }
    }
    from = to;
    options.onProgress?.({ done: (from - start) / (end - start), message: `Reading ${name} of ${source.name}` });
  }
  return inexact;
}

/** Fortran order: the first index runs fastest, so value (row, j) stands at row + rows * j', where j' counts j in Fortran order. */
async function fortranRows(
  source: Source,
  header: Header,
  field: Field,
  [start, end]: readonly [number, number],
  rows: number,
  out: Values,
  options: ReadOptions,
): Promise<number> {
  const { size } = field.element;
  const inner = header.shape.slice(1);
  const width = inner.reduce((product, n) => product * n, 1);
  const target = cOrderOf(inner, width);
  // as many columns at once as fit a band; a gap between them is read along if it is small
  const columnBytes = rows * size;
  const together = end - start === rows ? Math.max(1, Math.floor(bandBytes / Math.max(1, columnBytes))) : 1;
  const scratch = makeValues(field.element, (end - start) * Math.min(together, width), source.name);
  let inexact = 0;
  for (let column = 0; column < width; column += together) {
    options.signal?.throwIfAborted();
    const columns = Math.min(together, width - column);
    const first = header.start + column * columnBytes + start * size;
    const count = (end - start) * columns;
    const bytes = await source.read(first, first + count * size);
    if (bytes.length !== count * size) throw new Error(`${source.name} ended early`);
    inexact += decode(field.element, bytes, { first: 0, stride: size, count }, scratch, 0);
    for (let c = 0; c < columns; c++) {
      const to = target[column + c] as number;
      for (let row = 0; row < end - start; row++) out[row * width + to] = scratch[c * (end - start) + row] as never;
    }
    options.onProgress?.({ done: (column + columns) / width, message: `Reading ${source.name}` });
  }
  return inexact;
}

/** For each position in Fortran order the position in C order. Shape [2, 3] gives 0, 3, 1, 4, 2, 5. */
function cOrderOf(shape: readonly number[], width: number): Uint32Array {
  const order = new Uint32Array(width);
  for (let position = 0; position < width; position++) {
    let rest = position;
    let stride = width;
    let index = 0;
    for (const n of shape) {
      stride /= n;
      index += (rest % n) * stride;
      rest = Math.floor(rest / n);
    }
    order[position] = index;
  }
  return order;
}

function fortranRecords(where: string) {
  return { where, expected: 'records in C order', found: 'records in Fortran order', fix: 'Save numpy.ascontiguousarray(x)' };
}
