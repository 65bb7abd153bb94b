/**
 * All file formats, found by pattern: a new format is a new file in this folder. The records are light; the library behind a
 * format is loaded when the first file of that format is opened.
 */
import type { Format } from './contract.ts';

const modules = import.meta.glob<Format>(['./*.ts', '!./contract.ts', '!./registry.ts', '!./open.ts', '!./*.test.ts'], {
  eager: true,
  import: 'default',
});

/** Sorted by id, so that the order never depends on the build. */
export const formats: readonly Format[] = Object.values(modules).sort((a, b) => (a.id < b.id ? -1 : 1));

/** File name of each record without its ending, for the contract suite. */
export const formatFiles: ReadonlyMap<string, Format> = new Map(
  Object.entries(modules).map(([path, format]) => [path.replace(/^\.\/|\.ts$/g, ''), format]),
);
