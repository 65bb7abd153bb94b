/**
 * From a file to an opened file: reads the first bytes, asks every format whether it knows them, and opens the file with the
 * one that is most certain. Also what a file is identified by (SHA-256). Knows no format by name.
 */
import type { OnProgress } from '../../base/kinds.ts';
import { asProblem, Problem } from '../../base/problem.ts';
import type { Format, OpenFile, Source } from './contract.ts';
import { formats } from './registry.ts';

/** Enough for a signature at any of the offsets that formats allow and for the first lines of a text table. */
const headBytes = 65_536;
/** Archives around a data file. */
const deepest = 2;
const hashBlock = 4 * 1024 * 1024;

/** A file that was dropped on the page. */
export function fileSource(file: File): Source {
  return {
    name: file.name,
    size: file.size,
    read: async (start, end) => new Uint8Array(await file.slice(start, end).arrayBuffer()),
    file,
  };
}

/** Bytes that are already in memory, for example a part of an archive. */
export function memorySource(name: string, bytes: Uint8Array): Source {
  return { name, size: bytes.length, read: async (start, end) => bytes.slice(start, end) };
}

/** Formats that recognise the first bytes, the most certain first. */
export function rankFormats(head: Uint8Array, fileName: string): { format: Format; confidence: number }[] {
  return formats
    .map((format) => ({ format, confidence: format.recognises(head, fileName) }))
    .filter(({ confidence }) => confidence > 0)
    .sort((a, b) => b.confidence - a.confidence);
}

/**
 * Recognises a file by its first bytes and opens it.
 *
 * @throws Problem if the file is empty, of no known format, or damaged
 */
export async function openSource(
  source: Source,
  options: { onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<OpenFile> {
  if (source.size === 0) {
    throw new Problem({
      where: source.name,
      expected: 'a file with events',
      found: 'an empty file (0 bytes)',
      fix: 'Copy or download the file again',
    });
  }
  const head = await readHead(source);
  const best = rankFormats(head, source.name)[0];
  if (!best) throw unknownFormat(source.name, head);
  refusePacked(source, best.format);
  try {
    return await best.format.open(source, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw error instanceof Problem ? error : new Problem(asProblem(error, `${source.name}, opened as ${best.format.name}`));
  }
}

/** Archives in archives without end, and large packed files whose format has to jump about in them. */
function refusePacked(source: Source, format: Format): void {
  if ((source.nested ?? 0) > deepest) {
    throw new Problem({
      where: source.name,
      expected: 'a data file inside the archive',
      found: `archives in archives, ${deepest} deep`,
      fix: 'Unpack it first and choose the file that holds the data',
    });
  }
  if (source.sequential && !format.sequential) {
    throw new Problem({
      where: source.name,
      expected: `less than 64 MB where ${format.name} is packed in another file`,
      found: `${(source.size / 1e6).toFixed(0)} MB`,
      fix: 'Unpack it first (gunzip or unzip): this format is read at many places at once',
    });
  }
}

async function readHead(source: Source): Promise<Uint8Array> {
  try {
    return await source.read(0, Math.min(source.size, headBytes));
  } catch (error) {
    throw new Problem({
      ...asProblem(error, source.name),
      expected: 'a file that can be read',
      fix: 'Check that the file still exists and that you may read it, then choose it again',
    });
  }
}

function unknownFormat(name: string, head: Uint8Array): Problem {
  const extension = name.includes('.') ? (name.split('.').pop() as string).toLowerCase() : '';
  const promised = formats.find((format) => format.extensions.includes(extension));
  const names = formats.map((format) => format.name).join(', ');
  return new Problem({
    where: name,
    expected: promised ? `${promised.name} content, as the ending .${extension} says` : `one of the formats ${names}`,
    found: `bytes of no known format, starting with ${startOf(head)}`,
    fix: promised
      ? 'Check that the download finished and is not an error page, or choose another file'
      : 'Choose a file in one of these formats',
  });
}

/** The first bytes as a reader can use them: quoted if they are text, hexadecimal if not. */
function startOf(head: Uint8Array): string {
  const start = [...head.slice(0, 24)];
  if (start.every((byte) => byte >= 32 && byte < 127)) return `"${String.fromCharCode(...start)}"`;
  return start
    .slice(0, 8)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join(' ');
}

/** SHA-256 of a whole file as 64 hexadecimal digits, read in blocks of 4 MiB. */
export async function fingerprint(
  source: Source,
  options: { onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<string> {
  const { createSHA256 } = await import('hash-wasm');
  const hash = await createSHA256();
  for (let start = 0; start < source.size; start += hashBlock) {
    options.signal?.throwIfAborted();
    const end = Math.min(start + hashBlock, source.size);
    hash.update(await source.read(start, end));
    options.onProgress?.({ done: end / source.size, message: `Fingerprint of ${source.name}` });
  }
  return hash.digest('hex');
}
