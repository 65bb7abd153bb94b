import { describe, expect, it } from 'vitest';
import { Cursor } from '../../../numeric/random.ts';
import { FourVector } from './four-vector.ts';
import { decayMomentum, PhaseSpace } from './phase-space.ts';

const draws = 20_000;
const space = () => new PhaseSpace(new Cursor(11, 'sample'));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
const repeat = (draw: () => number) => Array.from({ length: draws }, draw);

describe('decays', () => {
  it('decay momentum: a mass of 10 into 3 and 3 gives 4; at threshold nothing moves', () => {
    expect(decayMomentum(10, 3, 3)).toBe(4);
    expect(decayMomentum(6, 3, 3)).toBe(0);
  });

  it('a two-body decay conserves four-momentum and gives the daughters their masses', () => {
    const s = space();
    const [parent, a, b] = [new FourVector(), new FourVector(), new FourVector()];
    for (let i = 0; i < 500; i++) {
      s.produce(parent, 80, s.systemPT(30, 2));
      s.twoBody(parent, 80, 4.8, 1.777, a, b);
      const scale = 1e-10 * parent.e;
      for (const key of ['px', 'py', 'pz', 'e'] as const) expect(Math.abs(a[key] + b[key] - parent[key])).toBeLessThan(scale);
      // the mass is a small difference of large squares: its error grows with the energy
      expect(Math.abs(a.mass2() - 4.8 ** 2)).toBeLessThan(1e-11 * a.e * a.e + 1e-9);
      expect(Math.abs(b.mass2() - 1.777 ** 2)).toBeLessThan(1e-11 * b.e * b.e + 1e-9);
    }
  });

  it('a decay at rest has no preferred direction', () => {
    const s = space();
    const rest = new FourVector().set(0, 0, 0, 50);
    const [a, b] = [new FourVector(), new FourVector()];
    const moments = { x: 0, y: 0, z: 0, xx: 0, zz: 0, xz: 0 };
    for (let i = 0; i < draws; i++) {
      s.twoBody(rest, 50, 0, 0, a, b);
      const [x, y, z] = [a.px / 25, a.py / 25, a.pz / 25];
      moments.x += x / draws;
      moments.y += y / draws;
      moments.z += z / draws;
      moments.xx += (x * x) / draws;
      moments.zz += (z * z) / draws;
      moments.xz += (x * z) / draws;
    }
    // means 0 and ⟨z²⟩ = 1/3; 5 standard errors of 20,000 draws
    for (const key of ['x', 'y', 'z', 'xz'] as const) expect(Math.abs(moments[key])).toBeLessThan(0.021);
    for (const key of ['xx', 'zz'] as const) expect(Math.abs(moments[key] - 1 / 3)).toBeLessThan(0.011);
  });

  it('a leptonic tau decay conserves four-momentum and gives the lepton 7/20 of the energy on average', () => {
    const s = space();
    const [parent, lepton, neutrinos] = [new FourVector(), new FourVector(), new FourVector()];
    const shares: number[] = [];
    for (let i = 0; i < draws; i++) {
      s.produce(parent, 1.777, 30);
      s.threeBodyLepton(parent, 1.777, lepton, neutrinos);
      shares.push(lepton.e / parent.e);
      expect(Math.abs(lepton.mass2())).toBeLessThan(1e-9 * lepton.e * lepton.e + 1e-9);
      expect(neutrinos.mass2()).toBeGreaterThan(-1e-9 * neutrinos.e * neutrinos.e - 1e-9);
      expect(neutrinos.px + lepton.px).toBeCloseTo(parent.px, 9);
    }
    expect(mean(shares)).toBeCloseTo(0.35, 2);
  });

  it('what is carved out of a jet and what stays add up to the jet', () => {
    const s = space();
    const jet = new FourVector().set(30, -20, 15, Math.hypot(30, 20, 15));
    const whole = new FourVector().copy(jet);
    const lepton = s.carve(jet, 0.3, 0.9, new FourVector());
    expect(lepton.mass()).toBeLessThan(1e-5);
    const sum = new FourVector().copy(jet).add(lepton);
    for (const key of ['px', 'py', 'pz', 'e'] as const) expect(sum[key]).toBeCloseTo(whole[key], 12);
    expect((lepton.px * 30 - lepton.py * 20 + lepton.pz * 15) / whole.e ** 2).toBeCloseTo(0.3, 12);
  });
});

describe('spectra', () => {
  it('a Breit-Wigner mass stays in its window, has its median at the pole and its width at half height', () => {
    const s = space();
    const masses = repeat(() => s.breitWigner(91.19, 2.495, 66.19, 116.19));
    expect(Math.min(...masses)).toBeGreaterThanOrEqual(66.19);
    expect(Math.max(...masses)).toBeLessThanOrEqual(116.19);
    expect(median(masses)).toBeCloseTo(91.19, 1);
    // half of a Cauchy law lies within half a width of the pole; the window cuts 3 % of the tails away
    const inside = masses.filter((m) => Math.abs(m - 91.19) < 2.495 / 2).length / draws;
    expect(inside).toBeGreaterThan(0.49);
    expect(inside).toBeLessThan(0.54);
  });

  it('the pT of a heavy system has the median and the tail of its formula', () => {
    const s = space();
    const pT = repeat(() => s.systemPT(11, 2));
    // share above p is 1 / (1 + (p / 11)²)
    for (const p of [11, 22, 44])
      expect(pT.filter((value) => value > p).length / draws).toBeCloseTo(1 / (1 + (p / 11) ** 2), 1.7);
  });

  it('a power law falls as it says', () => {
    const s = space();
    const pT = repeat(() => s.powerLaw(10, 5));
    expect(Math.min(...pT)).toBeGreaterThanOrEqual(10);
    expect(pT.filter((value) => value > 20).length / draws).toBeCloseTo(1 / 16, 2);
  });

  it('rapidity is symmetric, below its limit and flatter than a bell', () => {
    const s = space();
    const y = repeat(() => s.rapidity(80));
    const limit = Math.log(13_000 / 80);
    expect(Math.max(...y.map(Math.abs))).toBeLessThan(limit);
    expect(Math.abs(mean(y))).toBeLessThan(0.07);
    // variance of (1 - t²)² on [-1, 1] is 1/7
    expect(mean(y.map((value) => value * value)) / limit ** 2).toBeCloseTo(1 / 7, 2);
  });

  it('a Beta(5, 4) deviate has mean 5/9', () => {
    const s = space();
    expect(mean(repeat(() => s.beta(5, 4)))).toBeCloseTo(5 / 9, 2);
  });
});
