/** NPY and NPZ files as opened files: one array, or one for each member of the archive. */
import { Problem } from '../../../base/problem.ts';
import { notThere } from '../bytes/rows.ts';
import type { Keeper } from '../bytes/stream.ts';
import type { OpenFile, ReadOptions, Source } from '../contract.ts';
import { type Member, memberSource } from '../zip/directory.ts';
import { type NpyArray, npyArrays } from './array.ts';

/** @throws Problem if the header is damaged or promises more than the file holds */
export async function openNpy(source: Source): Promise<OpenFile> {
  const { arrays, structured, header } = await npyArrays(source, '', source.name);
  const used = header.shape.reduce((product, n) => product * n, header.itemSize) + header.start;
  const remarks = used < source.size ? [`${source.size - used} bytes behind the array were ignored`] : [];
  return opened('npy', source.name, arrays, structured && header.shape.length === 1, remarks);
}

/**
 * @param members the archive's members whose names end in .npy
 * @throws Problem if there is none or one is damaged
 */
export async function openNpz(archive: Source, members: readonly Member[], others: number): Promise<OpenFile> {
  const keeper: Keeper = {};
  const all: NpyArray[] = [];
  for (const member of members) {
    const name = member.name.replace(/\.npy$/i, '');
    const where = `${archive.name}, array "${name}"`;
    const { arrays } = await npyArrays(await memberSource(archive, member, keeper), name, where);
    all.push(...arrays);
  }
  if (all.length === 0) {
    throw new Problem({
      where: archive.name,
      expected: 'at least one array',
      found: 'an NPZ archive without arrays',
      fix: 'Save the arrays again with numpy.savez',
    });
  }
  const remarks = others > 0 ? [`${others} member${others === 1 ? ' that is' : 's that are'} no NumPy array left out`] : [];
  return opened('npz', archive.name, all, false, remarks);
}

function opened(format: string, name: string, arrays: readonly NpyArray[], tabular: boolean, remarks: string[]): OpenFile {
  const byName = new Map(arrays.map((array) => [array.info.name, array]));
  const remark = (text: string): void => {
    if (!remarks.includes(text)) remarks.push(text);
  };
  return {
    format,
    name,
    arrays: arrays.map(({ info }) => info),
    tabular,
    remarks,
    read: async (wanted: string, options: ReadOptions = {}) => {
      options.signal?.throwIfAborted();
      const array = byName.get(wanted);
      if (!array)
        throw notThere(
          name,
          'array',
          wanted,
          arrays.map(({ info }) => info),
        );
      return array.read(options, remark);
    },
    close: () => {},
  };
}
