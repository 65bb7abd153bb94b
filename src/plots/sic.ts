/**
 * Significance improvement, ε_S / √ε_B, against signal efficiency. The curve ends where fewer than 25 background events are
 * left: beyond that the background error is above 20 %. Points without background are dropped, never clipped.
 */
import { inNouns } from '../base/nouns.ts';
import { SIC_BELOW } from '../metrics/floor.ts';
import type { OperatingPoint } from '../metrics/roc.ts';
import { maxSic, sic } from '../metrics/sic.ts';
import type { DataTable, LiveMark, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { classesOf, efficiencyCurve, pointAt } from './curve-points.ts';
import { formatCount, formatNumber, formatPercent } from './format.ts';
import type { Parts } from './parts.ts';
import { classStyles, frame, legendNames, palettes } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'classes' | 'signal' | 'test'>;

function reliable(results: Needs): readonly OperatingPoint[] {
  return efficiencyCurve(results.test, results.classes, results.signal).points.filter(({ fp }) => fp >= SIC_BELOW);
}

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const palette = palettes[options.theme];
  const points = reliable(results);
  const style = classStyles(results.classes, options.theme)[results.signal];
  const name = results.classes[results.signal]?.name ?? '';
  const best = results.signal < 0 ? null : maxSic(results.test, results.signal, classesOf(results.classes, 'background'));
  const random = Array.from({ length: 41 }, (_, i) => (i / 40) ** 2);
  const needed = `cut at FP < ${SIC_BELOW}`;
  const data = [
    {
      type: 'scatter',
      mode: 'lines',
      name: 'random, √<i>ε</i><sub>S</sub>',
      x: random,
      y: random.map(Math.sqrt),
      line: { color: palette.quiet, width: options.scale, dash: 'dot' },
      hoverinfo: 'skip',
    },
    {
      type: 'scatter',
      mode: 'lines',
      name,
      x: points.map(({ tpr }) => tpr),
      y: points.map(({ tpr, fpr }) => sic(tpr, fpr)),
      customdata: points.map(({ threshold }) => threshold),
      meta: { threshold: true },
      text: points.map(
        (point) =>
          `${name}<br>threshold ${formatNumber(point.threshold, 4)}<br>SIC ${formatNumber(sic(point.tpr, point.fpr))}<br>ε<sub>S</sub> ${formatPercent(point.tpr)}<br>ε<sub>B</sub> ${formatPercent(point.fpr)}<br>FP ${formatCount(point.fp)}`,
      ),
      hovertemplate: '%{text}<extra></extra>',
      line: { color: style?.color, dash: style?.dash, width: 2.25 * options.scale },
    },
    ...(best
      ? [
          {
            type: 'scatter',
            mode: 'markers',
            name: `largest ${formatNumber(best.sic)}`,
            x: [best.tpr],
            y: [best.sic],
            customdata: [best.threshold],
            meta: { threshold: true },
            hovertemplate: `largest, FP ${formatCount(best.fp)}<extra></extra>`,
            marker: {
              symbol: 'diamond-open',
              size: 11 * options.scale,
              color: palette.text,
              line: { width: 1.75, color: palette.text },
            },
          },
        ]
      : []),
  ];
  return {
    data,
    layout: frame(
      {
        x: { title: '<i>ε</i><sub>S</sub> = TP / <i>n</i><sub>S</sub>', range: [0, 1] },
        y: {
          title: 'SIC = <i>ε</i><sub>S</sub> / √<i>ε</i><sub>B</sub>',
          range: [0, Math.max(1.5, best ? best.sic * 1.25 : 0)],
        },
        provenance: results.provenance,
        legend: { below: legendNames(data) },
        notes: [
          {
            name: 'floor',
            text: needed,
            xref: 'paper',
            yref: 'paper',
            x: 0,
            y: 0,
            xanchor: 'left',
            yanchor: 'top',
            yshift: -19 * options.scale,
          },
        ],
      },
      options,
    ),
  };
}

function live(results: Needs, threshold: number): LiveMark[] {
  const point = pointAt(results.test, results.classes, results.signal, threshold);
  if (point.fp < SIC_BELOW || !Number.isFinite(point.tpr)) return [];
  const y = sic(point.tpr, point.fpr);
  return [
    { kind: 'point', x: point.tpr, y, text: `SIC ${formatNumber(y)}`, className: results.classes[results.signal]?.name ?? '' },
  ];
}

function table(results: Needs): DataTable {
  const points = reliable(results);
  const every = Math.max(1, Math.floor(points.length / 40));
  return {
    caption: `Significance improvement ε_S / √ε_B, with at least ${SIC_BELOW} background ${inNouns('events', results.provenance.noun)}`,
    columns: [
      { name: 'threshold', numeric: true },
      { name: 'ε_S', unit: '%', numeric: true },
      { name: 'ε_B', unit: '%', numeric: true },
      { name: 'FP', numeric: true },
      { name: 'SIC', numeric: true },
    ],
    rows: points
      .filter((_, i) => i % every === 0)
      .map((point) => [point.threshold, point.tpr * 100, point.fpr * 100, point.fp, sic(point.tpr, point.fpr)]),
  };
}

export default {
  id: 'sic',
  title: 'Does the cut help a search?',
  question:
    'The factor by which a cut multiplies the significance of a small signal over its background, ε_S / √ε_B. Above 1 helps, below 1 harms. The curve is cut where fewer than 25 background events are left. Click it to move the threshold.',
  needs: ['provenance', 'classes', 'signal', 'test'],
  params: {},
  figure,
  live,
  table,
} satisfies Plot<Needs>;
