/** Run numbers as a user writes them: `297050, 297056`, with commas, semicolons or spaces between. */

export function runsText(runs: readonly number[] | undefined): string {
  return (runs ?? []).join(', ');
}

/** The numbers, each once, in the order given; null where something else stands among them. Worked value: `7; 8 7` is [7, 8]. */
export function runsFrom(text: string): number[] | null {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  const numbers = words.map(Number);
  return numbers.every((run) => Number.isSafeInteger(run) && run >= 0) ? [...new Set(numbers)] : null;
}

/** What is wrong with the named runs of a split, or null: somebody has to train, and no run may be in two parts. */
export function runsFault(runs: {
  train: readonly number[];
  validation?: readonly number[] | undefined;
  test?: readonly number[] | undefined;
}): string | null {
  if (runs.train.length === 0) return 'Name at least one run to train on';
  const all = [...runs.train, ...(runs.validation ?? []), ...(runs.test ?? [])];
  const twice = all.find((run, i) => all.indexOf(run) !== i);
  return twice === undefined ? null : `Run ${twice} is in two parts`;
}
