/** How columns go together: Pearson's coefficient of every pair in the background, blue where they rise together, orange where not. */
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { formatDecimals } from './format.ts';
import type { Parts } from './parts.ts';
import { frame, palettes, shortened } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'correlation'>;

/** From -1 to 1; the middle is nearly the panel, so that what does not correlate steps back. */
const diverging = {
  light: ['#b35806', '#f1a340', '#fee0b6', '#f7f7f7', '#d1e5f0', '#67a9cf', '#2166ac'],
  dark: ['#ffab4a', '#c9781c', '#6b4415', '#20262e', '#1f4566', '#3f86bd', '#8cc6f2'],
} as const;
/** Cells that are large enough to hold their number. */
const numberedColumns = 14;
const longestName = 16;

function figure({ provenance, correlation: { names, matrix } }: Needs, options: PlotOptions): PlotlyFigure {
  const palette = palettes[options.theme];
  const colours = diverging[options.theme === 'dark' ? 'dark' : 'light'];
  const n = names.length;
  const index = names.map((_, i) => i);
  const z = matrix.map((row) => Array.from(row, (value) => (Number.isFinite(value) ? value : null)));
  const every = Math.ceil(n / 40);
  const texts = names.map((name) => shortened(name, longestName));
  const labelled = index.filter((i) => i % every === 0);
  const ticks = { values: labelled, texts: labelled.map((i) => texts[i] as string) };
  const layout = frame(
    {
      x: { title: 'column', range: [-0.5, n - 0.5], ticks },
      y: { title: 'column', range: [n - 0.5, -0.5], ticks },
      provenance,
      legend: 'none',
    },
    options,
  );
  const { xaxis, yaxis, annotations } = layout as {
    xaxis: object;
    yaxis: object;
    annotations: readonly { name?: string }[];
  };
  const edge = 18 * options.scale;
  const plain = { ticks: '', minor: {}, showline: false, mirror: false };
  const size = n > 24 ? 9 : 11;
  const tickfont = { size: size * options.scale, color: palette.text };
  const room = Math.min(longestName, Math.max(0, ...texts.map((text) => text.length))) * size * 0.56 * options.scale + 12;
  return {
    data: [
      {
        type: 'heatmap',
        name: 'correlation',
        x: index,
        y: index,
        z,
        zmin: -1,
        zmax: 1,
        xgap: n > 40 ? 0 : 1,
        ygap: n > 40 ? 0 : 1,
        colorscale: colours.map((colour, i) => [i / (colours.length - 1), colour]),
        marker: { color: palette.text },
        hoverongaps: false,
        customdata: matrix.map((row, i) => Array.from(row, (_, j) => `${names[i]} and ${names[j]}`)),
        hovertemplate: '%{customdata}<br>%{z:.3f}<extra></extra>',
        ...(n <= numberedColumns
          ? {
              text: z.map((row) => row.map((value) => (value === null ? '' : formatDecimals(value, 2)))),
              texttemplate: '%{text}',
              textfont: { size: 11 * options.scale },
            }
          : {}),
        colorbar: {
          thickness: 10 * options.scale,
          outlinewidth: 0,
          tickvals: [-1, -0.5, 0, 0.5, 1],
          ticktext: ['−1', '−0.5', '0', '0.5', '1'],
          tickfont: { size: 11 * options.scale, color: palette.text },
        },
      },
    ],
    layout: {
      ...layout,
      margin: { l: room + edge, r: 76 * options.scale, t: 20 * options.scale, b: room + edge, pad: 0, autoexpand: false },
      // the titles stand outside the names of the columns
      annotations: annotations.map((note) =>
        note.name === 'x title' ? { ...note, yshift: -room } : note.name === 'y title' ? { ...note, xshift: -room } : note,
      ),
      xaxis: { ...xaxis, ...plain, tickfont, tickangle: -90 },
      yaxis: { ...yaxis, ...plain, tickfont },
    },
  };
}

function table({ correlation: { names, matrix } }: Needs): DataTable {
  const pairs = names.flatMap((a, i) =>
    names.slice(0, i).flatMap((b, j) => {
      const value = matrix[i]?.[j] ?? Number.NaN;
      return Number.isFinite(value) ? [[b, a, value] as const] : [];
    }),
  );
  return {
    caption: 'Pearson correlation of pairs of columns in the background, the strongest first',
    columns: [
      { name: 'column', numeric: false },
      { name: 'and column', numeric: false },
      { name: 'correlation', numeric: true },
    ],
    rows: pairs.sort((a, b) => Math.abs(b[2]) - Math.abs(a[2])),
  };
}

export default {
  id: 'correlation',
  title: 'Which columns go together?',
  question:
    'Pearson correlation of each pair of columns over background rows in which both numbers exist. A pair near 1 or −1 holds one number twice; an empty cell has too few rows or a constant.',
  needs: ['provenance', 'correlation'],
  params: {},
  figure,
  table,
} satisfies Plot<Needs>;
