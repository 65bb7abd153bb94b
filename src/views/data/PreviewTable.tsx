/** The first rows of a file as a table: features first, then what stands beside them; a small histogram under each name. */
import type { EventClass } from '../../base/kinds.ts';
import { formatCount, formatNumber } from '../../plots/format.ts';
import type { ColumnSummary, FilePreview } from '../../worker/api.ts';
import { PhysicsName } from '../parts/PhysicsName.tsx';
import style from './Look.module.css';
import { Sparkline } from './Sparkline.tsx';

export function PreviewTable({
  table,
  summaries,
  classes,
}: {
  table: NonNullable<FilePreview['table']>;
  summaries: readonly ColumnSummary[];
  classes: readonly EventClass[];
}) {
  const byName = new Map(summaries.map((column) => [column.feature.name, column]));
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={style.scroll} aria-label="First rows" tabIndex={0}>
        <table className={style.rows}>
          <caption className="visually-hidden">First rows of the file</caption>
          <thead>
            <tr>
              {table.columns.map(({ name, unit, feature }) => {
                const column = feature ? byName.get(name) : undefined;
                return (
                  <th key={`${name} ${feature}`} scope="col" className={feature ? undefined : style.beside}>
                    <PhysicsName name={name} />
                    {unit && ` [${unit}]`}
                    {column && (
                      <div>
                        <Sparkline column={column} classes={classes} />
                      </div>
                    )}
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file have no other name than their number
              <tr key={i}>
                {row.map((value, k) => (
                  <td key={`${table.columns[k]?.name} ${table.columns[k]?.feature}`}>
                    {typeof value === 'string' ? value : valueText(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {table.hidden > 0 && <p className={style.quiet}>{formatCount(table.hidden)} more columns are not shown.</p>}
    </>
  );
}

/** Whole numbers as they are, others with four digits, missing ones as a dash. */
function valueText(value: number): string {
  if (Number.isNaN(value)) return '–';
  return Number.isInteger(value) && Math.abs(value) < 1e7 ? formatCount(value) : formatNumber(value, 4);
}
