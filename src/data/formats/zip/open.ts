/** What an archive is for: a set of images, NumPy arrays, or one data file. */
import type { OnProgress } from '../../../base/kinds.ts';
import { Problem } from '../../../base/problem.ts';
import type { Keeper } from '../bytes/stream.ts';
import type { OpenFile, Source } from '../contract.ts';
import { type Member, memberSource, readDirectory } from './directory.ts';

/** Files that travel along without being data. */
const bystanders = /(^|\/)(__MACOSX\/|\.|thumbs\.db$|desktop\.ini$)|(^|\/)(readme|licen[cs]e|copying|citation|sha256sums)[^/]*$/i;
const imageName = /\.(png|jpe?g)$/i;

export async function openZip(
  source: Source,
  options: { onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<OpenFile> {
  const all = await readDirectory(source);
  const members = all.filter(({ name }) => !bystanders.test(name));
  const images = members.filter(({ name }) => imageName.test(name));
  if (images.length > 0 && images.length === members.length) {
    const { openImages } = await import('../images/open.ts');
    const keeper: Keeper = {};
    const entries = images.map((member) => ({ path: member.name, bytes: () => bytesOf(source, member, keeper) }));
    return openImages(source.name, entries, options);
  }
  const arrays = members.filter(({ name }) => /\.npy$/i.test(name));
  if (arrays.length > 0) {
    const { openNpz } = await import('../npy/open.ts');
    return openNpz(source, arrays, members.length - arrays.length);
  }
  const [only] = members;
  if (members.length !== 1 || !only) {
    throw new Problem({
      where: source.name,
      expected: 'an archive of images (PNG, JPEG), of NumPy arrays, or of one data file',
      found:
        members.length === 0
          ? 'no files'
          : `${members.length} files (${members
              .slice(0, 6)
              .map(({ name }) => name)
              .join(', ')}${members.length > 6 ? ', ...' : ''})`,
      fix: members.length === 0 ? 'Choose another file' : 'Unpack it and choose the files that hold the data',
    });
  }
  const { openSource } = await import('../open.ts');
  const inner = await memberSource(source, only, {});
  const file = await openSource({ ...inner, name: lastPart(only.name), nested: (source.nested ?? 0) + 1 }, options);
  return { ...file, name: source.name };
}

async function bytesOf(source: Source, member: Member, keeper: Keeper): Promise<Uint8Array> {
  const one = await memberSource(source, member, keeper);
  return one.read(0, one.size);
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
