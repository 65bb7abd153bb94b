/**
 * A file on disk as the data room sees it: positional reads through Node, nothing kept open between them.
 */
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Problem } from '../base/problem.ts';
import type { Source } from '../data/formats/contract.ts';

/**
 * @param path relative to the working directory, or absolute
 * @throws Problem if there is no such file, or if it is a folder
 */
export async function pathSource(path: string): Promise<Source> {
  const found = await stat(path).catch(() => undefined);
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
