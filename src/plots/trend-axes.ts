/** What the two trends share: a score axis that fits its values, run numbers along the other one, shaded ranges. */
import type { TrendRun } from '../study/trend.ts';
import type { PlotOptions, ThemeName } from './contract.ts';
import { axisTitle } from './format.ts';
import type { AxisSpec } from './theme.ts';
import { faded, palettes } from './theme.ts';

/** The name of the score, or `Score` where the name is longer than the axis; the figure's panel says which it is. */
export function scoreTitle({ name, unit }: { name: string; unit: string }): string {
  return axisTitle(name.length > 26 ? 'Score' : name, unit);
}

/** Logarithmic where all scores are positive and span more than a factor 30. */
export function scoreAxis(
  title: string,
  values: Iterable<number>,
): AxisSpec & { range: readonly [number, number]; log: boolean } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return { title, range: [0, 1], log: false };
  if (low > 0 && high / low > 30) return { title, range: [low / 1.5, high * 1.5], log: true };
  const room = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  return { title, range: [low - room, high + room], log: false };
}

/** Figures narrower than this (px at normal size) have one name in a row of their legend. */
const narrow = 380;

/**
 * Horizontal lines at the mean and at one and three deviations beside it, where the axis can show them. In a narrow figure they share
 * one name, so that the legend leaves room for the axes.
 */
export function usualLines(
  { mean, deviation }: { mean: number; deviation: number },
  words: string,
  across: readonly [number, number],
  y: { log: boolean; range: readonly [number, number] },
  { theme, scale, width = 480 }: Pick<PlotOptions, 'theme' | 'scale' | 'width'>,
): Record<string, unknown>[] {
  const levels = [
    { name: `mean of ${words}`, at: [0], dash: 'solid' },
    { name: '± 1 <i>σ</i>', at: [1, -1], dash: 'dash' },
    { name: '± 3 <i>σ</i>', at: [3, -3], dash: 'dot' },
  ];
  const together = width / scale < narrow;
  return levels.map(({ name, at, dash }, i) => {
    const heights = at.map((k) => mean + k * deviation).filter((height) => Number.isFinite(height) && (!y.log || height > 0));
    return {
      type: 'scatter',
      mode: 'lines',
      name: together && i === 0 ? `mean, 1 <i>σ</i>, 3 <i>σ</i> of ${words}` : name,
      ...(together && i > 0 ? { showlegend: false } : {}),
      x: heights.flatMap(() => [across[0], across[1], null]),
      y: heights.flatMap((height) => [height, height, null]),
      line: { color: palettes[theme].text, width: scale, dash },
      hoverinfo: 'skip',
    };
  });
}

/** Ticks at the first lumisection of up to about `most` runs, no two nearer than the axis, `length` units long, divided by `most`. */
export function runTicks(runs: readonly TrendRun[], at: (run: TrendRun, index: number) => number, length: number, most: number) {
  const places = runs.map((run, i) => ({ value: at(run, i), text: String(run.run) }));
  const distance = length / Math.max(1, most);
  let free = Number.NEGATIVE_INFINITY;
  const chosen = places.filter(({ value }) => {
    if (value < free) return false;
    free = value + distance;
    return true;
  });
  return { values: chosen.map(({ value }) => value), texts: chosen.map(({ text }) => text) };
}

/** Ranges [first, last] of places, joined where no pixel of a wide figure lies between them. */
export function joined(ranges: readonly { first: number; last: number }[], total: number): { first: number; last: number }[] {
  const gap = total / 1500;
  const out: { first: number; last: number }[] = [];
  for (const { first, last } of ranges) {
    const before = out.at(-1);
    if (before && first - before.last - 1 < gap) before.last = last;
    else out.push({ first, last });
  }
  return out;
}

/** Where data are bad, over the whole height. */
export function badShapes(ranges: readonly { first: number; last: number }[], theme: ThemeName): Record<string, unknown>[] {
  const color = faded(palettes[theme].signals[0] as string, 0.13);
  return ranges.map(({ first, last }) => ({
    type: 'rect',
    layer: 'below',
    line: { width: 0 },
    fillcolor: color,
    xref: 'x',
    yref: 'paper',
    x0: first - 0.5,
    x1: last + 0.5,
    y0: 0,
    y1: 1,
  }));
}
