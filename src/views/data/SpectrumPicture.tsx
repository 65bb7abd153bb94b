/** The picture of a shelf card: one spectrum per class from the sample's own events, as step lines on a log axis. */
import { formatCount, formatNumber, withUnit } from '../../plots/format.ts';
import type { ShelfPicture } from '../../worker/api.ts';
import { classPaints } from '../parts/class-paint.ts';
import { PhysicsName } from '../parts/PhysicsName.tsx';
import style from './SpectrumPicture.module.css';
import { stepPath } from './steps.ts';

const width = 360;
const height = 150;
const decades = 3;

export function SpectrumPicture({ picture }: { picture: ShelfPicture }) {
  const { title, unit, edges, classes } = picture;
  const top = Math.max(...classes.flatMap(({ density }) => density)) * 1.3;
  const paints = classPaints(classes);
  const label = `${title} of ${classes.map(({ name }) => name).join(', ')}, each of unit area, log scale`;
  // background last, so that it lies on top of the signals' tails
  const order = classes.map((_, k) => k).reverse();
  return (
    <figure className={style.picture}>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {order.map((k) => {
          const path = stepPath(classes[k]?.density ?? [], { width, height, log: true, decades, top });
          const paint = paints[k];
          return (
            <g key={classes[k]?.name} style={{ color: paint?.colour }}>
              {classes[k]?.role === 'background' && <path d={path} fill="currentColor" opacity="0.16" />}
              <path
                d={path}
                fill="none"
                stroke="currentColor"
                strokeWidth="1.5"
                strokeDasharray={paint?.dash}
                vectorEffect="non-scaling-stroke"
              />
            </g>
          );
        })}
      </svg>
      <figcaption className={style.axis}>
        <span>{endText(edges[0] ?? 0)}</span>
        <span>
          <PhysicsName name={title} /> {unit && `[${unit}]`}, each class of unit area
        </span>
        <span>{withUnit(endText(edges.at(-1) ?? 0), unit)}</span>
      </figcaption>
    </figure>
  );
}

/** An end of the axis: whole numbers stay whole. */
function endText(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : formatNumber(value);
}
