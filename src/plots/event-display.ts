/** One event of objects seen along the beam: eta across, phi up, each object with the symbol of its type and sized by pT. */
import type { ObjectType } from '../base/kinds.ts';
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { formatNumber } from './format.ts';
import type { EventNumbers, Parts } from './parts.ts';
import { frame, legendNames, palettes } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'event'>;

interface Seen {
  type: ObjectType;
  name: string;
  pT: number;
  eta: number;
  phi: number;
}

const symbolOf: Readonly<Record<ObjectType, string>> = {
  MET: 'triangle-right',
  electron: 'circle',
  muon: 'square',
  photon: 'star',
  tau: 'triangle-up',
  jet: 'diamond',
  'fat jet': 'hexagon',
  particle: 'cross',
};

const order: readonly ObjectType[] = ['electron', 'muon', 'photon', 'tau', 'jet', 'fat jet', 'particle'];

/** Objects that exist, from input or reconstruction. */
function objectsOf(event: EventNumbers, values: readonly number[]): Seen[] {
  const slots = new Map<number, Partial<Seen>>();
  event.features.forEach((feature, i) => {
    if (feature.slot === undefined || feature.quantity === 'other' || event.mask[i] !== 1) return;
    const seen = slots.get(feature.slot) ?? {
      type: event.objectTypes?.[feature.slot] ?? 'jet',
      name: feature.name.replace(/ (pT|eta|phi)$/, ''),
    };
    slots.set(feature.slot, { ...seen, [feature.quantity]: values[i] as number });
  });
  return [...slots.values()].flatMap(({ type, name, pT, eta, phi }) =>
    type !== undefined && name !== undefined && pT !== undefined && phi !== undefined
      ? [{ type, name, pT, eta: eta ?? 0, phi }]
      : [],
  );
}

/** Area grows with pT: 5 px at nothing, 26 px at 200 GeV and above. */
function size(pT: number): number {
  return 5 + 21 * Math.sqrt(Math.min(1, Math.max(0, pT) / 200));
}

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const { event } = results;
  const palette = palettes[options.theme];
  const objects = objectsOf(event, event.input);
  const reached = Math.max(3, ...objects.filter(({ type }) => type !== 'MET').map(({ eta }) => Math.abs(eta) * 1.1));
  const colour = (type: ObjectType) => palette.models[order.indexOf(type)] ?? palette.text;
  const trace = (type: ObjectType, list: readonly Seen[], hollow: boolean) => ({
    type: 'scatter',
    mode: 'markers',
    name: type,
    legendgroup: type,
    showlegend: !hollow,
    x: list.map(({ eta }) => eta),
    y: list.map(({ phi }) => phi),
    text: list.map(({ name, pT }) => `${hollow ? 'reconstructed ' : ''}${name}<br>pT ${formatNumber(pT)} GeV`),
    hovertemplate: '%{text}<br>η %{x:.2f}, φ %{y:.2f}<extra></extra>',
    marker: {
      symbol: hollow ? `${symbolOf[type]}-open` : symbolOf[type],
      size: list.map(({ pT }) => size(pT) * options.scale),
      color: colour(type),
      opacity: hollow ? 0.8 : 0.85,
      line: { width: hollow ? 1.5 : 1, color: hollow ? colour(type) : palette.panel },
    },
  });
  const withReconstruction = options.params['reconstruction'] === true && event.reconstruction !== undefined;
  const rebuilt = withReconstruction ? objectsOf(event, event.reconstruction ?? []) : [];
  const met = objects.filter(({ type }) => type === 'MET');
  const data: Record<string, unknown>[] = order.flatMap((type) => {
    const list = objects.filter((object) => object.type === type);
    const hollow = rebuilt.filter((object) => object.type === type);
    return [...(list.length > 0 ? [trace(type, list, false)] : []), ...(hollow.length > 0 ? [trace(type, hollow, true)] : [])];
  });
  if (rebuilt.length > 0) {
    const marker = {
      symbol: 'circle-open',
      size: 9 * options.scale,
      color: palette.quiet,
      line: { width: 1.5, color: palette.quiet },
    };
    data.push({
      type: 'scatter',
      mode: 'markers',
      name: 'hollow: reconstructed',
      x: [null],
      y: [null],
      marker,
      hoverinfo: 'skip',
    });
  }
  return {
    data,
    layout: frame(
      {
        x: { title: '<i>η</i>', range: [-reached, reached] },
        y: {
          title: '<i>φ</i> [rad]',
          range: [-Math.PI, Math.PI],
          ticks: { values: [-Math.PI, -Math.PI / 2, 0, Math.PI / 2, Math.PI], texts: ['−π', '−π/2', '0', 'π/2', 'π'] },
        },
        provenance: results.provenance,
        legend: { below: legendNames(data) },
        shapes: met.map(({ phi }) => ({
          type: 'line',
          xref: 'paper',
          yref: 'y',
          x0: 0,
          x1: 1,
          y0: phi,
          y1: phi,
          line: { color: palette.quiet, width: 1, dash: 'dot' },
        })),
        notes: met.flatMap(({ phi, pT }) => {
          const from = -reached * 0.985;
          const to = from + 2 * reached * (0.08 + 0.3 * Math.min(1, pT / 200));
          return [
            {
              name: 'MET',
              text: '',
              showarrow: true,
              arrowhead: 2,
              arrowwidth: 2 * options.scale,
              arrowcolor: palette.text,
              xref: 'x',
              yref: 'y',
              axref: 'x',
              ayref: 'y',
              x: to,
              y: phi,
              ax: from,
              ay: phi,
            },
            {
              name: 'MET label',
              text: `MET ${formatNumber(pT)} GeV`,
              xref: 'x',
              yref: 'y',
              x: from,
              y: phi,
              xanchor: 'left',
              yanchor: phi > 2.6 ? 'top' : 'bottom',
              font: { color: palette.text },
            },
          ];
        }),
      },
      options,
    ),
  };
}

function table({ event }: Needs): DataTable {
  return {
    caption: `Objects of the event, ${event.className}`,
    columns: [
      { name: 'object', numeric: false },
      { name: 'pT', unit: 'GeV', numeric: true },
      { name: 'eta', numeric: true },
      { name: 'phi', unit: 'rad', numeric: true },
    ],
    rows: objectsOf(event, event.input).map(({ type, name, pT, eta, phi }) => [name, pT, type === 'MET' ? '–' : eta, phi]),
  };
}

export default {
  id: 'event-display',
  title: 'What is in this event?',
  question:
    'The reconstructed objects in η and φ (which closes on itself at ±π); the area of a symbol grows with pT. MET has a direction in φ only and is drawn as an arrow.',
  needs: ['provenance', 'event'],
  params: {
    reconstruction: {
      kind: 'switch',
      label: 'Reconstruction',
      help: 'Hollow symbols: what the model gives back',
      default: false,
    },
  },
  figure,
  table,
} satisfies Plot<Needs>;
