/** Files that arrive together as sources: loose images become one, because a picture alone is no data set; all others stay as they are. */
import type { Source } from '../contract.ts';
import { folderSource } from './folder.ts';

/** One file and where it lay, with `/` between folders; its name alone if that is not known. */
export interface LooseFile {
  path: string;
  source: Source;
}

/**
 * Two images or more are bundled under the name of the folder that they share, or `images`; the folder that an image lies in is its class.
 * The bundle stands where its first image stood.
 */
export function sourcesOf(files: readonly LooseFile[]): Source[] {
  const images = files.filter(({ path }) => /\.(png|jpe?g)$/i.test(path));
  if (images.length < 2) return files.map(({ source }) => source);
  const bundle = folderSource(sharedFolder(images.map(({ path }) => path)), images);
  return files.flatMap((file) => (file === images[0] ? [bundle] : images.includes(file) ? [] : [file.source]));
}

/** Worked values: `set/a/1.png` and `set/b/1.png` give `set`; `1.png` and `2.png` give `images`. */
function sharedFolder(paths: readonly string[]): string {
  const top = (path: string) => (path.includes('/') ? (path.split('/')[0] as string) : '');
  const first = top(paths[0] as string);
  return first !== '' && paths.every((path) => top(path) === first) ? first : 'images';
}
