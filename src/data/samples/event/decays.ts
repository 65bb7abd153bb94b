/**
 * What becomes of the particles that a process makes: taus and W bosons decay, quarks and gluons become jets (now and then with
 * a lepton inside), recoil becomes jets or soft activity. Everything ends in a `Truth`. Branching fractions: PDG 2022, rounded.
 */
import { ln, power } from '../../../numeric/elementary.ts';
import { FourVector } from './four-vector.ts';
import type { PhaseSpace } from './phase-space.ts';
import type { Truth } from './truth.ts';

/** Masses and widths [GeV]. */
export const particles = {
  tau: { mass: 1.777 },
  bottom: { mass: 4.8 },
  W: { mass: 80.38, width: 2.085 },
  Z: { mass: 91.19, width: 2.495 },
  top: { mass: 172.7, width: 1.4 },
} as const;

export type JetFlavour = 'light' | 'charm' | 'bottom';

/**
 * Leptons inside jets, per flavour: how often (electron or muon, direct and cascade decays; for light jets decays in flight,
 * conversions and misidentification), the power k of the momentum share dN/dz ∝ (1-z)^k, the transverse kick [GeV].
 */
const leptonsInJets = {
  light: { probability: 0.015, power: 5, kick: 0.25 },
  charm: { probability: 0.18, power: 4, kick: 0.5 },
  bottom: { probability: 0.35, power: 3, kick: 0.9 },
} as const;

/** Recoil below this makes no jet of its own [GeV]. */
const softRecoil = 10;

export class Decays {
  private readonly lepton = new FourVector();
  private readonly neutrinos = new FourVector();
  private readonly hadrons = new FourVector();
  private readonly first = new FourVector();
  private readonly second = new FourVector();
  private readonly part = new FourVector();

  constructor(
    private readonly space: PhaseSpace,
    private readonly truth: Truth,
  ) {}

  /** An electron or a muon with equal chance, or a tau as well if all three are open. */
  flavour(withTau: boolean): 'electron' | 'muon' | 'tau' {
    const pick = this.space.cursor.below(withTau ? 3 : 2);
    return pick === 0 ? 'electron' : pick === 1 ? 'muon' : 'tau';
  }

  chargedLepton(p: FourVector, flavour: 'electron' | 'muon' | 'tau'): void {
    if (flavour === 'tau') this.tau(p);
    else this.truth.addLepton(p, flavour);
  }

  /**
   * A tau: 17.8 % electron, 17.4 % muon, else one neutrino and a narrow jet with the mass of a pion (11 %), a rho (26 %) or an
   * a1 (28 % of all; other modes are counted here).
   */
  tau(p: FourVector): void {
    const m = particles.tau.mass;
    const u = this.space.cursor.uniform();
    if (u < 0.352) {
      this.space.threeBodyLepton(p, m, this.lepton, this.neutrinos);
      this.truth.addLepton(this.lepton, u < 0.178 ? 'electron' : 'muon');
    } else {
      const hadronMass = u < 0.46 ? 0.14 : u < 0.72 ? 0.775 : 1.23;
      this.space.twoBody(p, m, hadronMass, 0, this.hadrons, this.neutrinos);
      this.truth.addJet(this.hadrons);
    }
    this.truth.invisible.add(this.neutrinos);
  }

  /** W → ℓν with three equal lepton flavours; `p` is the W, m its mass in this event. */
  leptonicW(p: FourVector, m: number): void {
    const flavour = this.flavour(true);
    this.space.twoBody(p, m, flavour === 'tau' ? particles.tau.mass : 0, 0, this.first, this.second);
    this.truth.invisible.add(this.second);
    this.chargedLepton(this.first, flavour);
  }

  /** W → ℓν (32.6 %) or a pair of quarks, half of them with a charm quark. */
  anyW(p: FourVector, m: number): void {
    if (this.space.chance(0.326)) {
      this.leptonicW(p, m);
      return;
    }
    this.space.twoBody(p, m, 0, 0, this.first, this.second);
    this.jet(this.first, this.space.chance(0.5) ? 'charm' : 'light');
    this.jet(this.second, 'light');
  }

  /** A jet, with a lepton in it as often as `leptonsInJets` says. `p` is changed. */
  jet(p: FourVector, flavour: JetFlavour): void {
    const inside = leptonsInJets[flavour];
    if (this.space.chance(inside.probability)) {
      const z = 1 - power(this.space.cursor.open(), 1 / (inside.power + 1));
      this.leptonInJet(p, z, inside.kick, flavour !== 'light', this.flavour(false) as 'electron' | 'muon');
    }
    this.truth.addJet(p);
  }

  /** Takes a lepton with momentum share z out of a jet, and for a true decay a neutrino with up to 60 % of what is left. */
  leptonInJet(jet: FourVector, z: number, kick: number, neutrino: boolean, flavour: 'electron' | 'muon'): void {
    this.truth.addLepton(this.space.carve(jet, z, kick, this.lepton), flavour);
    if (neutrino) this.truth.invisible.add(this.space.carve(jet, 0.6 * this.space.cursor.open(), kick, this.neutrinos));
  }

  /**
   * What balances a system: nothing to see below 10 GeV, else one jet or more. The number of extra jets is Poisson with mean
   * 0.35 ln(k / 10 GeV); each takes 10 to 50 % of what is left and a kick of 15 % of k across; the last takes the rest.
   */
  recoil(kx: number, ky: number): void {
    const k = Math.sqrt(kx * kx + ky * ky);
    if (k < softRecoil) {
      this.truth.addSoft(kx, ky);
      return;
    }
    let x = kx;
    let y = ky;
    const { cursor } = this.space;
    const extra = Math.min(5, cursor.poisson(0.35 * ln(k / softRecoil)));
    for (let i = 0; i < extra; i++) {
      const share = 0.1 + 0.4 * cursor.uniform();
      const jx = share * x + 0.15 * k * cursor.normal();
      const jy = share * y + 0.15 * k * cursor.normal();
      this.radiated(jx, jy);
      x -= jx;
      y -= jy;
    }
    this.radiated(x, y);
  }

  /** A jet of initial-state radiation: 4 % bottom, 8 % charm. */
  radiated(px: number, py: number): void {
    const u = this.space.cursor.uniform();
    this.jet(this.space.parton(this.part, px, py), u < 0.04 ? 'bottom' : u < 0.12 ? 'charm' : 'light');
  }

  /**
   * Pile-up: other collisions in the same crossing, seen as pairs of jets back to back above 10 GeV with dN/dpT ∝ pT^-6.
   *
   * @param mean expected number of pairs
   */
  pileUp(mean: number): void {
    const pairs = Math.min(6, this.space.cursor.poisson(mean));
    for (let i = 0; i < pairs; i++) {
      const pT = this.space.powerLaw(10, 6);
      this.space.azimuth();
      const { x, y } = this.space;
      this.truth.addJet(this.space.parton(this.part, pT * x, pT * y));
      this.truth.addJet(this.space.parton(this.part, -pT * x, -pT * y));
    }
  }
}
