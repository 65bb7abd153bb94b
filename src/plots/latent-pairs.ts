/**
 * Every pair of a few latent numbers as small figures, and each of them by itself on the diagonal: the scatter matrix of a latent space.
 * All events are hollow but those that are flagged when the threshold comes to rest.
 */
import { inNouns } from '../base/nouns.ts';
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { formatNumber } from './format.ts';
import { byClass, coreRange, countFlagged } from './latent-order.ts';
import type { Parts } from './parts.ts';
import { stepLine } from './steps.ts';
import { classStyles, frame, palettes } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'classes' | 'latent' | 'threshold'>;

const bins = 40;
/** Between two small figures, as a share of the whole. */
const gap = 0.018;

/** Share of the values in each bin; what lies outside is in no bin. */
export function sharesIn(values: Float32Array, [low, high]: readonly [number, number]): number[] {
  const shares = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    if (bin >= 0 && bin < bins) shares[bin] = (shares[bin] as number) + 1 / values.length;
  }
  return shares;
}

const numbered = (letter: 'x' | 'y', cell: number) => (cell === 0 ? letter : `${letter}${cell + 1}`);

function figure({ provenance, classes, latent, threshold }: Needs, options: PlotOptions): PlotlyFigure {
  const styles = classStyles(classes, options.theme);
  const palette = palettes[options.theme];
  const k = latent.dimensions;
  const numbers = Array.from({ length: k }, (_, i) => i);
  const lists = numbers.map((i) => byClass(latent, classes.length, [i, -1, -1]).map(({ x }) => x));
  const ordered = byClass(latent, classes.length, [0, -1, -1]);
  const ranges = lists.map((own) => coreRange(own));
  const present = ordered.flatMap((list, i) => (list.rows.length > 0 ? [classes[i]?.name ?? ''] : []));
  const below = frame(
    {
      x: { title: 'latent number of the column' },
      y: { title: 'latent number of the row' },
      provenance,
      legend: { below: present },
    },
    options,
  );
  const { xaxis, yaxis, ...layout } = below as { xaxis: object; yaxis: object; annotations: readonly object[] };
  const span = (1 - gap * (k - 1)) / k;
  // on a phone two numbers fit under a small figure
  const narrow = (options.width ?? 480) < 450;
  const from = (i: number) => i * (span + gap);
  const data: Record<string, unknown>[] = [];
  const axes: Record<string, unknown> = {};
  const notes: Record<string, unknown>[] = [];
  let cell = 0;
  for (const row of numbers) {
    for (const column of numbers.slice(0, row + 1)) {
      const [x, y] = [numbered('x', cell), numbered('y', cell)];
      const diagonal = row === column;
      const bottom = row === k - 1;
      const first = column === 0;
      const small = { ...xaxis, mirror: true, nticks: narrow ? 2 : 4, tickangle: 0, minor: {}, ticklen: 3 * options.scale };
      axes[x.replace('x', 'xaxis')] = {
        ...small,
        domain: [from(column), from(column) + span],
        anchor: y,
        range: [...(ranges[column] as [number, number])],
        autorange: false,
        showticklabels: bottom,
      };
      // the first small figure shows shares, so the rows count from 0 up and have no numbers of their own
      axes[y.replace('y', 'yaxis')] = {
        ...{ ...yaxis, mirror: true, nticks: 4, minor: {}, ticklen: 3 * options.scale },
        domain: [1 - from(row) - span, 1 - from(row)],
        anchor: x,
        ...(diagonal
          ? { rangemode: 'tozero', showticklabels: false, ticks: '' }
          : { range: [...(ranges[row] as [number, number])], autorange: false, showticklabels: first }),
      };
      if (diagonal) {
        notes.push({
          ...{ xref: `${x} domain`, yref: `${y} domain`, x: 0.04, y: 0.96, xanchor: 'left', yanchor: 'top', showarrow: false },
          text: latent.axes[row] ?? `z${row + 1}`,
          font: { size: 12 * options.scale, color: palette.text },
        });
      }
      for (const [i, list] of ordered.entries()) {
        if (list.rows.length === 0) continue;
        const name = classes[i]?.name ?? '';
        const color = styles[i]?.color ?? '';
        const shared = { name, legendgroup: name, xaxis: x, yaxis: y };
        if (diagonal) {
          const range = ranges[row] as [number, number];
          const edges = Array.from({ length: bins + 1 }, (_, b) => range[0] + ((range[1] - range[0]) * b) / bins);
          const line = stepLine(edges, sharesIn(lists[row]?.[i] as Float32Array, range), 0);
          data.push({
            ...shared,
            type: 'scatter',
            mode: 'lines',
            showlegend: false,
            ...line,
            line: { color, width: 1.5 * options.scale, dash: styles[i]?.dash, shape: 'hv' },
            hoverinfo: 'skip',
          });
          continue;
        }
        const flagged = countFlagged(list.score, threshold);
        const [own, other] = [lists[column]?.[i], lists[row]?.[i]] as [Float32Array, Float32Array];
        for (const filled of [false, true]) {
          const [start, end] = filled ? [0, flagged] : [flagged, list.rows.length];
          if (start === end && !(cell === 1 && !filled)) continue;
          data.push({
            ...shared,
            type: 'scattergl',
            mode: 'markers',
            showlegend: cell === 1 && !filled,
            x: Array.from(own.subarray(start, end)),
            y: Array.from(other.subarray(start, end)),
            customdata: Array.from(list.rows.subarray(start, end)),
            text: Array.from(list.score.subarray(start, end), (score) => formatNumber(score)),
            hovertemplate: `${name}<br>score %{text}<extra></extra>`,
            marker: {
              symbol: filled ? styles[i]?.symbol : styles[i]?.hollow,
              size: (list.rows.length > 1000 ? 3 : 4) * options.scale,
              color,
              opacity: classes[i]?.role === 'signal' ? 0.8 : 0.4,
              line: { width: 1, color },
            },
          });
        }
      }
      cell++;
    }
  }
  return { data, layout: { ...layout, ...axes, annotations: [...layout.annotations, ...notes] } };
}

function table({ provenance, classes, latent }: Needs): DataTable {
  const numbers = Array.from({ length: latent.dimensions }, (_, i) => i);
  const noun = inNouns('events', provenance.noun);
  const moments = (values: Float32Array): (string | number)[] => {
    if (values.length === 0) return ['–', '–'];
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)];
  };
  return {
    caption: `Latent space: centre and width of each latent number in each class, ${noun} drawn`,
    columns: [
      { name: 'latent number', numeric: false },
      { name: 'class', numeric: false },
      { name: `${noun} drawn`, numeric: true },
      { name: 'mean', numeric: true },
      { name: 'standard deviation', numeric: true },
    ],
    rows: numbers.flatMap((i) =>
      byClass(latent, classes.length, [i, -1, -1]).map(({ x }, c) => [
        latent.axes[i] ?? `z${i + 1}`,
        classes[c]?.name ?? '',
        x.length,
        ...moments(x),
      ]),
    ),
  };
}

export default {
  id: 'latent-pairs',
  title: 'Where do they live, in every pair of numbers?',
  question:
    'Each latent number against each other one, and by itself on the diagonal as a share of the events of a class. Events at or above the threshold are filled; the figure follows when the threshold comes to rest. Classes that lie on one another everywhere are not told apart by the encoder.',
  needs: ['provenance', 'classes', 'latent', 'threshold'],
  params: {},
  figure,
  table,
} satisfies Plot<Needs>;
