import { describe, expect, it } from 'vitest';
import { eventPiece, tablePiece } from '../testing/datasets.ts';
import type { ColumnSummary } from '../worker/api.ts';
import { summariseColumns } from './columns.ts';
import { join } from './join.ts';

describe('column summaries', () => {
  it('count what exists: missing values apart from the rest', () => {
    const data = join([
      tablePiece('background', 'background', [
        [1.5, 7],
        [2.5, 7],
        [Number.NaN, 7],
      ]),
      tablePiece('signal', 'signal', [[5, 7]]),
    ]);
    const [x, constant] = summariseColumns(data);
    expect([x?.min, x?.max, x?.mean, x?.missing, x?.padding, x?.constant]).toEqual([1.5, 5, 3, 0.25, 0, false]);
    expect(x?.deviation).toBeCloseTo(Math.sqrt((2.25 + 0.25 + 4) / 3), 12);
    expect(x?.counts.map((own) => own.reduce((a, b) => a + b, 0))).toEqual([2, 1]);
    expect(x?.edges.length).toBe(41);
    expect(constant).toMatchObject({ constant: true, deviation: 0, edges: [6.5, 7.5], counts: [[3], [1]] });
  });

  it('count empty slots as padding and not as values', () => {
    const data = join([
      eventPiece('background', 'background', [
        [
          [0, 10, 0, 1],
          [9, 30, 2, 0],
        ],
        [[0, 20, 0, -1]],
      ]),
    ]);
    const columns: readonly ColumnSummary[] = summariseColumns(data);
    expect(columns.length).toBe(57);
    expect(columns[27]).toMatchObject({ min: 30, max: 30, mean: 30, padding: 0.5, missing: 0 });
    // the phi of that jet is a real 0, the second event has none
    expect(columns[29]).toMatchObject({ min: 0, max: 0, padding: 0.5 });
    expect(columns[56]).toMatchObject({ padding: 1, edges: [], counts: [[]] });
    expect(columns[56]?.min).toBeNaN();
  });

  it('give whole numbers one bin each', () => {
    const data = join([tablePiece('background', 'background', [[0], [1], [1], [3]])]);
    const [x] = summariseColumns(data);
    expect(x?.edges).toEqual([-0.5, 0.5, 1.5, 2.5, 3.5]);
    expect(x?.counts).toEqual([[1, 2, 0, 1]]);
  });

  it('are not squeezed by a long tail: bins end at the 0.1 % and 99.9 % quantiles', () => {
    const rows = Array.from({ length: 5000 }, (_, i) => [i === 17 ? 1e6 : i / 5000 + 0.0001]);
    const [x] = summariseColumns(join([tablePiece('background', 'background', rows)]));
    expect(x?.max).toBe(1e6);
    expect(x?.edges.at(-1)).toBeLessThan(1.1);
    expect(x?.counts[0]?.every((n) => n > 100)).toBe(true);
  });

  it('keep a small spread beside a large mean', () => {
    const [x] = summariseColumns(join([tablePiece('background', 'background', [[1e6], [1e6 + 1], [1e6 + 2]])]));
    expect(x?.deviation).toBeCloseTo(Math.sqrt(2 / 3), 9);
  });
});
