/** Rows of one entry, band by band: numbers straight from the library's memory, texts, and lists of unequal length. */
import { Problem } from '../../../base/problem.ts';
import { decode, makeValues } from '../bytes/elements.ts';
import { checkRows } from '../bytes/rows.ts';
import type { Lists, ReadOptions, Source, Values } from '../contract.ts';
import type { Entry } from './entries.ts';
import { loadPlugins } from './filters.ts';
import { type Session, withRows } from './library.ts';
import { damagedRows } from './refusals.ts';

/** Bytes unpacked by one call of the library; less where a copy is kept for the next column of the same rows. */
const bandBytes = 96 * 1024 * 1024;
const sharedBandBytes = 32 * 1024 * 1024;

/** The rows of a dataset with several columns that were unpacked last. */
export interface BandCache {
  latest?: { path: string; from: number; to: number; bytes: Uint8Array };
}

export async function readEntry(
  source: Source,
  session: Session,
  entry: Entry,
  cache: BandCache,
  options: ReadOptions,
  remark: (text: string) => void,
): Promise<Values> {
  const { info, items, perItem, element, kind } = entry;
  const where = `${source.name}, dataset "${info.name}"`;
  if (info.problem) throw new Problem(info.problem);
  if (kind === 'lists') {
    throw new Problem({ where, expected: 'one value for each row', found: 'a list for each row', fix: 'Read it as lists' });
  }
  const rows = info.shape[0] ?? 1;
  const [start, end] = checkRows(options.rows ?? [0, rows], rows, where);
  const length = (end - start) * items * perItem;
  const out =
    kind === 'texts'
      ? makeValues({ kind: 'bytes', size: 1, bigEndian: false }, length, where)
      : makeValues(element, length, where);
  let inexact = 0;
  await overBands(
    source,
    session,
    entry,
    [start, end],
    options,
    (module, from, to, bandFrom, bytes) => {
      const rowBytes = items * entry.itemSize;
      const at = (from - start) * items * perItem;
      const part = bytes.subarray((from - bandFrom) * rowBytes, (to - bandFrom) * rowBytes);
      inexact += copyItems(entry, part, (to - from) * items, out, at, (pointer) => module.UTF8ToString(pointer));
    },
    cache,
  );
  if (inexact > 0) remark(`"${info.name}": ${inexact} whole numbers beyond 2^53 were rounded to the nearest double`);
  return out;
}

function copyItems(
  entry: Entry,
  bytes: Uint8Array,
  count: number,
  out: Values,
  at: number,
  textAt: (pointer: number) => string,
): number {
  const { element, itemSize, offset, perItem, kind } = entry;
  if (kind === 'texts' && element.kind !== 'bytes') {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const texts = out as string[];
    for (let i = 0; i < count; i++)
      for (let k = 0; k < perItem; k++) texts[at + i * perItem + k] = textAt(view.getUint32(i * itemSize + offset + k * 4, true));
    return 0;
  }
  let inexact = 0;
  if (perItem === 1) inexact = decode(element, bytes, { first: offset, stride: itemSize, count }, out, at);
  else if (perItem * element.size === itemSize) {
    inexact = decode(element, bytes, { first: 0, stride: element.size, count: count * perItem }, out, at);
  } else {
    for (let i = 0; i < count; i++) {
      const place = { first: i * itemSize + offset, stride: element.size, count: perItem };
      inexact += decode(element, bytes, place, out, at + i * perItem);
    }
  }
  if (kind === 'texts') {
    // C texts end at their first zero
    const texts = out as string[];
    for (let i = at; i < at + count * perItem; i++) {
      const zero = (texts[i] as string).indexOf('\0');
      if (zero >= 0) texts[i] = (texts[i] as string).slice(0, zero);
    }
  }
  return inexact;
}

export async function readListsOf(
  source: Source,
  session: Session,
  entry: Entry,
  options: ReadOptions,
  remark: (text: string) => void,
): Promise<Lists> {
  const { info, element, itemSize, offset } = entry;
  const where = `${source.name}, dataset "${info.name}"`;
  if (info.problem) throw new Problem(info.problem);
  if (entry.kind !== 'lists' || entry.items !== 1 || entry.perItem !== 1) {
    throw new Problem({
      where,
      expected: 'one list for each row',
      found: `shape ${info.shape.join(' x ')}`,
      fix: 'Read it as plain values',
    });
  }
  const rows = info.shape[0] ?? 1;
  const [start, end] = checkRows(options.rows ?? [0, rows], rows, where);
  const offsets = new Uint32Array(end - start + 1);
  const parts: Values[] = [];
  let total = 0;
  let inexact = 0;
  await overBands(source, session, entry, [start, end], options, (module, from, to, bandFrom, bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let row = from; row < to; row++) {
      const place = (row - bandFrom) * itemSize + offset;
      const count = view.getUint32(place, true);
      const pointer = view.getUint32(place + 4, true);
      if (pointer + count * element.size > module.HEAPU8.length) throw new Error('a list outside the memory');
      const values = makeValues(element, count, where);
      inexact += decode(element, module.HEAPU8, { first: pointer, stride: element.size, count }, values, 0);
      parts.push(values);
      total += count;
      offsets[row - start + 1] = total;
    }
  });
  const values = makeValues(element, total, where);
  let at = 0;
  for (const part of parts) {
    (values as Float64Array).set(part as Float64Array, at);
    at += part.length;
  }
  if (inexact > 0) remark(`"${info.name}": ${inexact} whole numbers beyond 2^53 were rounded to the nearest double`);
  return { offsets, values };
}

type Use = (
  module: { UTF8ToString(pointer: number): string; HEAPU8: Uint8Array },
  from: number,
  to: number,
  bandFrom: number,
  bytes: Uint8Array,
) => void;

/** Bands that end on whole chunks, whatever row the first one starts at, with a turn of the event loop between them. */
async function overBands(
  source: Source,
  session: Session,
  entry: Entry,
  [start, end]: readonly [number, number],
  options: ReadOptions,
  use: Use,
  cache?: BandCache,
): Promise<void> {
  const { info, dataset } = entry;
  const reclaim = entry.kind === 'lists' || (entry.kind === 'texts' && entry.element.kind !== 'bytes');
  const keep = entry.shared && !reclaim && !entryPoints(entry) ? cache : undefined;
  const step = bandRows(entry.items * entry.itemSize, info.chunkRows ?? 1, keep ? sharedBandBytes : bandBytes);
  for (let from = start; from < end; ) {
    options.signal?.throwIfAborted();
    const to = Math.min(end, (Math.floor(from / step) + 1) * step);
    const kept = keep?.latest;
    try {
      const place = await session.enter();
      if (kept?.path === dataset.path && kept.from <= from && to <= kept.to) use(place.module, from, to, kept.from, kept.bytes);
      else {
        await loadPlugins(dataset.filters, place.instance, session.build);
        withRows(place, dataset.path, dataset.metadata, [from, to], reclaim || entryPoints(entry), (bytes) => {
          if (keep) keep.latest = { path: dataset.path, from, to, bytes: bytes.slice() };
          use(place.module, from, to, from, bytes);
        });
      }
    } catch (error) {
      throw error instanceof Problem ? error : damagedRows(source, info.name, [from, to], error);
    }
    from = to;
    options.onProgress?.({ done: (from - start) / (end - start), message: `Reading ${info.name} of ${source.name}` });
    // a turn of the event loop, so that a message that cancels the reading can arrive
    if (from < end) await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** True if some member of the rows points to memory of the library, which is gone after the read. */
function entryPoints({ dataset }: Entry): boolean {
  const members = dataset.metadata.compound_type?.members ?? [];
  return members.some((member) => member.vlen || member.vlen_type !== undefined);
}

function bandRows(rowBytes: number, chunkRows: number, bytes: number): number {
  const rows = Math.max(1, Math.floor(bytes / Math.max(1, rowBytes)));
  return rows > chunkRows ? rows - (rows % chunkRows) : rows;
}
