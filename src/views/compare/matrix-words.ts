/** Words of the table of models against signals. */
import { decimalsFor, formatDecimals, formatNumber, formatParted, formatPower, formatWithError } from '../../plots/format.ts';
import type { MatrixCell, MatrixRow, Merit } from '../../state/compare.ts';

export const meritOptions: readonly { value: Merit['id']; label: string }[] = [
  { value: 'auc', label: 'AUC' },
  ...(['1e-1', '1e-2', '1e-3'] as const).map((fpr) => ({ value: fpr, label: `ε_S at ε_B = ${formatPower(Number(fpr))}` })),
  { value: 'sic', label: 'max SIC' },
];

/** `0.961 ± 0.004`, or `1 [0.983, 1]` for classes that are parted; a number without an error stands alone, what is refused says so. */
export function cellText({ value, error, interval }: MatrixCell, merit: Merit): string {
  if (!Number.isFinite(value)) return 'too few';
  const parted = merit.id === 'auc' ? formatParted(value, interval) : undefined;
  if (parted) return parted;
  if (error > 0) return formatWithError(value, error);
  return merit.id === 'sic' ? formatNumber(value) : formatDecimals(value, 3);
}

/** `0.951 to 0.966`; empty for one seed. */
export function spreadText({ value, spread: [low, high] }: MatrixCell): string {
  if (!(high > low)) return '';
  const decimals = Math.max(2, Math.min(4, decimalsFor(high - low, 2), decimalsFor(value, 4)));
  return `${formatDecimals(low, decimals)} to ${formatDecimals(high, decimals)}`;
}

/** A name for each row that no other row has: model, then preset or what was changed of it, then score where needed. */
export function namesOf(rows: readonly MatrixRow[], scoreName: ReadonlyMap<string, string>): Map<string, string> {
  return new Map(
    rows.map((row) => {
      const same = rows.filter(({ modelName }) => modelName === row.modelName);
      const parts = [
        row.modelName,
        ...(same.some(({ preset }) => preset !== row.preset) ? [row.preset] : [row.changes]),
        ...(same.some(({ score }) => score !== row.score) ? [scoreName.get(row.score) ?? row.score] : []),
        ...(row.runs.length === 1 &&
        same.some(({ preset, score, seeds }) => preset === row.preset && score === row.score && seeds[0] !== row.seeds[0])
          ? [`seed ${row.seeds[0]}`]
          : []),
      ];
      return [row.key, parts.filter(Boolean).join(', ')];
    }),
  );
}
