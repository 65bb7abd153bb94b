/**
 * Rows of one Arrow column from the batches that hold them. Of an uncompressed buffer only the asked stretch is read. A missing number
 * becomes NaN (whole numbers then come as doubles), a missing text '', a missing list an empty one.
 */
import { lz4Frame } from '../../codecs/lz4.ts';
import { zstd } from '../../codecs/zstd.ts';
import type { Column } from '../columns/catalogue.ts';
import {
  byteSize,
  joinValues,
  makeNumbers,
  type NumberArray,
  offsetsOf,
  type Rounding,
  readBits,
  readNumbers,
  remarkRounding,
} from '../columns/numbers.ts';
import type { Lists, Source, Values } from '../contract.ts';
import type { Batch } from './messages.ts';
import type { Place, Planned, Value } from './plan.ts';

/** LZ4 packs 255 to 1 at best. */
const mostLz4 = 255;

/** A batch with the dictionaries that hold at its place in the file. */
export interface PlacedBatch {
  batch: Batch;
  /** First row in the file. */
  start: number;
  dictionaries: ReadonlyMap<number, readonly Batch[]>;
}

type Part = NumberArray | string[];

export function readBatches(source: Source, planned: Planned, batches: readonly PlacedBatch[]): Column['read'] {
  return async (start, end, job) => {
    const rounding = { inexact: 0 };
    const parts: Part[] = [];
    const jagged = planned.shape.kind === 'lists';
    const lengths: Uint32Array[] = [];
    let done = 0;
    for (const placed of batches) {
      const from = Math.max(start - placed.start, 0);
      const to = Math.min(end - placed.start, placed.batch.rows);
      if (from >= to) continue;
      const reader = new BatchReader(source, placed, rounding);
      const { shape } = planned;
      if (shape.kind === 'lists') {
        const borders = await reader.offsets(shape.list, 1, from, to, shape.large);
        const first = borders[0] as number;
        lengths.push(Uint32Array.from({ length: to - from }, (_, i) => (borders[i + 1] as number) - (borders[i] as number)));
        parts.push(await reader.values(planned.value, planned.place, first, borders[to - from] as number, []));
      } else {
        const width = shape.kind === 'fixed' ? shape.length : 1;
        const parents = shape.kind === 'fixed' ? [] : planned.parents;
        parts.push(await reader.values(planned.value, planned.place, from * width, to * width, parents));
      }
      done += to - from;
      await job.progress(done / (end - start));
    }
    remarkRounding(job, planned.name, rounding);
    const values = joinValues(parts, () => emptyOf(planned.value)) as Values;
    return jagged ? ({ offsets: offsetsOf(lengths), values } satisfies Lists) : values;
  };
}

function emptyOf(value: Value): Part {
  if (value.kind === 'dictionary') return emptyOf(value.value);
  return value.kind === 'text' ? [] : makeNumbers(value.type, 0);
}

class BatchReader {
  constructor(
    private readonly source: Source,
    private readonly placed: PlacedBatch,
    private readonly rounding: Rounding,
    private readonly batch: Batch = placed.batch,
  ) {}

  /** Values [from, to) of a node. */
  async values(value: Value, place: Place, from: number, to: number, parents: readonly Place[]): Promise<Part> {
    const [length] = this.node(place);
    if (!(from >= 0 && from <= to && to <= length)) throw new Error(`values ${from} to ${to} of ${length}`);
    const present = await this.present([place, ...parents], from, to);
    if (value.kind === 'text') return this.texts(value.large, place, from, to, present);
    if (value.kind === 'number') return withMissing(await this.numbers(value.type, place, from, to), present);
    const entries = await this.dictionary(value.id, value.value);
    const indices = await this.numbers(value.index, place, from, to);
    return looked(entries, indices, present);
  }

  private async numbers(
    type: Extract<Value, { kind: 'number' }>['type'],
    place: Place,
    from: number,
    to: number,
  ): Promise<NumberArray> {
    if (type === 'bool') {
      const bytes = await this.bytes(place.buffer + 1, from >> 3, (to + 7) >> 3);
      return readBits(bytes, from & 7, to - from);
    }
    const size = byteSize[type];
    return readNumbers(await this.bytes(place.buffer + 1, from * size, to * size), type, to - from, true, this.rounding);
  }

  private async texts(
    large: boolean,
    place: Place,
    from: number,
    to: number,
    present: Uint8Array | undefined,
  ): Promise<string[]> {
    const borders = await this.offsets(place, 1, from, to, large);
    const first = borders[0] as number;
    const bytes = await this.bytes(place.buffer + 2, first, borders[to - from] as number);
    const decoder = new TextDecoder();
    return Array.from({ length: to - from }, (_, i) => {
      if (present && !present[i]) return '';
      return decoder.decode(bytes.subarray((borders[i] as number) - first, (borders[i + 1] as number) - first));
    });
  }

  /** Borders of the values of rows [from, to), in rising order. */
  async offsets(place: Place, buffer: number, from: number, to: number, large: boolean): Promise<NumberArray> {
    const [length] = this.node(place);
    if (to > length) throw new Error(`rows ${from} to ${to} of ${length}`);
    const size = large ? 8 : 4;
    const bytes = await this.bytes(place.buffer + buffer, from * size, (to + 1) * size);
    const borders = readNumbers(bytes, large ? 'int64' : 'int32', to - from + 1, true);
    for (let i = 0; i <= to - from; i++) {
      if (!((borders[i] as number) >= (i === 0 ? 0 : (borders[i - 1] as number))))
        throw new Error(`a list that ends at ${borders[i]}`);
    }
    return borders;
  }

  /** One byte per value, 0 where it is missing in one of the nodes; nothing if none is. */
  private async present(places: readonly Place[], from: number, to: number): Promise<Uint8Array | undefined> {
    let all: Uint8Array | undefined;
    for (const place of places) {
      const [, missing] = this.node(place);
      if (missing === 0 || (this.batch.buffers[place.buffer]?.[1] ?? 0) === 0) continue;
      const bits = readBits(await this.bytes(place.buffer, from >> 3, (to + 7) >> 3), from & 7, to - from);
      all = all ? all.map((bit, i) => bit & (bits[i] as number)) : bits;
    }
    return all;
  }

  private async dictionary(id: number, value: Value): Promise<Part> {
    const batches = this.placed.dictionaries.get(id);
    if (!batches) throw new Error(`dictionary ${id}, which is not in the file before its column`);
    const parts: Part[] = [];
    for (const batch of batches) {
      const reader = new BatchReader(this.source, this.placed, this.rounding, batch);
      parts.push(await reader.values(value, { node: 0, buffer: 0 }, 0, batch.rows, []));
    }
    return joinValues(parts, () => emptyOf(value));
  }

  private node(place: Place): [length: number, missing: number] {
    const node = this.batch.nodes[place.node];
    if (!node) throw new Error('a batch with fewer columns than the schema');
    return node as [number, number];
  }

  /** Bytes [start, end) of a buffer, unpacked. */
  private async bytes(index: number, start: number, end: number): Promise<Uint8Array> {
    if (end <= start) return new Uint8Array(0);
    const [offset, length] = this.batch.buffers[index] ?? [];
    if (offset === undefined || length === undefined) throw new Error('a batch with fewer buffers than the schema');
    const at = this.batch.body + offset;
    if (!(offset >= 0 && length >= 0 && at + length <= this.source.size)) throw new Error('a buffer that ends behind the file');
    if (!this.batch.codec) return this.stretch(at, length, start, end);
    if (length < 8) throw new Error(`a compressed buffer of ${length} bytes`);
    const packed = await this.source.read(at, at + length);
    const size = Number(new DataView(packed.buffer, packed.byteOffset, 8).getBigInt64(0, true));
    if (size === -1) return this.stretch(at + 8, length - 8, start, end);
    const body = packed.subarray(8);
    if (!(size >= end)) throw new Error(`a buffer of ${size} bytes where ${end} are needed`);
    if (this.batch.codec === 'ZSTD') return (await zstd(body, size)).subarray(start, end);
    if (size > mostLz4 * body.length) throw new Error(`a buffer that claims ${size} bytes from ${body.length}`);
    return lz4Frame(body, size).subarray(start, end);
  }

  private async stretch(at: number, length: number, start: number, end: number): Promise<Uint8Array> {
    if (end > length) throw new Error(`a buffer of ${length} bytes where ${end} are needed`);
    return this.source.read(at + start, at + end);
  }
}

function withMissing(values: NumberArray, present: Uint8Array | undefined): NumberArray {
  if (!present) return values;
  const out = values instanceof Float32Array ? values : Float64Array.from(values);
  for (let i = 0; i < out.length; i++) if (!present[i]) out[i] = Number.NaN;
  return out;
}

function looked(entries: Part, indices: NumberArray, present: Uint8Array | undefined): Part {
  const check = (i: number): number => {
    const index = indices[i] as number;
    if (!(index >= 0 && index < entries.length)) throw new Error(`entry ${index} of a dictionary of ${entries.length}`);
    return index;
  };
  if (Array.isArray(entries)) return Array.from(indices, (_, i) => (present && !present[i] ? '' : (entries[check(i)] as string)));
  const out = present || entries instanceof Float64Array ? new Float64Array(indices.length) : entries.slice(0, 0);
  const numbers = out.length === indices.length ? out : new (entries.constructor as Float64ArrayConstructor)(indices.length);
  for (let i = 0; i < indices.length; i++) numbers[i] = present && !present[i] ? Number.NaN : (entries[check(i)] as number);
  return numbers as NumberArray;
}
