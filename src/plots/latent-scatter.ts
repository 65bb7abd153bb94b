/** Two numbers of the latent space, event by event. All events are hollow in the figure; the flagged ones are live marks. */
import { inNouns } from '../base/nouns.ts';
import type { DataTable, LiveMark, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { formatNumber } from './format.ts';
import { byClass, coreRange, countFlagged } from './latent-order.ts';
import type { Parts } from './parts.ts';
import { classStyles, frame } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'classes' | 'latent'>;

/** Which latent numbers are drawn; an axis that does not exist falls back to the first ones. */
function axes({ latent }: Needs, { params }: PlotOptions): readonly [number, number, number] {
  const within = (value: unknown, otherwise: number) => {
    const axis = Number(value) - 1;
    return Number.isInteger(axis) && axis >= 0 && axis < latent.dimensions ? axis : Math.min(otherwise, latent.dimensions - 1);
  };
  return [within(params['x'], 0), within(params['y'], 1), -1];
}

const markerSize = (events: number) => (events > 20_000 ? 3 : events > 4_000 ? 4 : 6);

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const { classes, latent } = results;
  const styles = classStyles(classes, options.theme);
  const chosen = axes(results, options);
  const points = byClass(latent, classes.length, [chosen[0], chosen[1], latent.dimensions]);
  const size = markerSize(latent.label.length) * options.scale;
  return {
    data: points.flatMap((list, i) => {
      if (list.rows.length === 0) return [];
      const name = classes[i]?.name ?? '';
      return [
        {
          type: 'scattergl',
          mode: 'markers',
          name,
          x: Array.from(list.x),
          y: Array.from(list.y),
          customdata: Array.from(list.rows),
          text: Array.from(list.score, (score) => formatNumber(score)),
          hovertemplate: `${name}<br>score %{text}<extra></extra>`,
          marker: {
            symbol: styles[i]?.hollow,
            size,
            color: styles[i]?.color,
            opacity: classes[i]?.role === 'signal' ? 0.9 : 0.45,
            line: { width: 1, color: styles[i]?.color },
          },
        },
      ];
    }),
    layout: frame(
      {
        x: { title: latent.axes[chosen[0]] ?? 'latent 1', range: coreRange(points.map(({ x }) => x)) },
        y: { title: latent.axes[chosen[1]] ?? 'latent 2', range: coreRange(points.map(({ y }) => y)) },
        provenance: results.provenance,
        legend: { below: points.flatMap((list, i) => (list.rows.length > 0 ? [classes[i]?.name ?? ''] : [])) },
      },
      options,
    ),
  };
}

function live(results: Needs, threshold: number, options: PlotOptions): LiveMark[] {
  const { classes, latent } = results;
  const styles = classStyles(classes, options.theme);
  const chosen = axes(results, options);
  return byClass(latent, classes.length, [chosen[0], chosen[1], latent.dimensions]).map((list, i) => ({
    kind: 'filled',
    x: list.x,
    y: list.y,
    count: countFlagged(list.score, threshold),
    color: styles[i]?.color ?? '',
    symbol: styles[i]?.symbol ?? 'circle',
  }));
}

function table(results: Needs, options: PlotOptions): DataTable {
  const { classes, latent } = results;
  const [x, y] = axes(results, options);
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = (values: Float32Array) => {
    const centre = mean(values);
    return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length);
  };
  return {
    caption: `Latent space, ${latent.words}: centre and width of each class`,
    columns: [
      { name: 'class', numeric: false },
      { name: `${inNouns('events', results.provenance.noun)} drawn`, numeric: true },
      { name: `${latent.axes[x]}, mean`, numeric: true },
      { name: `${latent.axes[x]}, standard deviation`, numeric: true },
      { name: `${latent.axes[y]}, mean`, numeric: true },
      { name: `${latent.axes[y]}, standard deviation`, numeric: true },
    ],
    rows: byClass(latent, classes.length, [x, y, latent.dimensions]).map((list, i) => [
      classes[i]?.name ?? '',
      list.rows.length,
      ...[list.x, list.y].flatMap((values): (string | number)[] =>
        values.length === 0 ? ['–', '–'] : [mean(values), deviation(values)],
      ),
    ]),
  };
}

export default {
  id: 'latent-scatter',
  title: 'Where do they live?',
  question:
    'Each event at its place in the model’s latent space. Colour and marker tell the class; events at or above the threshold are filled, the others hollow. The range leaves out the outermost 0.2 %; double-click shows it again after a zoom.',
  needs: ['provenance', 'classes', 'latent'],
  params: {
    x: { kind: 'number', label: 'x axis', help: 'Latent number, from 1', default: 1, min: 1, integer: true },
    y: { kind: 'number', label: 'y axis', help: 'Latent number, from 1', default: 2, min: 1, integer: true },
  },
  figure,
  live,
  table,
} satisfies Plot<Needs>;
