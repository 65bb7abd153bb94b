/**
 * From the bytes of a ROOT object to a JavaScript object, by jsroot and the class descriptions in the file. jsroot gets bytes only: it
 * opens no file, sends no request and unpacks nothing, because its own ways to do so never settle on some files, stop at long LZMA
 * streams, and ask servers for several ranges at once.
 */
import type { Source } from '../contract.ts';
import { type Key, type Outside, readObject } from './keys.ts';

/** Reads the object of a key with all its members, `fName` and the like. */
export type ObjectReader = (key: Key) => Promise<Record<string, unknown>>;

/** @throws Error if the class descriptions cannot be read */
export async function objectReader(source: Source, { streamers }: Outside): Promise<ObjectReader> {
  const { addUserStreamer, reconstructObject, TBuffer } = await import('jsroot/io');
  type TFile = import('jsroot/io').TFile;

  /** Looks at lengths before it allocates for them. */
  class GuardedBuffer extends TBuffer {
    override readFastArray(count: number, type: number): ArrayLike<number> {
      if (!(count >= 0 && count <= this.remain())) throw new Error(`an array of ${count} numbers in ${this.remain()} bytes`);
      return super.readFastArray(count, type);
    }
  }

  // the class of files is not exported; an object of ours is read from nothing, and its buffer knows an instance
  let file = undefined as TFile | undefined;
  const probe = 'OffshellProbe';
  addUserStreamer(probe, (buffer) => {
    file = buffer.fFile;
  });
  quietly(() => reconstructObject(probe, new DataView(new ArrayBuffer(16)), new DataView(new ArrayBuffer(16))));
  if (!file) throw new Error('jsroot gave no file');
  const FileClass = file.constructor as new () => TFile;
  const own = new FileClass();

  const bufferOf = (bytes: Uint8Array, key: Key) => {
    const buffer = new GuardedBuffer(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, own);
    buffer.fTagOffset = key.keyLength;
    return buffer;
  };
  const described = await readObject(source, streamers);
  quietly(() => own.extractStreamerInfos(bufferOf(described, streamers)));
  if (!own.fStreamerInfos) throw new Error('class descriptions that cannot be read');

  return async (key) => {
    const buffer = bufferOf(await readObject(source, key), key);
    const object: Record<string, unknown> = {};
    buffer.mapObject(1, object);
    quietly(() => buffer.classStreamer(object, key.className));
    return object;
  };
}

/** jsroot reports on the console what it then throws or leaves out. */
function quietly(work: () => void): void {
  const { log, warn, error } = console;
  Object.assign(console, { log: () => {}, warn: () => {}, error: () => {} });
  try {
    work();
  } finally {
    Object.assign(console, { log, warn, error });
  }
}
