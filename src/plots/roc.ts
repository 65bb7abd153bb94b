/** ROC curves of every signal against the background, with the present operating point on each. */
import { wilson } from '../metrics/intervals.ts';
import type { DataTable, LiveMark, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { type CurvePoint, classesOf, type EfficiencyCurve, efficiencyCurve, pointAt } from './curve-points.ts';
import { dialectOf, dialectParam, fewestBackground, place, randomLine, rocLayout } from './dialects.ts';
import { formatCount, formatNumber, formatPercent, formatPercentInterval } from './format.ts';
import type { Parts } from './parts.ts';
import { classStyles, faded } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'classes' | 'signal' | 'test'>;

/** One standard deviation of a normal distribution. */
const coverage = 0.6827;

function curves({ test, classes, signal }: Needs): { label: number; name: string; selected: boolean; curve: EfficiencyCurve }[] {
  return classesOf(classes, 'signal')
    .map((label) => ({
      label,
      name: classes[label]?.name ?? '',
      selected: label === signal,
      curve: efficiencyCurve(test, classes, label),
    }))
    .filter(({ curve }) => curve.points.length > 0)
    .sort((a, b) => Number(a.selected) - Number(b.selected));
}

function hover(name: string, point: CurvePoint, { signalEvents }: EfficiencyCurve): string {
  const { low, high } = wilson(point.truePositives, signalEvents, coverage);
  return [
    name,
    `threshold ${formatNumber(point.threshold, 4)}`,
    `ε<sub>S</sub> ${formatPercentInterval(point.tpr, low, high)}`,
    `ε<sub>B</sub> ${formatPercent(point.fpr)}`,
    `TP ${formatCount(point.truePositives)}, FP ${formatCount(point.falsePositives)}`,
  ].join('<br>');
}

/** Upper ends from left to right, then lower ends back: one closed outline. */
function band(curve: EfficiencyCurve, options: PlotOptions, color: string) {
  const dialect = dialectOf(options);
  const every = Math.max(1, Math.floor(curve.points.length / 240));
  const points = curve.points.filter((point, i) => i % every === 0 && point.falsePositives >= fewestBackground);
  const ends = points.map((point) => ({ point, ...wilson(point.truePositives, curve.signalEvents, coverage) }));
  const outline = [
    ...ends.map(({ point, high }) => place(dialect, { fpr: point.fpr, tpr: high })),
    ...ends.reverse().map(({ point, low }) => place(dialect, { fpr: point.fpr, tpr: low })),
  ].filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  return {
    type: 'scatter',
    mode: 'lines',
    name: 'test statistics, 68 %',
    x: outline.map(({ x }) => x),
    y: outline.map(({ y }) => y),
    fill: 'toself',
    fillcolor: faded(color, 0.18),
    line: { width: 0, color },
    hoverinfo: 'skip',
    showlegend: false,
  };
}

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const dialect = dialectOf(options);
  const styles = classStyles(results.classes, options.theme);
  const all = curves(results);
  const lowestTpr = Math.min(
    0.5,
    ...all.flatMap(({ curve }) => {
      const first = curve.points.find(({ tpr, falsePositives }) => tpr > 0 && falsePositives >= 1);
      return first ? [first.tpr] : [];
    }),
  );
  const backgroundEvents = all[0]?.curve.backgroundEvents ?? 0;
  const selected = all.find((entry) => entry.selected);
  return {
    data: [
      randomLine(dialect, options),
      ...(selected && options.params['band'] !== false
        ? [band(selected.curve, options, styles[selected.label]?.color ?? '#000000')]
        : []),
      ...all.map(({ label, name, selected: strong, curve }) => {
        const shown = curve.points
          .map((point) => ({ point, ...place(dialect, point) }))
          .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
        return {
          type: 'scatter',
          mode: 'lines',
          name,
          x: shown.map(({ x }) => x),
          y: shown.map(({ y }) => y),
          customdata: shown.map(({ point }) => point.threshold),
          meta: { threshold: true },
          text: shown.map(({ point }) => hover(name, point, curve)),
          hovertemplate: '%{text}<extra></extra>',
          opacity: strong ? 1 : 0.65,
          line: { color: styles[label]?.color, dash: styles[label]?.dash, width: (strong ? 2.25 : 1.25) * options.scale },
        };
      }),
    ],
    layout: rocLayout(dialect, { lowestTpr, backgroundEvents, provenance: results.provenance }, options),
  };
}

function live(results: Needs, threshold: number, options: PlotOptions): LiveMark[] {
  const { test, classes, signal } = results;
  const dialect = dialectOf(options);
  return classesOf(classes, 'signal').flatMap((label) => {
    const point = pointAt(test, classes, label, threshold);
    const { x, y } = place(dialect, point);
    if (!Number.isFinite(x) || !Number.isFinite(y)) return [];
    const text = label === signal ? `ε_S ${formatPercent(point.tpr)}, ε_B ${formatPercent(point.fpr)}` : '';
    return [{ kind: 'point' as const, x, y, text, className: classes[label]?.name ?? '' }];
  });
}

const wanted = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5];

function table(results: Needs): DataTable {
  return {
    caption: `ε_S at fixed ε_B (largest ε_S with ε_B at or below it), 68 % intervals; test events`,
    columns: [
      { name: 'signal', numeric: false },
      { name: 'at ε_B', numeric: true },
      { name: 'threshold', numeric: true },
      { name: 'TP', numeric: true },
      { name: 'FP', numeric: true },
      { name: 'ε_S', numeric: true },
    ],
    rows: curves(results)
      .reverse()
      .flatMap(({ name, curve }) =>
        wanted.map((fpr) => {
          const needed = fewestBackground / fpr;
          const point = [...curve.points].reverse().find((candidate) => candidate.fpr <= fpr);
          if (curve.backgroundEvents < needed || !point)
            return [name, formatNumber(fpr), '–', '–', '–', `needs ${formatCount(needed)} background events`];
          const { low, high } = wilson(point.truePositives, curve.signalEvents, coverage);
          return [
            name,
            formatNumber(fpr),
            formatNumber(point.threshold, 4),
            formatCount(point.truePositives),
            formatCount(point.falsePositives),
            formatPercentInterval(point.tpr, low, high),
          ];
        }),
      ),
  };
}

export default {
  id: 'roc',
  title: 'Is it better than chance?',
  question:
    'Signal efficiency against background efficiency over all thresholds. Higher is better; the dotted line is a random score. In the grey region fewer than 10 background events are left, and no number is quoted there. Click a curve to move the threshold.',
  needs: ['provenance', 'classes', 'signal', 'test'],
  params: {
    dialect: dialectParam,
    band: { kind: 'switch', label: 'Statistical band', help: '68 % Wilson interval of ε_S from the test events', default: true },
  },
  figure,
  live,
  table,
} satisfies Plot<Needs>;
