/** The first histograms of a file as step lines, each on its own scale. */
import { formatNumber } from '../../plots/format.ts';
import type { FilePreview } from '../../worker/api.ts';
import style from './Look.module.css';
import { stepPath } from './steps.ts';

const width = 200;
const height = 84;

export function PreviewHistograms({ histograms }: { histograms: NonNullable<FilePreview['histograms']> }) {
  const { axis, counts, names } = histograms;
  return (
    <>
      <div className={style.pictures}>
        {counts.map((bins, i) => {
          const values = Array.from(bins);
          const sum = values.reduce((total, value) => total + value, 0);
          const path = stepPath(values, {
            width,
            height: height - 2,
            log: false,
            decades: 3,
            top: Math.max(1e-12, ...values) * 1.08,
          });
          const words = `${names[i]}: ${sum === 0 ? 'empty' : `${formatNumber(sum)} entries`}`;
          return (
            <figure key={names[i]}>
              <svg
                className={style.histogram}
                viewBox={`0 0 ${width} ${height}`}
                preserveAspectRatio="none"
                role="img"
                aria-label={words}
              >
                <path d={path} fill="currentColor" opacity="0.18" />
                <path d={path} fill="none" stroke="currentColor" strokeWidth="1.25" vectorEffect="non-scaling-stroke" />
              </svg>
              <figcaption>{words}</figcaption>
            </figure>
          );
        })}
      </div>
      {axis && (
        <p className={style.quiet}>
          {axis.name}, from {formatNumber(axis.low)} to {formatNumber(axis.high)} {axis.unit}
          {axis.flow && ', with under- and overflow as first and last bin'}
        </p>
      )}
    </>
  );
}
