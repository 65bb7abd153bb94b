/**
 * A session as text for the address bar: JSON, deflated, in base64 for URLs. The link holds choices, never data: a sample and
 * its seed, or the names of files that have to be dropped again.
 */
import { initialSession, type Session } from './session.ts';

/** The part of a session that a link carries. */
export type Shared = Pick<Session, 'data' | 'split' | 'requests' | 'view'> & { version: 1 };

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  const piped = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}

/** `#s=...`, a few hundred characters for a usual session. */
export async function encodeLink(session: Session): Promise<string> {
  const { data, split, requests, view } = session;
  const shared: Shared = { version: 1, data, split, requests, view };
  const packed = await through(new TextEncoder().encode(JSON.stringify(shared)), new CompressionStream('deflate-raw'));
  let text = '';
  for (const byte of packed) text += String.fromCharCode(byte);
  return `#s=${btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

/** The session of a link, or null if the hash holds none. Throws if it holds one that cannot be read. */
export async function decodeLink(hash: string): Promise<Session | null> {
  const text = new URLSearchParams(hash.replace(/^#/, '')).get('s');
  if (!text) return null;
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const json = new TextDecoder().decode(await through(bytes, new DecompressionStream('deflate-raw')));
  const { version, ...shared } = JSON.parse(json) as Shared;
  if (version !== 1) throw new Error(`a link of version ${version}; this Offshell reads version 1`);
  return { ...initialSession, ...shared };
}
