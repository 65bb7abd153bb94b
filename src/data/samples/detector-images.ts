/**
 * The sample `detector-images`: synthetic proton collisions unrolled to 72 x 58 pixels of a tracker and two calorimeters, rows azimuth
 * (they join), columns pseudorapidity. QCD dijets are background; dark showers are signal: soft and isotropic ones (SUEP) at six masses
 * of the mediator, semi-visible jets (SVJ) at three. How an event is made, and what it is not good for: `docs/samples.md`.
 */
import type { EventClass, OnProgress } from '../../base/kinds.ts';
import { countOf, countText, numberText } from '../../base/numbers.ts';
import { checkParams, type ParamSpecs, type Params } from '../../base/params.ts';
import { cosh, exp, power, sinCosTurns } from '../../numeric/elementary.ts';
import { NumberPacker } from '../../numeric/packed.ts';
import { Cursor } from '../../numeric/random.ts';
import type { Sample } from './contract.ts';

const [height, width, channels] = [72, 58, 3];
const pixels = height * width;
/** Half of the range in pseudorapidity; a pixel is 0.087 wide in both directions. */
const reach = 2.53;
const progressEvery = 250;
/** Energies are stored in steps of this, GeV. */
const step = 1 / 64;

/** How a process fills the detector: numbers of tracks per event, and where their momentum goes. */
interface Process {
  name: string;
  /** GeV; 0 for background. */
  mass: number;
  /** Mean and standard deviation of the number of charged tracks of the two jets. */
  jetTracks: readonly [number, number];
  /** Mean number of soft, isotropic tracks of a dark shower, and its relative spread. */
  softTracks: readonly [number, number];
  /** GeV: least transverse momentum of a jet, and the power by which its spectrum falls. */
  hardest: readonly [number, number];
  /** Share of a jet that is seen; the rest are dark hadrons. */
  visible: number;
  /** Radius of a jet. */
  radius: number;
}

const suep = (mass: number, soft: number, spread: number, hardest: number): Process => ({
  name: `SUEP ${numberText(mass)} GeV`,
  mass,
  jetTracks: [46, 13],
  softTracks: [soft, spread],
  hardest: [hardest, 7],
  visible: 1,
  radius: 0.3,
});

const svj = (mass: number, tracks: number, spread: number, hardest: number): Process => ({
  name: `SVJ ${numberText(mass / 1000)} TeV`,
  mass,
  jetTracks: [tracks, spread],
  softTracks: [0, 0],
  hardest: [hardest, 7],
  visible: 0.72,
  radius: 0.4,
});

/** Numbers set by hand so that counts and sums are those of the simulation after which it is modelled, within some percent. */
const processes: readonly Process[] = [
  { name: 'QCD', mass: 0, jetTracks: [46, 17], softTracks: [0, 0], hardest: [462, 5.5], visible: 1, radius: 0.24 },
  suep(125, 32, 0.35, 320),
  suep(200, 59, 0.3, 330),
  suep(300, 100, 0.22, 265),
  suep(400, 140, 0.2, 265),
  suep(700, 217, 0.26, 215),
  suep(1000, 274, 0.34, 225),
  svj(2100, 92, 30, 700),
  svj(3100, 113, 37, 980),
  svj(4100, 124, 43, 1230),
];

const classes: readonly EventClass[] = processes.map(({ name, mass }) => ({ name, role: mass === 0 ? 'background' : 'signal' }));

const params = {
  signalShare: {
    kind: 'number',
    label: 'Share of signals',
    help: 'All nine together, in equal parts. The rest is QCD.',
    default: 0.4,
    min: 0,
    max: 0.9,
  },
  channels: {
    kind: 'choice',
    label: 'Channels',
    help: 'The mask is 1 where the tracker saw anything, else 0. It takes a sixth of the memory.',
    default: 'all',
    options: [
      { value: 'all', label: 'tracker, ECAL and HCAL' },
      { value: 'mask', label: 'tracker mask, 0 or 1' },
    ],
  },
  visible: {
    kind: 'number',
    label: 'Seen part of a dark jet',
    help: 'Of semi-visible jets: this share of their hadrons decays to what a detector sees. The number of tracks follows.',
    default: 0.72,
    min: 0.1,
    max: 1,
  },
} satisfies ParamSpecs;

/** Mean number of tracks of the rest of the collision, and its relative spread. */
const underlying = [48, 0.45] as const;
/** Calorimeter cells that soft neutral particles and noise light, on average. */
const [softEcal, softHcal] = [158, 34];

/** Adds deposits of one event to three sums of [height x width]. */
class Detector {
  readonly tracker = new Float64Array(pixels);
  readonly ecal = new Float64Array(pixels);
  readonly hcal = new Float64Array(pixels);
  tracks = 0;

  clear(): void {
    for (const sum of [this.tracker, this.ecal, this.hcal]) sum.fill(0);
    this.tracks = 0;
  }

  /** A pixel of a direction; -1 outside. `turns` is azimuth in whole turns, of any size. */
  place(eta: number, turns: number): number {
    const column = Math.floor(((eta + reach) / (2 * reach)) * width);
    if (column < 0 || column >= width) return -1;
    const row = Math.floor((turns - Math.floor(turns)) * height) % height;
    return row * width + column;
  }

  /** A charged hadron: momentum in the tracker, energy in both calorimeters. */
  charged(pT: number, eta: number, turns: number, cursor: Cursor): void {
    const at = this.place(eta, turns);
    if (at < 0) return;
    this.tracker[at]! += pT;
    this.tracks++;
    const energy = pT * cosh(eta);
    const early = 0.3 * cursor.uniform();
    // soft ones curl up in the field before the hadron calorimeter
    if (pT > 2 || cursor.uniform() < 0.25) this.ecal[at]! += early * energy;
    if (pT > 2) this.hcal[at]! += (1 - early) * energy * Math.max(0, 1 + 0.35 * cursor.normal()) * 0.62;
  }

  neutral(pT: number, eta: number, turns: number, electromagnetic: boolean): void {
    const at = this.place(eta, turns);
    if (at < 0) return;
    const sum = electromagnetic ? this.ecal : this.hcal;
    sum[at]! += pT * cosh(eta);
  }
}

/** A number of particles with a given mean and relative spread on top of Poisson's: a gamma-like factor, never below 0.2. */
function numberOf(mean: number, spread: number, cursor: Cursor): number {
  const scaled = mean * Math.max(0.2, exp(spread * cursor.normal() - (spread * spread) / 2));
  // the generator's Poisson is for means up to 50
  let sum = 0;
  for (let left = scaled; left > 0; left -= 40) sum += cursor.poisson(Math.min(40, left));
  return sum;
}

/** pT from a spectrum that falls as pT^-n above the least. */
function falling(least: number, n: number, cursor: Cursor): number {
  return least * power(cursor.open(), -1 / (n - 1));
}

/**
 * A jet: its charged tracks share six tenths of its visible momentum, photons a quarter, neutral hadrons the rest, with shares of
 * exponential deviates to a power, so that a few carry most; a hard particle is near the axis.
 */
function jet(
  detector: Detector,
  pT: number,
  [eta, turns]: readonly [number, number],
  tracks: number,
  process: { visible: number; radius: number },
  cursor: Cursor,
): void {
  const shares = Float64Array.from({ length: Math.max(1, tracks) }, () => power(cursor.exponential(), 2.3));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const seen = pT * process.visible;
  const around = (share: number): readonly [number, number] => {
    const distance = Math.min(0.8, (process.radius * cursor.exponential()) / (1 + 12 * share));
    const [sin, cos] = sinCosTurns(cursor.uniform() - 0.5);
    return [eta + distance * sin, turns + (distance * cos) / (2 * Math.PI)];
  };
  for (const part of shares) {
    const share = part / total;
    detector.charged(0.6 * seen * share, ...around(share), cursor);
    // neutral companions of every second track
    if (cursor.uniform() < 0.5) detector.neutral(0.36 * seen * share, ...around(share), true);
    if (cursor.uniform() < 0.25) detector.neutral(0.6 * seen * share, ...around(share), false);
  }
}

/** Momenta of soft particles: 0.7 GeV and an exponential tail. */
function soft(mean: number, cursor: Cursor): number {
  return 0.7 + cursor.exponential(mean - 0.7);
}

function event(detector: Detector, process: Process, visible: number, cursor: Cursor): void {
  detector.clear();
  for (let n = numberOf(underlying[0], underlying[1], cursor); n > 0; n--)
    detector.charged(soft(1.4, cursor), (2 * cursor.uniform() - 1) * reach, cursor.uniform(), cursor);
  const turns = cursor.uniform();
  const boost = 0.8 * cursor.normal();
  const hard = falling(process.hardest[0], process.hardest[1], cursor);
  const [mean, spread] = process.jetTracks;
  const share = process.mass > 0 && process.softTracks[0] === 0 ? visible / process.visible : 1;
  const seen = { radius: process.radius, visible: Math.min(1, process.visible * share) };
  for (const side of [0, 1]) {
    // back to back in azimuth, boosted together along the beam, not quite balanced
    const eta = boost + (side === 0 ? 0.7 : -0.7) * cursor.normal();
    const away = turns + 0.5 * side + 0.02 * cursor.normal();
    const pT = side === 0 ? hard : hard * (0.75 + 0.25 * cursor.uniform());
    jet(detector, pT, [eta, away], numberOf((mean * share) / 2, spread / mean, cursor), seen, cursor);
  }
  if (process.softTracks[0] > 0) darkShower(detector, process, turns + 0.25, boost, cursor);
  for (let n = numberOf(softEcal, 0.12, cursor); n > 0; n--)
    detector.neutral(0.3 + cursor.exponential(0.7), (2 * cursor.uniform() - 1) * reach, cursor.uniform(), true);
  for (let n = numberOf(softHcal, 0.2, cursor); n > 0; n--)
    detector.neutral(0.8 + cursor.exponential(1.6), (2 * cursor.uniform() - 1) * reach, cursor.uniform(), false);
}

/** A ring: soft particles in all directions of azimuth, a Gaussian in pseudorapidity, a little denser where the mediator goes. */
function darkShower(detector: Detector, process: Process, turns: number, boost: number, cursor: Cursor): void {
  const [tracks, spread] = process.softTracks;
  const middle = 0.5 * boost + 0.3 * cursor.normal();
  for (let n = numberOf(tracks, spread, cursor); n > 0; n--) {
    const [sin] = sinCosTurns(cursor.uniform() - 0.5);
    const away = turns + cursor.uniform() + 0.04 * sin;
    detector.charged(soft(2.2, cursor), middle + 0.95 * cursor.normal(), away, cursor);
  }
}

function generate(given: Params, seed: number, events: number, onProgress?: OnProgress) {
  const checked = checkParams(params, given, 'sample "detector-images"');
  const { signalShare, visible } = checked as { signalShare: number; visible: number };
  const mask = checked.channels === 'mask';
  const perRow = mask ? pixels : pixels * channels;
  const cursor = new Cursor(seed, 'sample');
  const packer = new NumberPacker(events * perRow, { step: mask ? 1 : step });
  const image = new Float32Array(perRow);
  const label = new Uint8Array(events);
  const [mass, tracks] = [new Float64Array(events), new Float64Array(events)];
  const detector = new Detector();
  const sums = [detector.tracker, detector.ecal, detector.hcal];
  /** Below these nothing is read out, GeV. */
  const least = [0, 0.3, 1];
  for (let i = 0; i < events; i++) {
    cursor.moveTo(i);
    const signal = cursor.uniform() < signalShare;
    const chosen = signal ? 1 + cursor.below(processes.length - 1) : 0;
    const process = processes[chosen] as Process;
    event(detector, process, visible, cursor);
    label[i] = chosen;
    mass[i] = process.mass;
    tracks[i] = detector.tracks;
    image.fill(0);
    for (let at = 0; at < pixels; at++) {
      if (mask) {
        image[at] = (detector.tracker[at] as number) > 0 ? 1 : 0;
        continue;
      }
      for (let k = 0; k < channels; k++) {
        const energy = (sums[k] as Float64Array)[at] as number;
        if (energy > (least[k] as number)) image[at * channels + k] = Math.max(step, Math.round(energy / step) * step);
      }
    }
    packer.add(image);
    const done = i + 1;
    if (onProgress && (done % progressEvery === 0 || done === events))
      onProgress({ done: done / events, message: `${countText(done)} of ${countText(events)} synthetic collisions` });
  }
  return {
    kind: 'images' as const,
    rows: events,
    shape: [height, width, mask ? 1 : channels],
    features: [],
    image: {
      rows: 'phi, 5 degrees each',
      columns: 'eta',
      channels: mask ? ['tracker mask'] : ['tracker', 'ECAL', 'HCAL'],
      periodicRows: true,
      ...(mask ? {} : { unit: 'GeV' }),
    },
    values: packer.finish(),
    classes,
    label,
    spectators: { mass, n_tracks: tracks },
    words: `synthetic detector images, 72 x 58, ${mask ? 'tracker mask' : 'tracker, ECAL and HCAL'}: ${countOf(events, 'event')}, seed ${seed}`,
    remarks: [
      'Synthetic: made by a generator, not by an experiment and not by a full simulation',
      'Rows are azimuth and join; columns are pseudorapidity from -2.5 to 2.5; energies in GeV, in steps of 1/64 GeV',
    ],
  };
}

export default {
  id: 'detector-images',
  name: 'Detector images',
  kind: 'images',
  summary: 'QCD jets, soft isotropic dark showers and semi-visible jets in 72 x 58 pixels of tracker, ECAL and HCAL (synthetic)',
  lesson: 'Whether an image network finds dark showers or only counts lit pixels, and what the entropy of the energy does better',
  paper: {
    text: 'After the images of L. Anzalone et al., Triggering dark showers with conditional dual auto-encoders, arXiv 2306.12955',
    url: 'https://arxiv.org/abs/2306.12955',
  },
  classes,
  params,
  defaultEvents: 2_000,
  maxEvents: 20_000,
  generate,
} satisfies Sample;
