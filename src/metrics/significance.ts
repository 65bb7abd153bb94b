/**
 * Expected discovery significance of a counting experiment, in standard deviations. Yields need cross sections or an injected
 * fraction: the class sizes of a test sample are not yields.
 */

/**
 * Median significance from the Asimov data set: Z = √(2[(s + b) ln(1 + s/b) - s]), about s/√b for s << b. 0 at s = 0, ∞ at b = 0.
 * Source: Cowan, Cranmer, Gross and Vitells, Eur. Phys. J. C 71 (2011) 1554, equation 97. Worked value: s 10, b 100 gives 0.9839916.
 */
export function asimov(s: number, b: number): number {
  if (s === 0) return 0;
  return Math.sqrt(2 * ((s + b) * Math.log1p(s / b) - s));
}

/**
 * The same with background b ± σ known from a control measurement:
 *
 *   Z = √(2[(s+b) ln((s+b)(b+σ²) / (b² + (s+b)σ²)) - b²/σ² ln(1 + σ²s / (b(b+σ²)))]), about s / √(b + σ²).
 *
 * Source: Cowan, "Discovery sensitivity for a counting experiment with background uncertainty" (2012), equation 20.
 * Worked value: s 10, b 100, σ 10 gives 0.6901961.
 */
export function asimovWithError(s: number, b: number, sigma: number): number {
  if (sigma === 0) return asimov(s, b);
  const v = sigma * sigma;
  const first = (s + b) * Math.log(((s + b) * (b + v)) / (b * b + (s + b) * v));
  const second = ((b * b) / v) * Math.log1p((v * s) / (b * (b + v)));
  return Math.sqrt(Math.max(0, 2 * (first - second)));
}

/** Approximate median significance of the HiggsML challenge, Asimov's with b + 10. Worked value: s 200, b 1 000 gives 6.1009401. */
export function ams(s: number, b: number): number {
  return asimov(s, b + 10);
}
