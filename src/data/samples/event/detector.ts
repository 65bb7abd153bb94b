/**
 * From particles to reconstructed objects: resolution, efficiency, acceptance, overlap removal, missing transverse momentum, and
 * the slots of an ADC2021 row. A simple parametrised detector, not a simulation of a real one.
 */
import { asinh, atan2, sinh } from '../../../numeric/elementary.ts';
import type { Cursor } from '../../../numeric/random.ts';
import { deltaR, type FourVector } from './four-vector.ts';
import type { Truth } from './truth.ts';

/** The cuts of ADC2021: pT [GeV] above, |eta| below, at most this many. Source: arXiv 2107.02157. */
export const acceptance = {
  electron: { pT: 3, eta: 3, most: 4 },
  muon: { pT: 3, eta: 2.1, most: 4 },
  jet: { pT: 15, eta: 4, most: 10 },
  /** An event needs an electron or muon above this pT [GeV]. */
  triggerPT: 23,
  /** Jets nearer than this to a lepton of the row are removed. */
  overlap: 0.3,
} as const;

/** Energy beyond this |eta| is lost, also for MET. */
const calorimeterEnd = 5;
/** Jets nearer than this to each other are one jet. */
const jetRadius = 0.4;

/**
 * Relative resolutions: electron and jet as stochastic / √pT ⊕ constant, muon as constant + slope · pT. Efficiency: chance to be
 * found. A few jets leak: they lose a uniform share of their energy, up to `most`, in gaps and dead channels.
 */
export const resolution = {
  electron: { stochastic: 0.1, constant: 0.01, efficiency: 0.9 },
  muon: { constant: 0.012, slope: 1e-4, efficiency: 0.95 },
  jet: { stochastic: 0.8, constant: 0.05, angle: 0.02, leak: { probability: 0.03, most: 0.6 } },
  /** Soft recoil is seen to this share, with a Gaussian error per component [GeV]. */
  soft: { response: 0.7, quiet: 4, pileUp: 7 },
} as const;

/** Measured objects in order of falling pT; the softest is dropped when the list is full. */
export class ObjectList {
  count = 0;
  readonly px: Float64Array;
  readonly py: Float64Array;
  readonly pz: Float64Array;
  readonly pT: Float64Array;
  readonly eta: Float64Array;
  readonly phi: Float64Array;

  constructor(readonly capacity: number) {
    this.px = new Float64Array(capacity);
    this.py = new Float64Array(capacity);
    this.pz = new Float64Array(capacity);
    this.pT = new Float64Array(capacity);
    this.eta = new Float64Array(capacity);
    this.phi = new Float64Array(capacity);
  }

  /** Puts an object in its place. */
  insert(px: number, py: number, pz: number): void {
    const pT = Math.sqrt(px * px + py * py);
    if (!(pT > 0)) return;
    let place = this.count;
    while (place > 0 && (this.pT[place - 1] as number) < pT) place--;
    if (place === this.capacity) return;
    const end = Math.min(this.count, this.capacity - 1);
    for (let i = end; i > place; i--) this.copy(i, i - 1);
    this.px[place] = px;
    this.py[place] = py;
    this.pz[place] = pz;
    this.pT[place] = pT;
    this.eta[place] = asinh(pz / pT);
    this.phi[place] = atan2(py, px);
    this.count = end + 1;
  }

  remove(place: number): void {
    this.count--;
    for (let i = place; i < this.count; i++) this.copy(i, i + 1);
  }

  private copy(to: number, from: number): void {
    this.px[to] = this.px[from] as number;
    this.py[to] = this.py[from] as number;
    this.pz[to] = this.pz[from] as number;
    this.pT[to] = this.pT[from] as number;
    this.eta[to] = this.eta[from] as number;
    this.phi[to] = this.phi[from] as number;
  }
}

export class Detector {
  readonly electrons = new ObjectList(acceptance.electron.most);
  readonly muons = new ObjectList(acceptance.muon.most);
  readonly jets = new ObjectList(acceptance.jet.most);
  /** Missing transverse momentum [GeV]. */
  missingX = 0;
  missingY = 0;
  /** The soft term as measured [GeV]. */
  softX = 0;
  softY = 0;
  /** Vector sum of everything seen so far [GeV]. */
  private seenX = 0;
  private seenY = 0;
  /** Calorimeter clusters before they are accepted as jets. */
  private readonly clusters = new ObjectList(64);

  constructor(
    private readonly cursor: Cursor,
    private readonly pileUp: boolean,
  ) {}

  /**
   * First half of the measurement: electrons and muons.
   *
   * @returns whether the event passes the lepton cut; if not, the rest need not be made
   */
  measureLeptons(truth: Truth): boolean {
    this.electrons.count = 0;
    this.muons.count = 0;
    this.clusters.count = 0;
    this.seenX = 0;
    this.seenY = 0;
    for (let i = 0; i < truth.leptonCount; i++) {
      const { p, flavour } = truth.leptons[i] as Truth['leptons'][number];
      if (flavour === 'electron') this.measureElectron(p);
      else this.measureMuon(p);
    }
    return (
      (this.electrons.count > 0 && (this.electrons.pT[0] as number) > acceptance.triggerPT) ||
      (this.muons.count > 0 && (this.muons.pT[0] as number) > acceptance.triggerPT)
    );
  }

  /** An electron that is not identified, or lies beyond the tracker, still leaves its energy in the calorimeter. */
  private measureElectron(p: FourVector): void {
    const { stochastic, constant, efficiency } = resolution.electron;
    const found = this.cursor.uniform() < efficiency;
    const pT = p.pT();
    const factor = this.gaussianFactor(Math.sqrt((stochastic * stochastic) / pT + constant * constant));
    const inTracker = Math.abs(p.pz) < sinhOf.electron * pT;
    if (found && inTracker && factor * pT > acceptance.electron.pT) {
      this.electrons.insert(factor * p.px, factor * p.py, factor * p.pz);
      this.see(factor * p.px, factor * p.py);
    } else this.cluster(factor * p.px, factor * p.py, factor * p.pz);
  }

  /** A muon that is not found leaves nothing: its momentum goes missing. */
  private measureMuon(p: FourVector): void {
    const { constant, slope, efficiency } = resolution.muon;
    const found = this.cursor.uniform() < efficiency;
    const pT = p.pT();
    const factor = this.gaussianFactor(constant + slope * pT);
    if (!found || Math.abs(p.pz) >= sinhOf.muon * pT || factor * pT <= acceptance.muon.pT) return;
    this.muons.insert(factor * p.px, factor * p.py, factor * p.pz);
    this.see(factor * p.px, factor * p.py);
  }

  /** Second half: jets, the soft term and the missing transverse momentum. */
  measureRest(truth: Truth): void {
    for (let i = 0; i < truth.jetCount; i++) this.measureJet(truth.jets[i] as FourVector);
    this.mergeClusters();
    this.selectJets();
    const { response, quiet, pileUp } = resolution.soft;
    const sigma = this.pileUp ? pileUp : quiet;
    this.softX = response * truth.softX + sigma * this.cursor.normal();
    this.softY = response * truth.softY + sigma * this.cursor.normal();
    this.missingX = -(this.seenX + this.softX);
    this.missingY = -(this.seenY + this.softY);
  }

  private measureJet(p: FourVector): void {
    const { stochastic, constant, angle, leak } = resolution.jet;
    const pT = p.pT();
    if (!(pT > 0)) return;
    const kept = this.cursor.uniform() < leak.probability ? 1 - leak.most * this.cursor.uniform() : 1;
    const factor = kept * this.gaussianFactor(Math.sqrt((stochastic * stochastic) / pT + constant * constant));
    const turn = angle * this.cursor.normal();
    const tilt = angle * this.cursor.normal();
    const keep = factor / Math.sqrt(1 + turn * turn);
    // d(pz)/d(eta) at fixed pT is |p|
    const pz = p.pz + tilt * Math.sqrt(pT * pT + p.pz * p.pz);
    this.cluster(keep * (p.px - turn * p.py), keep * (p.py + turn * p.px), factor * pz);
  }

  private mergeClusters(): void {
    const { clusters } = this;
    for (let i = 0; i < clusters.count; i++) {
      for (let j = clusters.count - 1; j > i; j--) {
        if (this.distance(clusters, i, clusters, j) >= jetRadius) continue;
        const px = (clusters.px[i] as number) + (clusters.px[j] as number);
        const py = (clusters.py[i] as number) + (clusters.py[j] as number);
        const pz = (clusters.pz[i] as number) + (clusters.pz[j] as number);
        clusters.remove(j);
        clusters.remove(i);
        clusters.insert(px, py, pz);
        // the sum may have moved up the list: look again from the front
        i = -1;
        break;
      }
    }
  }

  private selectJets(): void {
    const { clusters, jets } = this;
    jets.count = 0;
    for (let i = 0; i < clusters.count; i++) {
      if (!((clusters.pT[i] as number) > acceptance.jet.pT)) break;
      if (Math.abs(clusters.eta[i] as number) >= acceptance.jet.eta) continue;
      if (this.nearLepton(i, this.electrons) || this.nearLepton(i, this.muons)) continue;
      jets.insert(clusters.px[i] as number, clusters.py[i] as number, clusters.pz[i] as number);
    }
  }

  private nearLepton(cluster: number, leptons: ObjectList): boolean {
    for (let i = 0; i < leptons.count; i++) {
      if (this.distance(this.clusters, cluster, leptons, i) < acceptance.overlap) return true;
    }
    return false;
  }

  private distance(a: ObjectList, i: number, b: ObjectList, j: number): number {
    return deltaR(a.eta[i] as number, a.phi[i] as number, b.eta[j] as number, b.phi[j] as number);
  }

  /** Calorimeter energy: counts for MET, and may become a jet. */
  private cluster(px: number, py: number, pz: number): void {
    if (pz * pz >= sinhOf.calorimeter * sinhOf.calorimeter * (px * px + py * py)) return;
    this.see(px, py);
    this.clusters.insert(px, py, pz);
  }

  private see(px: number, py: number): void {
    this.seenX += px;
    this.seenY += py;
  }

  /** A factor around 1 that never turns a momentum round. */
  private gaussianFactor(sigma: number): number {
    return Math.max(0.05, 1 + sigma * this.cursor.normal());
  }

  /** Writes the 57 numbers of an ADC2021 row: MET, electrons, muons, jets; pT, eta, phi each. The row must be zero before. */
  write(row: Float32Array, offset: number): void {
    row[offset] = Math.sqrt(this.missingX * this.missingX + this.missingY * this.missingY);
    row[offset + 2] = atan2(this.missingY, this.missingX);
    writeSlots(this.electrons, row, offset + 3);
    writeSlots(this.muons, row, offset + 3 * (1 + acceptance.electron.most));
    writeSlots(this.jets, row, offset + 3 * (1 + acceptance.electron.most + acceptance.muon.most));
  }
}

/** |pz| / pT at the edge of each region: sinh(eta), so that no logarithm is needed to apply a cut. */
const sinhOf = {
  electron: sinh(acceptance.electron.eta),
  muon: sinh(acceptance.muon.eta),
  calorimeter: sinh(calorimeterEnd),
};

function writeSlots(list: ObjectList, row: Float32Array, offset: number): void {
  for (let i = 0; i < list.count; i++) {
    row[offset + 3 * i] = list.pT[i] as number;
    row[offset + 3 * i + 1] = list.eta[i] as number;
    row[offset + 3 * i + 2] = list.phi[i] as number;
  }
}
