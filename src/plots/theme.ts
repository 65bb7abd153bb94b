/**
 * The look of every figure, in one place: the habits of high-energy physics (ticks inside on four sides with minors, title at
 * the end of the axis, decades as powers, frameless legend, labels above the frame), Petroff's colours by the role of a class,
 * and light, dark and print variants. Colours: arXiv 2107.02270.
 */
import type { EventClass } from '../base/kinds.ts';
import type { PlotOptions, Provenance, ThemeName } from './contract.ts';
import { formatNumber } from './format.ts';

export interface Palette {
  text: string;
  quiet: string;
  line: string;
  /** Of the panel; figures themselves are transparent except in print. */
  panel: string;
  paper: string;
  /** Where statistics end. */
  floor: string;
  /** A limit that is part of the task, such as the trigger's 10⁻⁵. */
  limit: string;
  background: string;
  otherBackgrounds: readonly string[];
  signals: readonly string[];
  unlabelled: string;
  models: readonly string[];
}

const petroffTen = [
  '#3f90da',
  '#ffa90e',
  '#bd1f01',
  '#94a4a2',
  '#832db6',
  '#a96b59',
  '#e76300',
  '#b9ac70',
  '#717581',
  '#92dadd',
] as const;

const light: Palette = {
  text: '#16191d',
  quiet: '#5c6570',
  line: '#16191d',
  panel: '#ffffff',
  paper: 'rgba(0,0,0,0)',
  floor: 'rgba(92,101,112,0.12)',
  limit: '#bd1f01',
  background: '#5790fc',
  otherBackgrounds: ['#86c8dd', '#1845fb'],
  // beyond the four of the set of six, five of the set of ten
  signals: ['#e42536', '#f89c20', '#964a8b', '#7a21dd', '#a96b59', '#717581', '#b9ac70', '#92dadd', '#e76300'],
  unlabelled: '#9c9ca1',
  models: petroffTen,
};

/** The two darkest colours are lightened, so that their lines keep 3 to 1 on the dark panel. */
const dark: Palette = {
  ...light,
  text: '#e8ebef',
  quiet: '#98a2ae',
  line: '#98a2ae',
  panel: '#171b21',
  floor: 'rgba(152,162,174,0.14)',
  limit: '#ff6b5e',
  signals: ['#f0485a', '#f89c20', '#c77abb', '#a770f0', '#c08a79', '#969aa6', '#b9ac70', '#92dadd', '#e76300'],
  models: petroffTen.map(
    (colour) => ({ '#bd1f01': '#e2553a', '#832db6': '#b070dc', '#717581': '#969aa6' })[colour as string] ?? colour,
  ),
};

const print: Palette = { ...light, text: '#000000', quiet: '#333333', line: '#000000', paper: '#ffffff' };

export const palettes: Readonly<Record<ThemeName, Palette>> = { light, dark, print };

export interface ClassStyle {
  color: string;
  /** plotly's dash. */
  dash: string;
  /** plotly's symbol, filled; `hollow` is its outline. */
  symbol: string;
  hollow: string;
}

const dashes = ['solid', 'dash', 'dot', 'dashdot', 'longdash'] as const;
const symbols = ['circle', 'square', 'diamond', 'triangle-up', 'cross'] as const;

/** Colour, dash and marker of each class, by its role and its order among classes of that role. */
export function classStyles(classes: readonly EventClass[], theme: ThemeName): ClassStyle[] {
  const palette = palettes[theme];
  const seen = { background: 0, signal: 0, unlabelled: 0 };
  return classes.map(({ role }) => {
    const order = seen[role]++;
    if (role === 'unlabelled') return style(palette.unlabelled, 'dot', 'x-thin');
    if (role === 'signal') {
      const color = palette.signals[order % palette.signals.length] as string;
      return style(color, dashes[(order + 1) % dashes.length] as string, symbols[(order + 1) % symbols.length] as string);
    }
    const colours = [palette.background, ...palette.otherBackgrounds];
    return style(colours[order % colours.length] as string, order === 0 ? 'solid' : 'longdash', 'circle');
  });
}

function style(color: string, dash: string, symbol: string): ClassStyle {
  return { color, dash, symbol, hollow: `${symbol}-open` };
}

/** Colour and dash of the i-th model: ten colours, then again with another dash. */
export function modelStyle(index: number, theme: ThemeName): { color: string; dash: string } {
  const { models } = palettes[theme];
  return {
    color: models[index % models.length] as string,
    dash: dashes[Math.floor(index / models.length) % dashes.length] as string,
  };
}

/** `#rrggbb` with an opacity. */
export function faded(colour: string, alpha: number): string {
  const channel = (from: number) => Number.parseInt(colour.slice(from, from + 2), 16);
  return `rgba(${channel(1)},${channel(3)},${channel(5)},${alpha})`;
}

export const fontFamily = '"IBM Plex Sans", "Helvetica Neue", Arial, sans-serif';

export interface AxisSpec {
  /** With unit or definition; may hold plotly's small HTML. */
  title: string;
  log?: boolean;
  /** In data coordinates, also on log axes. */
  range?: readonly [number, number];
  /** One length unit on x as on y. */
  square?: boolean;
  ticks?: { values: readonly number[]; texts: readonly string[] };
  /** The ticks are names, not numbers: nothing lies between them. */
  named?: boolean;
  /** Distance of the labelled ticks of a linear axis; chosen by plotly otherwise. */
  step?: number;
}

type Corner = 'top right' | 'top left' | 'bottom right' | 'bottom left' | 'none';
/** In a corner of the frame, or in rows under the axes, where it can cover nothing; then the names are needed to count rows. */
export type LegendSpec = Corner | { below: readonly string[] };

export interface FrameSpec {
  x: AxisSpec;
  y: AxisSpec;
  provenance: Provenance;
  legend?: LegendSpec;
  /** Shapes in plotly's form, under the curves. */
  shapes?: readonly Record<string, unknown>[];
  /** More annotations than the frame's own. */
  notes?: readonly Record<string, unknown>[];
}

/** One axis with ticks inside on both sides; log decades as powers. */
function axis(spec: AxisSpec, options: PlotOptions): Record<string, unknown> {
  const palette = palettes[options.theme];
  const { range, log = false } = spec;
  const span = log && range ? Math.log10(range[1] / range[0]) : 0;
  const ticks = spec.ticks ?? (log && range && span < 1.2 ? ticksWithinDecade(range) : undefined);
  return {
    type: log ? 'log' : 'linear',
    ...(range ? { range: log ? [Math.log10(range[0]), Math.log10(range[1])] : [...range], autorange: false } : {}),
    showgrid: false,
    zeroline: false,
    showline: true,
    mirror: 'ticks',
    linecolor: palette.line,
    linewidth: 1,
    ticks: 'inside',
    ticklen: 6 * options.scale,
    tickcolor: palette.line,
    // plotly sets the powers of a log axis a quarter larger
    tickfont: { size: (log && !ticks ? 9.8 : 12) * options.scale, color: palette.text },
    ...(spec.named ? {} : { minor: { ticks: 'inside', ticklen: 3 * options.scale, tickcolor: palette.line } }),
    exponentformat: 'power',
    showexponent: 'all',
    ...(log ? { dtick: span > 7 ? 2 : 1 } : spec.step ? { dtick: spec.step, tick0: 0 } : { nticks: 7 }),
    ...(ticks ? { tickmode: 'array', tickvals: [...ticks.values], ticktext: [...ticks.texts], tickangle: 0 } : {}),
  };
}

/** A log axis of about one decade or less: round numbers, written out, since powers alone would leave it nearly bare. */
export function ticksWithinDecade([from, to]: readonly [number, number]): { values: number[]; texts: string[] } {
  const first = Math.floor(Math.log10(from) + 1e-9);
  const among = (steps: readonly number[]) =>
    [first, first + 1, first + 2]
      .flatMap((power) => steps.map((step) => Number((step * 10 ** power).toPrecision(6))))
      .filter((value) => value >= from && value <= to);
  const coarse = [
    [1, 3],
    [1, 2, 5],
    [1, 2, 3, 5, 7],
  ]
    .map(among)
    .find((values) => values.length >= 3);
  const fine = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01]
    .map((step) => among(Array.from({ length: Math.round(9 / step) }, (_, i) => 1 + i * step)))
    .find((values) => values.length >= 3);
  const values = (coarse ?? fine ?? []).slice(0, 8);
  return { values, texts: values.map((value) => formatShort(value)) };
}

/** `3`, `0.05`, `1.15`, `2 × 10⁻⁵`: as few digits as the number has. */
function formatShort(value: number): string {
  const digits = Number(value.toPrecision(6)).toExponential().split('e')[0] as string;
  return formatNumber(value, Math.max(1, digits.replace('.', '').length));
}

/** The text of an axis, at its end: right for x, top for y. @param lower px further down, for names of several lines */
function endTitle(direction: 'x' | 'y', text: string, options: PlotOptions, lower = 0): Record<string, unknown> {
  const common = {
    name: `${direction} title`,
    text,
    showarrow: false,
    xref: 'paper',
    yref: 'paper',
    font: { size: 13 * options.scale, color: palettes[options.theme].text },
  };
  return direction === 'x'
    ? { ...common, x: 1, y: 0, xanchor: 'right', yanchor: 'top', yshift: -19 * options.scale - lower }
    : { ...common, x: 0, y: 1, xanchor: 'right', yanchor: 'top', xshift: -34 * options.scale, textangle: -90 };
}

function label(text: string, side: 'left' | 'right', options: PlotOptions): Record<string, unknown> {
  return {
    name: `${side} label`,
    text,
    showarrow: false,
    xref: 'paper',
    yref: 'paper',
    x: side === 'left' ? 0 : 1,
    y: 1,
    xanchor: side,
    yanchor: 'bottom',
    yshift: 1,
    borderpad: 0,
    font: { size: 12 * options.scale, color: palettes[options.theme][side === 'left' ? 'text' : 'quiet'] },
  };
}

/** About this wide is one character of the sans at 12 px; generous, so that nothing overlaps. */
const characterWidth = 6.3;

/** Shortened from the middle: the beginning and the end of a file name tell most. */
export function shortened(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const kept = Math.max(4, characters - 1);
  return `${text.slice(0, Math.ceil(kept / 2))}…${text.slice(text.length - Math.floor(kept / 2))}`;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/**
 * What is printed above every figure: the tool and the kind of data at the left, the sample at the right. The name of a file is
 * quoted, so that none reads as the label of an experiment, and shortened where the figure is narrow.
 */
export function labels(provenance: Provenance, options: PlotOptions): Record<string, unknown>[] {
  const { source, sample } = provenance;
  const ownWord = source === 'synthetic' || source === 'simulation' || source === '';
  const room =
    options.width === undefined
      ? Number.POSITIVE_INFINITY
      : (options.width - 80 * options.scale) / (characterWidth * options.scale) - 'Offshell “”  '.length - sample.length;
  const name = shortened(source, Math.max(8, Math.floor(room)));
  const left = label(`<b>Offshell</b> ${ownWord ? `<i>${source}</i>` : `“${escaped(name)}”`}`, 'left', options);
  return [name === source ? left : { ...left, hovertext: escaped(source), captureevents: true }, label(sample, 'right', options)];
}

/** Names of the traces that the legend lists, without markup. */
export function legendNames(data: readonly Record<string, unknown>[]): string[] {
  return data.filter(({ showlegend }) => showlegend !== false).map(({ name }) => String(name).replace(/<[^>]*>/g, ''));
}

/** How many names stand side by side under the axes, in how many rows, and how wide each is with its key. */
function legendGrid(names: readonly string[], { width = 480, scale }: PlotOptions) {
  const longest = Math.max(1, ...names.map((name) => name.length));
  // names are mostly small letters: narrower than the labels above the frame
  const entry = (longest * 5.8 + 4) * scale;
  // plotly gives a legend the width of the frame, and 45 px to the key of each name
  const columns = Math.max(1, Math.floor((width - 66 * scale) / (entry + 45)));
  return { entry, rows: Math.ceil(names.length / columns) };
}

/** Space that a legend under the axes takes. */
export function legendHeight(names: readonly string[], options: PlotOptions): number {
  return (legendGrid(names, options).rows * 19 + 4) * options.scale;
}

export function legendAt(place: LegendSpec, options: PlotOptions): Record<string, unknown> {
  const common = {
    bgcolor: 'rgba(0,0,0,0)',
    borderwidth: 0,
    font: { size: 12 * options.scale, color: palettes[options.theme].text },
  };
  if (typeof place === 'object') {
    return {
      ...common,
      orientation: 'h',
      x: 8 / (options.width ?? 480),
      y: 0,
      xanchor: 'left',
      yanchor: 'bottom',
      xref: 'container',
      yref: 'container',
      entrywidth: legendGrid(place.below, options).entry,
      entrywidthmode: 'pixels',
      itemsizing: 'constant',
      tracegroupgap: 0,
    };
  }
  const top = place.startsWith('top');
  const right = place.endsWith('right');
  return {
    ...common,
    x: right ? 0.985 : 0.015,
    y: top ? 0.98 : 0.02,
    xanchor: right ? 'right' : 'left',
    yanchor: top ? 'top' : 'bottom',
    itemsizing: 'trace',
    tracegroupgap: 2,
  };
}

/** The layout that all figures with two axes share. */
export function frame(spec: FrameSpec, options: PlotOptions): Record<string, unknown> {
  const { scale, theme } = options;
  const legend = spec.legend ?? 'top right';
  const below = typeof legend === 'object' ? legendHeight(legend.below, options) : 0;
  const y = axis(spec.y, options);
  const lines = Math.max(1, ...(spec.x.ticks?.texts ?? []).map((text) => text.split('<br>').length));
  const lower = (lines - 1) * 15 * scale;
  return {
    ...base(options),
    // all of it is known here, so plotly need not draw again for margins of its own
    margin: { l: 54 * scale, r: 12 * scale, t: 20 * scale, b: 40 * scale + lower + below, pad: 0, autoexpand: false },
    xaxis: axis(spec.x, options),
    yaxis: spec.y.square ? { ...y, scaleanchor: 'x', scaleratio: 1 } : y,
    showlegend: legend !== 'none',
    legend: legendAt(legend, options),
    shapes: [...(spec.shapes ?? [])],
    annotations: [
      endTitle('x', spec.x.title, options, lower),
      endTitle('y', spec.y.title, options),
      ...labels(spec.provenance, options),
      ...(spec.notes ?? []).map((note) => ({
        showarrow: false,
        ...note,
        font: { size: 12 * scale, color: palettes[theme].quiet, ...((note['font'] as object | undefined) ?? {}) },
      })),
    ],
  };
}

/**
 * What also figures without two axes share. No `transition`, not even one of no duration: with it plotly animates what it can and
 * leaves the frame at its old size.
 */
export function base({ theme, scale }: PlotOptions): Record<string, unknown> {
  const palette = palettes[theme];
  return {
    paper_bgcolor: palette.paper,
    plot_bgcolor: palette.paper,
    font: { family: fontFamily, size: 12 * scale, color: palette.text },
    colorway: [...palette.models],
    separators: '.\u202f',
    hovermode: 'closest',
    hoverdistance: 24,
    hoverlabel: {
      bgcolor: palette.panel,
      bordercolor: palette.quiet,
      font: { family: fontFamily, size: 12 * scale, color: palette.text },
      align: 'left',
    },
    dragmode: 'zoom',
    uirevision: 'keep',
  };
}

/** A grey area with its reason, where the numbers end. */
export function floorShape(
  area: { x0: number; x1: number } | { y0: number; y1: number },
  theme: ThemeName,
): Record<string, unknown> {
  const along =
    'x0' in area
      ? { xref: 'x', yref: 'paper', x0: area.x0, x1: area.x1, y0: 0, y1: 1 }
      : { xref: 'paper', yref: 'y', x0: 0, x1: 1, y0: area.y0, y1: area.y1 };
  return { type: 'rect', layer: 'below', line: { width: 0 }, fillcolor: palettes[theme].floor, ...along };
}

/**
 * plotly's own settings: nothing that could send data anywhere, no logo, no tool bar; the functions of the bar live in the
 * panel.
 */
export const config = {
  displayModeBar: false,
  displaylogo: false,
  showSendToCloud: false,
  showEditInChartStudio: false,
  plotlyServerURL: '',
  topojsonURL: './',
  modeBarButtonsToRemove: ['sendChartToCloud'],
  responsive: false,
  doubleClick: 'reset',
  scrollZoom: false,
} as const;
