/** Precision, recall and F1 against the threshold, with the thresholds that validation chooses. */
import { nounOf } from '../base/nouns.ts';
import { f1, precision } from '../metrics/precision-recall.ts';
import { chosenPoints } from './chosen-points.ts';
import type { DataTable, LiveMark, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { efficiencyCurve } from './curve-points.ts';
import { axisTitle, formatCount, formatDecimals, formatNumber, formatPercent, formatThreshold, withUnit } from './format.ts';
import type { Parts } from './parts.ts';
import { frame, legendNames, palettes } from './theme.ts';
import { scoreAxis } from './trend-axes.ts';

type Needs = Pick<Parts, 'provenance' | 'classes' | 'signal' | 'score' | 'test' | 'validation'>;

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const { test, validation, classes, signal, score, provenance } = results;
  const palette = palettes[options.theme];
  const { points, signalEvents } = efficiencyCurve(test, classes, signal);
  const x = points.map(({ threshold }) => threshold);
  const axis = scoreAxis(axisTitle(`Threshold on ${score.name}`, score.unit), x);
  const curves = [
    { name: 'precision', dash: 'dash', color: palette.models[0], of: (tp: number, fp: number) => precision(tp, fp) },
    { name: 'recall', dash: 'dot', color: palette.models[1], of: (tp: number) => tp / signalEvents },
    { name: 'F<sub>1</sub>', dash: 'solid', color: palette.text, of: (tp: number, fp: number) => f1(tp, fp, signalEvents) },
  ];
  const chosen = chosenPoints(test, validation, classes, signal);
  const data = [
    ...curves.map(({ name, dash, color, of }) => ({
      type: 'scatter',
      mode: 'lines',
      name,
      x,
      y: points.map(({ tp, fp }) => of(tp, fp)),
      customdata: x,
      meta: { threshold: true },
      text: points.map(
        ({ threshold, tp, fp }) =>
          `threshold ${withUnit(formatNumber(threshold, 4), score.unit)}<br>precision ${formatPercent(precision(tp, fp))}<br>recall ${formatPercent(tp / signalEvents)}<br>F<sub>1</sub> ${formatDecimals(f1(tp, fp, signalEvents), 3)}<br>TP ${formatCount(tp)}, FP ${formatCount(fp)}`,
      ),
      hovertemplate: '%{text}<extra></extra>',
      line: { shape: 'hv', color, dash, width: 2 * options.scale },
    })),
    ...chosen.map(({ rule, name, point, f1: own, gMean, symbol }) => ({
      type: 'scatter',
      mode: 'markers',
      name: `${name} on validation: ${rule === 'best-f1' ? 'F<sub>1</sub>' : 'G-mean'} ${formatDecimals(rule === 'best-f1' ? own : gMean, 3)} here`,
      x: [point.threshold],
      y: [own],
      customdata: [point.threshold],
      meta: { threshold: true },
      hovertemplate: `${name} on validation<br>threshold ${formatNumber(point.threshold, 4)}<br>here F<sub>1</sub> ${formatDecimals(own, 3)}, G-mean ${formatDecimals(gMean, 3)}<extra></extra>`,
      marker: { symbol, size: 11 * options.scale, color: palette.text, line: { width: 1.75, color: palette.text } },
    })),
  ];
  return {
    data,
    layout: frame(
      {
        x: axis,
        y: { title: 'Precision, recall, F<sub>1</sub>', range: [0, 1.02] },
        provenance,
        legend: { below: legendNames(data) },
      },
      options,
    ),
  };
}

function live({ score }: Needs, threshold: number): LiveMark[] {
  if (Number.isNaN(threshold)) return [];
  return [
    { kind: 'flagged-side', from: threshold },
    { kind: 'threshold', x: threshold, text: withUnit(formatThreshold(threshold), score.unit) },
  ];
}

function table(results: Needs): DataTable {
  const { points, signalEvents } = efficiencyCurve(results.test, results.classes, results.signal);
  const every = Math.max(1, Math.floor(points.length / 40));
  const noun = results.provenance.noun ?? nounOf(null);
  const chosen = chosenPoints(results.test, results.validation, results.classes, results.signal);
  const said = chosen.map(
    ({ rule, point, f1: own }) =>
      `; best ${rule === 'best-f1' ? 'F1' : 'G-mean'} on validation at ${formatNumber(point.threshold, 4)}, F1 ${formatDecimals(own, 3)} on these`,
  );
  return {
    caption: `Precision, recall and F1 of the test ${noun.several} against the threshold${said.join('')}`,
    columns: [
      { name: 'threshold', ...(results.score.unit ? { unit: results.score.unit } : {}), numeric: true },
      { name: 'precision', unit: '%', numeric: true },
      { name: 'recall', unit: '%', numeric: true },
      { name: 'F1', numeric: true },
      { name: 'TP', numeric: true },
      { name: 'FP', numeric: true },
    ],
    rows: points
      .filter((_, i) => i % every === 0)
      .map(({ threshold, tp, fp }) => [
        threshold,
        precision(tp, fp) * 100,
        (tp / signalEvents) * 100,
        f1(tp, fp, signalEvents),
        tp,
        fp,
      ]),
  };
}

export default {
  id: 'threshold-metrics',
  title: 'Where should the cut be?',
  question:
    'Precision, recall and their harmonic mean F1 on the test split, for every threshold. The marks are the thresholds of largest F1 and largest G-mean on validation, and what they give here; the largest value of a curve, read off here, would be optimistic. Take the line to move the threshold, or click a curve.',
  needs: ['provenance', 'classes', 'signal', 'score', 'test', 'validation'],
  params: {},
  figure,
  live,
  table,
} satisfies Plot<Needs>;
