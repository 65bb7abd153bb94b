/** One column as a picture in a table row: a step line per class, each of unit area; pT and other tails on a log axis. */
import type { EventClass } from '../../base/kinds.ts';
import type { ColumnSummary } from '../../worker/api.ts';
import { classPaints } from '../parts/class-paint.ts';
import style from './Sparkline.module.css';
import { stepPath, unitArea } from './steps.ts';

const width = 160;
const height = 30;

export function Sparkline({ column, classes }: { column: ColumnSummary; classes: readonly EventClass[] }) {
  const paints = classPaints(classes);
  const densities = column.counts.map(unitArea);
  const top = Math.max(0, ...densities.flat());
  const log = column.feature.quantity === 'pT' || column.feature.quantity === 'other';
  const order = classes.map((_, k) => k).filter((k) => (densities[k] ?? []).some((n) => n > 0));
  return (
    <svg
      className={style.picture}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      {order.reverse().map((k) => {
        const path = stepPath(densities[k] ?? [], { width, height: height - 1, log, decades: 3, top: top * 1.1 });
        return (
          <g key={classes[k]?.name} style={{ color: paints[k]?.colour }}>
            {classes[k]?.role === 'background' && <path d={path} fill="currentColor" opacity="0.2" />}
            <path
              d={path}
              fill="none"
              stroke="currentColor"
              strokeDasharray={paints[k]?.dash}
              strokeWidth={classes[k]?.role === 'background' ? 1.25 : 1}
              opacity={classes[k]?.role === 'background' ? 1 : 0.85}
              vectorEffect="non-scaling-stroke"
            />
          </g>
        );
      })}
    </svg>
  );
}
