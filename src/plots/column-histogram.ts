/** One input number per class, each class normalised to its own events. Also drawn without axes, as small as a table row. */
import { inNouns } from '../base/nouns.ts';
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { axisTitle, formatNumber } from './format.ts';
import type { Parts } from './parts.ts';
import { stepLine } from './steps.ts';
import { base, classStyles, frame, legendNames } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'classes' | 'column'>;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function fractions({ column }: Needs): number[][] {
  return column.counts.map((counts) => {
    const total = sum(counts);
    return counts.map((count) => (total > 0 ? count / total : 0));
  });
}

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const { column, classes } = results;
  const styles = classStyles(classes, options.theme);
  const shares = fractions(results);
  const filled = shares.flat().filter((share) => share > 0);
  const top = filled.length > 0 ? Math.max(...filled) : 1;
  const low = filled.length > 0 ? Math.min(...filled) : 0.1;
  const tiny = options.params['tiny'] === true;
  const log = options.params['log'] === true;
  const range: [number, number] = log ? [low / 2, top * 2] : [0, top * 1.08];
  const data = shares.flatMap((share, i) => {
    const name = classes[i]?.name ?? '';
    if (sum(column.counts[i] ?? []) === 0) return [];
    return [
      {
        type: 'scatter',
        mode: 'lines',
        name,
        ...stepLine(column.edges, share, log ? low / 10 : 0),
        line: {
          shape: 'hv',
          color: styles[i]?.color,
          dash: tiny ? 'solid' : styles[i]?.dash,
          width: (tiny ? 1 : 1.5) * options.scale,
        },
        hovertemplate: `${name}<br>%{x:.4g} ${column.feature.unit}<br>%{y:.3g} of ${inNouns('events', results.provenance.noun)}<extra></extra>`,
        ...(tiny ? { hoverinfo: 'skip' } : {}),
      },
    ];
  });
  const width = ((column.edges.at(-1) ?? 1) - (column.edges[0] ?? 0)) / Math.max(1, column.edges.length - 1);
  const { name, unit } = column.feature;
  const layout = frame(
    {
      x: { title: axisTitle(name, unit), range: [column.edges[0] ?? 0, column.edges.at(-1) ?? 1] },
      y: {
        title: `Fraction of ${inNouns('events', results.provenance.noun)} / ${formatNumber(width, 2)}${unit === '' ? '' : ` ${unit}`}`,
        log,
        range,
      },
      provenance: results.provenance,
      legend: { below: legendNames(data) },
    },
    options,
  );
  if (!tiny) return { data, layout };
  const hidden = { visible: false, fixedrange: true };
  const { xaxis, yaxis, annotations } = layout as { xaxis: object; yaxis: object; annotations: readonly { name?: string }[] };
  return {
    data,
    layout: {
      ...base(options),
      margin: { l: 0, r: 0, t: 0, b: 0, autoexpand: false },
      showlegend: false,
      hovermode: false,
      xaxis: { ...xaxis, ...hidden },
      yaxis: { ...yaxis, ...hidden },
      annotations: annotations.filter((note) => note.name?.endsWith('title')).map((note) => ({ ...note, visible: false })),
    },
  };
}

function table(results: Needs): DataTable {
  const { column, classes } = results;
  return {
    caption: `${column.feature.name}: ${inNouns('events', results.provenance.noun)} per bin`,
    columns: [
      { name: 'from', unit: column.feature.unit, numeric: true },
      { name: 'to', unit: column.feature.unit, numeric: true },
      ...classes.map(({ name }) => ({ name, unit: inNouns('events', results.provenance.noun), numeric: true })),
    ],
    rows: column.edges
      .slice(0, -1)
      .map((edge, bin) => [edge, column.edges[bin + 1] as number, ...classes.map((_, i) => column.counts[i]?.[bin] ?? 0)]),
  };
}

export default {
  id: 'column-histogram',
  title: 'How is this number distributed?',
  question: 'Values that exist, per class, each class normalised to one. Missing values and empty slots are left out.',
  needs: ['provenance', 'classes', 'column'],
  params: {
    log: { kind: 'switch', label: 'Log y', help: 'Shows the tails', default: false },
    tiny: { kind: 'switch', label: 'Without axes', help: 'For table rows', default: false, advanced: true },
  },
  figure,
  table,
} satisfies Plot<Needs>;
