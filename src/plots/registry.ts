/** All plots: every file of this folder with a default export. Knows none of them by name. */
import type { Plot } from './contract.ts';

const modules = import.meta.glob<{ default?: Plot }>(['./*.ts', '!./*.test.ts', '!./registry.ts'], { eager: true });

export const plots: readonly Plot[] = Object.values(modules)
  .flatMap((module) => (module.default ? [module.default] : []))
  .sort((a, b) => (a.id < b.id ? -1 : 1));

/** @throws Error if there is no such plot: ids are written by us, never by users */
export function plotById(id: string): Plot {
  const plot = plots.find((candidate) => candidate.id === id);
  if (!plot) throw new Error(`no plot "${id}"`);
  return plot;
}
