/** The score of every lumisection in the order of data taking, with the threshold as a line to move and bad ranges shaded. */
import type { DataTable, LiveMark, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { formatCount, formatNumber, formatThreshold, withUnit } from './format.ts';
import type { Parts } from './parts.ts';
import { classStyles, frame, legendNames, palettes } from './theme.ts';
import { badShapes, joined, runTicks, scoreAxis, scoreTitle, usualLines } from './trend-axes.ts';

type Needs = Pick<Parts, 'provenance' | 'classes' | 'score' | 'trend'>;

const pointsOf = ({ trend }: Needs, label: number) => [...trend.label.keys()].filter((i) => trend.label[i] === label);

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const { trend, classes, score, provenance } = results;
  const palette = palettes[options.theme];
  const styles = classStyles(classes, options.theme);
  const { mean, deviation, lumisections } = trend.usual;
  const spread = options.params['usual'] !== false && lumisections > 1;
  const y = scoreAxis(scoreTitle(score), trend.score);
  const across = [-0.5 - trend.total * 0.01, trend.total - 0.5 + trend.total * 0.01] as const;
  const lines = spread ? usualLines({ mean, deviation }, `${formatCount(lumisections)} good`, across, y, options) : [];
  const traces = classes.flatMap(({ name }, label) => {
    const points = pointsOf(results, label);
    if (points.length === 0) return [];
    const style = styles[label];
    return [
      {
        type: 'scatter',
        mode: 'markers',
        name,
        x: points.map((i) => trend.place[i] as number),
        y: points.map((i) => trend.score[i] as number),
        customdata: points.map((i) => trend.row[i] as number),
        text: points.map(
          (i) =>
            `${name}<br>run ${trend.run[i]}, lumisection ${trend.lumisection[i]}<br>score ${withUnit(formatNumber(trend.score[i] as number, 4), score.unit)}`,
        ),
        hovertemplate: '%{text}<extra></extra>',
        marker: { symbol: style?.symbol, size: 4 * options.scale, color: style?.color, line: { width: 0 } },
      },
    ];
  });
  const gaps =
    trend.noData.place.length === 0
      ? []
      : [
          {
            type: 'scatter',
            mode: 'markers',
            name: 'no data',
            x: [...trend.noData.place],
            y: Array.from(trend.noData.place, () => y.range[0]),
            text: Array.from(
              trend.noData.count,
              (count) => `${formatCount(count)} ${count === 1 ? 'lumisection' : 'lumisections'} without data, left out`,
            ),
            hovertemplate: '%{text}<extra></extra>',
            cliponaxis: false,
            marker: {
              symbol: 'triangle-up-open',
              size: 7 * options.scale,
              color: palette.text,
              line: { width: 1.2 * options.scale, color: palette.text },
            },
          },
        ];
  const shown = trend.at;
  const marked =
    shown === null
      ? []
      : [
          {
            type: 'scatter',
            mode: 'markers',
            name: 'in the histogram',
            showlegend: false,
            x: [shown.place],
            y: [shown.score],
            hovertemplate: `run ${shown.run}, lumisection ${shown.lumisection}: on show<extra></extra>`,
            marker: {
              symbol: 'circle-open',
              size: 13 * options.scale,
              color: palette.text,
              line: { width: 2 * options.scale, color: palette.text },
            },
          },
        ];
  const place =
    shown === null
      ? []
      : [
          {
            type: 'line',
            xref: 'x',
            yref: 'paper',
            x0: shown.place,
            x1: shown.place,
            y0: 0,
            y1: 1,
            line: { color: palette.quiet, width: 1, dash: 'dot' },
          },
        ];
  const data = [...traces, ...gaps, ...marked, ...lines];
  return {
    data: data.length > 0 ? data : [{ type: 'scatter', x: [], y: [], marker: { color: palette.quiet } }],
    layout: frame(
      {
        x: {
          title: 'Lumisections in order; run number at its first',
          range: across,
          ticks: runTicks(
            trend.runs,
            ({ first }) => first,
            trend.total,
            Math.floor((options.width ?? 480) / (90 * options.scale)),
          ),
        },
        y,
        provenance,
        legend: { below: legendNames(data) },
        shapes: [...badShapes(joined(trend.bad, trend.total), options.theme), ...place],
      },
      options,
    ),
  };
}

function live({ score }: Needs, threshold: number): LiveMark[] {
  return [{ kind: 'level', y: threshold, text: `t = ${withUnit(formatThreshold(threshold), score.unit)}` }];
}

function table(results: Needs): DataTable {
  const { trend, classes, score } = results;
  const every = Math.max(1, Math.ceil(trend.place.length / 2000));
  return {
    caption:
      `${formatCount(trend.total)} lumisections in order` +
      (trend.neighbours > 1 ? `; of each ${formatCount(trend.neighbours)} neighbours the lowest and highest of a kind` : '') +
      (every > 1 ? `; one in ${every} of the points` : ''),
    columns: [
      { name: 'run', numeric: true },
      { name: 'lumisection', numeric: true },
      { name: 'class', numeric: false },
      { name: 'score', ...(score.unit ? { unit: score.unit } : {}), numeric: true },
    ],
    rows: [...trend.place.keys()]
      .filter((i) => i % every === 0)
      .map((i) => [
        String(trend.run[i]),
        trend.lumisection[i] as number,
        classes[trend.label[i] as number]?.name ?? '',
        trend.score[i] as number,
      ]),
  };
}

export default {
  id: 'score-trend',
  title: 'When did it happen?',
  question:
    'One point for each test lumisection, by run and then lumisection. Shaded where the labels say bad; triangles at the foot where lumisections without data were left out. The lines are mean, one and three standard deviations of the good lumisections that were trained on, which score a little lower than new ones. Lumisections on or above the line are flagged: take the line to move the threshold, or click a point to see its histogram. Of very many lumisections, neighbours show their lowest and highest score.',
  needs: ['provenance', 'classes', 'score', 'trend'],
  params: {
    usual: {
      kind: 'switch',
      label: 'Mean and σ',
      help: 'Lines at the mean and at 1 and 3 standard deviations of good training lumisections',
      default: true,
    },
  },
  figure,
  live,
  table,
} satisfies Plot<Needs>;
