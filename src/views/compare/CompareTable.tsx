/** The table of Compare. Numbers that the statistics do not support are refused with how many events would do. */
import { useMemo } from 'react';
import type { BackendName } from '../../base/kinds.ts';
import { inNouns, type RowNoun } from '../../base/nouns.ts';
import { formatAuc, formatCount, formatNumber, formatPercent, formatPower } from '../../plots/format.ts';
import { modelStyle } from '../../plots/theme.ts';
import { aucAxis, type CompareRow, fixedEfficiencies, intervalShares, neededFor } from '../../state/compare.ts';
import { backendNames, tookText } from '../frame/words.ts';
import { type Column, Table } from '../parts/Table.tsx';
import style from './Compare.module.css';
import { hitsColumn } from './hits-column.tsx';
import { RowName } from './RowName.tsx';

export interface CompareTableProps {
  rows: readonly CompareRow[];
  scoreName: ReadonlyMap<string, string>;
  theme: 'light' | 'dark';
  /** What a row of the data is called. */
  noun: RowNoun;
  highlighted: ReadonlySet<string>;
  onToggle(key: string): void;
}

const orMissing = (value: number | null) => value ?? Number.NaN;

export function CompareTable({ rows, scoreName, theme, noun, highlighted, onToggle }: CompareTableProps) {
  const columns = useMemo((): Column<CompareRow>[] => {
    const axis = aucAxis(rows);
    const place = new Map(rows.map(({ key }, i) => [key, i]));
    const columns: Column<CompareRow>[] = [
      {
        key: 'model',
        head: 'model and score',
        sort: (row) => row.modelName,
        cell: (row) => (
          <span className={style.model}>
            <span
              className={style.swatch}
              style={{ background: modelStyle(place.get(row.key) ?? 0, theme).color }}
              aria-hidden="true"
            />
            <RowName row={row} scoreName={scoreName} />
          </span>
        ),
      },
      {
        key: 'seed',
        head: 'seed',
        numeric: true,
        sort: (row) => row.seeds[0] ?? 0,
        cell: (row) => row.seeds.join(' '),
      },
      {
        key: 'auc',
        head: 'AUC',
        title:
          'Area under the ROC curve with its DeLong error; where the classes are parted without an exchange, with the 68 % bound that the number of events supports',
        numeric: true,
        sort: (row) => row.auc,
        cell: (row) => <span className={row.standing === 'best' ? style.best : undefined}>{formatAuc(row)}</span>,
      },
      {
        key: 'interval',
        head: (
          <span className={style.axis}>
            <span>{formatNumber(axis[0], 2)}</span>
            <span>{formatNumber(axis[1], 2)}</span>
          </span>
        ),
        title: 'AUC: thick line one standard error, thin line the spread over seeds',
        cell: (row) => (
          <span className={style.where}>
            <Interval row={row} axis={axis} />
            <span className={style.standing}>{row.standing === 'behind' ? '' : row.standing}</span>
          </span>
        ),
      },
      {
        key: 'ap',
        head: 'AP',
        title: 'Average precision; depends on the share of signal in the test events',
        numeric: true,
        sort: (row) => row.averagePrecision,
        cell: (row) => formatNumber(row.averagePrecision),
      },
      ...fixedEfficiencies.map(
        (fpr): Column<CompareRow> => ({
          key: fpr,
          head: (
            <span>
              <i>ε</i>
              <sub>S</sub> at {formatPower(Number(fpr))}
            </span>
          ),
          title: `Signal efficiency at background efficiency ${formatPower(Number(fpr))}; refused below 10 background events above threshold, with the number of background events it needs`,
          numeric: true,
          sort: (row) => orMissing(row.tprAtFpr[fpr]),
          cell: (row) => {
            const value = row.tprAtFpr[fpr];
            if (value !== null) return formatPercent(value);
            return <span className={style.refused}>needs {formatPower(neededFor(fpr))}</span>;
          },
        }),
      ),
      {
        key: 'sic',
        head: 'max SIC',
        title: 'Largest ε_S / √ε_B with at least 25 background events',
        numeric: true,
        sort: (row) => orMissing(row.maxSic),
        cell: (row) => (row.maxSic === null ? <span className={style.refused}>too few</span> : formatNumber(row.maxSic)),
      },
      ...hitsColumn(rows),
      {
        key: 'parameters',
        head: 'parameters',
        numeric: true,
        sort: (row) => row.parameters,
        cell: (row) => formatCount(row.parameters),
      },
      {
        key: 'time',
        head: 'training',
        numeric: true,
        sort: (row) => row.trainSeconds,
        cell: (row) => tookText(row.trainSeconds),
      },
      {
        key: 'speed',
        head: `${noun.several}/s`,
        title: 'Training events per second',
        numeric: true,
        sort: (row) => row.eventsPerSecond,
        cell: (row) => (row.eventsPerSecond > 0 ? formatNumber(row.eventsPerSecond) : '–'),
      },
      {
        key: 'backend',
        head: 'backend',
        sort: (row) => row.backend,
        cell: (row) => backendNames[row.backend as BackendName] ?? row.backend,
      },
    ];
    // the explanations are written about events
    return columns.map((column) => (column.title === undefined ? column : { ...column, title: inNouns(column.title, noun) }));
  }, [rows, scoreName, theme, noun]);
  return (
    <Table
      caption="Runs compared"
      columns={columns}
      rows={rows}
      rowKey={(row) => row.key}
      initialSort={{ key: 'auc', descending: true }}
      onRow={(row) => onToggle(row.key)}
      selected={(row) => highlighted.has(row.key)}
      className={style.grid ?? ''}
    />
  );
}

/** One standard error thick, the spread over seeds thin, the median as a dot; all rows on one axis. */
function Interval({ row, axis }: { row: CompareRow; axis: readonly [number, number] }) {
  const { value, low, high, least, most } = intervalShares(row, axis);
  const percent = (share: number) => `${share * 100}%`;
  return (
    <svg className={style.interval} aria-hidden="true">
      <line x1={percent(least)} x2={percent(most)} y1="50%" y2="50%" className={style.spread} />
      <line x1={percent(low)} x2={percent(high)} y1="50%" y2="50%" className={style.error} />
      <circle cx={percent(value)} cy="50%" r="3" className={row.standing === 'behind' ? style.hollow : style.dot} />
    </svg>
  );
}
