/** A figure with its live marks drawn into it, for saved images: what was over the figure on the screen stays in the picture. */
import type { LiveMark, PlotlyFigure, PlotOptions } from './contract.ts';
import { faded, palettes } from './theme.ts';

/** @param colorOf colour of a class by its name */
export function withMarks(
  figure: PlotlyFigure,
  marks: readonly LiveMark[],
  colorOf: (className: string) => string,
  options: PlotOptions,
): PlotlyFigure {
  const palette = palettes[options.theme];
  const shapes: Record<string, unknown>[] = [];
  const notes: Record<string, unknown>[] = [];
  const traces: Record<string, unknown>[] = [];
  const axis = (figure.layout['xaxis'] ?? {}) as { type?: string; range?: readonly number[] };
  const log = axis.type === 'log';
  const upright = (figure.layout['yaxis'] ?? {}) as { type?: string };
  const logUp = upright.type === 'log';
  for (const mark of marks) {
    if (log && (mark.kind === 'threshold' ? mark.x : mark.kind === 'flagged-side' ? mark.from : 1) <= 0) continue;
    if (mark.kind === 'threshold') {
      const line = { color: palette.text, width: 1.5 * options.scale };
      shapes.push({ type: 'line', xref: 'x', yref: 'paper', x0: mark.x, x1: mark.x, y0: 0, y1: 1, line });
      notes.push({
        text: mark.text,
        showarrow: false,
        xref: 'x',
        yref: 'paper',
        x: log ? Math.log10(mark.x) : mark.x,
        y: 0.98,
        xanchor: 'left',
        yanchor: 'top',
        xshift: 4,
        bgcolor: palette.panel,
        bordercolor: palette.text,
        borderpad: 2,
        font: { size: 12 * options.scale, color: palette.text },
      });
    } else if (mark.kind === 'level') {
      if (logUp && mark.y <= 0) continue;
      const line = { color: palette.text, width: 1.5 * options.scale };
      shapes.push({ type: 'line', xref: 'paper', yref: 'y', x0: 0, x1: 1, y0: mark.y, y1: mark.y, line });
      notes.push({
        text: mark.text,
        showarrow: false,
        xref: 'paper',
        yref: 'y',
        x: 0.99,
        y: logUp ? Math.log10(mark.y) : mark.y,
        xanchor: 'right',
        yanchor: 'bottom',
        yshift: 3,
        bgcolor: palette.panel,
        bordercolor: palette.text,
        borderpad: 2,
        font: { size: 12 * options.scale, color: palette.text },
      });
    } else if (mark.kind === 'flagged-side') {
      const end = axis.range?.[1] ?? mark.from;
      const right = log ? 10 ** end : end;
      const fillcolor = faded(palette.text, 0.06);
      if (right > mark.from)
        shapes.push({
          type: 'rect',
          layer: 'below',
          xref: 'x',
          yref: 'paper',
          x0: mark.from,
          x1: right,
          y0: 0,
          y1: 1,
          fillcolor,
          line: { width: 0 },
        });
    } else if (mark.kind === 'point') {
      const marker = { size: 9 * options.scale, color: colorOf(mark.className), line: { width: 1.5, color: palette.text } };
      traces.push({
        type: 'scatter',
        mode: 'markers',
        x: [mark.x],
        y: [mark.y],
        marker,
        showlegend: false,
        name: mark.text || mark.className,
      });
    } else if (mark.count > 0) {
      traces.push({
        type: 'scattergl',
        mode: 'markers',
        x: Array.from(mark.x.subarray(0, mark.count)),
        y: Array.from(mark.y.subarray(0, mark.count)),
        marker: { symbol: mark.symbol, size: 5 * options.scale, color: mark.color },
        showlegend: false,
        name: 'flagged',
      });
    }
  }
  const had = (key: string) => (figure.layout[key] ?? []) as readonly unknown[];
  return {
    data: [...figure.data, ...traces],
    layout: { ...figure.layout, shapes: [...had('shapes'), ...shapes], annotations: [...had('annotations'), ...notes] },
  };
}
