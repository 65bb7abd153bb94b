/** Three numbers of the latent space, to be turned round. Filled and hollow follow the threshold when it comes to rest. */
import { inNouns } from '../base/nouns.ts';
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { formatNumber } from './format.ts';
import { byClass, coreRange, countFlagged } from './latent-order.ts';
import type { Parts } from './parts.ts';
import { base, classStyles, labels, legendAt, legendHeight, palettes } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'classes' | 'latent' | 'threshold'>;

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const { classes, latent, threshold } = results;
  const palette = palettes[options.theme];
  const styles = classStyles(classes, options.theme);
  const points = byClass(latent, classes.length, [0, 1, 2]);
  const trace = (i: number, from: number, to: number, flagged: boolean) => {
    const list = points[i];
    const style = styles[i];
    if (!list || !style || from === to) return [];
    const name = classes[i]?.name ?? '';
    return [
      {
        type: 'scatter3d',
        mode: 'markers',
        name,
        legendgroup: name,
        showlegend: from === 0,
        x: Array.from(list.x.subarray(from, to)),
        y: Array.from(list.y.subarray(from, to)),
        z: Array.from(list.z.subarray(from, to)),
        customdata: Array.from(list.rows.subarray(from, to)),
        text: Array.from(list.score.subarray(from, to), (score) => formatNumber(score)),
        hovertemplate: `${name}, ${flagged ? 'flagged' : 'kept'}<br>score %{text}<extra></extra>`,
        marker: {
          symbol: symbol3d(style.symbol, flagged),
          size: (flagged ? 3.5 : 2.5) * options.scale,
          color: style.color,
          opacity: flagged ? 1 : 0.4,
          line: { width: 1, color: style.color },
        },
      },
    ];
  };
  const axis = (index: 0 | 1 | 2) => ({
    title: { text: latent.axes[index] ?? '', font: { size: 12 * options.scale } },
    range: coreRange(points.map((list) => [list.x, list.y, list.z][index] as Float32Array)),
    showbackground: false,
    showgrid: false,
    zeroline: false,
    showline: true,
    linecolor: palette.line,
    ticks: 'inside',
    tickcolor: palette.line,
    tickfont: { size: 11 * options.scale, color: palette.quiet },
    nticks: 5,
    showspikes: false,
    color: palette.text,
  });
  const names = points.flatMap((list, i) => (list.rows.length > 0 ? [classes[i]?.name ?? ''] : []));
  return {
    data: points.flatMap((list, i) => {
      const flagged = countFlagged(list.score, threshold);
      return [...trace(i, 0, flagged, true), ...trace(i, flagged, list.rows.length, false)];
    }),
    layout: {
      ...base(options),
      margin: { l: 0, r: 0, t: 20 * options.scale, b: legendHeight(names, options), autoexpand: false },
      showlegend: true,
      legend: legendAt({ below: names }, options),
      annotations: labels(results.provenance, options),
      scene: {
        xaxis: axis(0),
        yaxis: axis(1),
        zaxis: axis(2),
        aspectmode: 'cube',
        dragmode: 'turntable',
        camera: { eye: { x: 1.35, y: 1.35, z: 0.85 }, center: { x: 0, y: 0, z: -0.12 } },
      },
    },
  };
}

/** scatter3d knows eight symbols only. */
function symbol3d(symbol: string, filled: boolean): string {
  const known = ['circle', 'square', 'diamond', 'cross', 'x'].find((name) => symbol.startsWith(name)) ?? 'diamond';
  return filled || known === 'cross' || known === 'x' ? known : `${known}-open`;
}

function table(results: Needs): DataTable {
  const { classes, latent, threshold } = results;
  return {
    caption: `Latent space, ${latent.words}: ${inNouns('events', results.provenance.noun)} drawn`,
    columns: [
      { name: 'class', numeric: false },
      { name: 'flagged', unit: inNouns('events', results.provenance.noun), numeric: true },
      { name: 'kept', unit: inNouns('events', results.provenance.noun), numeric: true },
    ],
    rows: byClass(latent, classes.length, [0, 1, 2]).map((list, i) => {
      const flagged = countFlagged(list.score, threshold);
      return [classes[i]?.name ?? '', flagged, list.rows.length - flagged];
    }),
  };
}

export default {
  id: 'latent-scatter-3d',
  title: 'Where do they live, in three dimensions?',
  question:
    'The first three latent numbers; drag to turn. Events at or above the threshold are filled; the figure follows when the threshold comes to rest.',
  needs: ['provenance', 'classes', 'latent', 'threshold'],
  params: {},
  figure,
  table,
} satisfies Plot<Needs>;
