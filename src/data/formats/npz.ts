/**
 * NPZ, a ZIP archive of NumPy arrays. Members that `numpy.savez` stored are plain slices of the file; those of
 * `numpy.savez_compressed` are unpacked as far as they are read.
 */
import type { Format } from './contract.ts';
import { firstMember } from './zip/first.ts';

const npz: Format = {
  id: 'npz',
  name: 'NPZ',
  extensions: ['npz'],
  recognises: (head) => (/\.npy$/i.test(firstMember(head) ?? '') ? 1 : 0),
  open: async (source) => {
    const [{ readDirectory }, { openNpz }] = await Promise.all([import('./zip/directory.ts'), import('./npy/open.ts')]);
    const members = await readDirectory(source);
    const arrays = members.filter(({ name }) => /\.npy$/i.test(name));
    return openNpz(source, arrays, members.length - arrays.length);
  },
};
export default npz;
