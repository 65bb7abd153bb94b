/**
 * The anomaly score of every class as step lines, with the threshold on top. Bins are counted from the ranking by binary
 * search, so the number of events does not matter; the axis is logarithmic where scores span decades.
 */
import { inNouns } from '../base/nouns.ts';
import { garwood } from '../metrics/intervals.ts';
import { type Ranking, rowReaching, scoreCounts } from '../metrics/ranking.ts';
import type { DataTable, LiveMark, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { axisTitle, formatCount, formatNumber, formatThreshold } from './format.ts';
import type { Parts } from './parts.ts';
import { stepLine } from './steps.ts';
import { classStyles, frame } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'classes' | 'score' | 'test'>;

export interface BinnedScores {
  log: boolean;
  /** [b + 1] */
  edges: number[];
  /** [class][b]; the first and last bin hold what lies beyond. */
  counts: number[][];
  underflow: number;
  overflow: number;
}

/** The score that `share` of a class's events reach or exceed. */
function upperQuantile(ranking: Ranking, label: number, share: number): number {
  const target = Math.max(1, Math.ceil(share * (ranking.total[label] ?? 0)));
  return ranking.threshold[Math.min(ranking.threshold.length - 1, rowReaching(ranking, label, target))] as number;
}

/**
 * Range: from the lowest 0.1 % to the highest 0.1 % of any class (the whole range below 2,000 events of a class), widened to
 * the extremes where these are near; what lies beyond is folded into the edge bins and counted.
 */
export function binScores(ranking: Ranking, bins: number, axis: 'auto' | 'linear' | 'log'): BinnedScores {
  const present = ranking.total.flatMap((total, label) => (total > 0 ? [label] : []));
  const highest = ranking.threshold[0] as number;
  const lowest = ranking.threshold[ranking.threshold.length - 1] as number;
  if (present.length === 0) return { log: false, edges: [0, 1], counts: ranking.total.map(() => [0]), underflow: 0, overflow: 0 };
  let from = Math.min(...present.map((label) => upperQuantile(ranking, label, 0.999)));
  let to = Math.max(...present.map((label) => upperQuantile(ranking, label, 0.001)));
  const log = axis === 'log' ? lowest > 0 : axis === 'auto' && lowest > 0 && to / Math.max(from, Number.MIN_VALUE) > 100;
  const position = (x: number) => (log ? Math.log10(x) : x);
  const value = (x: number) => (log ? 10 ** x : x);
  const width = position(to) - position(from);
  if (!(width > 0)) {
    const half = log ? 0.5 : Math.abs(from) * 0.5 || 0.5;
    from = value(position(from) - half);
    to = value(position(to) + half);
  } else {
    if (position(highest) - position(to) < width * 0.35) to = highest;
    if (position(from) - position(lowest) < width * 0.35) from = lowest;
  }
  const start = position(from);
  const step = (position(to) - start) / bins;
  /** A hair above the highest score, so that it falls into the last bin. */
  const edges = Array.from({ length: bins + 1 }, (_, i) =>
    i === bins ? value(start + step * (bins + 1e-6)) : value(start + step * i),
  );
  const classes = ranking.total.map((_, label) => scoreCounts(ranking, label, edges));
  return {
    log,
    edges,
    counts: classes.map(({ counts, underflow, overflow }) =>
      Array.from(counts, (count, i) => count + (i === 0 ? underflow : 0) + (i === bins - 1 ? overflow : 0)),
    ),
    underflow: classes.reduce((sum, { underflow }) => sum + underflow, 0),
    overflow: classes.reduce((sum, { overflow }) => sum + overflow, 0),
  };
}

/**
 * Bins that the number of events fills: twice the root of the events of the largest class, from 15 to 60. Worked values: 47 events give
 * 15, 100 give 20, 900 and more give 60.
 */
export function fittingBins(total: readonly number[]): number {
  return Math.min(60, Math.max(15, Math.ceil(2 * Math.sqrt(Math.max(0, ...total)))));
}

function binned({ test }: Needs, { params }: PlotOptions): BinnedScores {
  const { axis, bins } = params;
  return binScores(test, Number(bins) || fittingBins(test.total), axis === 'linear' || axis === 'log' ? axis : 'auto');
}

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const { classes, score, test } = results;
  const { log, edges, counts, underflow, overflow } = binned(results, options);
  const styles = classStyles(classes, options.theme);
  const normalised = options.params['normalised'] === true;
  const per = (label: number) => (normalised ? Math.max(1, test.total[label] ?? 0) : 1);
  const heights = counts.map((list, label) => list.map((count) => count / per(label)));
  const filled = heights.flat().filter((height) => height > 0);
  const top = (filled.length > 0 ? Math.max(...filled) : 1) * 3;
  const bottom = normalised ? (filled.length > 0 ? Math.min(...filled) : 0.1) * 0.5 : 0.5;
  const outside = [
    ...(underflow > 0 ? [`${formatCount(underflow)} below`] : []),
    ...(overflow > 0 ? [`${formatCount(overflow)} above`] : []),
  ].join(', ');
  // a long name and the note would meet on a narrow figure; the panel says which score it is
  const words = `edge bins hold ${outside}${score.name}`.length * 6.6 * options.scale;
  const axisName = outside !== '' && words > (options.width ?? 480) - 90 * options.scale ? 'Score' : score.name;
  const middle = edges
    .slice(0, -1)
    .map((edge, i) => (log ? Math.sqrt(edge * (edges[i + 1] as number)) : (edge + (edges[i + 1] as number)) / 2));
  const width = (edges[1] as number) - (edges[0] as number);
  return {
    data: counts.flatMap((list, label) => {
      if ((test.total[label] ?? 0) === 0) return [];
      const name = classes[label]?.name ?? '';
      const style = styles[label];
      const line = {
        type: 'scatter',
        mode: 'lines',
        name,
        legendgroup: name,
        ...stepLine(edges, heights[label] as number[], bottom / 10),
        line: { shape: 'hv', color: style?.color, dash: style?.dash, width: 1.75 * options.scale },
        hoverinfo: 'skip',
      };
      if (options.params['errors'] !== true) return [line];
      const shown = list.flatMap((count, i) => (count > 0 ? [{ i, count, ...garwood(count) }] : []));
      return [
        line,
        {
          type: 'scatter',
          mode: 'markers',
          name: `${name}, 68 %`,
          legendgroup: name,
          showlegend: false,
          x: shown.map(({ i }) => middle[i]),
          y: shown.map(({ count }) => count / per(label)),
          marker: { size: 1, color: style?.color },
          hoverinfo: 'skip',
          error_y: {
            type: 'data',
            symmetric: false,
            array: shown.map(({ count, high }) => (high - count) / per(label)),
            arrayminus: shown.map(({ count, low }) => (count - low) / per(label)),
            color: style?.color,
            thickness: 1,
            width: 0,
          },
        },
      ];
    }),
    layout: {
      ...frame(
        {
          x: { title: axisTitle(axisName, score.unit), log, range: [edges[0] as number, edges.at(-1) as number] },
          y: {
            title: `${inNouns(normalised ? 'Fraction of events' : 'Events', results.provenance.noun)} / ${log ? 'bin' : formatNumber(width, 2)}${log || score.unit === '' ? '' : ` ${score.unit}`}`,
            log: true,
            range: [bottom, Math.max(top, bottom * 20)],
          },
          provenance: results.provenance,
          legend: { below: classes.flatMap(({ name }, label) => ((test.total[label] ?? 0) > 0 ? [name] : [])) },
          notes:
            outside === ''
              ? []
              : [
                  {
                    name: 'beyond',
                    text: `edge bins hold ${outside}`,
                    xref: 'paper',
                    yref: 'paper',
                    x: 0,
                    y: 0,
                    xanchor: 'left',
                    yanchor: 'top',
                    yshift: -19 * options.scale,
                  },
                ],
        },
        options,
      ),
      dragmode: false,
    },
  };
}

function live(results: Needs, threshold: number): LiveMark[] {
  if (Number.isNaN(threshold)) return [];
  return [
    { kind: 'flagged-side', from: threshold },
    {
      kind: 'threshold',
      x: threshold,
      text: `${formatThreshold(threshold)}${results.score.unit === '' ? '' : ` ${results.score.unit}`}`,
    },
  ];
}

function table(results: Needs, options: PlotOptions): DataTable {
  const { edges, counts, underflow, overflow } = binned(results, options);
  return {
    caption: `${results.score.name}: test ${inNouns('events', results.provenance.noun)} per bin; the edge bins hold ${formatCount(underflow)} below and ${formatCount(overflow)} above`,
    columns: [
      { name: 'from', unit: results.score.unit, numeric: true },
      { name: 'to', unit: results.score.unit, numeric: true },
      ...results.classes.map(({ name }) => ({ name, unit: inNouns('events', results.provenance.noun), numeric: true })),
    ],
    rows: edges
      .slice(0, -1)
      .map((edge, i) => [edge, edges[i + 1] as number, ...results.classes.map((_, label) => counts[label]?.[i] ?? 0)]),
  };
}

export default {
  id: 'score-histogram',
  title: 'How anomalous?',
  question:
    'The anomaly score of the test events, one line per class; higher is more anomalous. Events at or above the threshold are flagged: drag the line, or use the arrow keys, which step one distinct score at a time.',
  needs: ['provenance', 'classes', 'score', 'test'],
  params: {
    bins: {
      kind: 'number',
      label: 'Bins (0: automatic)',
      help: 'Of equal width on the axis; by themselves twice the root of the events of the largest class, from 15 to 60',
      default: 0,
      min: 0,
      max: 400,
      integer: true,
    },
    axis: {
      kind: 'choice',
      label: 'Score axis',
      help: 'Automatic: logarithmic where scores span more than two decades',
      default: 'auto',
      options: [
        { value: 'auto', label: 'Automatic' },
        { value: 'linear', label: 'Linear' },
        { value: 'log', label: 'Logarithmic' },
      ],
    },
    normalised: { kind: 'switch', label: 'Normalised', help: 'Each class divided by its number of events', default: false },
    errors: { kind: 'switch', label: 'Statistical errors', help: 'Garwood interval, 68 %', default: false },
  },
  figure,
  live,
  table,
} satisfies Plot<Needs>;
