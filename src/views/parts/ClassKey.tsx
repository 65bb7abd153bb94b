/** A class by its line, its marker and its name, as a figure's legend would show it. */
import type { EventClass } from '../../base/kinds.ts';
import style from './ClassKey.module.css';
import { classPaints } from './class-paint.ts';

export interface ClassKeyProps {
  classes: readonly EventClass[];
  index: number;
  /** Adds the role after the name. */
  withRole?: boolean;
}

const markers: Readonly<Record<string, string>> = {
  circle: 'M11.5 6a3 3 0 1 0 6 0a3 3 0 1 0-6 0',
  square: 'M11.8 3.3h5.4v5.4h-5.4z',
  diamond: 'M14.5 2.4l3.6 3.6l-3.6 3.6l-3.6-3.6z',
  'triangle-up': 'M14.5 2.6l3.5 6h-7z',
  cross: 'M13.4 2.6h2.2v2.3h2.3v2.2h-2.3v2.3h-2.2v-2.3h-2.3v-2.2h2.3z',
  'x-thin': 'M12 3.5l5 5m0-5l-5 5',
};

export function ClassKey({ classes, index, withRole = false }: ClassKeyProps) {
  const own = classes[index];
  const paint = classPaints(classes)[index];
  if (!own || !paint) return null;
  return (
    <span className={style.key}>
      <svg width="29" height="12" viewBox="0 0 29 12" aria-hidden="true" focusable="false" style={{ color: paint.colour }}>
        <path d="M0 6h29" stroke="currentColor" strokeWidth="2" strokeDasharray={paint.dash} />
        <path
          d={markers[paint.symbol] ?? markers.circle}
          fill="currentColor"
          stroke="currentColor"
          strokeWidth={paint.symbol === 'x-thin' ? 1.5 : 0}
        />
      </svg>
      <span className={style.name} title={own.name}>
        {own.name}
      </span>
      {withRole && own.name !== own.role && <span className={style.role}>{own.role}</span>}
    </span>
  );
}
