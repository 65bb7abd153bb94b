/** Which runs are handed over together: neighbours that differ in nothing but the seed. */
import type { DeviceRows } from './kinds.ts';
import type { Params } from './params.ts';

export interface SeededChoice {
  model: string;
  preset?: string;
  params?: Params;
  epochs?: number;
  deviceRows?: DeviceRows;
  seed: number;
}

/** Runs of one group at most: each keeps its detector and its scores in memory until it is done. */
const mostTogether = 8;

/** The given choices, in their order, in groups of one model with several seeds. */
export function inGroups<Choice extends SeededChoice>(choices: readonly Choice[]): Choice[][] {
  const groups: Choice[][] = [];
  for (const choice of choices) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    if (group && first && alike(first, choice) && group.length < mostTogether) group.push(choice);
    else groups.push([choice]);
  }
  return groups;
}

function alike(a: SeededChoice, b: SeededChoice): boolean {
  const same = (['model', 'preset', 'epochs', 'deviceRows'] as const).every((key) => a[key] === b[key]);
  return same && text(a.params) === text(b.params);
}

function text(params: SeededChoice['params']): string {
  return JSON.stringify(Object.entries(params ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}
