/**
 * The look of every figure, in one place: the habits of high-energy physics (ticks inside on four sides with minors, title at
 * the end of the axis, decades as powers, frameless legend, labels above the frame), Petroff's colours by the role of a class,
 * and light, dark and print variants. Colours: arXiv 2107.02270.
 */
import type { EventClass } from '../base/kinds.ts';
import type { PlotOptions, Provenance, ThemeName } from './contract.ts';

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
  signals: ['#e42536', '#f89c20', '#964a8b', '#7a21dd'],
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
  signals: ['#f0485a', '#f89c20', '#c77abb', '#a770f0'],
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
}

type Corner = 'top right' | 'top left' | 'bottom right' | 'bottom left' | 'below' | 'none';

export interface FrameSpec {
  x: AxisSpec;
  y: AxisSpec;
  provenance: Provenance;
  legend?: Corner;
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
    tickfont: { size: (log ? 9.8 : 12) * options.scale, color: palette.text },
    minor: { ticks: 'inside', ticklen: 3 * options.scale, tickcolor: palette.line },
    exponentformat: 'power',
    showexponent: 'all',
    ...(log ? { dtick: span > 0 && span < 1.2 ? 'D2' : span > 7 ? 2 : 1 } : { nticks: 7 }),
    ...(spec.ticks ? { tickmode: 'array', tickvals: [...spec.ticks.values], ticktext: [...spec.ticks.texts] } : {}),
  };
}

/** The text of an axis, at its end: right for x, top for y. */
function endTitle(direction: 'x' | 'y', text: string, options: PlotOptions): Record<string, unknown> {
  const common = {
    name: `${direction} title`,
    text,
    showarrow: false,
    xref: 'paper',
    yref: 'paper',
    font: { size: 13 * options.scale, color: palettes[options.theme].text },
  };
  return direction === 'x'
    ? { ...common, x: 1, y: 0, xanchor: 'right', yanchor: 'top', yshift: -19 * options.scale }
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

/** What is printed above every figure: the tool and the kind of data at the left, the sample at the right. */
export function labels(provenance: Provenance, options: PlotOptions): Record<string, unknown>[] {
  return [label(`<b>Offshell</b> <i>${provenance.source}</i>`, 'left', options), label(provenance.sample, 'right', options)];
}

export function legendAt(corner: Corner, options: PlotOptions): Record<string, unknown> {
  if (corner === 'below') {
    return {
      orientation: 'h',
      x: 0,
      y: 0,
      xanchor: 'left',
      yanchor: 'bottom',
      yref: 'container',
      bgcolor: 'rgba(0,0,0,0)',
      borderwidth: 0,
      font: { size: 12 * options.scale, color: palettes[options.theme].text },
      itemsizing: 'constant',
    };
  }
  const top = corner.startsWith('top');
  const right = corner.endsWith('right');
  return {
    x: right ? 0.985 : 0.015,
    y: top ? 0.98 : 0.02,
    xanchor: right ? 'right' : 'left',
    yanchor: top ? 'top' : 'bottom',
    bgcolor: 'rgba(0,0,0,0)',
    borderwidth: 0,
    font: { size: 12 * options.scale, color: palettes[options.theme].text },
    itemsizing: 'trace',
    tracegroupgap: 2,
  };
}

/** The layout that all figures with two axes share. */
export function frame(spec: FrameSpec, options: PlotOptions): Record<string, unknown> {
  const { scale, theme } = options;
  const corner = spec.legend ?? 'top right';
  const y = axis(spec.y, options);
  return {
    ...base(options),
    margin: { l: 54 * scale, r: 12 * scale, t: 20 * scale, b: (corner === 'below' ? 62 : 40) * scale, pad: 0 },
    xaxis: axis(spec.x, options),
    yaxis: spec.y.square ? { ...y, scaleanchor: 'x', scaleratio: 1 } : y,
    showlegend: corner !== 'none',
    legend: legendAt(corner, options),
    shapes: [...(spec.shapes ?? [])],
    annotations: [
      endTitle('x', spec.x.title, options),
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

/** What also figures without two axes share. */
export function base({ theme, scale }: PlotOptions): Record<string, unknown> {
  const palette = palettes[theme];
  return {
    paper_bgcolor: palette.paper,
    plot_bgcolor: palette.paper,
    font: { family: fontFamily, size: 12 * scale, color: palette.text },
    colorway: [...palette.models],
    separators: '.\u2009',
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
    transition: { duration: 0 },
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
