/**
 * From an Arrow file or stream to its catalogue. Metadata is read by our own few lines of FlatBuffers rather than by the Arrow library,
 * which reads whole batches: here a column's buffers are found and only they are read.
 */
import type { OnProgress } from '../../../base/kinds.ts';
import { Problem } from '../../../base/problem.ts';
import { type Column, openCatalogue, placeOf, unreadable } from '../columns/catalogue.ts';
import type { ArrayInfo, OpenFile, Source } from '../contract.ts';
import { type ArrowField, type Batch, readFooter, readMessage } from './messages.ts';
import { type Planned, planColumns, type Value } from './plan.ts';
import { type PlacedBatch, readBatches } from './read.ts';

const mostBatches = 1_000_000;

/** @throws Problem if the file is cut off, damaged, or of Feather's first version */
export async function openArrow(
  source: Source,
  { signal }: { onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<OpenFile> {
  try {
    const head = await source.read(0, Math.min(8, source.size));
    const magic = String.fromCharCode(...head.subarray(0, 6));
    if (magic.startsWith('FEA1')) throw oldFeather(source);
    const found = magic === 'ARROW1' ? await openFile(source, signal) : await openStream(source, signal);
    const values = new Map<number, Value>();
    const planned = planColumns(found.schema, values);
    const rows = found.batches.reduce((sum, { batch }) => sum + batch.rows, 0);
    const columns = unique(planned).map((plan): Column => {
      const info = infoOf(source, plan, found.batches, rows);
      return { info, read: readBatches(source, plan, found.batches) };
    });
    return openCatalogue({ format: 'arrow', source, columns, tabular: true });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw unreadable(error, source.name, source.name);
  }
}

interface Found {
  schema: ArrowField[];
  batches: PlacedBatch[];
}

/** A file ends with the places of its batches. */
async function openFile(source: Source, signal: AbortSignal | undefined): Promise<Found> {
  const tail = await source.read(Math.max(0, source.size - 10), source.size);
  if (source.size < 26 || String.fromCharCode(...tail.subarray(4)) !== 'ARROW1') {
    throw new Problem({
      where: source.name,
      expected: 'an Arrow file with its footer at the end',
      found: 'a file without one: it was cut off',
      fix: 'Copy or download the file again',
    });
  }
  const length = new DataView(tail.buffer, tail.byteOffset).getInt32(0, true);
  if (!(length > 0 && length <= source.size - 18)) throw new Error(`a footer of ${length} bytes in a file of ${source.size}`);
  const footer = readFooter(await source.read(source.size - 10 - length, source.size - 10));
  const collector = new Collector();
  for (const at of footer.dictionaries) await collector.add(source, at, signal);
  for (const at of footer.batches) await collector.add(source, at, signal);
  if (collector.batches.length !== footer.batches.length) throw new Error('a footer that leads to other things than batches');
  return { schema: footer.schema, batches: collector.batches };
}

/** A stream is walked from message to message; the bodies are stepped over. */
async function openStream(source: Source, signal: AbortSignal | undefined): Promise<Found> {
  const first = await readMessage(source, 0);
  if (first?.kind !== 'schema') throw new Error('a stream that does not begin with its schema');
  const collector = new Collector();
  for (let at: number | undefined = first.end; at !== undefined; ) at = await collector.add(source, at, signal);
  return { schema: first.schema, batches: collector.batches };
}

class Collector {
  readonly batches: PlacedBatch[] = [];
  private dictionaries: ReadonlyMap<number, readonly Batch[]> = new Map();
  private rows = 0;

  /** Takes up the message at a place and returns where it ends. */
  async add(source: Source, at: number, signal: AbortSignal | undefined): Promise<number | undefined> {
    signal?.throwIfAborted();
    const message = await readMessage(source, at);
    if (message?.kind === 'dictionary') {
      const before = message.delta ? (this.dictionaries.get(message.id) ?? []) : [];
      // batches keep the map that they were placed with
      this.dictionaries = new Map(this.dictionaries).set(message.id, [...before, message.batch]);
    } else if (message?.kind === 'batch') {
      const { batch } = message;
      if (!(batch.rows >= 0 && Number.isSafeInteger(this.rows + batch.rows)) || this.batches.length >= mostBatches) {
        throw new Error(`a batch of ${batch.rows} rows`);
      }
      this.batches.push({ batch, start: this.rows, dictionaries: this.dictionaries });
      this.rows += batch.rows;
    }
    return message?.end;
  }
}

function infoOf(source: Source, { name, type, shape }: Planned, batches: readonly PlacedBatch[], rows: number): ArrayInfo {
  const where = placeOf(source, name);
  const codec = batches.find(({ batch }) => batch.codec)?.batch.codec;
  const first = batches[0]?.batch.rows;
  const problem =
    shape.kind === 'refused'
      ? {
          where,
          expected: 'numbers, booleans, text, or lists of them',
          found: shape.found,
          fix: 'Save this column as float64, as text, or leave it out',
        }
      : codec === 'unknown'
        ? { where, expected: 'LZ4 or ZSTD compression', found: 'another one', fix: "Save it again with compression='zstd'" }
        : undefined;
  return {
    name,
    shape: shape.kind === 'fixed' ? [rows, shape.length] : [rows],
    type,
    ...(codec ? { filters: [codec] } : {}),
    ...(shape.kind === 'lists' ? { jagged: true } : {}),
    ...(first ? { chunkRows: first } : {}),
    ...(problem ? { problem } : {}),
  };
}

function unique(planned: readonly Planned[]): Planned[] {
  const taken = new Set<string>();
  return planned.map((plan) => {
    let name = plan.name;
    for (let count = 1; taken.has(name); count++) name = `${plan.name}.${count}`;
    taken.add(name);
    return name === plan.name ? plan : { ...plan, name };
  });
}

function oldFeather(source: Source): Problem {
  return new Problem({
    where: source.name,
    expected: 'Feather version 2, which is an Arrow file',
    found: 'version 1 of Feather',
    fix: 'Save it again with pandas: read_feather, then to_feather or to_parquet',
  });
}
