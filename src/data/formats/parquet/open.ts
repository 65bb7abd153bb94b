/**
 * From a Parquet file to its catalogue. The footer is parsed by hyparquet, pages are decoded here (`pages.ts`, `levels.ts`): the
 * compiled reader that is usual in browsers ends its whole thread on damaged files, and hyparquet itself is several times slower on
 * the nullable columns that pandas and pyarrow write.
 *
 * Arrays are named by column, nested ones by their path: `Muon.pt`. The levels `list.element` that writers put into every list are
 * left out. A list of numbers or texts is a jagged array; lists of lists cannot be read.
 */
import { type FileMetaData, parquetMetadata, parquetSchema } from 'hyparquet';
import type { OnProgress } from '../../../base/kinds.ts';
import { Problem } from '../../../base/problem.ts';
import { openCatalogue, placeOf } from '../columns/catalogue.ts';
import type { ArrayInfo, OpenFile, Source } from '../contract.ts';
import { readChunks } from './read.ts';
import { type Chunk, codecProblem, type Leaf, leavesOf } from './schema.ts';

const magicBytes = 4;

/** @throws Problem if the file is cut off, encrypted or damaged */
export async function openParquet(
  source: Source,
  { signal }: { onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<OpenFile> {
  const metadata = await readFooter(source);
  signal?.throwIfAborted();
  const rows = checkedRows(source, metadata);
  const leaves = leavesOf(parquetSchema(metadata));
  const columns = leaves.map((leaf, index) => {
    const chunks = chunksOf(source, metadata, leaf, index);
    return {
      info: infoOf(source, leaf, chunks, rows),
      read: readChunks(source, leaf, chunks),
    };
  });
  return openCatalogue({ format: 'parquet', source, columns, tabular: true });
}

async function readFooter(source: Source): Promise<FileMetaData> {
  const tail = await source.read(Math.max(0, source.size - 8), source.size);
  const magic = String.fromCharCode(...tail.subarray(4));
  if (source.size < 12 || (magic !== 'PAR1' && magic !== 'PARE')) {
    throw new Problem({
      where: source.name,
      expected: 'a Parquet file with its footer at the end',
      found: 'a file without one: it was cut off',
      fix: 'Copy or download the file again',
    });
  }
  if (magic === 'PARE') {
    throw new Problem({
      where: source.name,
      expected: 'a Parquet file without encryption',
      found: 'an encrypted footer',
      fix: 'Save it again without encryption',
    });
  }
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
  if (length > source.size - 12) throw damaged(source, `a footer of ${length} bytes in a file of ${source.size}`);
  const footer = await source.read(source.size - 8 - length, source.size);
  try {
    return parquetMetadata(footer, { geoparquet: false });
  } catch (error) {
    throw damaged(source, `a footer that cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** Rows of the file, if all row groups agree with it. */
function checkedRows(source: Source, metadata: FileMetaData): number {
  const rows = Number(metadata.num_rows);
  const groups = metadata.row_groups.map((group) => Number(group.num_rows));
  const sum = groups.reduce((total, count) => total + count, 0);
  if (!Number.isSafeInteger(rows) || groups.some((count) => !(count >= 0)) || sum !== rows) {
    throw damaged(source, `${rows} rows in the file but ${sum} in its row groups`);
  }
  return rows;
}

/** The pieces of one column, one for each row group, each inside the file. */
function chunksOf(source: Source, metadata: FileMetaData, leaf: Leaf, index: number): Chunk[] {
  let start = 0;
  return metadata.row_groups.map((group) => {
    const meta = group.columns[index]?.meta_data;
    if (!meta || meta.path_in_schema.join('.') !== leaf.path.join('.')) {
      throw damaged(source, `a row group whose column ${index + 1} is not "${leaf.path.join('.')}"`);
    }
    const first = Number(meta.dictionary_page_offset || meta.data_page_offset);
    const offset = Math.min(first, Number(meta.data_page_offset));
    const end = offset + Number(meta.total_compressed_size);
    const values = Number(meta.num_values);
    if (!(offset >= magicBytes && end >= offset && end <= source.size - 8 && values >= 0)) {
      throw damaged(source, `bytes ${offset} to ${end} of column "${leaf.path.join('.')}" in a file of ${source.size}`);
    }
    const rows = Number(group.num_rows);
    const chunk: Chunk = { start, rows, offset, end, values, codec: String(meta.codec), type: String(meta.type) };
    start += rows;
    return chunk;
  });
}

function infoOf(source: Source, leaf: Leaf, chunks: readonly Chunk[], rows: number): ArrayInfo {
  const where = placeOf(source, leaf.name);
  const codecs = [...new Set(chunks.map((chunk) => chunk.codec))].filter((codec) => codec !== 'UNCOMPRESSED');
  const problem = leaf.refusal ? { where, ...leaf.refusal } : codecProblem(where, codecs);
  const largest = Math.max(0, ...chunks.map((chunk) => chunk.rows));
  return {
    name: leaf.name,
    shape: [rows],
    type: leaf.type,
    ...(codecs.length > 0 ? { filters: codecs } : {}),
    ...(leaf.jagged ? { jagged: true } : {}),
    ...(largest > 0 ? { chunkRows: chunks[0]?.rows || largest } : {}),
    ...(problem ? { problem } : {}),
  };
}

function damaged(source: Source, found: string): Problem {
  return new Problem({
    where: source.name,
    expected: 'a Parquet file whose footer fits its contents',
    found,
    fix: 'Copy or download the file again',
  });
}
