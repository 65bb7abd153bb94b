import { expect, it } from 'vitest';
import sample from './detector-images.ts';

const part = sample.generate({ signalShare: 0.7 }, 1, 1200);
const values = part.values.slice();
const width = 72 * 58 * 3;

/** Tracker pixels, tracks, and the entropy of the tracker. */
const events = Array.from({ length: part.rows }, (_, row) => {
  const image = values.subarray(row * width, (row + 1) * width);
  const tracker = image.filter((value, i) => i % 3 === 0 && value > 0);
  const sum = tracker.reduce((total, value) => total + value, 0);
  const entropy = tracker.reduce((total, value) => total - (value / sum) * Math.log(value / sum), 0);
  return { label: part.label[row]!, lit: tracker.length, tracks: part.spectators.n_tracks[row]!, entropy };
});
const mean = (label: number, of: (event: (typeof events)[number]) => number) => {
  const chosen = events.filter((event) => event.label === label).map(of);
  return chosen.reduce((sum, value) => sum + value, 0) / chosen.length;
};
function auc(label: number, of: (event: (typeof events)[number]) => number): number {
  const [signal, background] = [events.filter((e) => e.label === label).map(of), events.filter((e) => e.label === 0).map(of)];
  let above = 0;
  for (const s of signal) for (const b of background) above += s > b ? 1 : s === b ? 0.5 : 0;
  return above / (signal.length * background.length);
}

it('lit pixels and tracks have the means of the simulation within 15 %', () => {
  // tracker lit pixels and n_tracks of public dark-shower images, by class
  const published = [
    [80.89, 93.94],
    [110.95, 126.09],
    [136.08, 152.88],
    [174.14, 194.22],
    [209.6, 233.81],
    [280.96, 311.02],
    [330.6, 367.81],
    [124.4, 139.57],
    [138.17, 160.69],
    [143.46, 171.94],
  ] as const;
  for (const [label, [lit, tracks]] of published.entries()) {
    expect(Math.abs(mean(label, (e) => e.lit) / lit - 1), part.classes[label]!.name).toBeLessThan(0.15);
    expect(Math.abs(mean(label, (e) => e.tracks) / tracks - 1), part.classes[label]!.name).toBeLessThan(0.15);
  }
});

it('counting pixels finds heavy dark showers and misses light ones, where the entropy does better', () => {
  expect(auc(6, (e) => e.lit)).toBeGreaterThan(0.98);
  expect(auc(1, (e) => e.lit)).toBeGreaterThan(0.65);
  expect(auc(1, (e) => e.lit)).toBeLessThan(0.88);
  expect(auc(1, (e) => e.entropy)).toBeGreaterThan(auc(1, (e) => e.lit));
});

it('azimuth has no preferred direction, and the mask is the tracker above 0', () => {
  const rows = new Float64Array(72);
  for (let i = 0; i < values.length; i += 3) if (values[i]! > 0) rows[Math.floor((i % width) / 3 / 58)]! += 1;
  const average = rows.reduce((sum, value) => sum + value, 0) / 72;
  for (const count of rows) expect(Math.abs(count / average - 1)).toBeLessThan(0.1);
  const mask = sample.generate({ signalShare: 0.7, channels: 'mask' }, 1, 3);
  expect(mask.shape).toEqual([72, 58, 1]);
  expect([...mask.values.slice()]).toEqual(
    [...values.slice(0, 3 * width)].filter((_, i) => i % 3 === 0).map((v) => (v > 0 ? 1 : 0)),
  );
});
