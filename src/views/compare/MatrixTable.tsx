/** Models against signals: one row per model with its seeds together, every signal a column; the seeds of a row can be opened. */
import { ChevronRight } from 'lucide-react';
import { useMemo, useState } from 'react';
import { formatCount, formatNumber } from '../../plots/format.ts';
import { type CompareRow, type MatrixCell, type MatrixRow, type Merit, matrixAxis, matrixRows } from '../../state/compare.ts';
import { tookText } from '../frame/words.ts';
import { seedsText } from '../parse.ts';
import { type Column, Table } from '../parts/Table.tsx';
import style from './Compare.module.css';
import { hitsColumn } from './hits-column.tsx';
import { cellText, spreadText } from './matrix-words.ts';
import { RowName } from './RowName.tsx';

export interface MatrixTableProps {
  /** Of every signal. */
  rows: readonly CompareRow[];
  signals: readonly string[];
  merit: Merit;
  scoreName: ReadonlyMap<string, string>;
}

export function MatrixTable({ rows: compared, signals, merit, scoreName }: MatrixTableProps) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => matrixRows(compared, merit), [compared, merit]);
  const seedRows = useMemo(
    () => new Map(rows.map((row) => [row.key, row.runs.length > 1 ? seedsOf(compared, row, merit) : []])),
    [rows, compared, merit],
  );
  const toggle = ({ key }: MatrixRow) =>
    setOpen((present) => {
      const next = new Set(present);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  const isSeed = (row: MatrixRow) => !seedRows.has(row.key);
  const columns: Column<MatrixRow>[] = [
    {
      key: 'model',
      head: 'model and score',
      sort: (row) => row.modelName,
      cell: (row) =>
        isSeed(row) ? (
          <span className={style.seedOf}>seed {row.seeds[0]}</span>
        ) : (
          <span className={style.model}>
            {row.runs.length > 1 ? (
              <button
                type="button"
                className={style.open}
                aria-expanded={open.has(row.key)}
                aria-label={`Seeds of ${row.modelName}`}
                onClick={() => toggle(row)}
              >
                <ChevronRight aria-hidden="true" />
              </button>
            ) : (
              <span className={style.open} />
            )}
            <RowName row={row} scoreName={scoreName} />
          </span>
        ),
    },
    {
      key: 'seeds',
      head: 'seeds',
      numeric: true,
      sort: (row) => row.seeds.length,
      cell: (row) => (isSeed(row) ? '' : seedsText(row.seeds)),
    },
    ...hitsColumn(rows),
    ...signals.map((signal): Column<MatrixRow> => {
      const axis = matrixAxis(rows, signal);
      return {
        key: `signal ${signal}`,
        head: signal,
        title: `${signal}: median over seeds ± standard error of the finite test sample, and the spread over seeds from lowest to highest; drawn from ${formatNumber(axis[0])} to ${formatNumber(axis[1])}`,
        numeric: true,
        sort: (row) => row.cells.get(signal)?.value ?? Number.NaN,
        cell: (row) => {
          const cell = row.cells.get(signal);
          return cell ? <Cell cell={cell} merit={merit} axis={axis} /> : '–';
        },
      };
    }),
    {
      key: 'parameters',
      head: 'parameters',
      numeric: true,
      sort: (row) => row.parameters,
      cell: (row) => (isSeed(row) ? '' : formatCount(row.parameters)),
    },
    {
      key: 'time',
      head: 'training',
      title: 'Median over seeds',
      numeric: true,
      sort: (row) => row.trainSeconds,
      cell: (row) => tookText(row.trainSeconds),
    },
  ];
  return (
    <Table
      caption="Models and signals compared"
      columns={columns}
      rows={rows}
      rowKey={(row) => row.key}
      initialSort={{ key: `signal ${signals[0]}`, descending: true }}
      under={(row) => (open.has(row.key) ? (seedRows.get(row.key) ?? []) : [])}
      rowClass={(row) => (isSeed(row) ? style.seedRow : undefined)}
      className={style.grid ?? ''}
    />
  );
}

/** The seeds behind a row, lowest first, each with its own numbers. */
function seedsOf(compared: readonly CompareRow[], { key, runs }: MatrixRow, merit: Merit): MatrixRow[] {
  const own = compared.filter((row) => row.key.startsWith(`${key}/`));
  return runs.flatMap((run, i) => {
    const alone = own.flatMap((row): CompareRow[] => {
      const result = row.results[i];
      if (!result) return [];
      return [
        {
          ...row,
          key: `${key} ${run}/${row.signal}`,
          runs: [run],
          seeds: [result.seed],
          results: [result],
          hits: result.hits?.spearman ?? null,
          trainSeconds: result.trainSeconds,
          standing: 'behind',
        },
      ];
    });
    return matrixRows(alone, merit);
  });
}

function Cell({ cell, merit, axis }: { cell: MatrixCell; merit: Merit; axis: readonly [number, number] }) {
  const { value, interval, spread, standing } = cell;
  if (!Number.isFinite(value)) return <span className={style.refused}>{cellText(cell, merit)}</span>;
  const share = (at: number) => `${(100 * (Math.min(axis[1], Math.max(axis[0], at)) - axis[0])) / (axis[1] - axis[0])}%`;
  return (
    <span className={style.cell}>
      <span className={standing === 'best' ? style.best : undefined} title={standing === 'behind' ? undefined : standing}>
        {cellText(cell, merit)}
        {standing === 'tied' && <span className={style.standing}> tied</span>}
      </span>
      <svg className={style.band} aria-hidden="true">
        <line x1={share(spread[0])} x2={share(spread[1])} y1="50%" y2="50%" className={style.spread} />
        {interval.high > interval.low && (
          <line x1={share(interval.low)} x2={share(interval.high)} y1="50%" y2="50%" className={style.error} />
        )}
        <circle cx={share(value)} cy="50%" r="3" className={standing === 'behind' ? style.hollow : style.dot} />
      </svg>
      <span className={style.range}>{spreadText(cell)}</span>
    </span>
  );
}
