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

/** Some thirty in each bin. */
const rowsPerClass = 1000;
/** Fewer rows where each has many numbers, so that a card is there at once. */
const numbersDrawn = 12_600_000;
const bins = 30;
/**
 * The last edge: this share lies below, as the mean over the classes. Farther out, only the class with the longest tail would have
 * more than single events in a bin.
 */
const shownShare = 0.95;
/** A rarer signal would be all noise. */
const shownSignalShare = 0.5;
const pictureSeed = 1;

/**
 * Density of one telling number per class, from at most 1,000 rows for each class with the sample's default parameters and seed 1;
 * a parameter `signalShare`, where there is one, is raised to one half. Rows above the last edge are left out of the bins but not
 * of the normalisation. Takes up to about a second.
 */
export function shelfPicture(sample: Sample): ShelfPicture {
  const params = pictureParams(sample);
  const width = sample.generate(params, pictureSeed, 1).shape.reduce((product, n) => product * n, 1);
  const rows = Math.min(rowsPerClass * sample.classes.length, sample.maxEvents, Math.ceil(numbersDrawn / width));
  const part = sample.generate(params, pictureSeed, rows);
  const { title, unit, values } = tellingNumber(part);
  const rowsOf = part.classes.map((_, k) => part.label.reduce((count, label) => count + (label === k ? 1 : 0), 0));
  const low = Math.min(0, ...values);
  const high = lastEdge(values, part.label, rowsOf);
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

/** The smallest value that has `shownShare` at or below it, each class counting the same. */
function lastEdge(values: Float64Array, label: Uint8Array, rowsOf: readonly number[]): number {
  const filled = rowsOf.filter((rows) => rows > 0).length;
  const order = Uint32Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
  let share = 0;
  for (const row of order) {
    share += 1 / (filled * (rowsOf[label[row] as number] as number));
    if (share >= shownShare) return values[row] as number;
  }
  return 1;
}

function pictureParams(sample: Sample): Params {
  const share = sample.params.signalShare;
  const params = defaultParams(sample.params);
  return share?.kind === 'number' ? { ...params, signalShare: Math.min(shownSignalShare, share.max ?? 1) } : params;
}

/** MET (or the sum of all pT) of an event, the summed pixels of an image, the mean bin of a histogram, the first column of a table. */
function tellingNumber(part: DatasetPart): { title: string; unit: string; values: Float64Array } {
  const rowOf = rowReader(part);
  const column = (read: (row: Float32Array) => number) => Float64Array.from({ length: part.rows }, (_, i) => read(rowOf(i)));
  const sum = (row: Float32Array) => row.reduce((total, value) => total + value, 0);
  switch (part.kind) {
    case 'objects': {
      const slot = part.objectTypes?.indexOf('MET') ?? -1;
      const numbers = part.shape[1] ?? 1;
      if (slot >= 0) return { title: 'MET', unit: 'GeV', values: column((row) => row[slot * numbers] as number) };
      const sumPT = (row: Float32Array) => row.reduce((total, value, i) => (i % numbers === 0 ? total + value : total), 0);
      return { title: 'Sum of pT', unit: 'GeV', values: column(sumPT) };
    }
    case 'images': {
      // of a whole detector the number of hits tells more than the energy
      const channels = part.shape[2] ?? 1;
      const hits = (row: Float32Array) => row.reduce((count, value, i) => count + (i % channels === 0 && value > 0 ? 1 : 0), 0);
      if (part.image?.periodicRows) return { title: 'Lit pixels', unit: '', values: column(hits) };
      return { title: 'Sum of pixels', unit: '', values: column(sum) };
    }
    case 'histograms':
      return {
        title: 'Mean bin',
        unit: '',
        values: column((row) => row.reduce((total, value, bin) => total + value * bin, 0) / (sum(row) || 1)),
      };
    case 'table': {
      const feature = part.features[0];
      return { title: feature?.name ?? 'First column', unit: feature?.unit ?? '', values: column((row) => row[0] as number) };
    }
  }
}
