/**
 * One thing changed from training to training, and what became of each signal. Seeds are pale dots; the line goes through their
 * medians. The band is the spread over seeds, from lowest to highest; the bar on a median is the error of the finite test sample, one-sided where an AUC is exactly 1 or 0.
 * The two are never added. Knows nothing of what was changed.
 */
import { aucInterval } from '../metrics/auc-error.ts';
import type { Interval } from '../metrics/intervals.ts';
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { formatNumber, formatParted, formatPower, formatWithError } from './format.ts';
import type { Parts, SweepPoints } from './parts.ts';
import { faded, frame, legendNames, palettes } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'sweep'>;
type Result = SweepPoints['series'][number]['results'][number][number];

interface Metric {
  title: string;
  of(result: Result): number | null;
  /** 68 %; NaN where the metric has none. */
  intervalOf(result: Result): Interval;
}

const none = (): Interval => ({ low: Number.NaN, high: Number.NaN });

const metrics: Readonly<Record<string, Metric>> = {
  auc: { title: 'AUC', of: ({ auc }) => auc, intervalOf: aucInterval },
  ...Object.fromEntries(
    (['1e-1', '1e-2', '1e-3'] as const).map((fpr) => [
      fpr,
      {
        title: `<i>ε</i><sub>S</sub> at <i>ε</i><sub>B</sub> = ${formatPower(Number(fpr))}`,
        of: ({ tprAtFpr }: Result) => tprAtFpr[fpr],
        intervalOf: none,
      },
    ]),
  ),
  sic: {
    title: 'largest SIC = <i>ε</i><sub>S</sub> / √<i>ε</i><sub>B</sub>',
    of: ({ maxSic }) => maxSic,
    intervalOf: none,
  },
};

interface Point {
  label: string;
  x: number;
  seeds: { seed: number; value: number }[];
  median: number;
  /** Of the seed in the middle, from end to end of its 68 % interval; 0 where the metric has none. */
  below: number;
  above: number;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** `0.9610 ± 0.0040`, `1 [0.98, 1]` at an end of the scale, or the number alone. */
function errorWords(middle: number, below: number, above: number): string {
  if (!(below > 0 || above > 0)) return formatNumber(middle, 4);
  return formatParted(middle, { low: middle - below, high: middle + above }) ?? formatWithError(middle, Math.max(below, above));
}

/** Numbers have an axis of their own; anything else stands side by side in the order in which it was asked for. */
function numeric({ points }: SweepPoints): boolean {
  return points.length > 1 && points.every(({ value }) => value !== null);
}

function pointsOf({ sweep }: Needs, series: SweepPoints['series'][number], metricId: string): Point[] {
  const metric = metrics[metricId] ?? metrics['auc'];
  return sweep.points.flatMap(({ label, value }, i) => {
    const results = series.results[i] ?? [];
    const seeds = results.flatMap((result) => {
      const number = metric?.of(result) ?? null;
      return number === null || !Number.isFinite(number) ? [] : [{ seed: result.seed, value: number }];
    });
    if (seeds.length === 0) return [];
    const middle = median(seeds.map((one) => one.value));
    const lengths = (of: (interval: Interval, value: number) => number) =>
      median(results.map((result) => of(metric?.intervalOf(result) ?? none(), metric?.of(result) ?? Number.NaN))) || 0;
    return [
      {
        label,
        x: numeric(sweep) ? (value as number) : i,
        seeds,
        median: middle,
        below: lengths(({ low }, at) => at - low),
        above: lengths(({ high }, at) => high - at),
      },
    ];
  });
}

/** Characters of a name that fit between two places. */
function roomFor(places: number, { width = 900, scale }: PlotOptions): number {
  return Math.max(8, Math.floor((width - 90) / places / (6.6 * scale)));
}

/** A long name in several lines, broken between words. */
function broken(name: string, room: number): string {
  const lines: string[] = [];
  for (const word of name.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join('<br>');
}

const symbols = ['circle', 'square', 'diamond', 'triangle-up', 'cross'];
const dashes = ['solid', 'dash', 'dot', 'dashdot', 'longdash'];

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const palette = palettes[options.theme];
  const { sweep } = results;
  const metricId = String(options.params['metric'] ?? 'auc');
  const onAxis = numeric(sweep);
  const values = sweep.points.map(({ value }, i) => (onAxis ? (value as number) : i));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const log = onAxis && least > 0 && most / least >= 8;
  const drawn = sweep.series.map((series, k) => ({ series, k, points: pointsOf(results, series, metricId) }));
  const all = drawn.flatMap(({ points }) =>
    points.flatMap(({ seeds, median: middle, below, above }) => [
      ...seeds.map(({ value }) => value),
      middle - below,
      middle + above,
    ]),
  );
  const low = all.length > 0 ? Math.min(...all) : 0;
  const high = all.length > 0 ? Math.max(...all) : 1;
  const margin = (high - low || Math.abs(high) || 1) * 0.08;
  /** Signals stand beside one another where they would cover one another. */
  const shift = (k: number) => (onAxis ? 0 : (k - (sweep.series.length - 1) / 2) * Math.min(0.12, 0.6 / sweep.series.length));
  const data = drawn.flatMap(({ series, k, points }): Record<string, unknown>[] => {
    const color = palette.signals[k % palette.signals.length] as string;
    const several = points.some(({ seeds }) => seeds.length > 1);
    const common = { type: 'scatter', legendgroup: series.signal };
    const x = points.map((point) => point.x + shift(k));
    const text = points.map(
      ({ label, median: middle, below, above, seeds }) =>
        `${series.signal}<br>${label}<br>${errorWords(middle, below, above)}` +
        (seeds.length > 1
          ? `<br>${seeds.length} seeds, ${formatNumber(Math.min(...seeds.map((s) => s.value)), 4)} to ${formatNumber(Math.max(...seeds.map((s) => s.value)), 4)}`
          : ''),
    );
    const band =
      onAxis && several && points.length > 1
        ? [
            {
              ...common,
              mode: 'lines',
              name: `${series.signal}, spread over seeds`,
              x: [...x, ...[...x].reverse()],
              y: [
                ...points.map(({ seeds }) => Math.max(...seeds.map(({ value }) => value))),
                ...[...points].reverse().map(({ seeds }) => Math.min(...seeds.map(({ value }) => value))),
              ],
              fill: 'toself',
              fillcolor: faded(color, 0.16),
              line: { width: 0, color },
              showlegend: false,
              hoverinfo: 'skip',
            },
          ]
        : [];
    const dots = several
      ? [
          {
            ...common,
            mode: 'markers',
            name: `${series.signal}, each seed`,
            x: points.flatMap((point) => point.seeds.map(() => point.x + shift(k))),
            y: points.flatMap(({ seeds }) => seeds.map(({ value }) => value)),
            text: points.flatMap(({ label, seeds }) =>
              seeds.map(({ seed, value }) => `${series.signal}<br>${label}, seed ${seed}<br>${formatNumber(value, 4)}`),
            ),
            hovertemplate: '%{text}<extra></extra>',
            marker: { symbol: 'line-ew-open', size: 9 * options.scale, color, opacity: 0.75, line: { width: 1.5, color } },
            showlegend: false,
          },
        ]
      : [];
    const withError = points.some(({ below, above }) => below > 0 || above > 0);
    return [
      ...band,
      ...dots,
      {
        ...common,
        mode: onAxis && points.length > 1 ? 'lines+markers' : 'markers',
        name: series.signal,
        x,
        y: points.map((point) => point.median),
        text,
        hovertemplate: '%{text}<extra></extra>',
        line: { color, width: 1.75 * options.scale, dash: dashes[k % dashes.length] },
        marker: { symbol: symbols[k % symbols.length], size: 8 * options.scale, color },
        ...(withError
          ? {
              error_y: {
                type: 'data',
                symmetric: false,
                array: points.map(({ above }) => above),
                arrayminus: points.map(({ below }) => below),
                color,
                thickness: 1.5 * options.scale,
                width: 0,
              },
            }
          : {}),
      },
    ];
  });
  const range: [number, number] = log
    ? [least / 1.15, most * 1.15]
    : onAxis
      ? [least - (most - least) * 0.06, most + (most - least) * 0.06]
      : [-0.6, Math.max(0.6, values.length - 0.4)];
  return {
    data,
    layout: frame(
      {
        x: {
          title: sweep.variable,
          log,
          range,
          ticks: {
            values,
            texts: sweep.points.map(({ label }) => (onAxis ? label : broken(label, roomFor(values.length, options)))),
          },
          named: !onAxis,
        },
        y: { title: (metrics[metricId] ?? metrics['auc'])?.title ?? '', range: [low - margin, high + margin] },
        provenance: results.provenance,
        legend: { below: legendNames(data) },
      },
      options,
    ),
  };
}

function table({ provenance: _provenance, sweep }: Needs): DataTable {
  return {
    caption: sweep.name,
    columns: [
      { name: sweep.variable, numeric: false },
      { name: 'signal', numeric: false },
      { name: 'seed', numeric: true },
      { name: 'AUC', numeric: true },
      { name: 'error of AUC', numeric: true },
      { name: 'ε_S at ε_B = 1e-2', numeric: true },
      { name: 'max SIC', numeric: true },
    ],
    rows: sweep.points.flatMap(({ label }, i) =>
      sweep.series.flatMap(({ signal, results }) =>
        (results[i] ?? []).map(({ seed, auc, aucError, tprAtFpr, maxSic }) => [
          label,
          signal,
          seed,
          auc,
          aucError,
          tprAtFpr['1e-2'] ?? 'too few events',
          maxSic ?? 'too few events',
        ]),
      ),
    ),
  };
}

export default {
  id: 'sweep',
  title: 'What does it depend on?',
  question:
    'The same training with one thing changed from point to point, every signal by itself. The marker is the median over seeds, a dash each seed, the band their spread from lowest to highest; the bar on a marker is the standard error from the finite test sample. Two points differ only if they are apart by more than both.',
  needs: ['provenance', 'sweep'],
  params: {
    metric: {
      kind: 'choice',
      label: 'Figure of merit',
      help: 'What is drawn upwards; refused where the test events do not support it',
      default: 'auc',
      options: [
        { value: 'auc', label: 'AUC' },
        { value: '1e-1', label: 'ε_S at ε_B = 0.1' },
        { value: '1e-2', label: 'ε_S at ε_B = 0.01' },
        { value: '1e-3', label: 'ε_S at ε_B = 0.001' },
        { value: 'sic', label: 'largest SIC' },
      ],
    },
  },
  figure,
  table,
} satisfies Plot<Needs>;
