/** Words of the look into a file. Data only. */
import { formatCount, formatPercent } from '../../plots/format.ts';

/** `1 204 of 2 000 drawn rows pass: 61 % of background, 12 % of A to 4l`. */
export function cutText(counts: readonly { name: string; passed: number; rows: number }[], drawn: number): string {
  const passed = counts.reduce((sum, own) => sum + own.passed, 0);
  const shares = counts.filter(({ rows }) => rows > 0).map((own) => `${formatPercent(own.passed / own.rows)} of ${own.name}`);
  return `${formatCount(passed)} of ${formatCount(drawn)} drawn rows pass: ${shares.join(', ')}`;
}
