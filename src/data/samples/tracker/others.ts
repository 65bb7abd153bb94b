/**
 * What a pixel layer shows beside the charge of its clusters: how many pixels a cluster has, and where in phi clusters lie. Shares of
 * fixed bins, as for the charge (`charge.ts`). Knows no runs and no counts; made up after what such layers look like, by formulas.
 */
import { exp, sinCosTurns } from '../../../numeric/elementary.ts';

/** Pixels of a cluster: bins for 1, 2, ... 16. */
export const sizeBins = 16;
/** Bins in phi from -π to π. */
export const phiBins = 60;

export interface SizeShape {
  /** Factor on every charge: pixels of less charge than the threshold are lost, so clusters become smaller. */
  gain: number;
  /** Mean number of pixels beyond the first at gain 1. */
  beyond: number;
  /** Extra clusters of one pixel, as a share of the others. */
  noise: number;
}

/** Share of long clusters, of tracks that run along the sensor, and the number of pixels over which they fall by a factor e. */
const longShare = 0.12;
const longFall = 3.5;

/**
 * Expected clusters of each size [16], so that without noise the shares add up to nearly 1: Poisson for the pixels beyond the first
 * with mean beyond · gain^1.5, and an exponential tail.
 */
export function sizeShares({ gain, beyond, noise }: SizeShape): Float64Array {
  const mean = beyond * gain * Math.sqrt(gain);
  const shares = new Float64Array(sizeBins);
  let poisson = exp(-mean);
  for (let k = 0; k < sizeBins; k++) {
    const tail = (1 - exp(-1 / longFall)) * exp(-k / longFall);
    shares[k] = (1 - longShare) * poisson + longShare * tail;
    poisson *= mean / (k + 1);
  }
  shares[0]! += noise;
  return shares;
}

export interface PhiShape {
  /** Size and direction, as a share of a turn, of a beam that is not centred: more hits where the layer is nearer. */
  offset: number;
  direction: number;
  /** A sector that misses clusters: its middle and width as shares of a turn, and the share of its clusters that are lost. */
  sector?: { middle: number; width: number; lost: number };
  /** Extra clusters in one bin, as a share of the others. */
  noise?: { bin: number; share: number };
}

/** Modules of the layer around phi: where two overlap there are more clusters. */
const ladders = 12;
const overlap = 0.08;

/** Expected clusters in each bin of phi [60]; 1 in all for a whole layer without noise. */
export function phiShares({ offset, direction, sector, noise }: PhiShape): Float64Array {
  const shares = Float64Array.from({ length: phiBins }, (_, bin) => {
    const turn = (bin + 0.5) / phiBins;
    const cosine = (turns: number): number => sinCosTurns(turns - Math.floor(turns))[1];
    const usual = 1 + offset * cosine(turn - direction) + overlap * cosine(ladders * turn);
    return usual / phiBins;
  });
  if (sector) {
    for (let bin = 0; bin < phiBins; bin++) shares[bin]! *= 1 - sector.lost * inSector(bin, sector);
  }
  if (noise) shares[noise.bin]! += noise.share;
  return shares;
}

/** Share of a bin that lies in the sector, which may go over the seam. */
function inSector(bin: number, { middle, width }: { middle: number; width: number }): number {
  const [low, high] = [bin / phiBins, (bin + 1) / phiBins];
  let inside = 0;
  for (const turn of [-1, 0, 1]) {
    const from = middle - width / 2 + turn;
    inside += Math.max(0, Math.min(high, from + width) - Math.max(low, from));
  }
  return Math.min(1, inside * phiBins);
}
