/**
 * Rows of one Parquet column, from the row groups and pages that hold them. A missing number becomes NaN (a whole-number column then
 * comes as doubles) and a missing text becomes ''. A missing list is an empty one.
 */
import type { Column, Job } from '../columns/catalogue.ts';
import { joinValues, makeNumbers, remarkRounding } from '../columns/numbers.ts';
import type { Lists, Source, Values } from '../contract.ts';
import { type Page, pagesOf } from './pages.ts';
import type { Chunk, Leaf } from './schema.ts';
import type { PageValues } from './values.ts';

/** A run of equal values costs a few bytes however long it is, so the claim of a chunk is bounded by itself. */
const mostValues = 2 ** 26;
const mostValuesPerByte = 4096;

export function readChunks(source: Source, leaf: Leaf, chunks: readonly Chunk[]): Column['read'] {
  return async (start, end, job) => {
    const rounding = { inexact: 0 };
    const gather = leaf.jagged ? new ListGatherer(leaf) : new FlatGatherer(leaf);
    for (const chunk of chunks) {
      const from = Math.max(start - chunk.start, 0);
      const to = Math.min(end - chunk.start, chunk.rows);
      if (from >= to) continue;
      checkClaims(leaf, chunk);
      const bytes = await source.read(chunk.offset, chunk.end);
      gather.begin(from, to);
      for await (const page of pagesOf(bytes, leaf, chunk, rounding, (first, count) => first < to && first + count > from)) {
        gather.add(page);
        await job.progress((chunk.start + from - start + (to - from) * (page.end / bytes.length)) / (end - start));
        if (gather.complete) break;
      }
      gather.finish();
    }
    remarkRounding(job as Job, leaf.name, rounding);
    return gather.result();
  };
}

function checkClaims(leaf: Leaf, { values, rows, offset, end, type }: Chunk): void {
  if (type !== leaf.physical) throw new Error(`a column of ${type} where the schema says ${leaf.physical}`);
  if (leaf.jagged ? values < rows : values !== rows) throw new Error(`${values} values in ${rows} rows`);
  if (values > mostValues && values > mostValuesPerByte * (end - offset))
    throw new Error(`${values} values in ${end - offset} bytes`);
}

type AnyPage = Page | { count: number; values?: undefined };

/** One value per row. */
class FlatGatherer {
  private readonly parts: PageValues[] = [];
  private from = 0;
  private to = 0;
  private row = 0;

  constructor(private readonly leaf: Leaf) {}

  begin(from: number, to: number): void {
    [this.from, this.to, this.row] = [from, to, 0];
  }

  get complete(): boolean {
    return this.row >= this.to;
  }

  add(page: AnyPage): void {
    const first = this.row;
    this.row += page.count;
    if (!page.values) return;
    const low = Math.max(this.from - first, 0);
    const high = Math.min(this.to - first, page.count);
    if (low < high) this.parts.push(filled(page, this.leaf.maxDefinition, low, high));
  }

  finish(): void {
    if (!this.complete) throw new Error(`only ${this.row} of ${this.to} rows`);
  }

  result(): Values {
    return joinValues(this.parts, () => emptyOf(this.leaf)) as Values;
  }
}

/** Positions [low, high) of a page with the missing values put back. */
function filled({ values, definition }: Page, full: number, low: number, high: number): PageValues {
  if (!definition) return low === 0 && high === values.length ? values : values.slice(low, high);
  let at = 0;
  for (let i = 0; i < low; i++) if (definition[i] === full) at++;
  if (Array.isArray(values)) {
    return Array.from({ length: high - low }, (_, i) => (definition[low + i] === full ? (values[at++] as string) : ''));
  }
  const out = values instanceof Float32Array ? new Float32Array(high - low) : new Float64Array(high - low);
  for (let i = low; i < high; i++) out[i - low] = definition[i] === full ? (values[at++] as number) : Number.NaN;
  return out;
}

/** A list per row. A row may begin in one page and end in the next. */
class ListGatherer {
  private readonly parts: PageValues[] = [];
  private ends = new Uint32Array(1024);
  private rows = 0;
  private total = 0;
  private from = 0;
  private to = 0;
  /** Row of the chunk that is being filled; -1 before the first. */
  private row = -1;

  constructor(private readonly leaf: Leaf) {}

  begin(from: number, to: number): void {
    [this.from, this.to, this.row] = [from, to, -1];
  }

  get complete(): boolean {
    return this.row >= this.to;
  }

  add(page: AnyPage): void {
    if (!page.values) return;
    const { values, definition, repetition, count } = page;
    const { maxDefinition, elementDefinition } = this.leaf;
    if (!repetition || (count > 0 && this.row < 0 && repetition[0] !== 0)) throw new Error('a list without a beginning');
    // elements of wanted rows are a contiguous stretch of the page's places
    let first = -1;
    let last = -1;
    let elements = 0;
    for (let i = 0; i < count; i++) {
      if (repetition[i] === 0) {
        this.row++;
        if (this.row > this.from && this.row <= this.to) this.close();
        if (this.row >= this.to) break;
      }
      if (this.row < this.from) continue;
      if (!definition || (definition[i] as number) >= elementDefinition) {
        if (first < 0) first = i;
        last = i;
        elements++;
        this.total++;
      }
    }
    if (elements > 0)
      this.parts.push(elementsOf(values, definition, maxDefinition, elementDefinition, first, last + 1, elements));
  }

  finish(): void {
    if (this.complete) return;
    this.row++;
    if (this.row > this.from && this.row <= this.to) this.close();
    if (this.row !== this.to) throw new Error(`only ${this.row} of ${this.to} rows`);
  }

  private close(): void {
    if (this.rows === this.ends.length) {
      const grown = new Uint32Array(this.rows * 2);
      grown.set(this.ends);
      this.ends = grown;
    }
    this.ends[this.rows++] = this.total;
  }

  result(): Lists {
    const offsets = new Uint32Array(this.rows + 1);
    offsets.set(this.ends.subarray(0, this.rows), 1);
    return { offsets, values: joinValues(this.parts, () => emptyOf(this.leaf)) as Values };
  }
}

/** Elements among the places [first, last) of a page; those that are missing become NaN or ''. */
function elementsOf(
  values: PageValues,
  definition: Uint8Array | undefined,
  full: number,
  element: number,
  first: number,
  last: number,
  count: number,
): PageValues {
  if (!definition) return values.slice(first, last);
  let at = 0;
  for (let i = 0; i < first; i++) if (definition[i] === full) at++;
  let present = 0;
  for (let i = first; i < last; i++) if (definition[i] === full) present++;
  if (present === count) return values.slice(at, at + present);
  const places = definition.subarray(first, last).filter((level) => level >= element);
  return filled({ count, end: 0, values: values.slice(at, at + present), definition: places }, full, 0, count);
}

function emptyOf(leaf: Leaf): PageValues {
  return leaf.number ? makeNumbers(leaf.number, 0) : [];
}
