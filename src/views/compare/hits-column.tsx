/** Beside every score: whether it only counts hits. */
import { formatDecimals } from '../../plots/format.ts';
import { countsFrom } from '../../state/hits.ts';
import type { Column } from '../parts/Table.tsx';
import style from './Compare.module.css';

/** The column, or none where nothing is counted in the events of any row. */
export function hitsColumn<Row extends { hits: number | null }>(rows: readonly Row[]): Column<Row>[] {
  if (rows.every(({ hits }) => hits === null)) return [];
  return [
    {
      key: 'hits',
      head: 'ρ with hits',
      title:
        'Does this score only count hits? Rank correlation with lit pixels, objects or entries among background test events; beyond ±0.9 it does little else',
      numeric: true,
      sort: ({ hits }) => hits ?? Number.NaN,
      cell: ({ hits }) =>
        hits === null ? (
          '–'
        ) : (
          <span className={Math.abs(hits) >= countsFrom ? style.counts : undefined}>{formatDecimals(hits, 2)}</span>
        ),
    },
  ];
}
