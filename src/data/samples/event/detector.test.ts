import { describe, expect, it } from 'vitest';
import { Cursor } from '../../../numeric/random.ts';
import { acceptance, Detector, ObjectList } from './detector.ts';
import { FourVector, fromTransverse } from './four-vector.ts';
import { Processes } from './processes.ts';
import { Truth } from './truth.ts';

const masses = { A: 50, LQ: 80, h0: 60, hCharged: 60 };
const names = ['W', 'QCD', 'Z', 'tt', 'A', 'LQ', 'h0', 'hCharged'] as const;
const particle = (pT: number, eta: number, phi: number) =>
  fromTransverse(new FourVector(), pT * Math.cos(phi), pT * Math.sin(phi), eta, 0);

/** Measures one hand-made event many times. */
function measure(fill: (truth: Truth) => void, times: number, look: (detector: Detector, passed: boolean) => void): void {
  const cursor = new Cursor(5, 'sample');
  const detector = new Detector(cursor, false);
  const truth = new Truth();
  fill(truth);
  for (let i = 0; i < times; i++) {
    const passed = detector.measureLeptons(truth);
    detector.measureRest(truth);
    look(detector, passed);
  }
}

describe.each(names)('process %s', (name) => {
  it('balances in the transverse plane before the detector', () => {
    const truth = new Truth();
    const cursor = new Cursor(21, 'sample');
    const processes = new Processes(cursor, truth, masses);
    for (let i = 0; i < 300; i++) {
      cursor.moveTo(i);
      truth.clear();
      processes[name]();
      let [x, y] = [truth.invisible.px + truth.softX, truth.invisible.py + truth.softY];
      for (const { p } of truth.leptons.slice(0, truth.leptonCount)) [x, y] = [x + p.px, y + p.py];
      for (const p of truth.jets.slice(0, truth.jetCount)) [x, y] = [x + p.px, y + p.py];
      expect(Math.hypot(x, y)).toBeLessThan(1e-8);
    }
  });
});

describe('processes', () => {
  it('the four leptons of A, with no detector, have the mass of A', () => {
    const truth = new Truth();
    const cursor = new Cursor(22, 'sample');
    const processes = new Processes(cursor, truth, masses);
    const found: number[] = [];
    for (let i = 0; i < 400; i++) {
      cursor.moveTo(i);
      truth.clear();
      processes.A();
      const leptons = truth.leptons.slice(truth.leptonCount - 4, truth.leptonCount);
      const sum = leptons.reduce((total, { p }) => total.add(p), new FourVector());
      found.push(sum.mass());
    }
    expect(found.every((mass) => mass > 37.4 && mass < 62.6)).toBe(true);
    expect(found.filter((mass) => Math.abs(mass - 50) < 1).length / 400).toBeGreaterThan(0.75);
  });
});

describe('object list', () => {
  it('keeps objects in order of falling pT and drops the softest', () => {
    const list = new ObjectList(3);
    for (const pT of [5, 20, 10, 1, 30]) list.insert(pT, 0, 0);
    expect([list.count, ...list.pT]).toEqual([3, 30, 20, 10]);
    list.remove(1);
    expect([list.count, list.pT[0], list.pT[1]]).toEqual([2, 30, 10]);
  });
});

describe('detector', () => {
  it('MET balances what is seen and the soft term exactly', () => {
    const fill = (truth: Truth) => {
      truth.addLepton(particle(40, 0.3, 1), 'electron');
      truth.addJet(particle(60, -1, 3));
      truth.addJet(particle(50, 1.5, -2));
    };
    measure(fill, 200, (detector) => {
      let [x, y] = [detector.missingX + detector.softX, detector.missingY + detector.softY];
      for (const list of [detector.electrons, detector.muons, detector.jets])
        for (let i = 0; i < list.count; i++) [x, y] = [x + (list.px[i] as number), y + (list.py[i] as number)];
      expect(Math.hypot(x, y)).toBeLessThan(1e-9);
    });
  });

  it('measures an electron of 40 GeV to 1.9 % and finds nine of ten', () => {
    const found: number[] = [];
    measure(
      (truth) => truth.addLepton(particle(40, 1, 0), 'electron'),
      4000,
      (detector) => {
        if (detector.electrons.count === 1) found.push(detector.electrons.pT[0] as number);
      },
    );
    expect(found.length / 4000).toBeCloseTo(0.9, 1);
    const spread = Math.sqrt(found.reduce((sum, pT) => sum + (pT / 40 - 1) ** 2, 0) / found.length);
    expect(spread).toBeCloseTo(Math.sqrt(0.01 / 40 + 0.0001), 3);
  });

  it('does not see a muon beyond |eta| 2.1: its momentum goes missing', () => {
    measure(
      (truth) => truth.addLepton(particle(200, 2.2, 0), 'muon'),
      50,
      (detector, passed) => {
        expect(passed).toBe(false);
        expect(detector.muons.count + detector.jets.count).toBe(0);
      },
    );
  });

  it('takes an electron that it does not identify for a jet', () => {
    let jets = 0;
    measure(
      (truth) => truth.addLepton(particle(60, 0, 0), 'electron'),
      2000,
      (detector) => {
        expect(detector.electrons.count + detector.jets.count).toBe(1);
        jets += detector.jets.count;
      },
    );
    expect(jets / 2000).toBeCloseTo(0.1, 1);
  });

  it('removes a jet that overlaps a lepton, and counts it in MET all the same', () => {
    const fill = (truth: Truth) => {
      truth.addLepton(particle(30, 0.5, 1), 'muon');
      truth.addJet(particle(80, 0.5, 1.1));
    };
    measure(fill, 200, (detector) => {
      if (detector.muons.count === 0) return;
      expect(detector.jets.count).toBe(0);
      expect(Math.hypot(detector.missingX, detector.missingY)).toBeGreaterThan(40);
    });
  });

  it('merges two jets nearer than 0.4 into one', () => {
    const fill = (truth: Truth) => {
      truth.addJet(particle(50, 0, 0));
      truth.addJet(particle(50, 0, 0.2));
    };
    measure(fill, 100, (detector) => {
      expect(detector.jets.count).toBe(1);
      expect(detector.jets.pT[0] as number).toBeGreaterThan(55);
    });
  });

  it('writes zero for everything it does not have, and MET eta 0', () => {
    measure(
      (truth) => truth.addLepton(particle(40, 0, 0.5), 'muon'),
      1,
      (detector) => {
        const row = new Float32Array(57);
        detector.write(row, 0);
        expect(row[0]).toBeGreaterThan(acceptance.muon.pT);
        expect(row[1]).toBe(0);
        expect(row.slice(18).every((value) => value === 0)).toBe(true);
      },
    );
  });
});
