/** The picture of a shelf card: one spectrum per class from the sample's own events, as step lines on a log axis. */
import { formatNumber } from '../../plots/format.ts';
import type { ShelfPicture } from '../../worker/api.ts';
import { classPaints } from '../parts/class-paint.ts';
import { PhysicsName } from '../parts/PhysicsName.tsx';
import style from './SpectrumPicture.module.css';
import { roundValues, stepPath } from './steps.ts';

const width = 360;
const height = 150;
const decades = 3;

export function SpectrumPicture({ picture }: { picture: ShelfPicture }) {
  const { title, unit, edges, classes } = picture;
  const top = Math.max(...classes.flatMap(({ density }) => density)) * 1.3;
  const [from, to] = [edges[0] ?? 0, edges.at(-1) ?? 1];
  const paints = classPaints(classes);
  const label = `${title} of ${classes.map(({ name }) => name).join(', ')}, each of unit area, log scale`;
  // background last, so that it lies on top of the signals' tails
  const order = classes.map((_, k) => k).reverse();
  return (
    <figure className={style.picture}>
      <div className={style.frame}>
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
        <Ticks from={from} to={to} top={top} />
      </div>
      <figcaption className={style.axis}>
        <span>each class of unit area, log scale</span>
        <span>
          <PhysicsName name={title} /> {unit && `[${unit}]`}
        </span>
      </figcaption>
    </figure>
  );
}

/** As many digits as a round number has: `20`, not `20.0`. */
function digitsOf(value: number): number {
  return value.toExponential().split('e')[0]?.replace(/\D/g, '').length || 1;
}

/** Ticks inside on all sides, as on a figure: numbers at round values below, decades with their minors at the left and right. */
function Ticks({ from, to, top }: { from: number; to: number; top: number }) {
  const values = roundValues(from, to);
  const highest = Math.floor(Math.log10(top));
  const minors = Array.from({ length: decades + 1 }, (_, down) =>
    [1, 2, 3, 4, 5, 6, 7, 8, 9].map((step) => ({
      step,
      at: 1 + Math.log10((step * 10 ** (highest - down)) / top) / decades,
    })),
  )
    .flat()
    .filter(({ at }) => at > 0 && at < 1);
  return (
    <div aria-hidden="true">
      {values.map((value) => (
        <span key={value} className={style.tick} style={{ left: `${((value - from) / (to - from)) * 100}%` }}>
          <span>{formatNumber(value, digitsOf(value))}</span>
        </span>
      ))}
      {minors.map(({ step, at }) => (
        <span key={at} className={`${style.decade} ${step === 1 ? style.major : ''}`} style={{ bottom: `${at * 100}%` }} />
      ))}
    </div>
  );
}
