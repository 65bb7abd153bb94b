/**
 * A file behind a URL, read by range requests: one range each, only what is asked for, and only after the user named the address.
 * Servers that answer a range with the whole file, and servers that let no foreign page read them (CORS), are told apart and said
 * so. Works in a worker and in Node; knows no format.
 */
import { countText } from '../base/numbers.ts';
import { Problem } from '../base/problem.ts';
import type { Source } from './formats/contract.ts';

/** Small reads are served from blocks of this size, so that a table of contents does not cost a hundred requests. */
const blockBytes = 256 * 1024;
/** Blocks that are kept. */
const mostBlocks = 128;
/** A file of at most this size is fetched whole where the server knows no ranges. */
const wholeBytes = 256 * 1024 * 1024;
const patience = 60_000;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** True for an address rather than a path. */
export function isUrl(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

/**
 * Asks the server for the first byte to learn the size and whether it knows ranges.
 *
 * @param address `https://...`; the name of the source is the last part of its path
 * @throws Problem for an address that is none, a server that cannot be reached or forbids this page to read, an answer that is no
 *   file, and a large file on a server without ranges
 */
export async function urlSource(address: string, request: Fetch = (url, init) => fetch(url, init)): Promise<Source> {
  const url = checkedUrl(address);
  const name = nameOf(url);
  /** One more try for a connection that broke; an answer stays an answer. */
  const ask = async (init: RequestInit): Promise<Response> => {
    const once = (): Promise<Response> =>
      request(url.href, { credentials: 'omit', signal: AbortSignal.timeout(patience), ...init });
    return once().catch(once);
  };
  const range = (start: number, end: number): RequestInit => ({ headers: { Range: `bytes=${start}-${end - 1}` } });

  const first = await ask(range(0, 1)).catch((error: unknown) => unreachable(url, error, request));
  if (first.status === 200) return wholeSource(url, name, first);
  if (first.status !== 206) throw refused(url, first);
  await first.arrayBuffer();
  const size = totalOf(first) ?? (await sizeByHead(url, ask));

  const fetchRange = async (start: number, end: number): Promise<Uint8Array> => {
    const answer = await ask(range(start, end)).catch((error: unknown) => unreachable(url, error, request));
    if (answer.status !== 206) throw refused(url, answer);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const total = totalOf(answer) ?? size;
    if (bytes.length === end - start && total === size) return bytes;
    throw new Problem({
      where: url.href,
      expected: `${countText(end - start)} bytes from byte ${countText(start)} of ${countText(size)}`,
      found: total !== size ? `a file of ${countText(total)} bytes` : `${countText(bytes.length)} bytes`,
      fix: 'The file changed while it was read, or the connection is faulty; open the address again',
    });
  };
  const blocks = new Map<number, Promise<Uint8Array>>();
  const blockAt = (index: number): Promise<Uint8Array> => {
    const known = blocks.get(index);
    if (known) {
      blocks.delete(index);
      blocks.set(index, known);
      return known;
    }
    const fetched = fetchRange(index * blockBytes, Math.min(size, (index + 1) * blockBytes));
    blocks.set(index, fetched);
    fetched.catch(() => blocks.delete(index));
    const oldest = blocks.keys().next().value;
    if (blocks.size > mostBlocks && oldest !== undefined) blocks.delete(oldest);
    return fetched;
  };
  return {
    name,
    size,
    url: url.href,
    read: async (start, end) => {
      const to = Math.min(end, size);
      if (to <= start) return new Uint8Array(0);
      if (to - start >= 4 * blockBytes) return fetchRange(start, to);
      const out = new Uint8Array(to - start);
      for (let index = Math.floor(start / blockBytes); index * blockBytes < to; index++) {
        const block = await blockAt(index);
        const from = index * blockBytes;
        const part = block.subarray(Math.max(0, start - from), Math.min(block.length, to - from));
        out.set(part, Math.max(0, from - start));
      }
      return out;
    },
  };
}

function checkedUrl(address: string): URL {
  const url = URL.canParse(address.trim()) ? new URL(address.trim()) : undefined;
  const refuse = (found: string, fix: string): Problem =>
    new Problem({ where: 'the address', expected: 'a web address that starts with https:// or http://', found, fix });
  if (url?.protocol === 'root:' || url?.protocol === 'xrootd:') {
    throw refuse(
      `${url.protocol}//, which a browser cannot speak`,
      'Use the https address of the same file, or download it with xrdcp and drop it here',
    );
  }
  if (!url || !/^https?:$/.test(url.protocol)) throw refuse(address.trim() || 'nothing', 'Correct the address');
  if (globalThis.location?.protocol === 'https:' && url.protocol === 'http:' && url.hostname !== 'localhost') {
    throw refuse(
      'http://, which a page that came by https may not read',
      'Use the https address, or download the file and drop it',
    );
  }
  return url;
}

function nameOf(url: URL): string {
  const last = url.pathname.split('/').filter(Boolean).at(-1);
  if (!last) return url.hostname;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** Bytes of the whole file by Content-Range, which a server may hide from other pages. */
function totalOf(answer: Response): number | undefined {
  const total = /\/(\d+)$/.exec(answer.headers.get('Content-Range') ?? '')?.[1];
  return total === undefined ? undefined : Number(total);
}

async function sizeByHead(url: URL, ask: (init: RequestInit) => Promise<Response>): Promise<number> {
  const head = await ask({ method: 'HEAD' }).catch(() => undefined);
  const length = Number(head?.ok ? head.headers.get('Content-Length') : Number.NaN);
  if (Number.isInteger(length) && length > 0) return length;
  throw new Problem({
    where: url.href,
    expected: 'a server that tells the size of the file (Content-Range or Content-Length)',
    found: 'neither',
    fix: 'Download the file and drop it here',
  });
}

/** The server ignored the range and sends everything: taken if it is small, else stopped before the first megabyte. */
async function wholeSource(url: URL, name: string, answer: Response): Promise<Source> {
  const length = answer.headers.get('Content-Length');
  const size = length === null ? Number.NaN : Number(length);
  if (!(size <= wholeBytes)) {
    await answer.body?.cancel();
    throw new Problem({
      where: url.href,
      expected: `a server that knows range requests, or a file of at most ${countText(wholeBytes / 2 ** 20)} MiB`,
      found: `no ranges, and ${Number.isNaN(size) ? 'a file of unknown size' : `${countText(size / 1e6)} MB`}`,
      fix: 'Download the file and drop it here; from disk only the parts that are needed are read',
    });
  }
  const blob = await answer.blob();
  if (blob.size === 0) throw refused(url, answer);
  const file = 'File' in globalThis ? new File([blob], name) : undefined;
  return {
    name,
    size: blob.size,
    url: url.href,
    read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
    ...(file ? { file } : {}),
  };
}

function refused(url: URL, answer: Response): Problem {
  const words: Readonly<Record<number, string>> = {
    401: 'it wants a login',
    403: 'it forbids access',
    404: 'there is no such file',
    416: 'the file is empty',
    429: 'too many requests',
  };
  return new Problem({
    where: url.href,
    expected: 'a file',
    found: `answer ${answer.status}${words[answer.status] ? `: ${words[answer.status]}` : ''}`,
    fix:
      answer.status === 401 || answer.status === 403
        ? 'Download the file where you are logged in, and drop it here; this page sends no cookies or passwords'
        : 'Check the address',
  });
}

/**
 * A request that failed without an answer: in a browser the reason is hidden, so the server is asked once more without reading the
 * answer. If it then answers, it is there and only forbids other pages to read it.
 *
 * @throws Problem always
 */
async function unreachable(url: URL, error: unknown, request: Fetch): Promise<never> {
  const late = error instanceof DOMException && error.name === 'TimeoutError';
  const inPage = 'WorkerGlobalScope' in globalThis || 'document' in globalThis;
  const there =
    inPage &&
    !late &&
    (await request(url.href, { mode: 'no-cors', method: 'HEAD' }).then(
      () => true,
      () => false,
    ));
  throw new Problem({
    where: url.href,
    expected: 'a server that answers and lets this page read its files',
    found: late
      ? `no answer within ${patience / 1000} s`
      : there
        ? 'a server that answers but forbids other pages to read its files (it sends no Access-Control-Allow-Origin header; browsers call this CORS)'
        : inPage
          ? 'no answer that this page may read: the server cannot be reached, or it forbids other pages to read its files (CORS)'
          : `no connection (${error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error)})`,
    fix: 'Check the address; if it opens in a tab of its own, download the file there and drop it here',
  });
}
