/**
 * Energy and momentum of one particle, and the Lorentz boost. Units are GeV with c = 1; z is the beam axis. The vectors are
 * mutable so that a generator can reuse them for every event. Knows nothing of particles, decays or detectors.
 */
import { asinh, atan2, sinh } from '../../../numeric/elementary.ts';

export class FourVector {
  px = 0;
  py = 0;
  pz = 0;
  e = 0;

  set(px: number, py: number, pz: number, e: number): this {
    this.px = px;
    this.py = py;
    this.pz = pz;
    this.e = e;
    return this;
  }

  copy(from: FourVector): this {
    return this.set(from.px, from.py, from.pz, from.e);
  }

  add(other: FourVector): this {
    return this.set(this.px + other.px, this.py + other.py, this.pz + other.pz, this.e + other.e);
  }

  subtract(other: FourVector): this {
    return this.set(this.px - other.px, this.py - other.py, this.pz - other.pz, this.e - other.e);
  }

  /** Invariant mass squared E² - p² [GeV²]; a massless vector may round to slightly below 0. */
  mass2(): number {
    return this.e * this.e - this.px * this.px - this.py * this.py - this.pz * this.pz;
  }

  /** Invariant mass [GeV]; 0 where rounding makes the square negative. */
  mass(): number {
    return Math.sqrt(Math.max(0, this.mass2()));
  }

  /** Transverse momentum √(px² + py²) [GeV]. */
  pT(): number {
    return Math.sqrt(this.px * this.px + this.py * this.py);
  }

  /** Pseudorapidity asinh(pz / pT). Not defined on the beam axis, where it is ±∞ (NaN for a vector at rest). */
  eta(): number {
    return asinh(this.pz / this.pT());
  }

  /** Azimuth [rad] in (-π, π]. */
  phi(): number {
    return atan2(this.py, this.px);
  }
}

/**
 * Sets a vector from transverse momentum (px, py), pseudorapidity and mass: pz = pT sinh(eta), E = √(p² + m²).
 * Worked value: px 3, py 4, eta 0, m 12 has E = 13.
 */
export function fromTransverse(out: FourVector, px: number, py: number, eta: number, mass: number): FourVector {
  const pT2 = px * px + py * py;
  const pz = Math.sqrt(pT2) * sinh(eta);
  return out.set(px, py, pz, Math.sqrt(pT2 + pz * pz + mass * mass));
}

/**
 * Takes `p`, given in the rest frame of `frame`, to the frame in which `frame` is given:
 * E' = (E·E_f + p·p_f) / m, p' = p + p_f (E + E') / (E_f + m). Mass is kept; `m` is the mass of `frame` and must be above 0.
 *
 * Worked value: a particle at rest with mass 1 seen from frame (0, 0, 3, 5), m = 4, becomes (0, 0, 0.75, 1.25).
 */
export function boost(p: FourVector, frame: FourVector, m: number): FourVector {
  const e = (p.e * frame.e + p.px * frame.px + p.py * frame.py + p.pz * frame.pz) / m;
  const k = (p.e + e) / (frame.e + m);
  return p.set(p.px + k * frame.px, p.py + k * frame.py, p.pz + k * frame.pz, e);
}

/** Distance in the eta-phi plane, √(Δeta² + Δphi²) with Δphi taken around the circle. */
export function deltaR(eta1: number, phi1: number, eta2: number, phi2: number): number {
  const deta = eta1 - eta2;
  const turn = Math.abs(phi1 - phi2);
  const dphi = turn > Math.PI ? 2 * Math.PI - turn : turn;
  return Math.sqrt(deta * deta + dphi * dphi);
}
