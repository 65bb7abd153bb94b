/**
 * A table that can be sorted by its column heads. Numbers are set in mono at the right, missing ones sort last. Rows may be
 * operable: a click, Enter or Space runs their action.
 */
import { ArrowDown, ArrowUp } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useMemo, useState } from 'react';
import style from './Table.module.css';

export interface Column<Row> {
  key: string;
  head: ReactNode;
  /** Set upright and quiet after the head: `[GeV]`. */
  unit?: string;
  numeric?: boolean;
  /** Makes the column sortable. */
  sort?: (row: Row) => number | string;
  cell: (row: Row) => ReactNode;
  /** CSS width. */
  width?: string;
  /** Longer name on hover over the head. */
  title?: string;
}

export interface TableProps<Row> {
  /** Spoken name of the table. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
  initialSort?: { key: string; descending: boolean };
  /** Operable rows. */
  onRow?: (row: Row) => void;
  selected?: (row: Row) => boolean;
  /** Extra class of a row, from a CSS module. */
  rowClass?: (row: Row) => string | undefined;
  /** Rows that stand under a row whatever the order: what it is made of. */
  under?: (row: Row) => readonly Row[];
  /** Shown in place of rows when there are none. */
  empty?: ReactNode;
  className?: string;
}

export function Table<Row>(props: TableProps<Row>) {
  const { caption, columns, rows, rowKey, onRow, selected, rowClass, under, empty, className = '' } = props;
  const [order, setOrder] = useState(props.initialSort ?? null);
  const ordered = useMemo(() => sortRows(rows, columns, order), [rows, columns, order]);
  const sorted = under ? ordered.flatMap((row) => [row, ...under(row)]) : ordered;
  const toggle = (column: Column<Row>) =>
    setOrder((present) =>
      present?.key === column.key
        ? { key: column.key, descending: !present.descending }
        : { key: column.key, descending: !!column.numeric },
    );
  return (
    <table className={`${style.table} ${className}`}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => {
            const active = order?.key === column.key;
            const words = (
              <>
                {column.head}
                {column.unit && <span className={style.unit}> [{column.unit}]</span>}
              </>
            );
            return (
              <th
                key={column.key}
                scope="col"
                className={column.numeric ? style.numeric : undefined}
                style={column.width ? { width: column.width } : undefined}
                title={column.title}
                aria-sort={active ? (order.descending ? 'descending' : 'ascending') : undefined}
              >
                {column.sort ? (
                  <button type="button" className={style.sort} onClick={() => toggle(column)}>
                    {words}
                    <span className={`${style.arrow} ${active ? style.active : ''}`} aria-hidden="true">
                      {active && order.descending ? <ArrowDown /> : <ArrowUp />}
                    </span>
                  </button>
                ) : (
                  words
                )}
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody>
        {sorted.map((row) => (
          <tr
            key={rowKey(row)}
            className={`${onRow ? style.operable : ''} ${rowClass?.(row) ?? ''}`}
            aria-selected={selected ? selected(row) : undefined}
            {...(onRow
              ? { tabIndex: 0, onClick: () => onRow(row), onKeyDown: (event: KeyboardEvent) => onKey(event, () => onRow(row)) }
              : {})}
          >
            {columns.map((column) => (
              <td key={column.key} className={column.numeric ? style.numeric : undefined}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
        {sorted.length === 0 && empty !== undefined && (
          <tr>
            <td colSpan={columns.length} className={style.empty}>
              {empty}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function onKey(event: KeyboardEvent, run: () => void) {
  if (event.target !== event.currentTarget || (event.key !== 'Enter' && event.key !== ' ')) return;
  event.preventDefault();
  run();
}

/** A sorted copy; equal rows keep their order, NaN comes last both ways. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  order: { key: string; descending: boolean } | null,
): readonly Row[] {
  const value = order && columns.find((column) => column.key === order.key)?.sort;
  if (!order || !value) return rows;
  const sign = order.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    const missing = Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    if (missing !== 0) return missing;
    return typeof x === 'string' || typeof y === 'string'
      ? sign * String(x).localeCompare(String(y), 'en', { numeric: true })
      : sign * (x - y);
  });
}
