/** Words of the look into a file. Data only. */
import { formatCount, formatPercent } from '../../plots/format.ts';

/** `1 204 of 2 000 drawn rows pass: 61 % of background, 12 % of A to 4l`. */
export function cutText(counts: readonly { name: string; passed: number; rows: number }[], drawn: number): string {
  const passed = counts.reduce((sum, own) => sum + own.passed, 0);
  const shares = counts.filter(({ rows }) => rows > 0).map((own) => `${formatPercent(own.passed / own.rows)} of ${own.name}`);
  return `${formatCount(passed)} of ${formatCount(drawn)} drawn rows pass: ${shares.join(', ')}`;
}

/** A cut that a user of such data might write: a range of runs and of lumisections, or of a mass. */
export function cutExample(names: readonly string[]): string {
  if (!names.includes('run') || !names.includes('lumisection')) return 'mjj > 3300 and nJet >= 2';
  return `run >= 297050 and run <= 297178 and lumisection > 5${names.includes('entries') ? ' and entries >= 1000' : ''}`;
}
