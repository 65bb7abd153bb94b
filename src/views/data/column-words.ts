/** How the column page groups, filters and words its columns. Data only. */
import { decimalsFor, formatCount, formatDecimals, formatPercent } from '../../plots/format.ts';
import type { ColumnSummary } from '../../worker/api.ts';

/** The object a feature belongs to: `jet 1 pT` is of `jet`, `MET pT` of `MET`; null for a plain column. */
export function objectOf({ feature }: ColumnSummary): string | null {
  if (feature.slot === undefined) return null;
  return feature.name.replace(/\s+(?:pT|eta|phi)$/, '').replace(/\s+\d+$/, '');
}

/** Objects in the order in which they appear. */
export function objectsOf(columns: readonly ColumnSummary[]): string[] {
  return [...new Set(columns.flatMap((column) => objectOf(column) ?? []))];
}

/** @param search words that all have to appear in the name; empty for every column */
export function filtered(columns: readonly ColumnSummary[], object: string, search: string): readonly ColumnSummary[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return columns.filter((column) => {
    const name = column.feature.name.toLowerCase();
    return (object === '' || objectOf(column) === object) && words.every((word) => name.includes(word));
  });
}

/** `41.2 ± 30.1`: both with the decimals that show three digits of the deviation. */
export function meanText({ mean, deviation }: Pick<ColumnSummary, 'mean' | 'deviation'>): string {
  if (Number.isNaN(mean)) return '–';
  const decimals = Math.min(6, decimalsFor(deviation > 0 ? deviation : mean));
  return `${formatDecimals(mean, decimals)} ± ${formatDecimals(deviation, decimals)}`;
}

/** A share as percent; an exact 0 is a dash, so that the columns where something is missing stand out. */
export function shareText(share: number): string {
  return share === 0 ? '–' : formatPercent(share);
}

/** `2 constant, 1 with missing values`; empty if there is nothing to look at. */
export function flagsText(columns: readonly ColumnSummary[]): string {
  const constant = columns.filter((column) => column.constant).length;
  const missing = columns.filter((column) => column.missing > 0).length;
  const twins = columns.filter((column) => column.duplicateOf !== undefined).length;
  const sentinels = columns.filter((column) => column.sentinels.length > 0).length;
  return [
    constant > 0 ? `${constant} constant` : '',
    twins > 0 ? `${twins} ${twins === 1 ? 'twin' : 'twins'}` : '',
    sentinels > 0 ? `${sentinels} with sentinels` : '',
    missing > 0 ? `${missing} with missing values` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** `3 below and 12 above`, over all classes; a dash if the axis shows everything. */
export function outsideText({ under, over }: Pick<ColumnSummary, 'under' | 'over'>): string {
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const words = [
    [sum(under), 'below'],
    [sum(over), 'above'],
  ].flatMap(([count, side]) => (Number(count) > 0 ? [`${formatCount(Number(count))} ${side}`] : []));
  return words.length > 0 ? words.join(' and ') : '–';
}
