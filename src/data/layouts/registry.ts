/**
 * All layouts, found by pattern: a new layout is a new file in this folder.
 */
import type { Layout } from './contract.ts';

const modules = import.meta.glob<Layout>(['./*.ts', '!./contract.ts', '!./registry.ts', '!./*.test.ts'], {
  eager: true,
  import: 'default',
});

/** Sorted by id, so that the order never depends on the build. */
export const layouts: readonly Layout[] = Object.values(modules).sort((a, b) => (a.id < b.id ? -1 : 1));

/** File name of each record without its ending, for the contract suite. */
export const layoutFiles: ReadonlyMap<string, Layout> = new Map(
  Object.entries(modules).map(([path, layout]) => [path.replace(/^\.\/|\.ts$/g, ''), layout]),
);
