/**
 * The spectrum of charge that particles leave in a thin silicon sensor: Landau's distribution of the energy loss, smeared by noise
 * and by the spread of path lengths (a normal distribution), over a broad floor of clusters that lost part of their charge at an
 * edge. Given as shares of fixed bins, so that a histogram of any number of entries can be drawn from it. Knows no runs and no faults.
 *
 * Source: L. Landau, J. Phys. USSR 8 (1944) 201, in the form of K. Kölbig and B. Schorr, Comput. Phys. Commun. 31 (1984) 97, eq. 1.1.
 */
import { exp, ln, sinCosTurns } from '../../../numeric/elementary.ts';

/** Shape of one spectrum; charges in electrons. */
export interface ChargeShape {
  /** Factor on every charge. */
  gain: number;
  /** Most probable charge before smearing, and the Landau width, at gain 1. */
  mostProbable: number;
  width: number;
  /** Share of entries in the broad floor, and the charge at which the floor is highest. */
  floor: number;
  floorCharge: number;
}

/** λ of the tabulated distribution. */
const low = -6;
const high = 120;
const step = 0.1;
const points = Math.round((high - low) / step) + 1;
/** Standard deviation of the smearing in units of the Landau width. */
const smearing = 1.2;
/** Where Landau's density is largest. */
const mode = -0.2228;

/** Shares of bins under a charge spectrum. Making one tabulates Landau's distribution, some 20 ms. */
export class ChargeSpectrum {
  private readonly cumulative = cumulativeOf(smeared(landauDensities()));

  /**
   * Share of all entries in each bin [edges - 1]; what lies outside the edges is in none of them, so they add up to less than 1.
   *
   * @param edges rising, in electrons
   */
  shares({ gain, mostProbable, width, floor, floorCharge }: ChargeShape, edges: readonly number[]): Float64Array {
    const below = edges.map((edge) => {
      const charge = edge / gain;
      const ratio = Math.max(0, charge) / floorCharge;
      const inFloor = 1 - (1 + ratio) * exp(-ratio);
      return (1 - floor) * this.below((charge - mostProbable) / width + mode) + floor * inFloor;
    });
    return Float64Array.from({ length: edges.length - 1 }, (_, bin) => (below[bin + 1] as number) - (below[bin] as number));
  }

  /** Smeared Landau distribution function at λ. */
  private below(lambda: number): number {
    const at = Math.min(points - 1, Math.max(0, (lambda - low) / step));
    const left = Math.min(points - 2, Math.floor(at));
    const [a, b] = [this.cumulative[left] as number, this.cumulative[left + 1] as number];
    return a + (at - left) * (b - a);
  }
}

/**
 * Landau's density φ(λ) = 1/π ∫₀^∞ exp(-t ln t - λ t) sin(πt) dt by the trapezoidal rule with its first end correction (the
 * integrand starts with slope π), which needs steps well below 1/λ. Below λ = -3.5 it is less than 1e-6 and set to 0, because the
 * integral cancels there. Worked value: φ(0) = 0.17885.
 */
export function landauDensity(lambda: number): number {
  if (lambda < -3.5) return 0;
  const dt = lambda > 20 ? 0.001 : 0.02;
  const end = lambda > 20 ? 1.5 : 24;
  let sum = 0;
  for (let t = dt; t < end; t += dt) {
    const exponent = -t * ln(t) - lambda * t;
    if (exponent > -40) sum += exp(exponent) * sinCosTurns(t / 2)[0];
  }
  return Math.max(0, (sum * dt) / Math.PI + (dt * dt) / 12);
}

/** Far out the density falls as 1/λ², which is good to 4 % from here on and saves the finer integrals. */
const tailStart = 40;

function landauDensities(): Float64Array {
  const joint = landauDensity(tailStart) * tailStart * tailStart;
  return Float64Array.from({ length: points }, (_, i) => {
    const lambda = low + i * step;
    return lambda < tailStart ? landauDensity(lambda) : joint / (lambda * lambda);
  });
}

function smeared(density: Float64Array): Float64Array {
  const reach = Math.round((4 * smearing) / step);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => exp(-0.5 * (((i - reach) * step) / smearing) ** 2));
  const norm = kernel.reduce((sum, value) => sum + value, 0);
  return density.map((_, i) => {
    let sum = 0;
    for (let k = -reach; k <= reach; k++) sum += (density[i + k] ?? 0) * (kernel[k + reach] as number);
    return sum / norm;
  });
}

/** What lies beyond the table, under 1 / `high`, is counted at its end. */
function cumulativeOf(density: Float64Array): Float64Array {
  let sum = 0;
  return density.map((value) => {
    sum += value * step;
    return Math.min(1, sum);
  });
}
