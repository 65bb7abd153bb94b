/**
 * The sample `electron-photon-images`: synthetic showers of photons and electrons in 32 x 32 crystals of an electromagnetic
 * calorimeter, energy and time of each, centred on the hottest. A photon showers where it hits, unless it turned into a pair before;
 * an electron radiates in the tracker, and the field carries it away from what it radiated, along phi. What it is good for, and not:
 * `docs/samples.md`.
 */
import type { EventClass, OnProgress } from '../../base/kinds.ts';
import { countOf, countText } from '../../base/numbers.ts';
import { checkParams, type ParamSpecs, type Params } from '../../base/params.ts';
import { exp, ln, sinCosTurns } from '../../numeric/elementary.ts';
import { NumberPacker } from '../../numeric/packed.ts';
import { Cursor } from '../../numeric/random.ts';
import type { Sample } from './contract.ts';

const classes: readonly EventClass[] = [
  { name: 'photon', role: 'background' },
  { name: 'electron', role: 'signal' },
];

const side = 32;
const middle = 16;
const channels = 2;
const progressEvery = 1000;

/** Radii in crystals of 22 mm, close to the Molière radius of lead tungstate: the core of a shower and its halo. */
const [coreRadius, haloRadius, coreShare] = [0.2, 0.55, 0.9];
/** Parts that a shower is made of; each lands in one crystal. */
const spots = 240;
/** Metres: radius of the calorimeter, and of the tracker, inside which electrons radiate and photons convert. */
const [calorimeterRadius, innerRadius, outerRadius] = [1.29, 0.05, 1.1];
const field = 3.8;
const crystal = 0.022;
/** Radiated photons carry at least and at most this share of the electron's energy. */
const [softest, hardest] = [0.01, 0.95];
/** GeV: least energy for a time to be measured. */
const timedFrom = 0.2;

const params = {
  signalShare: {
    kind: 'number',
    label: 'Share of electrons',
    help: 'The rest are photons.',
    default: 0.3,
    min: 0,
    max: 0.8,
  },
  material: {
    kind: 'number',
    label: 'Material of the tracker',
    help: 'Radiation lengths before the calorimeter at eta 0: more of it makes electrons radiate more. Without it, and without conversions, both classes are alike.',
    default: 1,
    min: 0,
    max: 3,
  },
  conversions: {
    kind: 'number',
    label: 'Converted photons',
    help: 'Share of photons that turn into an electron pair inside the tracker, early enough to be seen as two showers.',
    default: 0.15,
    min: 0,
    max: 1,
  },
  noise: {
    kind: 'number',
    label: 'Noise',
    help: 'Of one crystal; what lies below two and a half times it is read out as 0.',
    unit: 'GeV',
    default: 0.04,
    min: 0,
    max: 1,
  },
  pileUp: {
    kind: 'number',
    label: 'Pile-up hits',
    help: 'Crystals hit by other collisions in the same crossing, on average.',
    default: 25,
    min: 0,
    max: 45,
  },
} satisfies ParamSpecs;

/** A part of the particle as it reaches the calorimeter: energy [GeV] and where along phi, in crystals from the straight line. */
interface Leg {
  energy: number;
  phi: number;
}

/** How far a charged particle has been bent away from its tangent at `radius` when it reaches the calorimeter, in crystals. */
function bend(radius: number, pT: number): number {
  const path = calorimeterRadius - radius;
  return (0.3 * field * path * path) / (2 * pT * crystal);
}

function radiusOf(cursor: Cursor): number {
  return innerRadius + (outerRadius - innerRadius) * cursor.uniform();
}

/**
 * An electron and the photons that it radiated, each at its own radius with a share from a spectrum that falls as 1 / share. In one
 * radiation length it radiates once in each factor e of the photon's energy, and loses about a factor e of its own.
 *
 * @param slope transverse momentum over energy
 */
function electronLegs(energy: number, slope: number, charge: number, material: number, cursor: Cursor): Leg[] {
  const count = cursor.poisson(material * ln(hardest / softest));
  const radii = Array.from({ length: count }, () => radiusOf(cursor)).sort((a, b) => a - b);
  const legs: Leg[] = [];
  let left = energy;
  for (const radius of radii) {
    const share = softest * exp(ln(hardest / softest) * cursor.uniform());
    // the photon goes on straight, the electron bends away from it
    legs.push({ energy: left * share, phi: -charge * bend(radius, Math.max(1, left * (1 - share) * slope)) });
    left *= 1 - share;
  }
  legs.push({ energy: left, phi: 0 });
  return legs;
}

/** A photon, or the pair that it turned into, with a share of the energy from a flat spectrum. */
function photonLegs(energy: number, slope: number, conversions: number, cursor: Cursor): Leg[] {
  if (cursor.uniform() >= conversions) return [{ energy, phi: 0 }];
  const radius = radiusOf(cursor);
  const share = 0.05 + 0.9 * cursor.uniform();
  return [
    { energy: energy * share, phi: bend(radius, energy * share * slope) },
    { energy: energy * (1 - share), phi: -bend(radius, energy * (1 - share) * slope) },
  ];
}

/** Adds the spots of one leg to the energies [side x side]; rows are eta, columns phi. */
function shower(energies: Float64Array, leg: Leg, eta: number, phi: number, cursor: Cursor): void {
  // a fair share of the spots, but enough for a smooth shower of a soft leg
  const count = Math.max(12, Math.round((spots * leg.energy) / (leg.energy + 20)));
  for (let i = 0; i < count; i++) {
    const radius = cursor.uniform() < coreShare ? coreRadius : haloRadius;
    const u = cursor.open();
    // r with the profile 2 r R² / (r² + R²)²
    const distance = radius * Math.sqrt(u / (1 - u));
    const [sin, cos] = sinCosTurns(cursor.uniform() - 0.5);
    const row = Math.floor(middle + 0.5 + eta + distance * sin);
    const column = Math.floor(middle + 0.5 + phi + leg.phi + distance * cos);
    if (row < 0 || row >= side || column < 0 || column >= side) continue;
    energies[row * side + column] = (energies[row * side + column] as number) + leg.energy / count;
  }
}

/** Row and column of the hottest crystal. */
function hottest(energies: Float64Array): [number, number] {
  let best = 0;
  for (let i = 1; i < energies.length; i++) if ((energies[i] as number) > (energies[best] as number)) best = i;
  return [Math.floor(best / side), best % side];
}

function generate(given: Params, seed: number, events: number, onProgress?: OnProgress) {
  const checked = checkParams(params, given, 'sample "electron-photon-images"');
  const { signalShare, material, conversions, noise, pileUp } = checked as Readonly<Record<keyof typeof params, number>>;
  const cursor = new Cursor(seed, 'sample');
  const width = side * side * channels;
  const packer = new NumberPacker(events * width, { least: 'sparse' });
  const image = new Float32Array(width);
  const label = new Uint8Array(events);
  const energy = new Float64Array(events);
  const energies = new Float64Array(side * side);
  for (let i = 0; i < events; i++) {
    cursor.moveTo(i);
    energies.fill(0);
    const electron = cursor.uniform() < signalShare;
    const charge = cursor.uniform() < 0.5 ? 1 : -1;
    const truth = 20 + 60 * cursor.uniform();
    label[i] = electron ? 1 : 0;
    energy[i] = truth;
    // in the barrel; a slanted way through the tracker is longer
    const angle = 2.8 * cursor.uniform() - 1.4;
    const slant = (exp(angle) + exp(-angle)) / 2;
    const legs = electron
      ? electronLegs(truth, 1 / slant, charge, material * slant, cursor)
      : photonLegs(truth, 1 / slant, conversions, cursor);
    const [eta, phi] = [cursor.uniform() - 0.5, cursor.uniform() - 0.5];
    for (const leg of legs) shower(energies, leg, eta, phi, cursor);
    for (let hit = cursor.poisson(pileUp); hit > 0; hit--) {
      const place = cursor.below(side * side);
      energies[place] = (energies[place] as number) + cursor.exponential(0.25);
    }
    const [row, column] = hottest(energies);
    const collision = 0.18 * cursor.normal();
    image.fill(0);
    for (let r = 0; r < side; r++) {
      for (let c = 0; c < side; c++) {
        // the hottest crystal goes to the middle
        const [from, beside] = [r + row - middle, c + column - middle];
        const inside = from >= 0 && from < side && beside >= 0 && beside < side;
        const seen = (inside ? (energies[from * side + beside] as number) : 0) + noise * cursor.normal();
        const blur = cursor.normal();
        if (seen <= 2.5 * noise || seen <= 0) continue;
        image[(r * side + c) * channels] = seen;
        // resolution of a time: 0.1 ns and a part that falls with the energy
        const resolution = Math.sqrt(0.01 + (0.4 / seen) * (0.4 / seen));
        if (seen > timedFrom) image[(r * side + c) * channels + 1] = collision + resolution * blur;
      }
    }
    packer.add(image);
    const done = i + 1;
    if (onProgress && (done % progressEvery === 0 || done === events))
      onProgress({ done: done / events, message: `${countText(done)} of ${countText(events)} synthetic showers` });
  }
  return {
    kind: 'images' as const,
    rows: events,
    shape: [side, side, channels],
    features: [],
    image: { rows: 'eta', columns: 'phi', channels: ['energy', 'time'], unit: 'GeV' },
    values: packer.finish(),
    classes,
    label,
    spectators: { energy },
    words: `synthetic electron and photon showers, 32 x 32 crystals, energy and time: ${countOf(events, 'event')}, seed ${seed}`,
    remarks: [
      'Synthetic: made by a generator, not by an experiment and not by a full simulation',
      `Energies from 20 to 80 GeV; ${material} radiation lengths of tracker, ${field} T; energy in GeV, time in ns`,
    ],
  };
}

export default {
  id: 'electron-photon-images',
  name: 'Electron and photon images',
  kind: 'images',
  summary: 'Showers in 32 x 32 crystals, energy and time: photons, and electrons that radiate and spread in phi (synthetic)',
  lesson:
    'How little an image network adds to one well-chosen number, the share of the energy in the 3 x 3 crystals around the hottest, and why both must be shown',
  paper: {
    text: 'After the electron and photon images of ML4Sci: M. Andrews et al., Comput. Softw. Big Sci. 4 (2020) 6; shower profile after G. Grindhammer and S. Peters, arXiv hep-ex/0001020',
    url: 'https://arxiv.org/abs/hep-ex/0001020',
  },
  classes,
  params,
  defaultEvents: 6_000,
  maxEvents: 100_000,
  generate,
} satisfies Sample;
