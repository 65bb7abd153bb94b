/** One histogram of one lumisection over what the model gives back, and below it the loss of each bin. Knows nothing of models. */
import { numberText } from '../base/numbers.ts';
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { axisTitle, formatNumber, formatPercent } from './format.ts';
import { cellEdges, cellRange, partHeights, partMarks, roomForNames } from './histogram-parts.ts';
import type { EventNumbers, Parts } from './parts.ts';
import { stepLine } from './steps.ts';
import { frame, palettes } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'event'>;

/** Cells of largest loss, at most n; of equal ones the first. None where no loss is known or all are 0. */
export function worstCells({ errors = [] }: Pick<EventNumbers, 'errors'>, n: number): number[] {
  const order = errors.flatMap((error, cell) => (error > 0 ? [cell] : []));
  return order.sort((a, b) => (errors[b] as number) - (errors[a] as number) || a - b).slice(0, n);
}

const top = ({ params }: PlotOptions) => (typeof params['top'] === 'number' ? params['top'] : 10);

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const { event, provenance } = results;
  const palette = palettes[options.theme];
  const { features, histogram: axis } = event;
  const edges = cellEdges(event.input.length, axis);
  const heights = (values: readonly number[]) => values.map((value) => (Number.isFinite(value) ? value : 0));
  const largestOf = partHeights(axis, [event.input, event.reconstruction ?? []]);
  const scaled = (values: readonly number[]) =>
    largestOf ? heights(values).map((value, cell) => value / (largestOf[cell] as number)) : heights(values);
  const input = scaled(event.input);
  const reconstruction = event.reconstruction && scaled(event.reconstruction);
  const losses = event.errors && heights(event.errors);
  const worst = worstCells(losses ? { errors: losses } : {}, top(options));
  const middle = (cell: number) => ((edges[cell] as number) + (edges[cell + 1] as number)) / 2;
  const highest = Math.max(...input, ...(reconstruction ?? []), 0) || 1;
  const lowest = Math.min(...input, ...(reconstruction ?? []), 0);
  const range: [number, number] = [lowest < 0 ? lowest * 1.08 : 0, highest * (largestOf ? roomForNames : 1.08)];
  const unit = axis?.unit ?? '';
  const width = (axis ? axis.high - axis.low : event.input.length) / Math.max(1, event.input.length - (axis?.flow ? 2 : 0));
  const per = axis && !axis.edges ? `${numberText(width, 3)}${unit === '' ? '' : ` ${unit}`}` : 'bin';
  const total = losses?.reduce((sum, loss) => sum + loss, 0) ?? 0;
  const text = heights(event.input).map((entries, cell) => {
    const [from, to, of] = cellRange(cell, axis, edges);
    return (
      `${features[cell]?.name ?? `bin ${cell + 1}`}, ${formatNumber(from, 4)} to ${formatNumber(to, 4)} ${of}<br>entries ${formatNumber(entries, 4)}` +
      (event.reconstruction ? `<br>given back ${formatNumber(event.reconstruction[cell] as number, 4)}` : '') +
      (losses && total > 0 ? `<br>${formatPercent((losses[cell] as number) / total)} of the summed loss` : '')
    );
  });
  const hover = {
    type: 'scatter',
    mode: 'markers',
    name: 'bins',
    showlegend: false,
    x: input.map((_, cell) => middle(cell)),
    y: input,
    text,
    hovertemplate: '%{text}<extra></extra>',
    marker: { size: 1, color: palette.text, opacity: 0 },
  };
  const line = (name: string, values: readonly number[], color: string, dash: string) => ({
    type: 'scatter',
    mode: 'lines',
    name,
    showlegend: true,
    ...stepLine(edges, values, Math.min(0, range[0])),
    line: { shape: 'hv', color, dash, width: 1.75 * options.scale },
    hoverinfo: 'skip',
  });
  const names = [
    'original',
    ...(reconstruction ? ['reconstruction'] : []),
    ...(worst.length > 0 ? [markName(worst.length)] : []),
  ];
  const marks = partMarks(axis, options);
  const framed = frame(
    {
      x: {
        title: axis?.parts ? `Cells of ${axis.name}` : axisTitle(axis?.name ?? 'Cell', unit),
        range: [edges[0] as number, edges.at(-1) as number],
      },
      y: { title: largestOf ? 'Entries / largest bin of each' : `Entries / ${per}`, range },
      provenance,
      legend: { below: names },
      shapes: marks.shapes,
    },
    options,
  ) as Record<string, object>;
  const layout: Record<string, object> = {
    ...framed,
    annotations: [...(framed['annotations'] as unknown as object[]), ...marks.annotations],
  };
  const first = palette.models[0] as string;
  const second = palette.models[1] as string;
  const original = line('original', input, first, 'solid');
  if (!reconstruction || !losses) return { data: [original, hover], layout };
  const largest = Math.max(...losses) || 1;
  return {
    data: [
      original,
      line('reconstruction', reconstruction, second, 'dash'),
      hover,
      {
        type: 'bar',
        name: 'loss of a bin',
        showlegend: false,
        x: input.map((_, cell) => middle(cell)),
        width: input.map((_, cell) => (edges[cell + 1] as number) - (edges[cell] as number)),
        y: losses,
        yaxis: 'y2',
        text,
        textposition: 'none',
        hovertemplate: '%{text}<extra></extra>',
        marker: { color: palette.quiet, line: { width: 0 } },
      },
      ...(worst.length > 0
        ? [
            {
              type: 'bar',
              name: markName(worst.length),
              showlegend: true,
              x: worst.map(middle),
              width: worst.map((cell) => (edges[cell + 1] as number) - (edges[cell] as number)),
              y: worst.map((cell) => losses[cell] as number),
              yaxis: 'y2',
              hoverinfo: 'skip',
              marker: { color: palette.limit, line: { width: 0 } },
            },
          ]
        : []),
    ],
    layout: {
      ...layout,
      barmode: 'overlay',
      bargap: 0,
      xaxis: { ...layout['xaxis'], anchor: 'y2', mirror: 'all' },
      yaxis: { ...layout['yaxis'], domain: [0.36, 1], nticks: 5 },
      yaxis2: { ...layout['yaxis'], domain: [0, 0.3], range: [0, largest * 1.3], nticks: 3, autorange: false },
      annotations: [
        ...(layout['annotations'] as unknown as object[]),
        {
          name: 'y2 title',
          text: '(<i>x</i> − <i>x̂</i>)², model units',
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

const markName = (count: number) => (count === 1 ? 'largest loss' : `${count} largest losses`);

const orDash = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : '–');

function table({ event }: Needs, options: PlotOptions): DataTable {
  const edges = cellEdges(event.input.length, event.histogram);
  const worst = worstCells(event, top(options));
  const unit = event.histogram?.parts ? undefined : event.histogram?.unit;
  return {
    caption: `${event.histogram?.name ?? 'Histogram'}, ${event.className}: entries, what the model gives back, and the loss of each bin`,
    columns: [
      { name: 'bin', numeric: false },
      { name: 'from', ...(unit ? { unit } : {}), numeric: true },
      { name: 'to', ...(unit ? { unit } : {}), numeric: true },
      { name: 'entries', numeric: true },
      { name: 'reconstruction', numeric: true },
      { name: 'loss, model units', numeric: true },
      { name: 'place among the losses', numeric: true },
    ],
    rows: event.input.map((entries, cell) => {
      const place = worst.indexOf(cell);
      return [
        event.features[cell]?.name ?? `bin ${cell + 1}`,
        ...cellRange(cell, event.histogram, edges).slice(0, 2),
        orDash(entries),
        orDash(event.reconstruction?.[cell]),
        orDash(event.errors?.[cell]),
        place < 0 ? '–' : place + 1,
      ];
    }),
  };
}

export default {
  id: 'histogram-reconstruction',
  title: 'What does it restore?',
  question:
    'The histogram of one lumisection, in entries, over what the model gives back with the same sum. Below, the squared difference of each bin as the model sees it; the largest are marked, and a top-N score is their mean.',
  needs: ['provenance', 'event'],
  params: {
    top: {
      kind: 'number',
      label: 'Marked bins',
      help: 'How many bins of largest loss are marked; the score mean of the ten largest takes ten',
      default: 10,
      min: 1,
      max: 1000,
      integer: true,
    },
  },
  figure,
  table,
} satisfies Plot<Needs>;
