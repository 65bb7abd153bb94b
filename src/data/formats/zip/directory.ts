/**
 * The central directory of a ZIP archive and its members as sources. Sizes come from the directory alone: local headers may carry
 * other or no sizes. Stored members are plain slices of the file; deflated ones are unpacked as far as they are read.
 *
 * Source: PKWARE, APPNOTE.TXT, ".ZIP File Format Specification", version 6.3.
 */
import { Problem } from '../../../base/problem.ts';
import { blocksOf, inflated, type Keeper, unpackedSource } from '../bytes/stream.ts';
import type { Source } from '../contract.ts';

const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const locator64Signature = 0x07064b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
/** The end record with the longest comment. */
const longestEnd = 22 + 0xffff;
/** Deflate cannot pack more tightly than this. */
const tightest = 1032;
const largestDirectory = 512 * 1024 * 1024;

export interface Member {
  /** Path inside the archive, with `/` between folders. */
  name: string;
  method: number;
  encrypted: boolean;
  packedSize: number;
  /** Bytes once unpacked. */
  size: number;
  crc: number;
  /** Where its local header starts. */
  offset: number;
}

/**
 * @returns all members that are files, in the order of the directory
 * @throws Problem if the directory is missing, cut off or contradicts itself
 */
export async function readDirectory(source: Source): Promise<Member[]> {
  const { entries, start, size, shift } = await findEnd(source);
  if (size > largestDirectory || start < 0 || start + size > source.size)
    throw damaged(source, 'a directory that lies outside the file');
  const bytes = await source.read(start, start + size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const members: Member[] = [];
  let position = 0;
  for (let i = 0; i < entries; i++) {
    if (position + 46 > bytes.length || view.getUint32(position, true) !== entrySignature) {
      throw damaged(source, `a directory with ${i} of ${entries} entries`);
    }
    const nameLength = view.getUint16(position + 28, true);
    const extraLength = view.getUint16(position + 30, true);
    const next = position + 46 + nameLength + extraLength + view.getUint16(position + 32, true);
    if (next > bytes.length) throw damaged(source, `a directory with ${i} of ${entries} entries`);
    const flags = view.getUint16(position + 8, true);
    const name = new TextDecoder('utf-8').decode(bytes.subarray(position + 46, position + 46 + nameLength)).replaceAll('\\', '/');
    const wide = wideFields(view, position + 46 + nameLength, extraLength, [
      view.getUint32(position + 24, true),
      view.getUint32(position + 20, true),
      view.getUint32(position + 42, true),
    ]);
    const member: Member = {
      name,
      method: view.getUint16(position + 10, true),
      encrypted: (flags & 1) !== 0,
      crc: view.getUint32(position + 16, true),
      size: wide[0],
      packedSize: wide[1],
      offset: wide[2] + shift,
    };
    if (!name.endsWith('/')) members.push(member);
    position = next;
  }
  return members;
}

/** Unpacked size, packed size and offset: each from the zip64 field (id 1) if its 32-bit field is all ones. */
function wideFields(view: DataView, start: number, length: number, narrow: [number, number, number]): [number, number, number] {
  const values: [number, number, number] = [...narrow];
  for (let position = start; position + 4 <= start + length; ) {
    const id = view.getUint16(position, true);
    const size = view.getUint16(position + 2, true);
    const end = Math.min(start + length, position + 4 + size);
    if (id === 1) {
      let at = position + 4;
      for (let i = 0; i < 3; i++) {
        if (values[i] !== 0xffffffff || at + 8 > end) continue;
        values[i] = Number(view.getBigUint64(at, true));
        at += 8;
      }
    }
    position += 4 + size;
  }
  return values;
}

async function findEnd(source: Source): Promise<{ entries: number; start: number; size: number; shift: number }> {
  const from = Math.max(0, source.size - longestEnd - 20);
  const tail = await source.read(from, source.size);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let at = tail.length - 22; at >= 0; at--) {
    if (view.getUint32(at, true) !== endSignature || at + 22 + view.getUint16(at + 20, true) > tail.length) continue;
    let entries = view.getUint16(at + 10, true);
    let size = view.getUint32(at + 12, true);
    let start = view.getUint32(at + 16, true);
    let endOfDirectory = from + at;
    if (at >= 20 && view.getUint32(at - 20, true) === locator64Signature) {
      const place = Number(view.getBigUint64(at - 12, true));
      if (place + 56 > source.size) throw damaged(source, 'a zip64 record that lies outside the file');
      const record = await source.read(place, place + 56);
      const wide = new DataView(record.buffer, record.byteOffset, record.byteLength);
      if (wide.getUint32(0, true) !== end64Signature) throw damaged(source, 'no zip64 record where one should be');
      entries = Number(wide.getBigUint64(32, true));
      size = Number(wide.getBigUint64(40, true));
      start = Number(wide.getBigUint64(48, true));
      endOfDirectory = place;
    }
    // bytes that were put in front of the archive move everything by as much
    const shift = endOfDirectory - size - start;
    if (shift < 0) throw damaged(source, 'a directory that lies outside the file');
    return { entries, size, start: start + shift, shift };
  }
  throw new Problem({
    where: source.name,
    expected: 'a ZIP archive with its directory at the end',
    found: 'no directory: the file was cut off',
    fix: 'Copy or download the file again',
  });
}

/**
 * One member as a source.
 *
 * @throws Problem if it is encrypted, packed by an unknown method, or says something impossible about itself
 */
export async function memberSource(archive: Source, member: Member, keeper: Keeper): Promise<Source> {
  const where = `${archive.name}, ${member.name}`;
  if (member.encrypted) {
    throw new Problem({
      where,
      expected: 'a member without a password',
      found: 'an encrypted one',
      fix: 'Unpack the archive first',
    });
  }
  if (member.method !== 0 && member.method !== 8) {
    throw new Problem({
      where,
      expected: 'a member that is stored or deflated',
      found: `compression method ${member.method}`,
      fix: 'Pack the archive again with an ordinary ZIP program',
    });
  }
  const impossible = member.method === 0 ? member.size !== member.packedSize : member.size > member.packedSize * tightest + 1032;
  if (impossible) throw damaged(archive, `${member.name}: ${member.packedSize} bytes that should unpack to ${member.size}`);
  if (member.offset + 30 > archive.size) throw damaged(archive, `${member.name}: it begins behind the end of the file`);
  const header = await archive.read(member.offset, member.offset + 30);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (header.length < 30 || view.getUint32(0, true) !== localSignature)
    throw damaged(archive, `${member.name}: no header where one should be`);
  const start = member.offset + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  const end = start + member.packedSize;
  if (end > archive.size) throw damaged(archive, `${member.name}: it ends behind the end of the file`);
  if (member.method === 0) {
    return {
      name: member.name,
      size: member.size,
      read: (from, to) => archive.read(start + from, Math.min(end, start + to)),
      ...(archive.file ? { file: new File([archive.file.slice(start, end)], member.name) } : {}),
    };
  }
  const piece = {
    where,
    name: member.name,
    size: member.size,
    crc: member.crc,
    start: () => inflated(blocksOf(archive, start, end), 'deflate-raw'),
  };
  return unpackedSource(piece, keeper);
}

function damaged(source: Source, found: string): Problem {
  return new Problem({
    where: source.name,
    expected: 'a ZIP archive that agrees with its own directory',
    found,
    fix: 'Copy or download the file again',
  });
}
