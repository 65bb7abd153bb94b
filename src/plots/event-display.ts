/** One event of objects seen along the beam: eta across, phi up, each object with the symbol of its type and sized by pT. */
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import {
  blameOf,
  colourParam,
  drawObjects,
  equalPlane,
  objectAttributions,
  objectsOf,
  type SeenObject,
  sizeOf,
  symbolOf,
  typeColour,
  typeOrder,
  withMargin,
} from './event-objects.ts';
import { formatNumber, formatPercent } from './format.ts';
import type { Parts } from './parts.ts';
import { frame, legendNames, palettes } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'event'>;

/** Half of the range of eta that is shown at least, and the range that a wide frame is filled up to. */
const etaLeast = 3;
const etaMost = 5;
/** Half of the range in phi: a little beyond the seam, so that symbols on it are whole. */
const phiMost = Math.PI + 0.3;

/** Objects drawn hollow behind those of the event, and what they are called. */
interface Behind {
  behind: readonly SeenObject[];
  /** Of one of them, and for the legend if it is to say so. */
  words: { one: string; key?: string };
}

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const { reconstruction } = results.event;
  const wanted = options.params['reconstruction'] === true && reconstruction !== undefined;
  const behind = wanted ? objectsOf(results.event, reconstruction).filter(({ type }) => type !== 'MET') : [];
  return displayFigure(results, { behind, words: { one: 'reconstructed', key: 'hollow: reconstructed' } }, options);
}

/** The display with other objects hollow behind; a MET among them is a grey arrow. */
export function displayFigure(results: Needs, { behind, words }: Behind, options: PlotOptions): PlotlyFigure {
  const { event } = results;
  const palette = palettes[options.theme];
  const objects = objectsOf(event, event.input);
  const seen = objects.filter(({ type }) => type !== 'MET');
  const others = behind.filter(({ type }) => type !== 'MET');
  const reached = Math.max(etaLeast, ...[...seen, ...others].map(({ eta }) => Math.min(6, Math.abs(eta) * 1.1)));
  const { traces, room } = drawObjects(event, seen, options, (object) => ({
    x: object.eta,
    y: object.phi,
    high: object.phi > 2.4,
    text: `${object.name}<br>pT ${formatNumber(object.pT)} GeV<br>η ${formatNumber(object.eta)}, φ ${formatNumber(object.phi)}`,
  }));
  const data = [...traces];
  for (const type of typeOrder) {
    const list = others.filter((object) => object.type === type);
    if (list.length === 0) continue;
    const color = room > 0 ? palette.quiet : typeColour(type, options);
    data.push({
      type: 'scatter',
      mode: 'markers',
      name: type,
      legendgroup: type,
      showlegend: false,
      cliponaxis: false,
      x: list.map(({ eta }) => eta),
      y: list.map(({ phi }) => phi),
      text: list.map(({ name, pT }) => `${words.one} ${name}<br>pT ${formatNumber(pT)} GeV`),
      hovertemplate: '%{text}<br>η %{x:.2f}, φ %{y:.2f}<extra></extra>',
      marker: {
        symbol: `${symbolOf[type]}-open`,
        size: list.map(({ pT }) => sizeOf(pT) * options.scale),
        color,
        opacity: 0.8,
        line: { width: 1.5, color },
      },
    });
  }
  if (behind.length > 0 && words.key !== undefined) {
    data.push({
      ...{ type: 'scatter', mode: 'markers', name: words.key, legendgroup: 'hollow', x: [null], y: [null], hoverinfo: 'skip' },
      marker: {
        symbol: 'circle-open',
        size: 9 * options.scale,
        color: palette.quiet,
        line: { width: 1.5, color: palette.quiet },
      },
    });
  }
  if (data.length === 0) data.push(nothing(palette.quiet));
  const before = behind.filter(({ type }) => type === 'MET');
  return { data, layout: layoutOf(results, { objects, others, before }, data, { eta: reached, room }, options) };
}

/** A trace for an event without any object, so that the frame is drawn. */
function nothing(color: string): Record<string, unknown> {
  return { type: 'scatter', mode: 'markers', name: 'no objects', x: [null], y: [null], hoverinfo: 'skip', marker: { color } };
}

function layoutOf(
  { provenance, event }: Needs,
  { objects, others, before }: Readonly<Record<'objects' | 'others' | 'before', readonly SeenObject[]>>,
  data: readonly Record<string, unknown>[],
  { eta, room }: { eta: number; room: number },
  options: PlotOptions,
): Record<string, unknown> {
  const palette = palettes[options.theme];
  const met = objects.filter(({ type }) => type === 'MET');
  const metSum = objectAttributions(event).find(({ type }) => type === 'MET');
  const share = metSum ? blameOf(metSum) : Number.NaN;
  const withShare = options.params['colour'] === 'share' && !Number.isNaN(share);
  /** Objects that a word at the left, above (1) or below (-1) a height, would lie on. */
  const crowd = (phi: number, side: 1 | -1) =>
    [...objects, ...others].filter(
      (object) => object.type !== 'MET' && object.eta < 0 && (object.phi - phi) * side > -0.2 && (object.phi - phi) * side < 0.6,
    ).length;
  const arrow = ({ phi, pT }: SeenObject, half: number, name: string, color: string) => ({
    name,
    text: '',
    showarrow: true,
    arrowhead: 2,
    arrowwidth: 2 * options.scale,
    arrowcolor: color,
    ...{ xref: 'x', yref: 'y', axref: 'x', ayref: 'y' },
    x: -half * 0.985 + 2 * half * (0.08 + 0.3 * Math.min(1, pT / 200)),
    y: phi,
    ax: -half * 0.985,
    ay: phi,
  });
  const across = (phi: number) => ({
    ...{ type: 'line', xref: 'paper', yref: 'y', x0: 0, x1: 1, y0: phi, y1: phi, layer: 'below' },
  });
  const spec = (half: number) => ({
    x: { title: '<i>η</i>', range: [-half, half] as const, step: half > 4 ? 2 : 1 },
    y: {
      title: '<i>φ</i> [rad]',
      range: [-phiMost, phiMost] as const,
      ticks: { values: [-Math.PI, -Math.PI / 2, 0, Math.PI / 2, Math.PI], texts: ['−π', '−π/2', '0', 'π/2', 'π'] },
    },
    provenance,
    legend: { below: legendNames(data) },
    shapes: [
      ...met.map(({ phi }) => ({ ...across(phi), line: { color: palette.quiet, width: 1, dash: 'dot' } })),
      // where phi closes on itself
      ...[-Math.PI, Math.PI].map((phi) => ({ ...across(phi), line: { color: palette.quiet, width: 1 } })),
    ],
    notes: [
      ...before.map((object) => arrow(object, half, 'original MET', palette.quiet)),
      ...met.map((object) => arrow(object, half, 'MET', palette.text)),
      ...met.map(({ phi, pT }) => ({
        name: 'MET label',
        text: `MET ${formatNumber(pT)} GeV${withShare ? ` (${formatPercent(share)})` : ''}`,
        xref: 'x',
        yref: 'y',
        x: -half * 0.985,
        y: phi,
        xanchor: 'left',
        yanchor: phi < 2.6 && (phi < -2.6 || crowd(phi, 1) <= crowd(phi, -1)) ? 'bottom' : 'top',
        font: { color: palette.text },
      })),
    ],
  });
  const plain = frame(spec(eta), options);
  const margin = plain['margin'] as { l: number; r: number; t: number; b: number };
  const plane = equalPlane(
    options,
    { ...margin, r: margin.r + room },
    { x: eta, y: phiMost },
    { x: Math.max(eta, etaMost), y: phiMost },
  );
  const framed = frame(spec(plane.x), options);
  const xaxis = framed['xaxis'] as { minor: object };
  return {
    ...withMargin(framed, plane.margin, provenance, options),
    xaxis: { ...xaxis, minor: { ...xaxis.minor, dtick: 0.5, tick0: 0 } },
  };
}

function table({ event }: Needs): DataTable {
  const sums = objectAttributions(event);
  const known = sums.some(({ share }) => !Number.isNaN(share));
  const loses = sums.some(({ loss }) => !Number.isNaN(loss));
  const orDash = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : '–');
  return {
    caption: `Objects of the event, ${event.className}`,
    columns: [
      { name: 'object', numeric: false },
      { name: 'pT', unit: 'GeV', numeric: true },
      { name: 'eta', numeric: true },
      { name: 'phi', unit: 'rad', numeric: true },
      ...(known
        ? [
            { name: 'share of squared error', unit: '%', numeric: true },
            { name: 'sum of squared pulls', numeric: true },
          ]
        : []),
      ...(loses ? [{ name: 'score lost without it', numeric: true }] : []),
    ],
    rows: objectsOf(event, event.input).map(({ slot, type, name, pT, eta, phi }) => {
      const sum = sums.find((one) => one.slot === slot);
      return [name, pT, type === 'MET' ? '–' : eta, phi, ...(known ? [orDash(sum && 100 * sum.share), orDash(sum?.pulls)] : [])];
    }),
  };
}

export default {
  id: 'event-display',
  title: 'What is in this event?',
  question:
    'The reconstructed objects in η and φ (which closes on itself at ±π), one unit as long across as up, so that a cone of fixed ΔR is a circle; the area of a symbol grows with pT. MET has a direction in φ only and is drawn as an arrow. Colours can show how the squared error of the event is shared among its objects, or what part of its score is lost without each of them.',
  needs: ['provenance', 'event'],
  params: {
    colour: colourParam,
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
