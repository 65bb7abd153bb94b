import { expect, it } from 'vitest';
import sample from './electron-photon-images.ts';

const part = sample.generate({ signalShare: 0.5 }, 1, 3000);
const values = part.values.slice();
const width = 32 * 32 * 2;

interface Shape {
  total: number;
  core: number;
  spreadEta: number;
  spreadPhi: number;
}

/** Total energy, share in the 3 x 3 crystals in the middle, and mean distance along both axes within 11 x 11. */
function shapeOf(row: number): Shape {
  const energy = (r: number, c: number) => values[row * width + (r * 32 + c) * 2]!;
  let [total, core, eta, phi] = [0, 0, 0, 0];
  for (let r = 11; r <= 21; r++) {
    for (let c = 11; c <= 21; c++) {
      const e = energy(r, c);
      total += e;
      if (Math.abs(r - 16) <= 1 && Math.abs(c - 16) <= 1) core += e;
      eta += e * Math.abs(r - 16);
      phi += e * Math.abs(c - 16);
    }
  }
  return { total, core: core / total, spreadEta: eta / total, spreadPhi: phi / total };
}

const shapes = Array.from({ length: part.rows }, (_, row) => ({ ...shapeOf(row), electron: part.label[row] === 1, row }));
const mean = (select: (shape: (typeof shapes)[number]) => number, electron: boolean) => {
  const chosen = shapes.filter((shape) => shape.electron === electron).map(select);
  return chosen.reduce((sum, value) => sum + value, 0) / chosen.length;
};

it('the hottest crystal is in the middle', () => {
  for (const { row } of shapes.slice(0, 300)) {
    const energies = Array.from({ length: 1024 }, (_, i) => values[row * width + 2 * i]!);
    const best = energies.indexOf(Math.max(...energies));
    // noise may prefer a neighbour that is as hot
    expect(Math.abs(Math.floor(best / 32) - 16)).toBeLessThanOrEqual(3);
    expect(Math.abs((best % 32) - 16)).toBeLessThanOrEqual(8);
  }
});

it('most of the energy is found again, and more of a photon in the 3 x 3 crystals around the hottest', () => {
  const truth = part.spectators!['energy']!;
  const shares = shapes.map(({ total, row }) => total / truth[row]!);
  expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.93);
  expect(mean(({ core }) => core, false)).toBeGreaterThan(0.86);
  expect(mean(({ core }) => core, false) - mean(({ core }) => core, true)).toBeGreaterThan(0.02);
});

it('electrons spread in phi and not in eta', () => {
  expect(mean(({ spreadPhi }) => spreadPhi, true)).toBeGreaterThan(1.1 * mean(({ spreadPhi }) => spreadPhi, false));
  const ratio = mean(({ spreadEta }) => spreadEta, true) / mean(({ spreadEta }) => spreadEta, false);
  expect(Math.abs(ratio - 1)).toBeLessThan(0.08);
});

it('the classes overlap as they do in simulation: the 3 x 3 share alone separates with an AUC of 0.6 to 0.75', () => {
  const [photons, electrons] = [shapes.filter((shape) => !shape.electron), shapes.filter((shape) => shape.electron)];
  let above = 0;
  for (const electron of electrons) for (const photon of photons) above += electron.core < photon.core ? 1 : 0;
  const auc = above / (photons.length * electrons.length);
  expect(auc).toBeGreaterThan(0.6);
  expect(auc).toBeLessThan(0.75);
});

it('without material both classes are alike, and times are measured only where there is energy', () => {
  const bare = sample.generate({ signalShare: 0.5, material: 0 }, 2, 400);
  const numbers = bare.values.slice();
  const timed = numbers.filter((_, i) => i % 2 === 0 && numbers[i + 1] !== 0);
  expect(timed.length).toBeGreaterThan(400);
  expect(Math.min(...timed)).toBeGreaterThan(0.2);
});
