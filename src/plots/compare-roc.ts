/**
 * ROC curves of many runs. Runs that differ only in their seed share a colour: their median is the line and the spread from
 * lowest to highest the band, named as a spread over trainings, not as test statistics.
 */
import { inNouns } from '../base/nouns.ts';
import { eventsNeeded, supports } from '../metrics/floor.ts';
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { dialectOf, dialectParam, type Efficiencies, place, randomLine, rocLayout } from './dialects.ts';
import { formatCount, formatPower } from './format.ts';
import type { Parts, RunCurve } from './parts.ts';
import { faded, modelStyle } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'curves' | 'backgroundEvents'>;

/** Largest ε_S among points with ε_B at or below `fpr`: the conservative reading. */
function conservative({ fpr: axis, tpr }: RunCurve, fpr: number): number {
  let low = 0;
  let high = axis.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((axis[middle] as number) <= fpr) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : (tpr[low - 1] as number);
}

/** Background efficiencies at which seeds are compared: even in the logarithm, and even on the line. */
function grid(backgroundEvents: number): number[] {
  const lowest = 1 / Math.max(1, backgroundEvents);
  const log = Array.from({ length: 160 }, (_, i) => lowest ** (1 - i / 160));
  const linear = Array.from({ length: 80 }, (_, i) => (i + 1) / 80);
  return [...new Set([...log, ...linear])].sort((a, b) => a - b);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

function groups(curves: readonly RunCurve[]): RunCurve[][] {
  const found = new Map<string, RunCurve[]>();
  for (const curve of curves) found.set(curve.group, [...(found.get(curve.group) ?? []), curve]);
  return [...found.values()];
}

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const dialect = dialectOf(options);
  const { curves, backgroundEvents } = results;
  const anyHighlighted = curves.some(({ highlighted }) => highlighted);
  const placed = (points: readonly Efficiencies[]) => {
    const shown = points.map((point) => place(dialect, point)).filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
    return { x: shown.map(({ x }) => x), y: shown.map(({ y }) => y) };
  };
  const at = grid(backgroundEvents);
  const lowestTpr = Math.min(
    0.5,
    ...curves.flatMap(({ tpr, fpr }) => [...tpr].filter((value, i) => value > 0 && (fpr[i] as number) > 0).slice(0, 1)),
  );
  const traces = groups(curves).flatMap((members): Record<string, unknown>[] => {
    const first = members[0] as RunCurve;
    const { color, dash } = modelStyle(first.order, options.theme);
    const strong = !anyHighlighted || members.some(({ highlighted }) => highlighted);
    const name = members.length > 1 ? `${first.name}, ${members.length} seeds` : first.name;
    const common = { type: 'scatter', mode: 'lines', legendgroup: first.group };
    const line = { color, dash, width: (anyHighlighted && strong ? 2.5 : 1.75) * options.scale };
    const opacity = strong ? 1 : 0.25;
    const hovertemplate = `${name}<br>${dialect === 'lhco' ? 'ε<sub>S</sub> %{x:.3g}<br>1/ε<sub>B</sub> %{y:.3g}' : 'ε<sub>B</sub> %{x:.3g}<br>ε<sub>S</sub> %{y:.3g}'}<extra></extra>`;
    if (members.length === 1) {
      const points = Array.from(first.fpr, (fpr, i) => ({ fpr, tpr: first.tpr[i] as number }));
      return [{ ...common, name, ...placed(points), line, opacity, hovertemplate }];
    }
    const values = at.map((fpr) => ({ fpr, values: members.map((member) => conservative(member, fpr)) }));
    const middle = {
      ...common,
      name,
      ...placed(values.map(({ fpr, values: v }) => ({ fpr, tpr: median(v) }))),
      line,
      opacity,
      hovertemplate,
    };
    if (options.params['seeds'] === 'lines') {
      const single = members.map((member) => ({
        ...common,
        name: `${first.name}, seed ${member.seed}`,
        ...placed(Array.from(member.fpr, (fpr, i) => ({ fpr, tpr: member.tpr[i] as number }))),
        line: { color, width: options.scale },
        opacity: strong ? 0.35 : 0.12,
        showlegend: false,
        hoverinfo: 'skip',
      }));
      return [...single, middle];
    }
    const outline = [
      ...values.map(({ fpr, values: v }) => ({ fpr, tpr: Math.max(...v) })),
      ...[...values].reverse().map(({ fpr, values: v }) => ({ fpr, tpr: Math.min(...v) })),
    ];
    const spread = {
      ...common,
      name: `${first.name}, spread over seeds`,
      ...placed(outline),
      fill: 'toself',
      fillcolor: faded(color, strong ? 0.2 : 0.06),
      line: { width: 0, color },
      showlegend: false,
      hoverinfo: 'skip',
    };
    return [spread, middle];
  });
  return {
    data: [randomLine(dialect, options), ...traces],
    layout: rocLayout(
      dialect,
      {
        lowestTpr,
        backgroundEvents,
        provenance: results.provenance,
        names: ['random', ...traces.filter(({ showlegend }) => showlegend !== false).map(({ name }) => String(name))],
      },
      options,
    ),
  };
}

const wanted = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5];

function table({ curves, backgroundEvents, provenance }: Needs): DataTable {
  return {
    caption: `ε_S at fixed ε_B, test ${inNouns('events', provenance.noun)}`,
    columns: [
      { name: 'run', numeric: false },
      { name: 'seed', numeric: true },
      ...wanted.map((fpr) => ({ name: `ε_S at ε_B = ${formatPower(fpr)}`, numeric: true })),
    ],
    rows: curves.map((curve) => [
      curve.name,
      curve.seed,
      ...wanted.map((fpr) =>
        supports(fpr, backgroundEvents) === 'refused'
          ? `needs ${formatCount(eventsNeeded(fpr))} background ${inNouns('events', provenance.noun)}`
          : conservative(curve, fpr),
      ),
    ]),
  };
}

export default {
  id: 'compare-roc',
  title: 'Which is better, and where?',
  question:
    'ROC curves of the runs in the table. Seeds of one model share a colour: the line is their median, the band their spread from lowest to highest. Curves that cross are better at different background efficiencies.',
  needs: ['provenance', 'curves', 'backgroundEvents'],
  params: {
    dialect: dialectParam,
    seeds: {
      kind: 'choice',
      label: 'Seeds',
      help: 'How trainings that differ only in their seed are drawn',
      default: 'band',
      options: [
        { value: 'band', label: 'Median and band' },
        { value: 'lines', label: 'Pale lines' },
      ],
    },
  },
  figure,
  table,
} satisfies Plot<Needs>;
