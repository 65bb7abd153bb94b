/**
 * A file on disk as the data room sees it: positional reads through Node, nothing kept open between them.
 */
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { Problem } from '../base/problem.ts';
import type { Source } from '../data/formats/contract.ts';
import { sourcesOf } from '../data/formats/zip/loose.ts';

/**
 * @param path relative to the working directory, or absolute
 * @returns the file; of a folder its images as one source, as the page bundles them
 * @throws Problem if there is no such file, or if it is a folder without images
 */
export async function pathSource(path: string): Promise<Source> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    const images = await imagesIn(path);
    if (images) return images;
  }
  if (!found?.isFile()) {
    throw new Problem({
      where: path,
      expected: 'a file',
      found: found ? 'a folder or something else that is no file' : 'nothing with this name',
      fix: 'Correct the path; it is relative to the working directory or to --data',
    });
  }
  return {
    name: basename(path),
    size: found.size,
    path,
    async read(start, end) {
      const file = await open(path, 'r');
      try {
        const bytes = new Uint8Array(Math.max(0, Math.min(end, found.size) - start));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
        return bytes.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
  };
}

/** The images of a folder and the folders in it, if there are two or more. */
async function imagesIn(folder: string): Promise<Source | undefined> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(png|jpe?g)$/i.test(name));
  if (names.length < 2) return undefined;
  const files = await Promise.all(
    names.map(async (name) => ({
      path: [basename(folder), ...name.split(sep)].join('/'),
      source: await pathSource(join(folder, name)),
    })),
  );
  return sourcesOf(files)[0];
}
