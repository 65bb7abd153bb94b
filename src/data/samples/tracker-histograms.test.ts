import { describe, expect, it } from 'vitest';
import { defaultParams } from '../../base/params.ts';
import sample from './tracker-histograms.ts';

const make = (params = {}, rows = 3000) => sample.generate({ ...defaultParams(sample.params), ...params }, 1, rows);
const part = make();
const rowOf = (row: number) => part.values.subarray(row * 100, (row + 1) * 100);
const sum = (row: Float32Array) => row.reduce((total, value) => total + value, 0);
const rowsOf = (name: string) => {
  const label = part.classes.findIndex((c) => c.name === name);
  return [...part.label.keys()].filter((row) => part.label[row] === label);
};
const mean = (values: number[]) => values.reduce((total, value) => total + value, 0) / values.length;

describe('tracker histograms', () => {
  it('are counts whose sum is the spectator "entries"', () => {
    expect(part.values.every((value) => Number.isInteger(value) && value >= 0)).toBe(true);
    for (const row of [0, 17, 2999]) expect(part.spectators.entries[row]).toBe(sum(rowOf(row)));
  });

  it('count lumisections from 1 in each run, and runs from a number that no experiment has', () => {
    expect(part.run[0]).toBe(900_001);
    for (let row = 1; row < part.rows; row++) {
      const sameRun = part.run[row] === part.run[row - 1];
      expect(part.lumisection[row]).toBe(sameRun ? part.lumisection[row - 1]! + 1 : 1);
      expect(part.run[row]! - part.run[row - 1]!).toBe(sameRun ? 0 : 1);
    }
  });

  it('are empty where the class says so and nowhere else', () => {
    for (let row = 0; row < part.rows; row++) {
      expect(sum(rowOf(row)) === 0).toBe(part.classes[part.label[row]!]!.name === 'empty');
    }
  });

  it('have faults in stretches, about as many as asked for, or none', () => {
    const bad = part.label.filter((label) => label > 0).length / part.rows;
    expect(bad).toBeGreaterThan(0.08);
    expect(bad).toBeLessThan(0.18);
    const edges = part.label.filter((label, row) => row > 0 && label !== part.label[row - 1]).length;
    expect(edges).toBeLessThan(100);
    expect(make({ signalShare: 0 }, 1000).label.every((label) => label === 0)).toBe(true);
  });

  it('lose charge when the high voltage trips, and gain entries at low charge from noise', () => {
    const meanCharge = (row: number) =>
      rowOf(row).reduce((total, value, bin) => total + value * (bin + 0.5) * 800, 0) / sum(rowOf(row));
    const lowShare = (row: number) => sum(rowOf(row).subarray(0, 3)) / sum(rowOf(row));
    expect(mean(rowsOf('high-voltage trip').map(meanCharge))).toBeLessThan(0.9 * mean(rowsOf('good').map(meanCharge)));
    expect(mean(rowsOf('noise').map(lowShare))).toBeGreaterThan(1.3 * mean(rowsOf('good').map(lowShare)));
  });

  it('without drift differ between good lumisections only by the statistics of their entries', () => {
    const still = make({ drift: 0, signalShare: 0 }, 400);
    // share of the first half of the axis, whose binomial error is √(p (1 - p) / n)
    const pulls = Array.from({ length: still.rows }, (_, row) => {
      const values = still.values.subarray(row * 100, (row + 1) * 100);
      return { share: sum(values.subarray(0, 35)) / sum(values), entries: sum(values) };
    });
    const centre = mean(pulls.map(({ share }) => share));
    const squares = pulls.map(({ share, entries }) => ((share - centre) ** 2 * entries) / (centre * (1 - centre)));
    expect(Math.abs(mean(squares) - 1)).toBeLessThan(0.25);
  });
});

describe('the three histograms together', () => {
  const cells = { charge: 100, size: 16, phi: 60 };
  const all = make({ histograms: 'all' }, 3000);
  const ofRow = (row: number, quantity: keyof typeof cells) => {
    const start = row * 176 + { charge: 0, size: 100, phi: 116 }[quantity];
    return all.values.subarray(start, start + cells[quantity]);
  };

  it('are those that come alone, with the same lumisections and faults', () => {
    expect(all.histogram?.parts?.map(({ name, start, cells: n }) => [name, start, n])).toEqual([
      ['Cluster charge', 0, 100],
      ['Cluster size', 100, 16],
      ['Clusters in phi', 116, 60],
    ]);
    expect(all.label).toEqual(part.label);
    for (const quantity of ['charge', 'size', 'phi'] as const) {
      const alone = make({ histograms: quantity }, 500);
      expect(alone.shape).toEqual([cells[quantity]]);
      for (const row of [0, 99, 499]) {
        expect([...alone.values.subarray(row * cells[quantity], (row + 1) * cells[quantity])]).toEqual([...ofRow(row, quantity)]);
      }
    }
  });

  it('show a dead region as a hole in phi, noise as one bin too many, and an empty lumisection nowhere', () => {
    for (const row of rowsOf('dead region')) {
      const counts = ofRow(row, 'phi');
      const holes = counts.filter((count) => count === 0).length;
      // what is missing in phi is what is missing in the charge: 10 to 50 % of the clusters
      expect(holes).toBeGreaterThanOrEqual(4);
      expect(holes).toBeLessThanOrEqual(31);
    }
    const hottest = (row: number) => Math.max(...ofRow(row, 'phi')) / sum(ofRow(row, 'phi'));
    const single = (row: number) => ofRow(row, 'size')[0]! / sum(ofRow(row, 'size'));
    const noisy = rowsOf('noise');
    expect(mean(noisy.map(hottest))).toBeGreaterThan(1.2 * mean(rowsOf('good').map(hottest)));
    expect(mean(noisy.map(single))).toBeGreaterThan(mean(rowsOf('good').map(single)));
    for (const row of rowsOf('empty')) expect(sum(all.values.subarray(row * 176, (row + 1) * 176))).toBe(0);
  });

  it('have smaller clusters where charge is lost', () => {
    const meanSize = (row: number) =>
      ofRow(row, 'size').reduce((total, n, i) => total + n * (i + 1), 0) / sum(ofRow(row, 'size'));
    expect(mean(rowsOf('high-voltage trip').map(meanSize))).toBeLessThan(0.9 * mean(rowsOf('good').map(meanSize)));
  });
});
