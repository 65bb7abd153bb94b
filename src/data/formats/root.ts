/**
 * ROOT files: trees, RNTuples and histograms. The record stays light; everything that reads is loaded with the first file.
 */
import type { Format } from './contract.ts';

const root: Format = {
  id: 'root',
  name: 'ROOT',
  extensions: ['root'],
  /** `root` and a version. */
  recognises: (head) =>
    head.length > 60 && head[0] === 0x72 && head[1] === 0x6f && head[2] === 0x6f && head[3] === 0x74 ? 1 : 0,
  open: async (source, options) => (await import('./root/open.ts')).openRoot(source, options),
};
export default root;
