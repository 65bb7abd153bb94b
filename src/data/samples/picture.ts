/**
 * The small picture on a shelf card: one telling number per row, its density in each class, drawn from rows that the sample itself
 * makes on the spot. Knows the kinds of data, not the samples.
 */
import type { EventClass } from '../../base/kinds.ts';
import { defaultParams, type Params } from '../../base/params.ts';
import { rowReader } from '../dataset.ts';
import type { DatasetPart } from '../layouts/contract.ts';
import type { Sample } from './contract.ts';

/** One spectrum per class. `density` integrates to the share of the class inside the edges, so classes of any size compare. */
export interface ShelfPicture {
  title: string;
  unit: string;
  /** [bins + 1], rising, equal steps. */
  edges: readonly number[];
  /** `density`: [bins] per unit. */
  classes: readonly { name: string; role: EventClass['role']; density: readonly number[] }[];
}

const rowsPerClass = 1000;
/** Fewer rows where each has many numbers, so that a card is there at once. */
const numbersDrawn = 12_600_000;
/** Fewer bins where there are fewer rows: single ones would break the lines. */
const mostBins = 30;
const fewestBins = 12;
/** Rows of a class for each bin, on the mean. */
const rowsPerBin = 10;
/**
 * The last edge: this share lies below, as the mean over the classes. Farther out, only the class with the longest tail would have
 * more than single events in a bin.
 */
const shownShare = 0.95;
/** Of a number that does not begin at 0, this share lies below the first edge. */
const hiddenShare = 0.01;
/** A rarer signal would be all noise. */
const shownSignalShare = 0.5;
const pictureSeed = 1;

/**
 * Density of one telling number per class, from at most 1,000 rows for each class with the sample's default parameters and seed 1;
 * a parameter `signalShare`, where there is one, is raised to one half. Rows beyond the edges are left out of the bins but not of
 * the normalisation. Takes up to about a second.
 */
export function shelfPicture(sample: Sample): ShelfPicture {
  const params = pictureParams(sample);
  const width = sample.generate(params, pictureSeed, 1).shape.reduce((product, n) => product * n, 1);
  const rows = Math.min(rowsPerClass * sample.classes.length, sample.maxEvents, Math.ceil(numbersDrawn / width));
  const part = sample.generate(params, pictureSeed, rows);
  const { title, unit, values, fromZero } = tellingNumber(part);
  const rowsOf = part.classes.map((_, k) => part.label.reduce((count, label) => count + (label === k ? 1 : 0), 0));
  const edge = edgeFinder(values, part.label, rowsOf);
  const low = fromZero ? Math.min(0, ...values) : edge(hiddenShare);
  const high = edge(shownShare);
  const bins = Math.max(fewestBins, Math.min(mostBins, Math.floor(rows / part.classes.length / rowsPerBin)));
  const step = (high > low ? high - low : 1) / bins;
  const classes = part.classes.map(({ name, role }, k) => {
    const density = new Array<number>(bins).fill(0);
    const rows = rowsOf[k] as number;
    values.forEach((value, row) => {
      const bin = Math.floor((value - low) / step);
      if (part.label[row] === k && bin >= 0 && bin < bins) density[bin] = (density[bin] as number) + 1 / (rows * step);
    });
    return { name, role, density };
  });
  return { title, unit, edges: Array.from({ length: bins + 1 }, (_, i) => low + i * step), classes };
}

/** The smallest value that has a share of all rows at or below it, each class counting the same. */
function edgeFinder(values: Float64Array, label: Uint8Array, rowsOf: readonly number[]): (wanted: number) => number {
  const filled = rowsOf.filter((rows) => rows > 0).length;
  const order = Uint32Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
  return (wanted) => {
    let share = 0;
    for (const row of order) {
      share += 1 / (filled * (rowsOf[label[row] as number] as number));
      if (share >= wanted) return values[row] as number;
    }
    return 1;
  };
}

function pictureParams(sample: Sample): Params {
  const share = sample.params.signalShare;
  const params = defaultParams(sample.params);
  return share?.kind === 'number' ? { ...params, signalShare: Math.min(shownSignalShare, share.max ?? 1) } : params;
}

interface TellingNumber {
  title: string;
  unit: string;
  values: Float64Array;
  /** The axis begins at 0, or at the lowest value if that is negative. */
  fromZero: boolean;
}

/**
 * MET (or the sum of all pT) of an event, the lit pixels of a whole detector, the 3 x 3 energy share of another image, the mean bin of a
 * histogram, the first column of a table.
 */
function tellingNumber(part: DatasetPart): TellingNumber {
  const rowOf = rowReader(part);
  const column = (title: string, unit: string, read: (row: Float32Array) => number, fromZero = true): TellingNumber => ({
    title,
    unit,
    values: Float64Array.from({ length: part.rows }, (_, i) => read(rowOf(i))),
    fromZero,
  });
  const sum = (row: Float32Array) => row.reduce((total, value) => total + value, 0);
  switch (part.kind) {
    case 'objects': {
      const slot = part.objectTypes?.indexOf('MET') ?? -1;
      const numbers = part.shape[1] ?? 1;
      if (slot >= 0) return column('MET', 'GeV', (row) => row[slot * numbers] as number);
      const sumPT = (row: Float32Array) => row.reduce((total, value, i) => (i % numbers === 0 ? total + value : total), 0);
      return column('Sum of pT', 'GeV', sumPT);
    }
    case 'images': {
      const [height = 1, width = 1, channels = 1] = part.shape;
      // of a whole detector the number of hits tells more than the energy
      const hits = (row: Float32Array) => row.reduce((count, value, i) => count + (i % channels === 0 && value > 0 ? 1 : 0), 0);
      if (part.image?.periodicRows) return column('Lit pixels', '', hits);
      return column('3 × 3 energy share', '', (row) => coreShare(row, height, width, channels), false);
    }
    case 'histograms':
      return column('Mean bin', '', (row) => row.reduce((total, value, bin) => total + value * bin, 0) / (sum(row) || 1));
    case 'table': {
      const feature = part.features[0];
      return column(feature?.name ?? 'First column', feature?.unit ?? '', (row) => row[0] as number);
    }
  }
}

/** Share of the first channel's sum in the 3 x 3 pixels around its largest, cut at the borders; 0 for a sum of 0. */
function coreShare(row: Float32Array, height: number, width: number, channels: number): number {
  let [hottest, total, core] = [0, 0, 0];
  for (let pixel = 0; pixel < height * width; pixel++) {
    const value = row[pixel * channels] as number;
    total += value;
    if (value > (row[hottest * channels] as number)) hottest = pixel;
  }
  const [middleRow, middleColumn] = [Math.floor(hottest / width), hottest % width];
  for (let y = Math.max(0, middleRow - 1); y <= Math.min(height - 1, middleRow + 1); y++)
    for (let x = Math.max(0, middleColumn - 1); x <= Math.min(width - 1, middleColumn + 1); x++)
      core += row[(y * width + x) * channels] as number;
  return total === 0 ? 0 : core / total;
}
