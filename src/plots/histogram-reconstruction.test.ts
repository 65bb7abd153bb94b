import { expect, it } from 'vitest';
import { eventOf } from '../testing/plot-fixtures.ts';
import plot, { cellEdges, worstCells } from './histogram-reconstruction.ts';

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
