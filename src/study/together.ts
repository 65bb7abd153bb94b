/** Which runs are handed over together: neighbours that differ in nothing but the seed. */
import type { ModelChoice } from './run-model.ts';

/** Runs of one group at most: each keeps its detector and its scores in memory until it is done. */
const mostTogether = 8;

/** The given choices, in their order, in groups of one model with several seeds. */
export function inGroups<Choice extends ModelChoice>(choices: readonly Choice[]): Choice[][] {
  const groups: Choice[][] = [];
  for (const choice of choices) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    if (group && first && alike(first, choice) && group.length < mostTogether) group.push(choice);
    else groups.push([choice]);
  }
  return groups;
}

function alike(a: ModelChoice, b: ModelChoice): boolean {
  return a.model === b.model && a.preset === b.preset && a.epochs === b.epochs && text(a.params) === text(b.params);
}

function text(params: ModelChoice['params']): string {
  return JSON.stringify(Object.entries(params ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}
