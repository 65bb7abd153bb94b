/**
 * A gzip file as the file inside it. The platform's inflater is tried first; browsers stop at the end of the first member, so a file of
 * several members (`cat a.gz b.gz`, bgzip) goes through fflate.
 */
import type { OnProgress } from '../../../base/kinds.ts';
import { Problem } from '../../../base/problem.ts';
import type { OpenFile, Source } from '../contract.ts';
import { crc32 } from './crc32.ts';
import { blocksOf, inflated, keptBytes, unpackedSource } from './stream.ts';

/** Content beyond `suspicious` bytes that is so much larger than the file is a trap, not data. */
const usual = { kept: keptBytes, suspicious: 256 * 1024 * 1024 };
const suspiciousRatio = 200;

type Engine = (source: Source) => AsyncGenerator<Uint8Array>;

const native: Engine = (source) => inflated(blocksOf(source, 0, source.size), 'gzip');

/** @param limits smaller ones are for tests */
export async function openGzip(
  source: Source,
  options: { onProgress?: OnProgress; signal?: AbortSignal } = {},
  limits = usual,
): Promise<OpenFile> {
  const { openSource } = await import('../open.ts');
  let engine = native;
  let measured = await measure(source, native, limits, options).catch((error: unknown) => notOrdinary(error, options.signal));
  if (!measured) {
    engine = severalMembers;
    measured = await measure(source, severalMembers, limits, options).catch((error: unknown) => {
      throw error instanceof Problem || options.signal?.aborted ? error : damaged(source, error);
    });
  }
  const { size, parts } = measured;
  const name = source.name.replace(/\.(gz|gzip)$/i, '');
  const inner = parts
    ? { name, size, read: async (start: number, end: number) => parts.slice(start, end) }
    : unpackedSource({ where: source.name, name, size, crc: 0, start: () => engine(source) }, {}, limits.kept);
  const file = await openSource({ ...inner, nested: (source.nested ?? 0) + 1 }, options);
  return { ...file, name: source.name };
}

/** A cancel and a trap are final; anything else may be a file of several members. */
function notOrdinary(error: unknown, signal: AbortSignal | undefined): undefined {
  if (error instanceof Problem || signal?.aborted) throw error;
  return undefined;
}

/** One pass over the content: its size, and the bytes themselves if they are few. */
async function measure(
  source: Source,
  engine: Engine,
  limits: typeof usual,
  { onProgress, signal }: { onProgress?: OnProgress; signal?: AbortSignal },
): Promise<{ size: number; parts?: Uint8Array }> {
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const block of engine(source)) {
    signal?.throwIfAborted();
    size += block.length;
    if (size <= limits.kept) kept.push(block);
    else kept.length = 0;
    if (size > limits.suspicious && size > source.size * suspiciousRatio) throw trap(source, size);
    if (kept.length % 64 === 0)
      onProgress?.({ done: Math.min(0.5, size / (source.size * 16)), message: `Unpacking ${source.name}` });
  }
  if (size > limits.kept) return { size };
  const parts = new Uint8Array(size);
  let at = 0;
  for (const block of kept) {
    parts.set(block, at);
    at += block.length;
  }
  return { size, parts };
}

/** Member after member; each ends with the checksum of its content. */
export async function* severalMembers(source: Source): AsyncGenerator<Uint8Array> {
  const { Gunzip } = await import('fflate');
  let blocks: Uint8Array[] = [];
  const members = [{ start: 0, crc: 0, length: 0 }];
  const unpack = new Gunzip((block) => {
    const member = members.at(-1) as (typeof members)[number];
    member.crc = crc32(block, member.crc);
    member.length += block.length;
    blocks.push(block);
  });
  unpack.onmember = (start) => members.push({ start, crc: 0, length: 0 });
  for await (const block of blocksOf(source, 0, source.size)) {
    // never called the last one, after which fflate would not look for another member; the trailers tell whether all is there
    unpack.push(block);
    yield* blocks;
    blocks = [];
  }
  // the trailer of a member stands before the next one: checksum and length, four bytes each
  for (const [i, member] of members.entries()) {
    const end = members[i + 1]?.start ?? source.size;
    const trailer = await source.read(end - 8, end);
    const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength);
    const fits =
      trailer.length === 8 && view.getUint32(0, true) === member.crc && view.getUint32(4, true) === member.length % 2 ** 32;
    if (!fits) throw new Error('the content does not fit its checksum');
  }
}

function trap(source: Source, size: number): Problem {
  return new Problem({
    where: source.name,
    expected: `a gzip file that unpacks to less than ${suspiciousRatio} times its size`,
    found: `more than ${(size / 1e6).toFixed(0)} MB out of ${source.size} bytes`,
    fix: 'Unpack it first if you trust it (gunzip), and choose the result',
  });
}

function damaged(source: Source, error: unknown): Problem {
  const details = error instanceof Error ? error.message : String(error);
  const cut = /eof|end of/i.test(details);
  return new Problem({
    where: source.name,
    expected: 'a gzip file that can be unpacked',
    found: cut ? 'the end of the file in the middle of the data: it was cut off' : 'damaged compressed data',
    fix: 'Copy or download the file again',
    details,
  });
}
