/** Mean and one-sigma band of every bin of good and of bad lumisections, and below it how many sigma of the good ones they lie apart. */
import { counted, nounOf } from '../base/nouns.ts';
import { numberText } from '../base/numbers.ts';
import type { BinSide } from '../study/bin-spread.ts';
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { axisTitle, formatNumber } from './format.ts';
import { cellEdges, cellRange, partHeights, partMarks, roomForNames } from './histogram-parts.ts';
import type { Parts } from './parts.ts';
import { classStyles, faded, frame, palettes } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'classes' | 'signal' | 'binSpread'>;

/** The background and the chosen signal; the first signal there is if the chosen one has no lumisection in the test. */
export function shownSides({ signal, binSpread: { sides } }: Pick<Needs, 'signal' | 'binSpread'>): BinSide[] {
  const filled = sides.filter(({ lumisections }) => lumisections > 0);
  const good = filled.find(({ role }) => role === 'background');
  const bad = filled.find(({ label }) => label === signal) ?? filled.find(({ role }) => role === 'signal');
  return [good, bad].flatMap((side) => (side ? [side] : []));
}

/** Distance of the means in units of the spread of good ones [bins]; null where good lumisections do not spread. */
export function distances(good: BinSide, bad: BinSide): (number | null)[] {
  return Array.from(good.mean, (mean, bin) => {
    const sigma = good.deviation[bin] as number;
    return sigma > 0 ? ((bad.mean[bin] as number) - mean) / sigma : null;
  });
}

const name = ({ name: own, lumisections }: BinSide) => `${own}, ${counted(lumisections, nounOf('histograms'))}`;

/** A step line over all cells: one point at every edge. */
const steps = (values: ArrayLike<number | null>) => [...Array.from(values), values[values.length - 1] ?? null];

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const { binSpread, classes, provenance } = results;
  const { axis, bins } = binSpread;
  const palette = palettes[options.theme];
  const styles = classStyles(classes, options.theme);
  const edges = cellEdges(bins, axis);
  const unit = axis?.unit ?? '';
  const width = (axis ? axis.high - axis.low : bins) / Math.max(1, bins - (axis?.flow ? 2 : 0));
  const per = axis && !axis.edges ? `${numberText(width, 3)}${unit === '' ? '' : ` ${unit}`}` : 'bin';
  const sides = shownSides(results);
  const largestOf = partHeights(
    axis,
    sides.map(({ mean, deviation }) => mean.map((m, i) => m + (deviation[i] as number))),
  );
  const scaled = (values: Float64Array) => (largestOf ? values.map((value, i) => value / (largestOf[i] as number)) : values);
  const shown = sides.map((side) => ({ ...side, mean: scaled(side.mean), deviation: scaled(side.deviation) }));
  const [good, bad] = shown;
  const log = options.params['log'] === true;
  const styleOf = (side: BinSide) => styles[side.label >= 0 ? side.label : classes.findIndex(({ role }) => role === side.role)];
  const highs = shown.flatMap(({ mean, deviation }) => Array.from(mean, (m, i) => m + (deviation[i] as number)));
  const top = Math.max(0, ...highs) || 1;
  const filled = shown.flatMap(({ mean }) => [...mean]).filter((m) => m > 0);
  const bottom = log ? Math.max(top * 1e-6, Math.min(top, ...filled) / 2) : 0;
  const traces = shown.flatMap((side) => {
    const style = styleOf(side);
    const color = style?.color ?? palette.background;
    const edge = (sign: 1 | -1) => Array.from(side.mean, (m, i) => Math.max(bottom, m + sign * (side.deviation[i] as number)));
    const band = {
      type: 'scatter',
      mode: 'lines',
      legendgroup: side.name,
      showlegend: false,
      hoverinfo: 'skip',
      x: edges,
      line: { shape: 'hv', width: 0, color },
    };
    return [
      { ...band, name: `${side.name}, mean − 1 σ`, y: steps(edge(-1)) },
      { ...band, name: `${side.name}, mean + 1 σ`, y: steps(edge(1)), fill: 'tonexty', fillcolor: faded(color, 0.22) },
      {
        type: 'scatter',
        mode: 'lines',
        legendgroup: side.name,
        name: name(side),
        x: edges,
        y: steps(log ? Array.from(side.mean, (m) => Math.max(m, bottom)) : side.mean),
        text: edges.map((from, i) => {
          const bin = Math.min(i, bins - 1);
          const [low, , of] = i < bins ? cellRange(bin, axis, edges) : [from, from, unit];
          const share = (values: Float64Array) => formatNumber((values[bin] as number) * (largestOf?.[bin] ?? 1));
          return `${side.name}<br>from ${formatNumber(low, 4)} ${of}<br>mean ${share(side.mean)}<br>σ ${share(side.deviation)}`;
        }),
        hovertemplate: '%{text}<extra></extra>',
        line: { shape: 'hv', color, dash: style?.dash ?? 'solid', width: 1.75 * options.scale },
      },
    ];
  });
  const spare = { type: 'scatter', mode: 'lines', name: 'none', x: [], y: [], line: { color: palette.quiet } };
  const marks = partMarks(axis, options);
  const framed = frame(
    {
      x: {
        title: axis?.parts ? `Cells of ${axis.name}` : axisTitle(axis?.name ?? 'Cell', unit),
        range: [edges[0] as number, edges.at(-1) as number],
      },
      y: {
        title: largestOf ? 'Share / largest of each' : `Share of entries / ${per}`,
        range: log ? [bottom, top * 2] : [0, top * (largestOf ? roomForNames : 1.06)],
        log,
      },
      provenance,
      legend: { below: shown.map(name) },
      shapes: marks.shapes,
    },
    options,
  ) as Record<string, object>;
  const layout: Record<string, object> = {
    ...framed,
    annotations: [...(framed['annotations'] as unknown as object[]), ...marks.annotations],
  };
  if (!good || !bad || good === bad) return { data: traces.length > 0 ? traces : [spare], layout };
  const apart = distances(good, bad);
  const largest = Math.max(1, ...apart.map((d) => Math.abs(d ?? 0)));
  return {
    data: [
      ...traces,
      {
        type: 'scatter',
        mode: 'lines',
        name: 'distance of the means',
        showlegend: false,
        x: edges,
        y: steps(apart),
        yaxis: 'y2',
        connectgaps: false,
        hovertemplate: '%{y:.2f} σ of the good ones<extra></extra>',
        line: { shape: 'hv', color: palette.text, width: 1.25 * options.scale },
      },
    ],
    layout: {
      ...layout,
      xaxis: { ...layout['xaxis'], anchor: 'y2', mirror: 'all' },
      yaxis: { ...layout['yaxis'], domain: [0.36, 1], ...(log ? {} : { nticks: 5 }) },
      yaxis2: {
        ...layout['yaxis'],
        type: 'linear',
        domain: [0, 0.3],
        range: [-largest * 1.25, largest * 1.25],
        nticks: 4,
        autorange: false,
        zeroline: true,
        zerolinecolor: palette.quiet,
        zerolinewidth: 1,
      },
      annotations: [
        ...(layout['annotations'] as unknown as object[]),
        {
          name: 'y2 title',
          text: '(mean − mean of good) / <i>σ</i> of good',
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

function table(results: Needs): DataTable {
  const { axis, bins } = results.binSpread;
  const edges = cellEdges(bins, axis);
  const shown = shownSides(results);
  const [good, bad] = shown;
  const unit = axis?.unit ? { unit: axis.unit } : {};
  const apart = good && bad ? distances(good, bad) : null;
  return {
    caption: `${axis?.name ?? 'Histogram'}: share of the entries in each bin, mean and standard deviation over ${shown.map(name).join(' and ')}`,
    columns: [
      { name: 'bin', numeric: true },
      { name: 'from', ...unit, numeric: true },
      { name: 'to', ...unit, numeric: true },
      ...shown.flatMap((side) => [
        { name: `mean, ${side.name}`, numeric: true },
        { name: `σ, ${side.name}`, numeric: true },
      ]),
      ...(apart ? [{ name: 'distance in σ of good', numeric: true }] : []),
    ],
    rows: Array.from({ length: bins }, (_, bin) => [
      bin + 1,
      ...cellRange(bin, axis, edges).slice(0, 2),
      ...shown.flatMap(({ mean, deviation }) => [mean[bin] as number, deviation[bin] as number]),
      ...(apart ? [apart[bin] ?? '–'] : []),
    ]),
  };
}

export default {
  id: 'bin-spread',
  title: 'Where do good and bad differ?',
  question:
    'The mean histogram of the good and of the bad test lumisections. Each histogram is divided by the sum of its bins first, so that luminosity drops out; lines are means over lumisections, bands one standard deviation of single lumisections about them (not the error of the mean). Empty histograms are in neither. Below: the distance of the two means in standard deviations of the good ones. The labels decide what is good; no model is involved.',
  needs: ['provenance', 'classes', 'signal', 'binSpread'],
  params: {
    log: { kind: 'switch', label: 'Logarithmic', help: 'Shares on a logarithmic axis', default: false },
  },
  figure,
  table,
} satisfies Plot<Needs>;
