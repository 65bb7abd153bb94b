/** One event: which of its numbers, or of its objects, the model restores worse than is usual for background. Knows nothing of models. */
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import {
  type Attribution,
  attributionsOf,
  type ObjectAttribution,
  objectAttributions,
  typeColour,
  typeOrder,
  withMargin,
} from './event-objects.ts';
import { axisTitle, formatCount, formatNumber, formatPercent } from './format.ts';
import type { EventNumbers, Parts } from './parts.ts';
import { frame, legendNames, palettes, shortened } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'event'>;

interface Bar {
  label: string;
  /** Without markup, for measuring. */
  plain: string;
  value: number;
  hover: string;
  colour: string;
  group: string;
}

const magnitude = (value: number) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : Math.abs(value));

/** Numbers by the size of their pull, those without one last. */
export function rankedNumbers(event: EventNumbers): Attribution[] {
  return attributionsOf(event).sort((a, b) => magnitude(b.pull) - magnitude(a.pull));
}

/** Objects by the sum of their squared pulls, those without one last. */
export function rankedObjects(event: EventNumbers): ObjectAttribution[] {
  return objectAttributions(event).sort((a, b) => magnitude(b.pulls) - magnitude(a.pulls));
}

/** Objects or numbers by what the score loses without them. */
function rankedLosses(event: EventNumbers): ObjectAttribution[] {
  return objectAttributions(event)
    .filter(({ loss }) => !Number.isNaN(loss))
    .sort((a, b) => b.loss - a.loss);
}

function bars(event: EventNumbers, options: PlotOptions): Bar[] {
  const palette = palettes[options.theme];
  const colour = (type: Attribution['type']) => (type ? typeColour(type, options) : (palette.models[0] as string));
  if (event.leftOut) {
    const what = event.leftOut.replaced ? 'with it at its median' : 'without it';
    return rankedLosses(event).map(({ owner, type, loss, part }) => ({
      label: axisTitle(owner, ''),
      plain: owner,
      value: loss,
      hover: `${owner}<br>the score loses ${formatNumber(loss)} ${what}${Number.isNaN(part) ? '' : `, ${formatPercent(part)} of it`}`,
      colour: colour(type),
      group: type ?? 'numbers',
    }));
  }
  if (options.params['by'] === 'object') {
    return rankedObjects(event)
      .filter(({ pulls }) => !Number.isNaN(pulls))
      .map(({ owner, type, numbers, pulls, share }) => ({
        label: axisTitle(owner, ''),
        plain: owner,
        value: pulls,
        hover: `${owner}<br>Σ pull² ${formatNumber(pulls)} of ${numbers} ${numbers === 1 ? 'number' : 'numbers'}<br>${formatPercent(share)} of the squared error`,
        colour: colour(type),
        group: type ?? 'numbers',
      }));
  }
  return rankedNumbers(event)
    .filter(({ pull }) => !Number.isNaN(pull))
    .map(({ feature, type, input, reconstruction, pull, share }) => ({
      label: axisTitle(feature.name, feature.unit),
      plain: feature.unit === '' ? feature.name : `${feature.name} [${feature.unit}]`,
      value: pull,
      hover: `${feature.name}<br>input ${formatNumber(input)} ${feature.unit}<br>reconstruction ${formatNumber(reconstruction)} ${feature.unit}<br>pull ${formatNumber(pull)}<br>${formatPercent(share)} of the squared error`,
      colour: colour(type),
      group: type ?? 'numbers',
    }));
}

function figure({ provenance, event }: Needs, options: PlotOptions): PlotlyFigure {
  const palette = palettes[options.theme];
  const { scale, width = 480 } = options;
  const all = bars(event, options);
  const shown = all.slice(0, Number(options.params['top'] ?? 12));
  const { leftOut } = event;
  const byObject = options.params['by'] === 'object' && !leftOut;
  const characters = Math.max(6, Math.floor((0.42 * width) / (6.3 * scale)));
  // markup is kept where the name fits
  const labels = shown.map(({ label, plain }) => (plain.length <= characters ? label : shortened(plain, characters)));
  const longest = Math.max(6, ...shown.map(({ plain }) => Math.min(characters, plain.length)));
  const left = (longest * 5.9 + 30) * scale;
  const groups = [...new Set(shown.map(({ group }) => group))].sort(
    (a, b) => typeOrder.indexOf(a as never) - typeOrder.indexOf(b as never),
  );
  const data: Record<string, unknown>[] = groups.map((group) => {
    const list = shown.flatMap((bar, i) => (bar.group === group ? [{ bar, i }] : []));
    return {
      type: 'bar',
      orientation: 'h',
      name: group,
      showlegend: groups.length > 1,
      x: list.map(({ bar }) => bar.value),
      y: list.map(({ i }) => i),
      width: 0.72,
      text: list.map(({ bar }) => formatNumber(bar.value)),
      textposition: 'outside',
      cliponaxis: false,
      textfont: { size: 11 * scale, color: palette.text },
      hovertext: list.map(({ bar }) => bar.hover),
      hovertemplate: '%{hovertext}<extra></extra>',
      marker: { color: list[0]?.bar.colour ?? palette.text },
    };
  });
  if (data.length === 0) {
    data.push({ type: 'bar', orientation: 'h', name: 'none', showlegend: false, x: [], y: [], marker: { color: palette.quiet } });
  }
  // a pull within ±1 is usual, so such an axis reaches beyond; losses have the scale of the score
  const reach = leftOut ? 1e-9 : 1.5;
  const most = Math.max(reach, ...shown.map(({ value }) => value));
  const least = Math.min(byObject ? 0 : leftOut ? 0 : -reach, ...shown.map(({ value }) => value));
  const room = 0.28 * (most - least);
  const lines = byObject || leftOut ? [0] : [-1, 0, 1];
  const layout = frame(
    {
      x: {
        title: leftOut
          ? leftOut.replaced
            ? 'score − score with it at its median'
            : 'score − score without it'
          : byObject
            ? 'Σ pull² of the object'
            : 'pull: (reconstruction − input) / usual size',
        range: [least < 0 ? least - room : 0, most + room],
      },
      y: {
        title: byObject || (leftOut && !leftOut.replaced) ? 'object' : 'number',
        range: [Math.max(shown.length, 4) - (shown.length < all.length ? -0.4 : 0.4), -0.6],
        ticks: { values: shown.map((_, i) => i), texts: labels },
      },
      provenance,
      legend: { below: legendNames(data) },
      shapes: lines.map((x) => ({
        ...{ type: 'line', xref: 'x', yref: 'paper', x0: x, x1: x, y0: 0, y1: 1, layer: 'below' },
        line: { color: palette.quiet, width: 1, dash: x === 0 ? 'solid' : 'dot' },
      })),
      notes:
        shown.length < all.length
          ? [
              {
                name: 'left out',
                text: `${formatCount(all.length - shown.length)} more in the table`,
                ...{ xref: 'paper', yref: 'paper', x: 0.985, y: 0.02, xanchor: 'right', yanchor: 'bottom' },
              },
            ]
          : [],
    },
    options,
  );
  const margin = layout['margin'] as { l: number; r: number; t: number; b: number };
  const moved = withMargin(layout, { ...margin, l: left }, provenance, options);
  const annotations = moved['annotations'] as Record<string, unknown>[];
  return {
    data,
    layout: {
      ...moved,
      bargap: 0.25,
      yaxis: { ...(layout['yaxis'] as object), minor: {} },
      annotations: annotations.map((note) => (note['name'] === 'y title' ? { ...note, xshift: 20 * scale - left } : note)),
    },
  };
}

const orDash = (value: number) => (Number.isFinite(value) ? value : '–');

function table({ event }: Needs, options: PlotOptions): DataTable {
  const usual = event.spread ? `, usual sizes from ${formatCount(event.spread.events)} training background events` : '';
  if (event.leftOut) {
    const { score, replaced } = event.leftOut;
    const how = replaced ? 'with it at the median of training background' : 'without it';
    return {
      caption: `Score of the event and what it loses ${how}, ${event.className}: ${formatNumber(score)} in all`,
      columns: [
        { name: replaced ? 'number' : 'object', numeric: false },
        { name: `score ${replaced ? 'with it at its median' : 'without it'}`, numeric: true },
        { name: 'loss', numeric: true },
        { name: 'part of the score', unit: '%', numeric: true },
      ],
      rows: rankedLosses(event).map(({ owner, loss, part }) => [owner, score - loss, loss, orDash(100 * part)]),
    };
  }
  if (options.params['by'] === 'object') {
    return {
      caption: `Error of each object, ${event.className}${usual}`,
      columns: [
        { name: 'object', numeric: false },
        { name: 'sum of squared pulls', numeric: true },
        { name: 'numbers', numeric: true },
        { name: 'share of squared error', unit: '%', numeric: true },
      ],
      rows: rankedObjects(event).map(({ owner, pulls, numbers, share }) => [owner, orDash(pulls), numbers, orDash(100 * share)]),
    };
  }
  return {
    caption: `Error of each number, ${event.className}${usual}`,
    columns: [
      { name: 'number', numeric: false },
      { name: 'unit', numeric: false },
      { name: 'pull', numeric: true },
      { name: 'share of squared error', unit: '%', numeric: true },
      { name: 'squared error, model units', numeric: true },
      { name: 'input', numeric: true },
      { name: 'reconstruction', numeric: true },
    ],
    rows: rankedNumbers(event).map(({ feature, pull, share, error, input, reconstruction }) => [
      feature.name,
      feature.unit,
      orDash(pull),
      orDash(100 * share),
      orDash(error),
      orDash(input),
      orDash(reconstruction),
    ]),
  };
}

export default {
  id: 'event-attributions',
  title: 'Which numbers stand out?',
  question:
    'The pull of each number: its error, reconstruction minus input in model units, divided by the usual size of that error. The usual size is the 68.3 % quantile of the absolute error over training background events in which the number exists, so a pull between −1 and 1 is what background does, too. The sum of squared pulls of an object tells which object stands out; a background event has about as much as the object has numbers. Numbers that too few background events have are left out. Of a model that restores no numbers, bars show what the score loses when an object is taken out, or a number of a table is put to its median; these losses need not add up to the score.',
  needs: ['provenance', 'event'],
  params: {
    by: {
      kind: 'choice',
      label: 'Bars for',
      help: 'Every number by itself, or the sum over the numbers of each object',
      default: 'number',
      options: [
        { value: 'number', label: 'numbers' },
        { value: 'object', label: 'objects' },
      ],
    },
    top: {
      kind: 'number',
      label: 'Bars',
      help: 'How many of the largest are drawn; the table has all',
      default: 12,
      min: 3,
      max: 60,
      integer: true,
    },
  },
  figure,
  table,
} satisfies Plot<Needs>;
