/**
 * gzip around one file of another format: `table.csv.gz` opens as the table. The content is unpacked once to learn its size and to check its
 * checksum; a small one is kept, a large one is unpacked again while its format reads it from front to back.
 */
import type { Format } from './contract.ts';

const gzip: Format = {
  id: 'gzip',
  name: 'gzip',
  extensions: ['gz', 'gzip'],
  wraps: true,
  // signature, and deflate as the only method there is
  recognises: (head) => (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8 ? 1 : 0),
  open: async (source, options) => (await import('./bytes/gunzip.ts')).openGzip(source, options),
};
export default gzip;
