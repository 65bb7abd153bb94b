/** The data-table twin of a figure: the same numbers, to read, to sort by eye and to hear. */
import type { DataTable } from '../../plots/contract.ts';
import { formatCount, formatNumber } from '../../plots/format.ts';
import style from './DataTableView.module.css';
import { PhysicsName } from './PhysicsName.tsx';

function shown(value: string | number): string {
  if (typeof value === 'string') return value;
  return Number.isInteger(value) && Math.abs(value) < 1e9 ? formatCount(value) : formatNumber(value, 4);
}

export function DataTableView({ table }: { table: DataTable }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className={style.scroll} tabIndex={0} aria-label={table.caption}>
      <table className={style.table}>
        <caption>{table.caption}</caption>
        <thead>
          <tr>
            {table.columns.map(({ name, unit, numeric }) => (
              <th key={name} scope="col" className={numeric ? style.numeric : undefined}>
                <PhysicsName name={name} />
                {unit && ` [${unit}]`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a figure's table have no identity but their place
            <tr key={index}>
              {row.map((value, column) => (
                <td
                  // biome-ignore lint/suspicious/noArrayIndexKey: cells have no identity but their place
                  key={column}
                  className={table.columns[column]?.numeric ? style.numeric : undefined}
                >
                  {column === 0 && typeof value === 'string' ? <PhysicsName name={value} /> : shown(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
