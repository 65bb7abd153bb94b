import { expect, it } from 'vitest';
import { eventOf } from '../testing/plot-fixtures.ts';
import { cellEdges } from './histogram-parts.ts';
import plot, { worstCells } from './histogram-reconstruction.ts';

it('places bins on the axis, and under- and overflow beside it', () => {
  expect(cellEdges(2)).toEqual([0, 1, 2]);
  expect(cellEdges(2, { name: 'charge', low: 10, high: 20 })).toEqual([10, 15, 20]);
  expect(cellEdges(4, { name: 'charge', low: 10, high: 20, flow: true })).toEqual([5, 10, 15, 20, 25]);
  expect(cellEdges(2, { name: 'charge', low: 0, high: 9, edges: [0, 1, 9] })).toEqual([0, 1, 9]);
});

it('marks the bins of largest loss, the first of equal ones, and none without a loss', () => {
  expect(worstCells({ errors: [1, 4, 4, 0, 2] }, 3)).toEqual([1, 2, 4]);
  expect(worstCells({ errors: [0, 0] }, 3)).toEqual([]);
  expect(worstCells({}, 3)).toEqual([]);
});

it('draws the entries over the axis with its unit, and marks as many bins as asked', () => {
  const event = {
    ...eventOf(),
    input: [1, 8, 3],
    reconstruction: [2, 6, 4],
    errors: [0.01, 0.04, 0.02],
    mask: [1, 1, 1],
    histogram: { name: 'charge', low: 0, high: 30, unit: 'e' },
  };
  const options = { theme: 'light', params: { top: 2 }, scale: 1 } as const;
  const results = { provenance: { source: 'synthetic', sample: 'run 1, lumisection 2' }, event };
  const { data, layout } = plot.figure(results, options);
  expect(data[0]).toMatchObject({ name: 'original', x: [0, 0, 10, 20, 30, 30], y: [0, 1, 8, 3, 3, 0] });
  expect(data.at(-1)).toMatchObject({ name: '2 largest losses', x: [15, 25], y: [0.04, 0.02] });
  expect(JSON.stringify(layout)).toMatch(/charge \[e\].*Entries \/ 10 e.*run 1, lumisection 2/);
  expect(plot.table(results, options).rows[1]).toEqual([event.features[1]?.name, 10, 20, 8, 6, 0.04, 1]);
});

it('draws several histograms side by side, each as high as its largest bin, with its own axis in words and table', () => {
  const event = {
    ...eventOf(),
    input: [1, 8, 100, 50],
    reconstruction: [2, 10, 80, 200],
    errors: [0.01, 0.04, 0.02, 0],
    mask: [1, 1, 1, 1],
    histogram: {
      name: '2 histograms',
      low: 0,
      high: 4,
      parts: [
        { name: 'charge', low: 0, high: 30, unit: 'e', start: 0, cells: 2 },
        { name: 'size', low: 0.5, high: 2.5, start: 2, cells: 2 },
      ],
    },
  };
  const options = { theme: 'light', params: { top: 2 }, scale: 1 } as const;
  const results = { provenance: { source: 'synthetic', sample: 'run 1, lumisection 2' }, event };
  const { data, layout } = plot.figure(results, options);
  expect(data[0]).toMatchObject({ x: [0, 0, 1, 2, 3, 4, 4], y: [0, 0.1, 0.8, 0.5, 0.25, 0.25, 0] });
  expect(JSON.stringify(data)).toMatch(/15\.00 to 30\.00 e<br>entries 8\.000<br>given back 10\.00/);
  const { shapes, annotations } = layout as { shapes: object[]; annotations: { text: string; x: number }[] };
  expect(shapes).toContainEqual(expect.objectContaining({ x0: 2, x1: 2, xref: 'x' }));
  expect(annotations.filter(({ text }) => ['charge', 'size'].includes(text)).map(({ x }) => x)).toEqual([0, 2]);
  expect(plot.table(results, options).rows[3]).toEqual([event.features[3]?.name ?? 'bin 4', 1.5, 2.5, 50, 200, 0, '–']);
});
