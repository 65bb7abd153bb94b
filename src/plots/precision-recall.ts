/** Precision against recall, with the prevalence as the line of a random score and the thresholds that validation chooses. */
import { nounOf } from '../base/nouns.ts';
import { f1, precision } from '../metrics/precision-recall.ts';
import { chosenPoints } from './chosen-points.ts';
import type { DataTable, LiveMark, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { type EfficiencyCurve, efficiencyCurve, pointAt } from './curve-points.ts';
import { formatCount, formatDecimals, formatNumber, formatPercent } from './format.ts';
import type { Parts } from './parts.ts';
import { classStyles, frame, legendNames, palettes } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'classes' | 'signal' | 'test' | 'validation'>;

const prevalenceOf = ({ signalEvents, backgroundEvents }: EfficiencyCurve) => signalEvents / (signalEvents + backgroundEvents);

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const palette = palettes[options.theme];
  const curve = efficiencyCurve(results.test, results.classes, results.signal);
  const style = classStyles(results.classes, options.theme)[results.signal];
  const name = results.classes[results.signal]?.name ?? '';
  const prevalence = prevalenceOf(curve);
  const chosen = chosenPoints(results.test, results.validation, results.classes, results.signal);
  const data = [
    {
      type: 'scatter',
      mode: 'lines',
      name: `prevalence ${formatPercent(prevalence)}`,
      x: [0, 1],
      y: curve.points.length > 0 ? [prevalence, prevalence] : [],
      line: { color: palette.quiet, width: options.scale, dash: 'dot' },
      hoverinfo: 'skip',
    },
    {
      type: 'scatter',
      mode: 'lines',
      name,
      x: curve.points.map(({ tpr }) => tpr),
      y: curve.points.map(({ tp, fp }) => precision(tp, fp)),
      customdata: curve.points.map(({ threshold }) => threshold),
      meta: { threshold: true },
      text: curve.points.map(
        (point) =>
          `${name}<br>threshold ${formatNumber(point.threshold, 4)}<br>recall ${formatPercent(point.tpr)}<br>precision ${formatPercent(precision(point.tp, point.fp))}<br>TP ${formatCount(point.tp)}, FP ${formatCount(point.fp)}`,
      ),
      hovertemplate: '%{text}<extra></extra>',
      line: { color: style?.color, dash: style?.dash, width: 2.25 * options.scale },
    },
    ...chosen
      .filter((point) => Number.isFinite(point.precision))
      .map(({ rule, name: own, point, precision: pure, f1: harmonic, gMean, symbol }) => ({
        type: 'scatter',
        mode: 'markers',
        name: `${own} on validation: ${rule === 'best-f1' ? 'F<sub>1</sub>' : 'G-mean'} ${formatDecimals(rule === 'best-f1' ? harmonic : gMean, 3)} here`,
        x: [point.tpr],
        y: [pure],
        customdata: [point.threshold],
        meta: { threshold: true },
        hovertemplate: `${own}, chosen on validation<br>threshold ${formatNumber(point.threshold, 4)}<br>here: recall ${formatPercent(point.tpr)}, precision ${formatPercent(pure)}<br>F<sub>1</sub> ${formatDecimals(harmonic, 3)}, G-mean ${formatDecimals(gMean, 3)}<extra></extra>`,
        marker: {
          symbol,
          size: 11 * options.scale,
          color: palette.text,
          line: { width: 1.75, color: palette.text },
        },
      })),
  ];
  return {
    data,
    layout: frame(
      {
        x: { title: 'Recall = <i>ε</i><sub>S</sub> = TP / <i>n</i><sub>S</sub>', range: [0, 1] },
        y: { title: 'Precision = TP / (TP + FP)', range: [0, 1.02] },
        provenance: results.provenance,
        legend: { below: legendNames(data) },
      },
      options,
    ),
  };
}

function live(results: Needs, threshold: number): LiveMark[] {
  const point = pointAt(results.test, results.classes, results.signal, threshold);
  const y = precision(point.tp, point.fp);
  if (!Number.isFinite(y) || !Number.isFinite(point.tpr)) return [];
  const text = `recall ${formatPercent(point.tpr)}, precision ${formatPercent(y)}`;
  return [{ kind: 'point', x: point.tpr, y, text, className: results.classes[results.signal]?.name ?? '' }];
}

function table(results: Needs): DataTable {
  const curve = efficiencyCurve(results.test, results.classes, results.signal);
  const every = Math.max(1, Math.floor(curve.points.length / 40));
  return {
    caption: `Precision and recall of the test ${(results.provenance.noun ?? nounOf(null)).several}; prevalence ${formatPercent(prevalenceOf(curve))}`,
    columns: [
      { name: 'threshold', numeric: true },
      { name: 'recall', unit: '%', numeric: true },
      { name: 'precision', unit: '%', numeric: true },
      { name: 'F1', numeric: true },
      { name: 'TP', numeric: true },
      { name: 'FP', numeric: true },
    ],
    rows: curve.points
      .filter((_, i) => i % every === 0)
      .map((point) => [
        point.threshold,
        point.tpr * 100,
        precision(point.tp, point.fp) * 100,
        f1(point.tp, point.fp, curve.signalEvents),
        point.tp,
        point.fp,
      ]),
  };
}

export default {
  id: 'precision-recall',
  title: 'How pure is what it flags?',
  question:
    'Of the flagged events, how many are signal (precision), against how much of the signal is found (recall). Precision depends on the share of signal in the test events, the dotted line. The marks are the thresholds of largest F1 and largest G-mean on validation, with what they give on these test events. Click the curve to move the threshold.',
  needs: ['provenance', 'classes', 'signal', 'test', 'validation'],
  params: {},
  figure,
  live,
  table,
} satisfies Plot<Needs>;
