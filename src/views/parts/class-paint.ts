/** The colour, line and marker of each class as CSS and SVG can take them; the same assignment as in the figures. */
import type { EventClass } from '../../base/kinds.ts';
import { classStyles } from '../../plots/theme.ts';

export interface ClassPaint {
  /** A CSS colour that follows the theme. */
  colour: string;
  /** SVG stroke-dasharray; `none` for a full line. */
  dash: string;
  /** plotly's symbol. */
  symbol: string;
}

const dashArrays: Readonly<Record<string, string>> = {
  solid: 'none',
  dash: '5 3',
  dot: '1.5 2',
  dashdot: '5 2 1.5 2',
  longdash: '9 3',
};

/** One for each class, by role and by order among classes of that role. */
export function classPaints(classes: readonly EventClass[]): ClassPaint[] {
  const light = classStyles(classes, 'light');
  const dark = classStyles(classes, 'dark');
  return classes.map((_, k) => {
    const [a, b] = [light[k], dark[k]];
    return {
      colour: a?.color === b?.color ? (a?.color ?? 'var(--quiet)') : `light-dark(${a?.color}, ${b?.color})`,
      dash: dashArrays[a?.dash ?? 'solid'] ?? 'none',
      symbol: a?.symbol ?? 'circle',
    };
  });
}
