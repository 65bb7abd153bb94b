/**
 * A ZIP archive of images (one folder per class), or around one data file. Archives of NumPy arrays are NPZ, a format of their own.
 */
import type { Format } from './contract.ts';
import { firstMember } from './zip/first.ts';

const zip: Format = {
  id: 'zip',
  name: 'ZIP',
  extensions: ['zip'],
  wraps: true,
  recognises(head) {
    const first = firstMember(head);
    return first === undefined || /\.npy$/i.test(first) ? 0 : 1;
  },
  open: async (source, options) => (await import('./zip/open.ts')).openZip(source, options),
};
export default zip;
