/**
 * One collision as nature made it, before any detector: charged leptons, jets, what escapes, and soft recoil. Preallocated and
 * emptied for each event, because a sample has hundreds of thousands of them. In a finished event without pile-up the transverse
 * momenta of all parts add up to zero.
 */
import { FourVector } from './four-vector.ts';

/** The most that an event can hold; a surplus, which does not occur in practice, counts as soft recoil. */
const capacity = { leptons: 16, jets: 40 };

export interface Lepton {
  p: FourVector;
  flavour: 'electron' | 'muon';
}

export class Truth {
  readonly leptons: readonly Lepton[] = Array.from({ length: capacity.leptons }, () => ({
    p: new FourVector(),
    flavour: 'electron',
  }));
  leptonCount = 0;
  readonly jets: readonly FourVector[] = Array.from({ length: capacity.jets }, () => new FourVector());
  jetCount = 0;
  /** Sum of all neutrinos. */
  readonly invisible = new FourVector();
  /** Recoil too soft to make a jet [GeV]. */
  softX = 0;
  softY = 0;

  clear(): void {
    this.leptonCount = 0;
    this.jetCount = 0;
    this.invisible.set(0, 0, 0, 0);
    this.softX = 0;
    this.softY = 0;
  }

  addLepton(p: FourVector, flavour: Lepton['flavour']): void {
    if (this.leptonCount === capacity.leptons) {
      this.addSoft(p.px, p.py);
      return;
    }
    const lepton = this.leptons[this.leptonCount++] as Lepton;
    lepton.p.copy(p);
    lepton.flavour = flavour;
  }

  addJet(p: FourVector): void {
    if (this.jetCount < capacity.jets) (this.jets[this.jetCount++] as FourVector).copy(p);
    else this.addSoft(p.px, p.py);
  }

  addSoft(px: number, py: number): void {
    this.softX += px;
    this.softY += py;
  }
}
