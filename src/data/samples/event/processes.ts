/**
 * The processes of the sample, each from the beams to final particles: four Standard Model backgrounds and four signals. Spectra
 * are simple formulas chosen to look like the LHC at 13 TeV, not the result of matrix elements; decays are relativistic and exact.
 */

import type { Cursor } from '../../../numeric/random.ts';
import { Decays, particles } from './decays.ts';
import { FourVector, fromTransverse } from './four-vector.ts';
import { decayMomentum, PhaseSpace } from './phase-space.ts';
import type { Truth } from './truth.ts';

/** Masses of the signal resonances [GeV]; their widths are 1 % of the mass. */
export interface SignalMasses {
  A: number;
  LQ: number;
  h0: number;
  hCharged: number;
}

/**
 * Spectrum of the transverse momentum of each resonance: `scale` [GeV] and `n` of `systemPT`. Quark pairs radiate little (W, Z, A).
 * A leptoquark starts from a gluon, h0 from two, and h+ is made with heavy quarks beside it, so they recoil harder.
 */
const recoilOf = {
  W: { scale: 11, n: 2 },
  Z: { scale: 11, n: 2 },
  A: { scale: 26, n: 3 },
  LQ: { scale: 72, n: 3 },
  h0: { scale: 52, n: 3 },
  hCharged: { scale: 95, n: 3 },
} as const;
type Resonance = keyof typeof recoilOf;

/** Leading lepton of QCD events is drawn from this pT on [GeV], a little below the 23 GeV of the selection. */
const qcdLeptonFrom = 21.5;
/** Steepness of the jet spectrum, dN/dpT ∝ pT^-5. */
const qcdIndex = 5;

/**
 * Where the selected lepton of a multijet event comes from. `share`: of the events before lepton efficiency. For a spectrum pT^-n
 * and a momentum share z of density f(z), the leptons above a fixed cut have z^(n-1) f(z); with f = z^(a-1) (1-z)^(b-1) this is a
 * Beta(a + n - 1, b) law ("trigger bias"), and the spectrum of the lepton itself is again pT^-n.
 */
const qcdSources = [
  { share: 0.4, flavour: 'bottom', a: 1, b: 4, kick: 0.9, lepton: 'either' },
  { share: 0.3, flavour: 'charm', a: 1, b: 5, kick: 0.5, lepton: 'either' },
  // a jet that fluctuates to one hard neutral pion and passes as an electron
  { share: 0.2, flavour: 'light', a: 7, b: 2, kick: 0.25, lepton: 'electron' },
  // a pion or kaon that decays in flight
  { share: 0.1, flavour: 'light', a: 1, b: 5, kick: 0.25, lepton: 'muon' },
] as const;

export class Processes {
  private readonly space: PhaseSpace;
  private readonly decays: Decays;
  private readonly system = new FourVector();
  private readonly first = new FourVector();
  private readonly second = new FourVector();
  private readonly third = new FourVector();
  private readonly fourth = new FourVector();

  constructor(
    cursor: Cursor,
    private readonly truth: Truth,
    private readonly masses: SignalMasses,
  ) {
    this.space = new PhaseSpace(cursor);
    this.decays = new Decays(this.space, truth);
  }

  pileUp(mean: number): void {
    this.decays.pileUp(mean);
  }

  /** W → ℓν, ℓ = e, μ, τ. */
  W(): void {
    const m = this.resonance('W', particles.W);
    this.decays.leptonicW(this.system, m);
  }

  /** Z → ℓℓ, ℓ = e, μ, τ. */
  Z(): void {
    const m = this.resonance('Z', particles.Z);
    const flavour = this.decays.flavour(true);
    const lepton = flavour === 'tau' ? particles.tau.mass : 0;
    this.space.twoBody(this.system, m, lepton, lepton, this.first, this.second);
    this.decays.chargedLepton(this.first, flavour);
    this.decays.chargedLepton(this.second, flavour);
  }

  /** tt → bW bW. The pair is back to back up to the recoil of the whole system. */
  tt(): void {
    const { space } = this;
    space.azimuth();
    const kick = space.systemPT(25, 2, 500);
    const kx = kick * space.x;
    const ky = kick * space.y;
    this.decays.recoil(-kx, -ky);
    space.azimuth();
    const pT = space.systemPT(170, 3.5);
    const middle = 0.9 * space.cursor.normal();
    const apart = 0.5 * space.cursor.normal();
    const { x, y } = space;
    this.top(pT * x + 0.5 * kx, pT * y + 0.5 * ky, middle + apart);
    this.top(-pT * x + 0.5 * kx, -pT * y + 0.5 * ky, middle - apart);
  }

  /** @param eta pseudorapidity of the top quark */
  private top(px: number, py: number, eta: number): void {
    const { space } = this;
    const m = space.breitWigner(particles.top.mass, particles.top.width, 160, 185);
    const mW = space.breitWigner(particles.W.mass, particles.W.width, 60, 100);
    fromTransverse(this.system, px, py, eta, m);
    space.twoBody(this.system, m, mW, particles.bottom.mass, this.first, this.second);
    this.decays.anyW(this.first, mW);
    this.decays.jet(this.second, 'bottom');
  }

  /** Multijet event in which one jet gives a lepton near or above the cut; see `qcdSources`. */
  QCD(): void {
    const { space, truth } = this;
    const { cursor } = space;
    let u = cursor.uniform();
    let source: (typeof qcdSources)[number] = qcdSources[0];
    for (const candidate of qcdSources) {
      source = candidate;
      u -= candidate.share;
      if (u < 0) break;
    }
    const z = space.beta(source.a + qcdIndex - 1, source.b);
    const pT = space.powerLaw(qcdLeptonFrom, qcdIndex) / z;
    const middle = 1.2 * cursor.normal();
    const apart = 0.7 * cursor.normal();
    space.azimuth();
    let x = -pT * space.x;
    let y = -pT * space.y;
    fromTransverse(this.first, -x, -y, middle + apart, 0);
    const flavour = source.lepton === 'either' ? (this.decays.flavour(false) as 'electron' | 'muon') : source.lepton;
    this.decays.leptonInJet(this.first, z, source.kick, source.flavour !== 'light', flavour);
    truth.addJet(this.first);
    // further radiation between 10 GeV and 60 % of the leading jet, dN/dpT ∝ pT^-2; the recoiling jet takes what balances
    const extra = Math.min(6, cursor.poisson(0.8));
    for (let i = 0; i < extra; i++) {
      const radiated = space.powerLaw(10, 2, Math.max(12, 0.6 * pT));
      space.azimuth();
      x -= radiated * space.x;
      y -= radiated * space.y;
      this.decays.radiated(radiated * space.x, radiated * space.y);
    }
    fromTransverse(this.second, x, y, middle - apart, 0);
    // heavy quarks come in pairs; half of the time the partner is the recoiling jet
    this.decays.jet(this.second, source.flavour !== 'light' && space.chance(0.5) ? source.flavour : 'light');
  }

  /**
   * A → Z* Z* → 4ℓ, ℓ = e, μ. Both Z* are far below the Z pole; their masses have density ∝ m1 m2 p*(M, m1, m2) above 4 GeV,
   * p* being the decay momentum.
   */
  A(): void {
    const { space } = this;
    const m = this.signal('A');
    let m1 = 0;
    let m2 = 0;
    // the density is largest at m1 = m2 = m / √6, where m1 m2 p* = m³ / 12√3, a little below m³ / 20
    do {
      m1 = 4 + (m - 8) * space.cursor.uniform();
      m2 = 4 + (m - 8) * space.cursor.uniform();
    } while (m1 + m2 >= m || space.cursor.uniform() * m * m * m > 20 * m1 * m2 * decayMomentum(m, m1, m2));
    space.twoBody(this.system, m, m1, m2, this.first, this.second);
    this.leptonPair(this.first, m1);
    this.leptonPair(this.second, m2);
  }

  private leptonPair(parent: FourVector, m: number): void {
    const flavour = this.decays.flavour(false);
    this.space.twoBody(parent, m, 0, 0, this.third, this.fourth);
    this.decays.chargedLepton(this.third, flavour);
    this.decays.chargedLepton(this.fourth, flavour);
  }

  /** LQ → b τ. */
  LQ(): void {
    const m = this.signal('LQ');
    this.space.twoBody(this.system, m, particles.bottom.mass, particles.tau.mass, this.first, this.second);
    this.decays.jet(this.first, 'bottom');
    this.decays.tau(this.second);
  }

  /** h0 → τ τ. */
  h0(): void {
    const m = this.signal('h0');
    this.space.twoBody(this.system, m, particles.tau.mass, particles.tau.mass, this.first, this.second);
    this.decays.tau(this.first);
    this.decays.tau(this.second);
  }

  /** h+ → τ ν. */
  hCharged(): void {
    const m = this.signal('hCharged');
    this.space.twoBody(this.system, m, particles.tau.mass, 0, this.first, this.second);
    this.decays.tau(this.first);
    this.truth.invisible.add(this.second);
  }

  private signal(name: keyof SignalMasses): number {
    const mass = this.masses[name];
    return this.resonance(name, { mass, width: 0.01 * mass });
  }

  /** Puts a resonance and its recoil into the event; returns its mass. Within 25 % of the pole. */
  private resonance(name: Resonance, { mass, width }: { mass: number; width: number }): number {
    const { scale, n } = recoilOf[name];
    const m = this.space.breitWigner(mass, width, 0.75 * mass, 1.25 * mass);
    this.space.produce(this.system, m, this.space.systemPT(scale, n));
    this.decays.recoil(-this.system.px, -this.system.py);
    return m;
  }
}
