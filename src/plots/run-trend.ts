/** The mean score of each run, of its good and of its bad lumisections, against what is usual for good ones. */
import type { DataTable, LiveMark, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { formatCount, formatNumber, formatThreshold, withUnit } from './format.ts';
import type { Parts, TrendPoints } from './parts.ts';
import { frame, legendNames, palettes } from './theme.ts';
import { badShapes, joined, runTicks, scoreAxis, scoreTitle, usualLines } from './trend-axes.ts';

type Needs = Pick<Parts, 'provenance' | 'score' | 'trend'>;
type Side = 'good' | 'bad';

/** Fewer runs than this have no spread worth a line. */
const fewestRuns = 5;

/** What a run is compared with: the spread of the means of runs where enough of them were trained on, else that of lumisections. */
export function yardstick({ usual }: Pick<TrendPoints, 'usual'>, { params }: Pick<PlotOptions, 'params'>) {
  const byRuns = params['spread'] === 'runs' || (params['spread'] !== 'lumisections' && usual.runs.count >= fewestRuns);
  return byRuns
    ? { ...usual.runs, words: `${formatCount(usual.runs.count)} training runs` }
    : {
        count: usual.lumisections,
        mean: usual.mean,
        deviation: usual.deviation,
        words: `${formatCount(usual.lumisections)} good training lumisections`,
      };
}

function figure({ provenance, score, trend }: Needs, options: PlotOptions): PlotlyFigure {
  const palette = palettes[options.theme];
  const usual = yardstick(trend, options);
  const end = Math.max(1, trend.runs.length) - 0.5;
  const means = trend.runs.flatMap(({ good, bad }) => [good, bad].flatMap((side) => (side ? [side.mean] : [])));
  const positive = means.every((mean) => mean > 0);
  const levels = [-3, -1, 0, 1, 3].map((k) => usual.mean + k * usual.deviation);
  const above = levels.filter((y) => Number.isFinite(y) && (!positive || y > 0));
  const y = scoreAxis(`${scoreTitle(score)}, mean of a run`, [...means, ...above]);
  const lines = usualLines(usual, usual.words, [-0.5, end], y, options);
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
        array: points.map(({ own }) => own.error || 0),
        color,
        thickness: options.scale,
        width: 0,
      },
      text: points.map(
        ({ run, own }) =>
          `run ${run}<br>${formatCount(own.lumisections)} ${which} ${own.lumisections === 1 ? 'lumisection' : 'lumisections'}<br>mean score ${withUnit(formatNumber(own.mean, 4), score.unit)}${Number.isNaN(own.error) ? '' : ` ± ${formatNumber(own.error, 2)}, by blocks`}<br>standard deviation ${formatNumber(own.deviation)}`,
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
          ticks: runTicks(
            trend.runs,
            (_, index) => index,
            trend.runs.length,
            Math.floor((options.width ?? 480) / (70 * options.scale)),
          ),
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
  return [{ kind: 'level', y: threshold, text: `t = ${withUnit(formatThreshold(threshold), score.unit)}` }];
}

const orDash = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : '–');

function table({ trend, score }: Needs, options: PlotOptions): DataTable {
  const usual = yardstick(trend, options);
  const unit = score.unit ? { unit: score.unit } : {};
  const columns = (['good', 'bad'] as const).flatMap((which) => [
    { name: `${which} lumisections`, numeric: true },
    { name: `mean, ${which}`, ...unit, numeric: true },
    { name: `error by blocks, ${which}`, ...unit, numeric: true },
  ]);
  return {
    caption: `Mean score by run; ${usual.words}: mean ${formatNumber(usual.mean, 4)}, standard deviation ${formatNumber(usual.deviation)}`,
    columns: [{ name: 'run', numeric: true }, ...columns, { name: 'good mean, distance in σ', numeric: true }],
    rows: trend.runs.map(({ run, good, bad }) => [
      String(run),
      ...[good, bad].flatMap((own) => [own?.lumisections ?? 0, orDash(own?.mean), orDash(own?.error)]),
      orDash(good ? (good.mean - usual.mean) / usual.deviation : undefined),
    ]),
  };
}

export default {
  id: 'run-trend',
  title: 'Which runs stand out?',
  question:
    'Mean score of the good and of the bad test lumisections of each run. Error bars are 68 % on the mean, from blocks of neighbouring lumisections, since neighbours are alike and not independent; runs of fewer than four have none. The lines are mean, one and three standard deviations of the good data that were trained on: of the means of runs where at least five runs trained, else of single lumisections. Runs with lumisections that the labels call bad are shaded; the line to move is the threshold for single lumisections.',
  needs: ['provenance', 'score', 'trend'],
  params: {
    spread: {
      kind: 'choice',
      label: 'σ of',
      help: 'What the lines at one and three standard deviations are the spread of, in good training data',
      default: 'auto',
      options: [
        { value: 'auto', label: 'Automatic' },
        { value: 'runs', label: 'Means of runs' },
        { value: 'lumisections', label: 'Lumisections' },
      ],
    },
  },
  figure,
  live,
  table,
} satisfies Plot<Needs>;
