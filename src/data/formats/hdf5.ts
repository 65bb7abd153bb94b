/**
 * HDF5, read lazily with the HDF5 C library compiled to WebAssembly (h5wasm): groups, numbers, texts, lists, compound tables and the data
 * frames of pandas; gzip, szip, shuffle built in, other filters as plug-ins on demand. The library is loaded with the first file.
 */
import type { Format } from './contract.ts';

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

const hdf5: Format = {
  id: 'hdf5',
  name: 'HDF5',
  extensions: ['h5', 'hdf5', 'hdf', 'he5'],
  recognises: (head) => (signatureOffset(head) >= 0 ? 1 : 0),
  open: async (source) => (await import('./hdf5/open.ts')).openHdf5(source),
};
export default hdf5;

/** The signature stands at byte 0, 512, 1024, 2048 ...; -1 if it is not in the head. */
function signatureOffset(head: Uint8Array): number {
  for (let offset = 0; offset + signature.length <= head.length; offset = offset === 0 ? 512 : offset * 2) {
    if (signature.every((byte, i) => head[offset + i] === byte)) return offset;
  }
  return -1;
}
