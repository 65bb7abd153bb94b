/**
 * Where the cells of a row of histograms lie, and how several histograms in a row are drawn: one after another along the cells, each as
 * high as its own largest bin, with a line between them and its name above. Knows nothing of what is drawn.
 */
import type { HistogramAxis, HistogramPart } from '../base/kinds.ts';
import type { PlotOptions } from './contract.ts';
import { palettes } from './theme.ts';

/**
 * Edges of the cells of a row [n + 1]: those of the axis, equally wide if it does not list them, and for under- and overflow one
 * more bin on each side, as wide as its neighbour. Without an axis the cells are counted from 0.
 */
export function cellEdges(cells: number, axis?: HistogramAxis): number[] {
  if (!axis) return Array.from({ length: cells + 1 }, (_, i) => i);
  const bins = cells - (axis.flow ? 2 : 0);
  const { low, high } = axis;
  const inner =
    axis.edges?.length === bins + 1
      ? [...axis.edges]
      : Array.from({ length: bins + 1 }, (_, i) => low + (i * (high - low)) / bins);
  if (!axis.flow) return inner;
  const first = 2 * (inner[0] as number) - (inner[1] as number);
  const last = 2 * (inner[bins] as number) - (inner[bins - 1] as number);
  return [first, ...inner, last];
}

/** Letters of a name that are shown; the last ones of a path of a monitoring element say most. */
const longestName = 26;
/** Height of the axis over that of the largest bin, so that names lie above what is drawn. */
export const roomForNames = 1.35;

/**
 * What each cell is divided by [cells]: the largest of all the values in its own histogram, 1 where there is none above 0. Undefined
 * where a row is one histogram.
 *
 * @param values lists of numbers [cells] that are drawn over one another
 */
export function partHeights(axis: HistogramAxis | undefined, values: readonly ArrayLike<number>[]): number[] | undefined {
  return axis?.parts?.flatMap(({ start, cells }) => {
    let largest = 0;
    for (const list of values) {
      for (let i = start; i < start + cells; i++) if ((list[i] as number) > largest) largest = list[i] as number;
    }
    return new Array<number>(cells).fill(largest || 1);
  });
}

/** Lower and upper edge of a cell in the units of its own histogram, and the unit. */
export function cellRange(cell: number, axis: HistogramAxis | undefined, edges: readonly number[]): [number, number, string] {
  const part = axis?.parts?.find(({ start, cells }) => cell >= start && cell < start + cells);
  if (!part) return [edges[cell] as number, edges[cell + 1] as number, axis?.unit ?? ''];
  const own = cellEdges(part.cells, part);
  return [own[cell - part.start] as number, own[cell - part.start + 1] as number, part.unit ?? ''];
}

/** Lines between the histograms and their names, in turns at two heights; both empty where a row is one histogram. */
export function partMarks(
  axis: HistogramAxis | undefined,
  options: PlotOptions,
): { shapes: Record<string, unknown>[]; annotations: Record<string, unknown>[] } {
  const palette = palettes[options.theme];
  const parts = axis?.parts ?? [];
  return {
    shapes: parts.slice(1).map(({ start }) => ({
      type: 'line',
      xref: 'x',
      yref: 'paper',
      x0: start,
      x1: start,
      y0: 0,
      y1: 1,
      line: { color: palette.quiet, width: 1, dash: 'dot' },
    })),
    annotations: parts.map((part, k) => ({
      name: 'histogram',
      text: shortName(part),
      showarrow: false,
      xref: 'x',
      yref: 'paper',
      x: part.start,
      y: k % 2 === 0 ? 1 : 0.92,
      xanchor: 'left',
      yanchor: 'top',
      xshift: 3,
      font: { size: 12 * options.scale, color: palette.quiet },
    })),
  };
}

function shortName({ name }: HistogramPart): string {
  return name.length > longestName ? `…${name.slice(1 - longestName)}` : name;
}
