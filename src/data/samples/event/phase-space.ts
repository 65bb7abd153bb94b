/**
 * Random kinematics: directions, resonance masses, production spectra and decays, drawn from one cursor. Everything here is a
 * distribution with a formula; which particle uses which is decided in `processes.ts`. Uses only arithmetic that IEEE 754 fixes,
 * so that the numbers are the same in every browser.
 */
import { atan2, exp, ln, power, sinCos } from '../../../numeric/elementary.ts';
import type { Cursor } from '../../../numeric/random.ts';
import { boost, type FourVector, fromTransverse } from './four-vector.ts';

/** Centre-of-mass energy of the two beams [GeV]. */
export const beamEnergy = 13_000;

export class PhaseSpace {
  /** The direction of the last `azimuth` or `isotropic`. */
  x = 0;
  y = 0;
  z = 0;

  constructor(readonly cursor: Cursor) {}

  /** A uniform direction in the transverse plane, (x, y) with x² + y² = 1. A point in the unit disc, scaled (von Neumann). */
  azimuth(): void {
    for (;;) {
      const a = 2 * this.cursor.open() - 1;
      const b = 2 * this.cursor.open() - 1;
      const s = a * a + b * b;
      if (s > 1) continue;
      const r = 1 / Math.sqrt(s);
      this.x = a * r;
      this.y = b * r;
      return;
    }
  }

  /** A uniform direction on the sphere, (x, y, z) with norm 1 (Marsaglia, Ann. Math. Statist. 43 (1972) 645). */
  isotropic(): void {
    for (;;) {
      const a = 2 * this.cursor.open() - 1;
      const b = 2 * this.cursor.open() - 1;
      const s = a * a + b * b;
      if (s >= 1) continue;
      const r = 2 * Math.sqrt(1 - s);
      this.x = a * r;
      this.y = b * r;
      this.z = 1 - 2 * s;
      return;
    }
  }

  chance(probability: number): boolean {
    return this.cursor.uniform() < probability;
  }

  /**
   * Mass of a resonance [GeV]: relativistic Breit-Wigner dN/dm² ∝ 1 / ((m² - M²)² + M²Γ²) between `low` and `high`, by
   * m² = M² + MΓ tan θ with θ uniform. The median of an infinite window is M.
   */
  breitWigner(mass: number, width: number, low: number, high: number): number {
    const scale = mass * width;
    const from = atan2(low * low - mass * mass, scale);
    const to = atan2(high * high - mass * mass, scale);
    const [sin, cos] = sinCos(from + (to - from) * this.cursor.uniform());
    return Math.sqrt(mass * mass + (scale * sin) / cos);
  }

  /**
   * Transverse momentum of a heavy system [GeV]: dN/dpT ∝ pT (1 + (pT/scale)²)^-n, rising at 0, with its peak at
   * scale / √(2n - 1) and a tail pT^(1-2n). Values above `most` are drawn again.
   */
  systemPT(scale: number, n: number, most = 1500): number {
    for (;;) {
      const pT = scale * Math.sqrt(power(this.cursor.open(), 1 / (1 - n)) - 1);
      if (pT < most) return pT;
    }
  }

  /** dN/dpT ∝ pT^-index above `least` [GeV]; values above `most` are drawn again. */
  powerLaw(least: number, index: number, most = 1500): number {
    for (;;) {
      const pT = least * power(this.cursor.open(), 1 / (1 - index));
      if (pT < most) return pT;
    }
  }

  /**
   * Rapidity of a system with transverse mass `mT` [GeV]: dN/dy ∝ (1 - (y/y_max)²)², y_max = ln(√s / mT). Flat in the middle and
   * zero at the kinematic limit, as parton densities make it.
   */
  rapidity(mT: number): number {
    const limit = ln(beamEnergy / mT);
    for (;;) {
      const t = 2 * this.cursor.open() - 1;
      const shape = 1 - t * t;
      if (this.cursor.uniform() < shape * shape) return t * limit;
    }
  }

  /** Beta deviate for whole a, b >= 1: density ∝ z^(a-1) (1-z)^(b-1), as a ratio of sums of exponentials. */
  beta(a: number, b: number): number {
    let first = 0;
    for (let i = 0; i < a; i++) first += this.cursor.exponential();
    let second = 0;
    for (let i = 0; i < b; i++) second += this.cursor.exponential();
    return first / (first + second);
  }

  /** A system of mass m with transverse momentum pT in a random direction and the rapidity spectrum above. */
  produce(out: FourVector, m: number, pT: number): FourVector {
    const mT = Math.sqrt(m * m + pT * pT);
    const grow = exp(this.rapidity(mT));
    this.azimuth();
    return out.set(pT * this.x, pT * this.y, 0.5 * mT * (grow - 1 / grow), 0.5 * mT * (grow + 1 / grow));
  }

  /** A massless parton with this transverse momentum, from a collision that needs four times as much energy (at least 40 GeV). */
  parton(out: FourVector, px: number, py: number): FourVector {
    return fromTransverse(out, px, py, this.rapidity(Math.max(40, 4 * Math.sqrt(px * px + py * py))), 0);
  }

  /**
   * Isotropic two-body decay of a system of mass m into masses m1 and m2, given in the frame of `parent`. In the rest frame
   * p* = √((m² - (m1+m2)²)(m² - (m1-m2)²)) / 2m. `a` and `b` must be other vectors than `parent`.
   *
   * Worked value: m = 10, m1 = m2 = 3 gives p* = 4.
   */
  twoBody(parent: FourVector, m: number, m1: number, m2: number, a: FourVector, b: FourVector): void {
    const p = decayMomentum(m, m1, m2);
    this.isotropic();
    a.set(p * this.x, p * this.y, p * this.z, Math.sqrt(m1 * m1 + p * p));
    b.set(-a.px, -a.py, -a.pz, Math.sqrt(m2 * m2 + p * p));
    boost(a, parent, m);
    boost(b, parent, m);
  }

  /**
   * Leptonic decay of an unpolarised tau, muon-like: dN/dx ∝ x² (3 - 2x) with x = 2E* / m, isotropic. `lepton` receives the
   * massless charged lepton, `invisible` the two neutrinos together.
   *
   * Source: PDG review "Muon decay parameters", with rho = 3/4. The mean of x is 7/10.
   */
  threeBodyLepton(parent: FourVector, m: number, lepton: FourVector, invisible: FourVector): void {
    let x = 0;
    do {
      // the largest of three has density 3x²
      x = Math.max(this.cursor.open(), this.cursor.open(), this.cursor.open());
    } while (this.cursor.uniform() * 3 > 3 - 2 * x);
    const energy = 0.5 * m * x;
    this.isotropic();
    lepton.set(energy * this.x, energy * this.y, energy * this.z, energy);
    boost(lepton, parent, m);
    invisible.copy(parent).subtract(lepton);
  }

  /**
   * Takes a share z of a jet's momentum into a massless particle that flies along it, with a Gaussian kick of `kick` GeV in each
   * of the two directions across. The jet keeps the rest.
   */
  carve(jet: FourVector, z: number, kick: number, out: FourVector): FourVector {
    const { px, py, pz } = jet;
    const pT = Math.sqrt(px * px + py * py);
    const p = Math.sqrt(px * px + py * py + pz * pz);
    // two unit vectors across the jet: one in the transverse plane, one in the plane of jet and beam
    const across = kick * this.cursor.normal();
    const along = kick * this.cursor.normal();
    const qx = z * px - (across * py) / pT - (along * px * pz) / (pT * p);
    const qy = z * py + (across * px) / pT - (along * py * pz) / (pT * p);
    const qz = z * pz + (along * pT) / p;
    out.set(qx, qy, qz, Math.sqrt(qx * qx + qy * qy + qz * qz));
    jet.subtract(out);
    return out;
  }
}

/** Momentum of the two daughters in the rest frame [GeV]; 0 at or below threshold. */
export function decayMomentum(m: number, m1: number, m2: number): number {
  const product = (m * m - (m1 + m2) * (m1 + m2)) * (m * m - (m1 - m2) * (m1 - m2));
  return Math.sqrt(Math.max(0, product)) / (2 * m);
}
