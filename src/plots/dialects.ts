/** The three ways in which the field draws a ROC curve: axes, random line and where the statistics end, shared by all ROC figures. */
import type { ParamSpec } from '../base/params.ts';
import { REFUSE_BELOW, smallestHonestFpr } from '../metrics/floor.ts';
import type { PlotOptions, Provenance } from './contract.ts';
import { formatPower } from './format.ts';
import { floorShape, frame, palettes } from './theme.ts';

export interface Efficiencies {
  fpr: number;
  tpr: number;
}

export type DialectName = 'trigger' | 'lhco' | 'teaching';

export const dialectParam: ParamSpec = {
  kind: 'choice',
  label: 'Axes',
  help: 'Trigger: ε_S against ε_B, both log. LHC Olympics: 1/ε_B against ε_S. Teaching: both linear.',
  default: 'trigger',
  options: [
    { value: 'trigger', label: 'Trigger' },
    { value: 'lhco', label: 'LHC Olympics' },
    { value: 'teaching', label: 'Teaching' },
  ],
};

export function dialectOf({ params }: PlotOptions): DialectName {
  const name = params['dialect'];
  return name === 'lhco' || name === 'teaching' ? name : 'trigger';
}

/** Where a pair of efficiencies lies; NaN where the axes cannot show it. */
export function place(dialect: DialectName, { fpr, tpr }: Efficiencies): { x: number; y: number } {
  if (dialect === 'teaching') return { x: fpr, y: tpr };
  if (dialect === 'lhco') return fpr > 0 ? { x: tpr, y: 1 / fpr } : { x: tpr, y: Number.NaN };
  return fpr > 0 && tpr > 0 ? { x: fpr, y: tpr } : { x: Number.NaN, y: Number.NaN };
}

const backgroundTitle = '<i>ε</i><sub>B</sub> = FP / <i>n</i><sub>B</sub>';
const signalTitle = '<i>ε</i><sub>S</sub> = TP / <i>n</i><sub>S</sub>';

/** Below so many background events a ROC curve has its own range. */
const fewEvents = 1000;

function decadeBelow(value: number): number {
  return 10 ** Math.floor(Math.log10(value) + 1e-9);
}

/**
 * Layout of a ROC figure.
 *
 * @param lowestTpr smallest positive ε_S that is drawn
 * @param names of the curves, as in the legend
 * @param backgroundEvents decide where the grey area begins: at 10 background events
 */
export function rocLayout(
  dialect: DialectName,
  {
    lowestTpr,
    backgroundEvents,
    provenance,
    names,
  }: { lowestTpr: number; backgroundEvents: number; provenance: Provenance; names: readonly string[] },
  options: PlotOptions,
): Record<string, unknown> {
  const palette = palettes[options.theme];
  const floor = Math.min(1, smallestHonestFpr(backgroundEvents));
  const why = `FP < ${REFUSE_BELOW}`;
  // few events say nothing of the trigger's 1e-5: they have the decades in which they can be
  const lowestFpr =
    backgroundEvents < fewEvents ? decadeBelow(1 / Math.max(1, backgroundEvents)) : Math.min(5e-6, 1 / backgroundEvents);
  const withLimit = lowestFpr < 1e-5;
  if (dialect === 'trigger') {
    return frame(
      {
        x: { title: backgroundTitle, log: true, range: [lowestFpr, 1] },
        y: { title: signalTitle, log: true, range: [Math.max(1e-6, Math.min(0.05, decadeBelow(lowestTpr))), 1.6] },
        provenance,
        legend: { below: names },
        shapes: [
          floorShape({ x0: lowestFpr / 10, x1: floor }, options.theme),
          ...(withLimit
            ? [
                {
                  type: 'line',
                  xref: 'x',
                  yref: 'paper',
                  x0: 1e-5,
                  x1: 1e-5,
                  y0: 0,
                  y1: 1,
                  line: { color: palette.limit, width: 1.25, dash: 'dash' },
                },
              ]
            : []),
        ],
        notes: [
          {
            name: 'floor',
            text: why,
            xref: 'x',
            yref: 'paper',
            x: Math.log10(floor),
            y: 0.03,
            xanchor: 'right',
            yanchor: 'bottom',
          },
          ...(withLimit
            ? [
                {
                  name: 'limit',
                  text: formatPower(1e-5),
                  xref: 'x',
                  yref: 'paper',
                  x: -5,
                  y: 0.97,
                  xanchor: 'left',
                  yanchor: 'top',
                  font: { color: palette.limit },
                },
              ]
            : []),
        ],
      },
      options,
    );
  }
  if (dialect === 'lhco') {
    const top = Math.max(100, backgroundEvents * 2);
    return frame(
      {
        x: { title: signalTitle, range: [0, 1] },
        y: { title: 'Rejection 1/<i>ε</i><sub>B</sub>', log: true, range: [1, top] },
        provenance,
        legend: { below: names },
        shapes: [floorShape({ y0: 1 / floor, y1: top * 10 }, options.theme)],
        notes: [
          {
            name: 'floor',
            text: why,
            xref: 'paper',
            yref: 'y',
            x: 0.02,
            y: Math.log10(1 / floor),
            xanchor: 'left',
            yanchor: 'bottom',
          },
        ],
      },
      options,
    );
  }
  return frame(
    {
      x: { title: backgroundTitle, range: [0, 1] },
      y: { title: signalTitle, range: [0, 1.02] },
      provenance,
      legend: { below: names },
      shapes: [floorShape({ x0: 0, x1: floor }, options.theme)],
    },
    options,
  );
}

/** What a random score would give. */
export function randomLine(dialect: DialectName, options: PlotOptions): Record<string, unknown> {
  const at = Array.from({ length: 61 }, (_, i) => 10 ** (-6 + i / 10));
  const points = at.map((share) => place(dialect, { fpr: share, tpr: share }));
  return {
    type: 'scatter',
    mode: 'lines',
    name: 'random',
    x: points.map(({ x }) => x),
    y: points.map(({ y }) => y),
    line: { color: palettes[options.theme].quiet, width: options.scale, dash: 'dot' },
    hoverinfo: 'skip',
  };
}
