/**
 * NPY, one NumPy array in a file. A structured array is a table: one column per field. The values are plain slices of the file, so
 * opening costs nothing and a range of rows reads only its own bytes.
 */
import type { Format } from './contract.ts';
import { magic } from './npy/header.ts';

const npy: Format = {
  id: 'npy',
  name: 'NPY',
  extensions: ['npy'],
  sequential: true,
  recognises: (head) => (magic.every((byte, i) => head[i] === byte) ? 1 : 0),
  open: async (source) => (await import('./npy/open.ts')).openNpy(source),
};
export default npy;
