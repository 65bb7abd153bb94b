/**
 * The sample `tracker-histograms`: synthetic cluster charge of a pixel layer, one histogram for each lumisection, in the shape of
 * the histograms that CMS certifies; on demand the size of clusters and their place in phi instead of it or beside it. Conditions drift from run to run and within a run; faults come as stretches of lumisections, as
 * they do. What it is good for, and not: `docs/samples.md`. The spectrum is in `tracker/charge.ts`.
 */
import type { EventClass, HistogramAxis, OnProgress } from '../../base/kinds.ts';
import { countOf, countText } from '../../base/numbers.ts';
import { checkParams, type ParamSpecs, type Params } from '../../base/params.ts';
import { exp } from '../../numeric/elementary.ts';
import { Cursor } from '../../numeric/random.ts';
import { binFeatures, togetherAxis } from '../histograms.ts';
import type { Sample } from './contract.ts';
import { type ChargeShape, ChargeSpectrum } from './tracker/charge.ts';
import { type PhiShape, phiBins, phiShares, sizeBins, sizeShares } from './tracker/others.ts';

const bins = 100;
/** The three histograms that there are; cells of a row. */
const axes = {
  charge: { name: 'Cluster charge', low: 0, high: 80_000, unit: 'e', cells: bins },
  size: { name: 'Cluster size', low: 0.5, high: sizeBins + 0.5, unit: 'pixels', cells: sizeBins },
  phi: { name: 'Clusters in phi', low: -Math.PI, high: Math.PI, unit: 'rad', cells: phiBins },
} as const satisfies Record<string, Omit<HistogramAxis, 'parts'> & { cells: number }>;
type Quantity = keyof typeof axes;
/** Electrons. */
const lastEdge = 80_000;
const edges = Array.from({ length: bins + 1 }, (_, i) => (i * lastEdge) / bins);

const classes: readonly EventClass[] = [
  { name: 'good', role: 'background' },
  { name: 'gain shift', role: 'signal' },
  { name: 'dead region', role: 'signal' },
  { name: 'high-voltage trip', role: 'signal' },
  { name: 'wrong timing', role: 'signal' },
  { name: 'noise', role: 'signal' },
  { name: 'empty', role: 'signal' },
];
const faultNames = classes.slice(1).map(({ name }) => name);

const params = {
  signalShare: {
    kind: 'number',
    label: 'Share of bad lumisections',
    help: 'About this share of lumisections lies in a stretch with a fault; the six faults come in turn.',
    default: 0.12,
    min: 0,
    max: 0.5,
  },
  entries: {
    kind: 'number',
    label: 'Entries of a lumisection',
    help: 'Clusters in a histogram at the start of a typical run; they fall with the luminosity.',
    default: 140_000,
    min: 100,
    max: 1_000_000,
    integer: true,
    log: true,
  },
  histograms: {
    kind: 'choice',
    label: 'Histograms',
    help: 'One histogram for each lumisection, or all three of them in one row. Conditions and faults are the same in all.',
    default: 'charge',
    options: [
      { value: 'charge', label: 'cluster charge' },
      { value: 'size', label: 'cluster size' },
      { value: 'phi', label: 'clusters in phi' },
      { value: 'all', label: 'all three together' },
    ],
  },
  drift: {
    kind: 'number',
    label: 'Drift',
    help: 'Size of the changes that are no fault: ageing, recalibration, luminosity. 0 switches them off, 1 is usual.',
    default: 1,
    min: 0,
    max: 5,
  },
} satisfies ParamSpecs;

/** Numbers that no experiment has used. */
const firstRun = 900_001;
const shortestRun = 40;
const longestRun = 160;
/** Runs between two calibrations, after which the gain is right again. */
const calibrationRuns = 12;
/** Lumisections in which luminosity falls by a factor e. */
const lifetime = 400;
const progressEvery = 1000;

/** Typical conditions: what a good lumisection has without drift. */
const usual: ChargeShape = { gain: 1, mostProbable: 22_500, width: 2_500, floor: 0.24, floorCharge: 9_500 };

interface Conditions extends ChargeShape {
  entries: number;
  /** Extra entries, as a share of the others, that fall exponentially from charge 0. */
  noise: number;
}

/** One run: how many lumisections, what they have in common, and where its faults lie. */
interface Run {
  lumisections: number;
  conditions: Conditions;
  faults: { fault: string; start: number; end: number; size: number }[];
}

/** @param faultsBefore faults in earlier runs, by which they come in turn */
function makeRun(cursor: Cursor, ordinal: number, faultsBefore: number, share: number, entries: number, drift: number): Run {
  const lumisections = shortestRun + cursor.below(longestRun - shortestRun + 1);
  const age = ordinal % calibrationRuns;
  const conditions: Conditions = {
    ...usual,
    gain: 1 + drift * (-0.002 * age + 0.008 * cursor.normal()),
    width: usual.width * (1 + drift * 0.02 * cursor.normal()),
    floor: usual.floor * (1 + drift * (0.004 * age + 0.03 * cursor.normal())),
    entries: entries * exp(drift * 0.25 * cursor.normal()),
    noise: 0,
  };
  const draw = cursor.uniform();
  const count = share === 0 || draw < 0.25 ? 0 : draw < 0.75 ? 1 : 2;
  const room = Math.floor(lumisections / Math.max(1, count));
  const faults = Array.from({ length: count }, (_, k) => {
    const length = Math.min(room, Math.max(3, Math.round(share * lumisections * (0.5 + cursor.uniform()))));
    const start = k * room + cursor.below(room - length + 1);
    const fault = faultNames[(faultsBefore + k) % faultNames.length] as string;
    return { fault, start, end: start + length, size: cursor.uniform() };
  });
  return { lumisections, conditions, faults };
}

/** @param size 0 to 1: how bad the fault is, the same for all of its lumisections */
function withFault(conditions: Conditions, fault: string, size: number): Conditions {
  const { gain, entries, floor, width } = conditions;
  switch (fault) {
    case 'gain shift': {
      const change = 0.02 + 0.06 * size;
      return { ...conditions, gain: gain * (size < 0.5 ? 1 - change : 1 + change) };
    }
    case 'dead region':
      // what is left lies elsewhere: shorter paths, fewer broken clusters
      return {
        ...conditions,
        entries: entries * (0.9 - 0.4 * size),
        gain: gain * (1 - 0.03 * size),
        floor: floor * (0.95 - 0.2 * size),
      };
    case 'high-voltage trip':
      return {
        ...conditions,
        gain: gain * (0.9 - 0.4 * size),
        entries: entries * (0.7 - 0.4 * size),
        width: width * (1.1 + 0.4 * size),
      };
    case 'wrong timing':
      return { ...conditions, gain: gain * (0.99 - 0.08 * size), width: width * (1.05 + 0.15 * size) };
    case 'noise':
      return { ...conditions, noise: 0.0015 + 0.03 * size };
    default:
      return { ...conditions, entries: 0 };
  }
}

/** Charge below which noise has fallen by a factor e, in electrons. */
const noiseCharge = 2_000;

/** What size and phi of a run have beside its conditions, and where its faults lie in phi. */
interface OtherConditions {
  beyond: number;
  offset: number;
  direction: number;
  /** As shares of a turn, one for each fault of the run. */
  places: number[];
}

function otherConditions(cursor: Cursor, faults: number, drift: number): OtherConditions {
  return {
    beyond: 2.4 * (1 + drift * 0.01 * cursor.normal()),
    offset: drift * 0.02 * cursor.normal(),
    direction: cursor.uniform(),
    places: Array.from({ length: faults }, () => cursor.uniform()),
  };
}

/** What a fault does to the clusters along phi; those that are lost there are the ones that the entries of the charge lack. */
function phiFault(fault: string | undefined, place: number, kept: number, noise: number): Pick<PhiShape, 'sector' | 'noise'> {
  const lost = 1 - kept;
  switch (fault) {
    case 'dead region':
      return { sector: { middle: place, width: lost, lost: 1 } };
    case 'high-voltage trip': {
      const width = Math.min(1, lost + 0.2);
      return { sector: { middle: place, width, lost: lost / width } };
    }
    case 'noise':
      return { noise: { bin: Math.floor(place * phiBins), share: noise } };
    default:
      return {};
  }
}

function chargeShares(spectrum: ChargeSpectrum, conditions: Conditions): Float64Array {
  const shares = spectrum.shares(conditions, edges);
  return shares.map((share, bin) => {
    const [from, to] = [edges[bin] as number, edges[bin + 1] as number];
    return share + conditions.noise * (exp(-from / noiseCharge) - exp(-to / noiseCharge));
  });
}

/** Counts around `entries` times the shares, put into the row. @returns their sum */
function draw(entries: number, shares: Float64Array, cursor: Cursor, row: Float32Array): number {
  let total = 0;
  for (let bin = 0; bin < shares.length; bin++) {
    const count = poisson(entries * (shares[bin] as number), cursor);
    row[bin] = count;
    total += count;
  }
  return total;
}

/** A count with this expectation; above 30 a rounded normal deviate of the same variance. */
function poisson(expected: number, cursor: Cursor): number {
  if (expected <= 0) return 0;
  if (expected < 30) return cursor.poisson(expected);
  return Math.max(0, Math.round(expected + Math.sqrt(expected) * cursor.normal()));
}

function generate(given: Params, seed: number, events: number, onProgress?: OnProgress) {
  const checked = checkParams(params, given, 'sample "tracker-histograms"');
  const { signalShare, entries, drift, histograms } = checked as {
    signalShare: number;
    entries: number;
    drift: number;
    histograms: Quantity | 'all';
  };
  const chosen: readonly Quantity[] = histograms === 'all' ? ['charge', 'size', 'phi'] : [histograms];
  const { axis, features } =
    chosen.length > 1
      ? togetherAxis(chosen.map((quantity) => axes[quantity]))
      : { axis: axisOf(chosen[0] as Quantity), features: binFeatures(axes[chosen[0] as Quantity].cells, false) };
  const width = features.length;
  const spectrum = new ChargeSpectrum();
  // one stream for each histogram, so that none depends on which others are drawn
  const cursors = {
    charge: new Cursor(seed, 'sample', 1),
    size: new Cursor(seed, 'sample', 2),
    phi: new Cursor(seed, 'sample', 3),
  };
  const values = new Float32Array(events * width);
  const label = new Uint8Array(events);
  const run = new Float64Array(events);
  const lumisection = new Float64Array(events);
  const filled = new Float64Array(events);
  let row = 0;
  let faultsBefore = 0;
  let runs = 0;
  for (; row < events; runs++) {
    const made = makeRun(new Cursor(seed, 'sample', 0, runs), runs, faultsBefore, signalShare, entries, drift);
    const other = otherConditions(new Cursor(seed, 'sample', 4, runs), made.faults.length, drift);
    faultsBefore += made.faults.length;
    for (let ls = 0; ls < made.lumisections && row < events; ls++, row++) {
      const luminosity = exp(-ls / lifetime);
      const { conditions } = made;
      // more luminosity: a little less charge reaches the readout
      const gain = conditions.gain * (1 - drift * 0.015 * luminosity);
      const now: Conditions = { ...conditions, gain, entries: conditions.entries * luminosity };
      const fault = made.faults.find(({ start, end }) => ls >= start && ls < end);
      const drawn = fault ? withFault(now, fault.fault, fault.size) : now;
      const place = fault ? (other.places[made.faults.indexOf(fault)] as number) : 0;
      const shares: Record<Quantity, () => Float64Array> = {
        charge: () => chargeShares(spectrum, drawn),
        size: () => sizeShares({ gain: drawn.gain, beyond: other.beyond, noise: drawn.noise }),
        phi: () => phiShares({ ...other, ...phiFault(fault?.fault, place, drawn.entries / now.entries, drawn.noise) }),
      };
      let start = row * width;
      for (const [k, quantity] of chosen.entries()) {
        const { cells } = axes[quantity];
        // in phi a fault has taken its clusters from where it lies
        const expected = quantity === 'phi' && drawn.entries > 0 ? now.entries : drawn.entries;
        const total = draw(expected, shares[quantity](), cursors[quantity].moveTo(row), values.subarray(start, start + cells));
        if (k === 0) filled[row] = total;
        start += cells;
      }
      label[row] = fault ? 1 + faultNames.indexOf(fault.fault) : 0;
      run[row] = firstRun + runs;
      lumisection[row] = ls + 1;
      const done = row + 1;
      if (onProgress && (done % progressEvery === 0 || done === events))
        onProgress({ done: done / events, message: `${countText(done)} of ${countText(events)} synthetic lumisections` });
    }
  }
  return {
    kind: 'histograms' as const,
    rows: events,
    shape: [width],
    features,
    histogram: axis,
    values,
    classes,
    label,
    spectators: { entries: filled },
    run,
    lumisection,
    words: `synthetic tracker histograms, ${chosen.map(quantityWords).join(', ')}: ${countOf(events, 'lumisection')} in ${countOf(runs, 'run')}, seed ${seed}`,
    remarks: [
      'Synthetic: made by a generator, not by an experiment and not by a full simulation',
      `Faults come in stretches of one run: ${faultNames.join(', ')}; a lumisection of class "empty" has no entries at all`,
      'Run numbers from 900001 on belong to no experiment; neighbours in a run are alike, so split by run',
    ],
  };
}

function axisOf(quantity: Quantity): HistogramAxis {
  const { cells: _cells, ...axis } = axes[quantity];
  return axis;
}

function quantityWords(quantity: Quantity): string {
  const { name, cells, low, high } = axes[quantity];
  const range =
    quantity === 'charge' ? `0 to ${countText(lastEdge)} electrons` : quantity === 'phi' ? '-π to π' : `${low} to ${high} pixels`;
  return `${name.charAt(0).toLowerCase()}${name.slice(1)} in ${cells} bins from ${range}`;
}

export default {
  id: 'tracker-histograms',
  name: 'Tracker histograms',
  kind: 'histograms',
  summary:
    'Cluster charge of a pixel layer, and on demand size and place of clusters, for each lumisection, with drifting conditions and six faults (synthetic)',
  lesson:
    'How a shape trained on good lumisections finds bad ones, why a split must go by run, and what empty histograms do to a metric',
  paper: {
    text: 'After the data quality monitoring of the CMS pixel detector: A. A. Pol et al., Comput. Softw. Big Sci. 3 (2019) 3; spectrum after L. Landau, J. Phys. USSR 8 (1944) 201',
    url: 'https://doi.org/10.1007/s41781-018-0020-1',
  },
  classes,
  params,
  defaultEvents: 5_000,
  maxEvents: 250_000,
  generate,
} satisfies Sample;
