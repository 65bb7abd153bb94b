/**
 * Data frames that pandas wrote with `to_hdf`. A *fixed* frame is a group of blocks: `blockN_values` [rows, width] and the names of its
 * columns in `blockN_items`. A *table* frame is one compound dataset `table` whose members `values_block_N` [rows, width] carry their names
 * in a pickled attribute. Both become columns with their own names; helper arrays and indexes are left out.
 *
 * A fixed frame whose columns are only numbered (LHCO raw: 2,101 of them) stays one array, with the numbers as names of its columns.
 */
import type { Entry } from './entries.ts';

export interface Frame {
  /** The group of the frame, without a slash at the end. */
  key: string;
  kind: 'fixed' | 'table';
}

/** Names of the columns of a block, by the path of the dataset that holds them (`df/block0_items`) or by member of a table. */
export type ReadNames = (path: string, member?: string) => string[] | undefined;

/**
 * @param entries all entries of the file
 * @returns the entries that a reader wants to see
 */
export function unfoldFrames(
  entries: readonly Entry[],
  frames: readonly Frame[],
  names: ReadNames,
): { entries: Entry[]; tabular: boolean; remarks: string[] } {
  const remarks: string[] = [];
  let rest = [...entries];
  const columns: Entry[] = [];
  let whole = true;
  for (const { key, kind } of frames) {
    const prefix = key === '' ? '' : `${key}/`;
    const short = frames.length === 1 ? '' : prefix;
    const inside = rest.filter((entry) => entry.dataset.path.startsWith(prefix));
    const blocks = kind === 'fixed' ? fixedBlocks(inside, prefix) : tableBlocks(inside, prefix);
    if (blocks.length === 0) {
      whole = false;
      continue;
    }
    const named = blocks.map((block) => ({ block, names: names(...namesOf(block, kind)) }));
    const numbered = kind === 'fixed' && named.every((one) => one.names?.every((name) => /^\d+$/.test(name)));
    if (numbered) {
      whole = false;
      for (const { block, names: own } of named) if (own) block.info = { ...block.info, columns: own };
      continue;
    }
    const found = named.flatMap(({ block, names: own }) => columnsOf(block, own, short));
    const pickles = inside.filter(({ info }) => /block\d+_values$/.test(info.name) && info.shape.length !== 2).length;
    if (pickles > 0)
      remarks.push(
        `${pickles === 1 ? 'a block' : `${pickles} blocks`} of Python objects (texts) of "${key}" cannot be read and was left out; save it with format='table'`,
      );
    columns.push(...found);
    rest = rest.filter((entry) => !inside.includes(entry));
  }
  const rows = new Set(columns.map(({ info }) => info.shape[0]));
  const tabular = whole && columns.length > 0 && rest.length === 0 && rows.size === 1;
  return { entries: [...columns, ...rest], tabular, remarks };
}

function fixedBlocks(entries: readonly Entry[], prefix: string): Entry[] {
  return entries.filter(({ info }) => info.shape.length === 2 && /^block\d+_values$/.test(info.name.slice(prefix.length)));
}

function tableBlocks(entries: readonly Entry[], prefix: string): Entry[] {
  return entries.filter(({ dataset, info }) => dataset.path === `${prefix}table` && !info.name.endsWith('/index'));
}

function namesOf(block: Entry, kind: Frame['kind']): [path: string, member?: string] {
  const { path } = block.dataset;
  if (kind === 'fixed') return [path.replace(/_values$/, '_items')];
  return [path, block.info.name.slice(path.length + 1)];
}

/** One entry per column of a block [rows, width]; a member that is no block is a column already. */
function columnsOf(block: Entry, names: readonly string[] | undefined, prefix: string): Entry[] {
  const member = block.info.name.slice(block.info.name.lastIndexOf('/') + 1);
  const width = block.info.shape[1];
  const { chunkRows, filters, problem, type } = block.info;
  const info = {
    shape: [block.info.shape[0] as number],
    type,
    ...(filters ? { filters } : {}),
    ...(chunkRows ? { chunkRows } : {}),
    ...(problem ? { problem } : {}),
  };
  if (width === undefined) return [{ ...block, info: { name: prefix + (names?.[0] ?? member), ...info } }];
  return Array.from({ length: width }, (_, c): Entry => {
    const offset = block.offset + c * block.element.size;
    return {
      ...block,
      info: { name: prefix + (names?.[c] ?? `${member} ${c}`), ...info },
      shared: true,
      itemSize: block.itemSize * block.items,
      items: 1,
      offset,
      perItem: 1,
    };
  });
}
