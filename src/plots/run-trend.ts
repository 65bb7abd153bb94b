/** The mean score of each run, of its good and of its bad lumisections, against what is usual for good ones. */
import { moments } from '../numeric/moments.ts';
import type { TrendRun } from '../study/trend.ts';
import type { DataTable, LiveMark, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { axisTitle, formatCount, formatNumber, withUnit } from './format.ts';
import type { Parts } from './parts.ts';
import { frame, legendNames, palettes } from './theme.ts';
import { badShapes, joined, runTicks, scoreAxis } from './trend-axes.ts';

type Needs = Pick<Parts, 'provenance' | 'score' | 'trend'>;
type Side = 'good' | 'bad';

/** Mean and standard deviation (divisor n) of the runs' mean scores over good lumisections; every run counts once. */
export function usualOf(runs: readonly TrendRun[]): { runs: number; mean: number; deviation: number } {
  const { count, mean, deviation } = moments(runs.flatMap(({ good }) => (good ? [good.mean] : [])));
  return { runs: count, mean, deviation };
}

/** Deviation over √n: as if lumisections were independent, which neighbours are not. NaN for a single one. */
const standardError = ({ deviation, lumisections }: NonNullable<TrendRun['good']>) =>
  lumisections > 1 ? deviation / Math.sqrt(lumisections - 1) : Number.NaN;

function figure({ provenance, score, trend }: Needs, options: PlotOptions): PlotlyFigure {
  const palette = palettes[options.theme];
  const usual = usualOf(trend.runs);
  const end = Math.max(1, trend.runs.length) - 0.5;
  const means = trend.runs.flatMap(({ good, bad }) => [good, bad].flatMap((side) => (side ? [side.mean] : [])));
  const levels = [
    { name: `mean of ${formatCount(usual.runs)} runs`, at: [0], dash: 'solid' },
    { name: '± 1 <i>σ</i>', at: [1, -1], dash: 'dash' },
    { name: '± 3 <i>σ</i>', at: [3, -3], dash: 'dot' },
  ].map((level) => ({ ...level, y: level.at.map((k) => usual.mean + k * usual.deviation) }));
  const positive = means.every((mean) => mean > 0);
  const above = levels.flatMap(({ y }) => y).filter((y) => Number.isFinite(y) && (!positive || y > 0));
  const y = scoreAxis(`${axisTitle(score.name, score.unit)}, mean of a run`, [...means, ...above]);
  const lines = levels.map(({ name, y: heights, dash }) => {
    const drawn = heights.filter((height) => Number.isFinite(height) && (!y.log || height > 0));
    return {
      type: 'scatter',
      mode: 'lines',
      name,
      x: drawn.flatMap(() => [-0.5, end, null]),
      y: drawn.flatMap((height) => [height, height, null]),
      line: { color: palette.text, width: options.scale, dash },
      hoverinfo: 'skip',
    };
  });
  const side = (which: Side, color: string, symbol: string) => {
    const points = trend.runs.flatMap((run, index) => (run[which] ? [{ run: run.run, index, own: run[which] }] : []));
    return {
      type: 'scatter',
      mode: 'markers',
      name: `${which} lumisections`,
      x: points.map(({ index }) => index),
      y: points.map(({ own }) => own.mean),
      error_y: {
        type: 'data',
        array: points.map(({ own }) => standardError(own) || 0),
        color,
        thickness: options.scale,
        width: 0,
      },
      text: points.map(
        ({ run, own }) =>
          `run ${run}<br>${formatCount(own.lumisections)} ${which} ${own.lumisections === 1 ? 'lumisection' : 'lumisections'}<br>mean score ${withUnit(formatNumber(own.mean, 4), score.unit)}<br>standard deviation ${formatNumber(own.deviation)}`,
      ),
      hovertemplate: '%{text}<extra></extra>',
      marker: { symbol, size: 7 * options.scale, color },
    };
  };
  const data = [side('good', palette.background, 'circle'), side('bad', palette.signals[0] as string, 'square'), ...lines];
  const withBad = trend.runs.flatMap(({ bad }, index) => (bad ? [{ first: index, last: index }] : []));
  return {
    data,
    layout: frame(
      {
        x: {
          title: 'Run',
          range: [-0.5, end],
          ticks: runTicks(trend.runs, (_, index) => index, Math.floor((options.width ?? 480) / (70 * options.scale))),
        },
        y,
        provenance,
        legend: { below: legendNames(data) },
        shapes: badShapes(joined(withBad, trend.runs.length), options.theme),
      },
      options,
    ),
  };
}

function live({ score }: Needs, threshold: number): LiveMark[] {
  return [{ kind: 'level', y: threshold, text: `t = ${withUnit(formatNumber(threshold, 4), score.unit)}` }];
}

const orDash = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : '–');

function table({ trend, score }: Needs): DataTable {
  const usual = usualOf(trend.runs);
  const unit = score.unit ? { unit: score.unit } : {};
  const columns = (['good', 'bad'] as const).flatMap((which) => [
    { name: `${which} lumisections`, numeric: true },
    { name: `mean, ${which}`, ...unit, numeric: true },
    { name: `standard error, ${which}`, ...unit, numeric: true },
  ]);
  return {
    caption: `Mean score by run; mean of the good means ${formatNumber(usual.mean, 4)}, standard deviation ${formatNumber(usual.deviation)}`,
    columns: [{ name: 'run', numeric: true }, ...columns, { name: 'good mean, distance in σ', numeric: true }],
    rows: trend.runs.map(({ run, good, bad }) => [
      String(run),
      ...[good, bad].flatMap((own) => [own?.lumisections ?? 0, orDash(own?.mean), orDash(own ? standardError(own) : undefined)]),
      orDash(good ? (good.mean - usual.mean) / usual.deviation : undefined),
    ]),
  };
}

export default {
  id: 'run-trend',
  title: 'Which runs stand out?',
  question:
    'Mean score of the good and of the bad test lumisections of each run, with the standard error of the mean (neighbouring lumisections are alike, so it is too small rather than too large). The lines are the mean over runs of the good means, and one and three standard deviations of them. Runs with bad lumisections are shaded; the line to move is the threshold for single lumisections.',
  needs: ['provenance', 'score', 'trend'],
  params: {},
  figure,
  live,
  table,
} satisfies Plot<Needs>;
