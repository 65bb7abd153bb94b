/**
 * Apache Parquet: column chunks in row groups, found by a footer. Only the pages of the asked columns and rows are read. The record
 * stays light; everything that reads is loaded with the first file.
 */
import type { Format } from './contract.ts';

const parquet: Format = {
  id: 'parquet',
  name: 'Parquet',
  extensions: ['parquet', 'pq', 'parq'],
  /** `PAR1`; `PARE` is a file with an encrypted footer. */
  recognises: (head) =>
    head[0] === 0x50 && head[1] === 0x41 && head[2] === 0x52 && (head[3] === 0x31 || head[3] === 0x45) ? 1 : 0,
  open: async (source, options) => (await import('./parquet/open.ts')).openParquet(source, options),
};
export default parquet;
