/** One event: each number as it came in and as the model gives it back, with the difference below. Knows nothing of models. */
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { type Attribution, attributionsOf } from './event-objects.ts';
import { axisTitle, formatNumber, formatPercent } from './format.ts';
import type { Parts } from './parts.ts';
import { frame, palettes } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'event'>;

const entries = ({ event }: Needs): Attribution[] => attributionsOf(event);

const short: Readonly<Record<string, string>> = { electron: 'e', muon: 'μ', photon: 'γ', tau: 'τ', jet: 'j', 'fat jet': 'J' };

function shortLabel(label: string): string {
  const match = /^(electron|muon|photon|tau|fat jet|jet) (\d+)$/.exec(label);
  return match ? `${short[match[1] as string]}<sub>${match[2]}</sub>` : label;
}

/** The quantity asked for, or the first one that the event has. */
function selected(results: Needs, options: PlotOptions): Attribution[] {
  const all = entries(results);
  const asked = all.filter(({ feature }) => feature.quantity === options.params['quantity']);
  return asked.length > 0 ? asked : all.filter(({ feature }) => feature.quantity === all[0]?.feature.quantity);
}

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const palette = palettes[options.theme];
  const shown = selected(results, options);
  const unit = shown[0]?.feature.unit ?? '';
  const oneUnit = shown.every(({ feature }) => feature.unit === unit && feature.quantity !== 'other') || shown.length <= 1;
  /** Numbers of different units share an axis only after division by the larger of the pair. */
  const scale = (entry: Attribution) =>
    oneUnit
      ? 1
      : Math.max(Math.abs(entry.input), Number.isFinite(entry.reconstruction) ? Math.abs(entry.reconstruction) : 0) || 1;
  const known = shown.filter(({ reconstruction }) => Number.isFinite(reconstruction));
  const index = new Map(shown.map((entry, i) => [entry, i]));
  const x = (list: readonly Attribution[]) => list.map((entry) => index.get(entry) as number);
  const name = axisTitle(
    shown[0]?.feature.quantity === 'other' ? 'value' : (shown[0]?.feature.quantity ?? 'value'),
    oneUnit ? unit : '',
  );
  const hover = (entry: Attribution) =>
    `${entry.owner}<br>input ${formatNumber(entry.input)} ${entry.feature.unit}` +
    (Number.isFinite(entry.reconstruction)
      ? `<br>reconstruction ${formatNumber(entry.reconstruction)} ${entry.feature.unit}<br>difference ${formatNumber(entry.residual)}`
      : '') +
    (Number.isFinite(entry.share) ? `<br>${formatPercent(entry.share)} of the squared error` : '');
  const color = palette.models[0] as string;
  const other = palette.models[1] as string;
  const size = 7 * options.scale;
  const layout = frame(
    {
      x: {
        title: shown[0]?.feature.slot === undefined ? 'Feature' : 'Object',
        range: [-0.6, Math.max(0.6, shown.length - 0.4)],
        ticks: { values: shown.map((_, i) => i), texts: shown.map(({ owner }) => shortLabel(owner)) },
      },
      y: { title: oneUnit ? name : 'value / larger of the pair' },
      provenance: results.provenance,
      legend: { below: known.length > 0 ? ['input', 'reconstruction'] : ['input'] },
      shapes:
        known.length === 0
          ? []
          : [{ type: 'line', xref: 'paper', yref: 'y2', x0: 0, x1: 1, y0: 0, y1: 0, line: { color: palette.quiet, width: 1 } }],
    },
    options,
  ) as Record<string, object>;
  const inputs = {
    type: 'scatter',
    mode: 'markers',
    name: 'input',
    showlegend: true,
    x: x(shown),
    y: shown.map((entry) => entry.input / scale(entry)),
    text: shown.map(hover),
    hovertemplate: '%{text}<extra></extra>',
    marker: { symbol: 'circle', size, color },
  };
  // a model that reconstructs nothing: the numbers alone, over the whole height
  if (known.length === 0)
    return { data: [inputs], layout: { ...layout, xaxis: { ...layout['xaxis'], minor: {}, tickangle: 0 } } };
  const worst = Math.max(...known.map((entry) => Math.abs(entry.residual / scale(entry))), 0) * 1.15 || 1;
  return {
    data: [
      inputs,
      {
        type: 'scatter',
        mode: 'markers',
        name: 'reconstruction',
        x: x(known),
        y: known.map((entry) => entry.reconstruction / scale(entry)),
        text: known.map(hover),
        hovertemplate: '%{text}<extra></extra>',
        marker: { symbol: 'square-open', size: size + 1, color: other, line: { width: 1.75, color: other } },
      },
      {
        type: 'scatter',
        mode: 'markers',
        name: 'difference',
        showlegend: false,
        x: x(known),
        y: known.map((entry) => entry.residual / scale(entry)),
        text: known.map(hover),
        hovertemplate: '%{text}<extra></extra>',
        yaxis: 'y2',
        marker: { symbol: 'diamond', size: size - 1, color: palette.text },
        error_y: {
          type: 'data',
          symmetric: false,
          array: known.map((entry) => Math.max(0, -entry.residual / scale(entry))),
          arrayminus: known.map((entry) => Math.max(0, entry.residual / scale(entry))),
          color: palette.quiet,
          thickness: 1,
          width: 0,
        },
      },
    ],
    layout: {
      ...layout,
      xaxis: { ...layout['xaxis'], minor: {}, anchor: 'y2', mirror: 'all', tickangle: 0 },
      yaxis: { ...layout['yaxis'], domain: [0.36, 1], nticks: 5 },
      yaxis2: { ...layout['yaxis'], domain: [0, 0.3], range: [-worst, worst], nticks: 3, autorange: false },
      annotations: [
        ...(layout['annotations'] as unknown as object[]),
        {
          name: 'y2 title',
          text: 'rec. − input',
          showarrow: false,
          xref: 'paper',
          yref: 'paper',
          x: 1,
          y: 0.3,
          xanchor: 'right',
          yanchor: 'bottom',
          font: { size: 12 * options.scale, color: palette.quiet },
        },
      ],
    },
  };
}

const orDash = (value: number) => (Number.isFinite(value) ? value : '–');

function table(results: Needs): DataTable {
  return {
    caption: `Input against reconstruction, ${results.event.className}`,
    columns: [
      { name: 'number', numeric: false },
      { name: 'unit', numeric: false },
      { name: 'input', numeric: true },
      { name: 'reconstruction', numeric: true },
      { name: 'difference', numeric: true },
      { name: 'share of squared error', unit: '%', numeric: true },
    ],
    rows: entries(results).map((entry) => [
      entry.feature.name,
      entry.feature.unit,
      orDash(entry.input),
      orDash(entry.reconstruction),
      orDash(entry.residual),
      orDash(entry.share * 100),
    ]),
  };
}

export default {
  id: 'event-reconstruction',
  title: 'Input against reconstruction',
  question:
    'What the model could not give back. Each number of the event beside its reconstruction; the lower panel is reconstruction minus input, angles taken the short way round. Empty slots are left out.',
  needs: ['provenance', 'event'],
  params: {
    quantity: {
      kind: 'choice',
      label: 'Quantity',
      help: 'Which numbers of each object; tables have only one kind',
      default: 'pT',
      options: [
        { value: 'pT', label: 'pT' },
        { value: 'eta', label: 'η' },
        { value: 'phi', label: 'φ' },
        { value: 'other', label: 'other' },
      ],
    },
  },
  figure,
  table,
} satisfies Plot<Needs>;
