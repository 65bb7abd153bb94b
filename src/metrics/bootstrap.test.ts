import { describe, expect, it } from 'vitest';
import { sampleRanking, toy } from '../testing/metric-samples.ts';
import { delong } from './auc-error.ts';
import { bootstrapRanking, bootstrapRows } from './bootstrap.ts';
import { auc } from './roc.ts';

describe('the bootstrap', () => {
  const ranking = sampleRanking([1, 300, 700, 8, 0]);
  it('finds the error of the AUC that DeLong finds', () => {
    const { error, band68, band95, values } = bootstrapRanking(ranking, (r) => auc(r, 1, 0), { seed: 1, replicas: 600 });
    const expected = delong(ranking, 1, 0);
    expect(values).toHaveLength(600);
    // 600 replicas know the error to 3 %; four of these
    expect(Math.abs(error / expected.error - 1)).toBeLessThan(0.12);
    expect(band68.low).toBeLessThan(expected.auc);
    expect(band68.high).toBeGreaterThan(expected.auc);
    expect(band95.low).toBeLessThan(band68.low);
    expect(band95.high).toBeGreaterThan(band68.high);
  });
  it('keeps the number of events of each class', () => {
    bootstrapRanking(
      toy,
      (r) => {
        expect(r.flagged.map((f) => f.at(-1))).toEqual([6, 4]);
        return 0;
      },
      { seed: 2, replicas: 20 },
    );
  });
  it('repeats for equal seeds only', () => {
    const run = (seed: number): string => bootstrapRanking(ranking, (r) => auc(r, 1, 0), { seed, replicas: 5 }).values.join();
    expect(run(7)).toBe(run(7));
    expect(run(7)).not.toBe(run(8));
  });
  it('leaves out replicas in which the statistic is not defined', () => {
    let call = 0;
    const found = bootstrapRanking(toy, () => (call++ % 2 === 0 ? null : 1), { seed: 1, replicas: 10 });
    expect(found).toMatchObject({ undefinedReplicas: 5, error: 0 });
  });
  it('draws whole blocks within their stratum', () => {
    bootstrapRows(
      [
        [[0, 1], [2, 3], [4]],
        [[10], [11]],
      ],
      (rows) => {
        const count = (row: number): number => rows.filter((r) => r === row).length;
        expect(count(0)).toBe(count(1));
        expect(count(2)).toBe(count(3));
        expect(count(0) + count(2) + count(4)).toBe(3);
        expect(count(10) + count(11)).toBe(2);
        return 1;
      },
      { seed: 3, replicas: 50 },
    );
  });
  it('of a mean finds its standard error', () => {
    const strata = [Array.from({ length: 400 }, (_, i) => [i])];
    const { error } = bootstrapRows(strata, (rows) => rows.reduce((a, b) => a + b) / rows.length, { seed: 4, replicas: 500 });
    expect(Math.abs(error / (400 / Math.sqrt(12 * 400)) - 1)).toBeLessThan(0.12);
  });
});
