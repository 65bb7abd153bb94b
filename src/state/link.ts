/**
 * A session as text for the address bar: JSON, deflated, in base64 for URLs. The link holds choices, never data: a sample and
 * its seed, or the names of files that have to be dropped again.
 */
import type { DeviceRows } from '../base/kinds.ts';
import { Problem } from '../base/problem.ts';
import { initialSession, type Session } from './session.ts';

/** The part of a session that a link carries. */
export type Shared = Pick<Session, 'data' | 'split' | 'requests' | 'view'> & {
  version: 1;
  /** Absent in links without steps. */
  preprocessing?: Session['preprocessing'];
  /** Absent in links that take lumisections the usual way. */
  lumisections?: Session['lumisections'];
};

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  const piped = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}

/** `#s=...`, a few hundred characters for a usual session. */
export async function encodeLink(session: Session): Promise<string> {
  const { data, split, requests, view, preprocessing, lumisections } = session;
  const steps = preprocessing.length > 0 ? { preprocessing } : {};
  const taken = Object.keys(lumisections).length > 0 ? { lumisections } : {};
  const shared: Shared = { version: 1, data, split, requests, view, ...steps, ...taken };
  const packed = await through(new TextEncoder().encode(JSON.stringify(shared)), new CompressionStream('deflate-raw'));
  let text = '';
  for (const byte of packed) text += String.fromCharCode(byte);
  return `#s=${btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

/**
 * The session of a link, or null if the hash holds none.
 *
 * @throws Problem for a link that is cut off, altered, or of another version
 */
export async function decodeLink(hash: string): Promise<Session | null> {
  const text = new URLSearchParams(hash.replace(/^#/, '')).get('s');
  if (!text) return null;
  const shared = await unpack(text).catch(() => undefined);
  const version = isRecord(shared) ? shared.version : undefined;
  if (version === 1 && isShared(shared)) {
    const { data, split, requests, view, preprocessing = [], lumisections = {} } = shared;
    return { ...initialSession, data, split, requests, view, preprocessing, lumisections };
  }
  throw new Problem({
    where: 'the link in the address',
    expected: 'a link that Offshell has made, of version 1',
    found: typeof version === 'number' && version !== 1 ? `version ${version}` : 'something that cannot be read',
    fix: 'Copy the whole link again, or start from the data',
  });
}

async function unpack(text: string): Promise<unknown> {
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(await through(bytes, new DecompressionStream('deflate-raw'))));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRequest(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { id, model, seed, deviceRows = 'auto' } = value;
  const known: readonly unknown[] = ['auto', 'float32', 'float16', 'uint8'] satisfies DeviceRows[];
  return typeof id === 'string' && typeof model === 'string' && typeof seed === 'number' && known.includes(deviceRows);
}

/** Anybody can write a link, so its shape is looked at before the page relies on it; values are checked where they are used. */
export function isShared(value: unknown): value is Shared {
  if (!isRecord(value)) return false;
  const { data, split, requests, view, preprocessing = [], lumisections = {} } = value;
  const sample = isRecord(data) && typeof data.sample === 'string' && isRecord(data.params);
  const files = isRecord(data) && Array.isArray(data.files) && data.files.every((f) => isRecord(f) && typeof f.name === 'string');
  return (
    (data === null || sample || files) &&
    Array.isArray(preprocessing) &&
    preprocessing.every((step) => isRecord(step) && typeof step.step === 'string') &&
    isRecord(lumisections) &&
    isRecord(split) &&
    ['event', 'parity', 'file', 'run'].includes(split.by as string) &&
    Array.isArray(requests) &&
    requests.every(isRequest) &&
    isRecord(view) &&
    isRecord(view.threshold) &&
    ['value', 'background-efficiency', 'best-f1', 'best-g-mean'].includes(view.threshold.rule as string)
  );
}
