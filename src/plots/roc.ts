/** ROC curves of every signal against the background, with the present operating point on each. */
import { inNouns } from '../base/nouns.ts';
import { eventsNeeded, REFUSE_BELOW, supports } from '../metrics/floor.ts';
import { wilson } from '../metrics/intervals.ts';
import { type OperatingPoint, pointAtFpr } from '../metrics/roc.ts';
import type { DataTable, LiveMark, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { classesOf, type EfficiencyCurve, efficiencyCurve, pointAt } from './curve-points.ts';
import { dialectOf, dialectParam, place, randomLine, rocLayout } from './dialects.ts';
import { formatCount, formatNumber, formatPercent, formatPercentInterval, formatPower } from './format.ts';
import type { Parts } from './parts.ts';
import { classStyles, faded } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'classes' | 'signal' | 'test'>;

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

function hover(name: string, point: OperatingPoint, { signalEvents }: EfficiencyCurve): string {
  const { low, high } = wilson(point.tp, signalEvents);
  return [
    name,
    `threshold ${formatNumber(point.threshold, 4)}`,
    `ε<sub>S</sub> ${formatPercentInterval(point.tpr, low, high)}`,
    `ε<sub>B</sub> ${formatPercent(point.fpr)}`,
    `TP ${formatCount(point.tp)}, FP ${formatCount(point.fp)}`,
  ].join('<br>');
}

/** Upper ends from left to right, then lower ends back: one closed outline. */
function band(curve: EfficiencyCurve, options: PlotOptions, color: string) {
  const dialect = dialectOf(options);
  const every = Math.max(1, Math.floor(curve.points.length / 240));
  const points = curve.points.filter((point, i) => i % every === 0 && point.fp >= REFUSE_BELOW);
  const ends = points.map((point) => ({ point, ...wilson(point.tp, curve.signalEvents) }));
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
      const first = curve.points.find(({ tpr, fp }) => tpr > 0 && fp >= 1);
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
    layout: rocLayout(
      dialect,
      { lowestTpr, backgroundEvents, provenance: results.provenance, names: ['random', ...all.map(({ name }) => name)] },
      options,
    ),
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
  const background = classesOf(results.classes, 'background');
  return {
    caption: `ε_S at fixed ε_B (the largest with ε_B at or below it), 68 % Wilson intervals; test ${inNouns('events', results.provenance.noun)}`,
    columns: [
      { name: 'signal', numeric: false },
      { name: 'at ε_B', numeric: false },
      { name: 'threshold', numeric: true },
      { name: 'TP', numeric: true },
      { name: 'FP', numeric: true },
      { name: 'ε_S', unit: '%', numeric: true },
      { name: 'from', unit: '%', numeric: true },
      { name: 'to', unit: '%', numeric: true },
    ],
    rows: curves(results)
      .reverse()
      .flatMap(({ label, name, curve }) =>
        wanted.map((fpr) => {
          const at = formatPower(fpr);
          if (supports(fpr, curve.backgroundEvents) === 'refused') {
            const needed = `needs ${formatCount(eventsNeeded(fpr))} background ${inNouns('events', results.provenance.noun)}`;
            return [name, at, '–', '–', '–', needed, '–', '–'];
          }
          const point = pointAtFpr(results.test, label, background, fpr);
          const { low, high } = wilson(point.tp, curve.signalEvents);
          const threshold = Number.isFinite(point.threshold) ? point.threshold : '–';
          return [name, at, threshold, point.tp, point.fp, point.tpr * 100, low * 100, high * 100];
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
