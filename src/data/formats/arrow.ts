/**
 * Apache Arrow: IPC files, IPC streams and Feather version 2 (which is an IPC file). The record stays light; everything that reads is
 * loaded with the first file.
 */
import type { Format } from './contract.ts';

const fileMagic = [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31];
const oldMagic = [0x46, 0x45, 0x41, 0x31];

const arrow: Format = {
  id: 'arrow',
  name: 'Arrow or Feather',
  extensions: ['arrow', 'feather', 'arrows', 'ipc'],
  recognises(head) {
    if (fileMagic.every((byte, i) => head[i] === byte) || oldMagic.every((byte, i) => head[i] === byte)) return 1;
    return startsStream(head) ? 0.9 : 0;
  },
  open: async (source, options) => (await import('./arrow/open.ts')).openArrow(source, options),
};
export default arrow;

/** A stream has no magic bytes: four of 255, the length of the first message in whole words, and a root inside it. */
function startsStream(head: Uint8Array): boolean {
  if (head.length < 24 || [0, 1, 2, 3].some((i) => head[i] !== 255)) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const length = view.getInt32(4, true);
  return length > 0 && length % 8 === 0 && view.getUint32(8, true) < length;
}
