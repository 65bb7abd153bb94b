/** One event of objects seen against the beam: the transverse momentum of each object as a line from the middle, and MET as an arrow. */
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import {
  attributionWords,
  blameOf,
  colourParam,
  drawObjects,
  equalPlane,
  objectAttributions,
  objectsOf,
  type SeenObject,
  withMargin,
} from './event-objects.ts';
import { formatNumber, formatPercent } from './format.ts';
import type { Parts } from './parts.ts';
import { faded, frame, legendNames, palettes } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'event'>;

/** A round length of about `most`, 1, 2 or 5 times a power of ten, at most `most`. Worked values: 83 gives 50, 210 gives 200. */
export function roundLength(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  const steps = most / power;
  return power * (steps >= 5 ? 5 : steps >= 2 ? 2 : 1);
}

const components = ({ pT, phi }: Pick<SeenObject, 'pT' | 'phi'>) => ({ x: pT * Math.cos(phi), y: pT * Math.sin(phi) });

/** Vector sum of the transverse momenta of the objects, MET left out [GeV]. */
function visibleSum(objects: readonly SeenObject[]): { pT: number; phi: number } {
  let [x, y] = [0, 0];
  for (const object of objects) {
    if (object.type === 'MET') continue;
    const own = components(object);
    x += own.x;
    y += own.y;
  }
  return { pT: Math.hypot(x, y), phi: Math.atan2(y, x) };
}

function figure({ provenance, event }: Needs, options: PlotOptions): PlotlyFigure {
  const palette = palettes[options.theme];
  const objects = objectsOf(event, event.input);
  const seen = objects.filter(({ type }) => type !== 'MET');
  const met = objects.find(({ type }) => type === 'MET');
  const reach = 1.16 * Math.max(1, ...objects.map(({ pT }) => pT));
  const { traces, room } = drawObjects(event, seen, options, (object) => ({
    ...components(object),
    high: components(object).y > 0.75 * reach,
    // in the middle many lie on one another
    word: object.pT > 0.25 * reach,
    // the length already says the pT
    size: 11,
    text: `${object.name}<br>pT ${formatNumber(object.pT)} GeV, φ ${formatNumber(object.phi)}`,
  }));
  // lines first, so that symbols lie on them
  const stems = seen.map((object) => ({
    ...{ type: 'scatter', mode: 'lines', name: `${object.name} momentum`, showlegend: false, hoverinfo: 'skip' },
    x: [0, components(object).x],
    y: [0, components(object).y],
    line: { color: palette.quiet, width: 1.25 * options.scale },
  }));
  const data: Record<string, unknown>[] = [...stems, ...traces];
  if (met) {
    const tip = components(met);
    data.push({
      type: 'scatter',
      mode: 'lines',
      name: 'MET',
      legendgroup: 'MET',
      x: [0, tip.x],
      y: [0, tip.y],
      hovertemplate: `MET ${formatNumber(met.pT)} GeV, φ ${formatNumber(met.phi)}${attributionWords(
        objectAttributions(event).find(({ type }) => type === 'MET'),
      )}<extra></extra>`,
      line: { color: palette.text, width: 2.5 * options.scale },
    });
  }
  if (data.length === 0) data.push({ ...emptyTrace, marker: { color: palette.quiet } });
  const plain = frame(axes(reach, reach), options);
  const margin = plain['margin'] as { l: number; r: number; t: number; b: number };
  const legend = { below: legendNames(data) };
  const framed = (x: number, y: number) => frame({ ...axes(x, y), legend, notes: notes(x), shapes: rings(x, y) }, options);
  const below = (framed(reach, reach)['margin'] as { b: number }).b;
  const plane = equalPlane(
    options,
    { ...margin, b: below, r: margin.r + room },
    { x: reach, y: reach },
    { x: 1.7 * reach, y: 1.35 * reach },
  );
  return { data, layout: withMargin(framed(plane.x, plane.y), plane.margin, provenance, options) };

  function axes(x: number, y: number) {
    return {
      x: { title: '<i>p</i><sub>x</sub> [GeV]', range: [-x, x] as const },
      y: { title: '<i>p</i><sub>y</sub> [GeV]', range: [-y, y] as const },
      provenance,
    };
  }

  /** Circles of equal transverse momentum, the outer ones cut by the frame. */
  function rings(x: number, y: number): Record<string, unknown>[] {
    const step = roundLength(reach / 1.5);
    return Array.from({ length: Math.floor(Math.min(x, y) / step) }, (_, i) => ({
      ...{ type: 'circle', xref: 'x', yref: 'y', layer: 'below' },
      ...{ x0: -step * (i + 1), x1: step * (i + 1), y0: -step * (i + 1), y1: step * (i + 1) },
      line: { color: palette.quiet, width: 1, dash: 'dot' },
    }));
  }

  /** Beyond the tip of an arrow where the frame has room for words there, else above or below it. */
  function labelPlace(tip: { x: number; y: number }, half: number) {
    const scale = options.scale;
    const aside = Math.abs(tip.x) > 0.3 * reach;
    if (aside && half > 1.4 * reach) {
      return { xanchor: tip.x < 0 ? 'right' : 'left', yanchor: 'middle', xshift: (tip.x < 0 ? -6 : 6) * scale };
    }
    const xanchor = aside ? (tip.x > 0 ? 'right' : 'left') : 'center';
    return { xanchor, yanchor: tip.y >= 0 ? 'bottom' : 'top', yshift: (tip.y >= 0 ? 8 : -8) * scale };
  }

  function notes(half: number): Record<string, unknown>[] {
    const step = roundLength(reach / 1.5);
    const bgcolor = faded(palette.panel, 0.8);
    const ring = {
      name: 'ring label',
      text: `${formatNumber(step)} GeV`,
      xref: 'x',
      yref: 'y',
      bgcolor,
      ...ringPlace(objects, step),
    };
    if (!met) return [ring];
    const tip = components(met);
    const sum = objectAttributions(event).find(({ type }) => type === 'MET');
    const share = sum ? blameOf(sum) : Number.NaN;
    const withShare = options.params['colour'] === 'share' && !Number.isNaN(share);
    return [
      ring,
      {
        name: 'MET',
        text: '',
        showarrow: true,
        arrowhead: 2,
        arrowwidth: 2.5 * options.scale,
        arrowcolor: palette.text,
        ...{ xref: 'x', yref: 'y', axref: 'x', ayref: 'y' },
        x: tip.x,
        y: tip.y,
        ax: 0,
        ay: 0,
      },
      {
        name: 'MET label',
        text: `MET ${formatNumber(met.pT)} GeV${withShare ? ` (${formatPercent(share)})` : ''}`,
        xref: 'x',
        yref: 'y',
        x: tip.x,
        y: tip.y,
        ...labelPlace(tip, half),
        bgcolor,
        borderpad: 1,
        font: { color: palette.text },
      },
    ];
  }
}

const emptyTrace = { type: 'scatter', mode: 'markers', name: 'no objects', x: [null], y: [null], hoverinfo: 'skip' };

/** On the ring, in the direction that is farthest from every object. */
function ringPlace(objects: readonly SeenObject[], radius: number): { x: number; y: number; xanchor: string; yanchor: string } {
  const apart = (angle: number) =>
    Math.min(Math.PI, ...objects.map(({ phi }) => Math.abs(Math.atan2(Math.sin(phi - angle), Math.cos(phi - angle)))));
  const angles = Array.from({ length: 16 }, (_, i) => -Math.PI + (i * Math.PI) / 8);
  const angle = angles.reduce((best, one) => (apart(one) > apart(best) + 1e-9 ? one : best));
  return { x: radius * Math.cos(angle), y: radius * Math.sin(angle), xanchor: 'center', yanchor: 'middle' };
}

function table({ event }: Needs): DataTable {
  const objects = objectsOf(event, event.input);
  const sum = visibleSum(objects);
  const row = (name: string, { pT, phi }: { pT: number; phi: number }) => {
    const { x, y } = components({ pT, phi });
    return [name, pT, phi, x, y];
  };
  return {
    caption: `Transverse momenta of the event, ${event.className}`,
    columns: [
      { name: 'object', numeric: false },
      { name: 'pT', unit: 'GeV', numeric: true },
      { name: 'phi', unit: 'rad', numeric: true },
      { name: 'px', unit: 'GeV', numeric: true },
      { name: 'py', unit: 'GeV', numeric: true },
    ],
    rows: [...objects.map((object) => row(object.name, object)), row('vector sum without MET', sum)],
  };
}

export default {
  id: 'event-transverse',
  title: 'Where does its momentum go?',
  question:
    'Transverse momentum of each object as a line from the beam in the middle, one GeV as long across as up; dotted circles are lines of equal pT. The arrow is MET, the missing transverse momentum: it balances what was seen, as far as everything was seen. Colours can show how the squared error of the event is shared among its objects, or what part of its score is lost without each of them.',
  needs: ['provenance', 'event'],
  params: { colour: colourParam },
  figure,
  table,
} satisfies Plot<Needs>;
