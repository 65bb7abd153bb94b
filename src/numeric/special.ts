/**
 * Special functions behind every interval: the logarithm of the gamma function, the regularised incomplete beta and gamma
 * functions, the normal distribution, and the inverses. Knows nothing of events or rates.
 *
 * Accuracy: relative 1e-12 or better for parameters up to 1e7 (checked against 50-digit arithmetic). The usual prefactor
 * exp(lnΓ(a+b) - lnΓ(a) - lnΓ(b) + ...) would lose seven digits there, so it is written with the deviance of a from its
 * expectation and the small remainder of Stirling's formula: C. Loader, "Fast and accurate computation of binomial
 * probabilities" (2000). Incomplete gamma: Press et al., Numerical Recipes, section 6.2.
 */

const LN_SQRT_2PI = 0.9189385332046728;
const EULER_GAMMA = 0.5772156649015329;

/** ζ(k) - 1 for k = 2 ... 29. */
const ZETA_MINUS_1 = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914, 0.008349277381922827,
  0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853, 0.0004941886041194645, 0.0002460865533080483,
  0.00012271334757848915, 6.124813505870483e-5, 3.058823630702049e-5, 1.528225940865187e-5, 7.637197637899763e-6,
  3.81729326499984e-6, 1.908212716553939e-6, 9.539620338727962e-7, 4.769329867878064e-7, 2.38450502727733e-7,
  1.1921992596531106e-7, 5.960818905125948e-8, 2.980350351465228e-8, 1.4901554828365043e-8, 7.45071178983543e-9,
  3.725334024788457e-9, 1.862659723513049e-9,
];

/** lnΓ(1 + z) + ln(1 + z) for |z| <= 1/2: its Taylor series at 0. */
function logGammaSeries(z: number): number {
  let sum = 0;
  for (let k = ZETA_MINUS_1.length + 1; k >= 2; k--) sum = (((k & 1) === 0 ? 1 : -1) * ZETA_MINUS_1[k - 2]!) / k + z * sum;
  return z * (1 - EULER_GAMMA + z * sum);
}

/** Remainder of Stirling's formula, δ(x) = lnΓ(x + 1) - (x + ½) ln x + x - ½ ln 2π, for x > 0. */
function stirlingRemainder(x: number): number {
  let y = x;
  let sum = 0;
  for (; y < 16; y++) sum += (y + 0.5) * Math.log1p(1 / y) - 1;
  const z = 1 / (y * y);
  return sum + (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z * (1 / 1188 - (z * 691) / 360360))))) / y;
}

/** Deviance x ln(x / m) + m - x of positive x and m, from their difference x - m, without cancellation where it is small. */
function deviance(x: number, m: number, difference: number): number {
  if (Math.abs(difference) >= 0.1 * (x + m)) return x * Math.log(x / m) - difference;
  const v = difference / (x + m);
  let sum = difference * v;
  let term = 2 * x * v;
  for (let j = 1; j < 100; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

/**
 * lnΓ(x) for x > 0; NaN otherwise, ∞ at ∞. Keeps its relative accuracy at the zeros x = 1 and x = 2.
 * Worked value: lnΓ(10) = ln 362880 = 12.801827480081469.
 */
export function logGamma(x: number): number {
  if (!(x > 0)) return Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  if (x < 0.5) return logGammaSeries(x) - Math.log1p(x) - Math.log(x);
  if (x <= 1.5) return logGammaSeries(x - 1) - Math.log1p(x - 1);
  if (x <= 2.5) return logGammaSeries(x - 2);
  return (x - 0.5) * Math.log(x) - x + LN_SQRT_2PI + stirlingRemainder(x);
}

/** Lentz's method for b0 + a1/(b1 + a2/(b2 + ...)); `step(i)` gives [a_i, b_i] for i = 1, 2, ... */
function continuedFraction(b0: number, step: (i: number) => readonly [a: number, b: number]): number {
  const tiny = 1e-300;
  let value = b0 === 0 ? tiny : b0;
  let c = value;
  let d = 0;
  for (let i = 1; i < 1_000_000; i++) {
    const [a, b] = step(i);
    d = b + a * d || tiny;
    c = b + a / c || tiny;
    d = 1 / d;
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < 3e-16) break;
  }
  return value;
}

// ---- beta --------------------------------------------------------------------------------------------------------------

/** ln of x^a y^b / B(a, b), where y = 1 - x: the density of logit x. */
function logBetaDensity(a: number, b: number, x: number, y: number): number {
  const n = a + b;
  const difference = a * y - b * x; // = a - n x = n y - b
  return (
    0.5 * Math.log((a / n) * b) -
    LN_SQRT_2PI +
    stirlingRemainder(n) -
    stirlingRemainder(a) -
    stirlingRemainder(b) -
    deviance(a, n * x, difference) -
    deviance(b, n * y, -difference)
  );
}

/**
 * ln I_x(a, b) on the side where the fraction converges fast, x <= (a + 1) / (a + b + 2). Didonato and Morris, ACM TOMS 18
 * (1992) 360, equation 9, whose terms keep a - (a + b) x exact.
 */
function logBetaTail(a: number, b: number, x: number, y: number): number {
  const difference = a * y - b * x;
  const fraction = continuedFraction((a * (difference + 1)) / (a + 1), (m) => {
    const odd = a + 2 * m - 1;
    return [
      ((a + m - 1) / odd) * ((a + b + m - 1) / odd) * (m * x) * ((b - m) * x),
      m + (m * (b - m) * x) / odd + ((a + m) * (difference + 1 + m * (1 + y))) / (odd + 2),
    ];
  });
  return logBetaDensity(a, b, x, y) - Math.log(fraction);
}

function logBetaLower(a: number, b: number, x: number, y: number): number {
  if (x <= (a + 1) / (a + b + 2)) return Math.min(0, logBetaTail(a, b, x, y));
  return Math.log1p(-Math.min(1, Math.exp(logBetaTail(b, a, y, x))));
}

/**
 * Regularised incomplete beta function I_x(a, b): the chance that a Beta(a, b) variable is at most x. 0 below 0, 1 above 1.
 * Worked value: I_0.3(2, 5) = 0.579825.
 *
 * @param a, b positive
 */
export function betaCdf(x: number, a: number, b: number): number {
  if (!(a > 0 && b > 0) || Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x <= (a + 1) / (a + b + 2)) return Math.min(1, Math.exp(logBetaTail(a, b, x, 1 - x)));
  return Math.max(0, -Math.expm1(logBetaTail(b, a, 1 - x, x)));
}

/**
 * Quantile of Beta(a, b): the x with I_x(a, b) = p; 0 at p = 0, 1 at p = 1, NaN for p outside [0, 1].
 * Worked value: betaInv(0.025, 3, 8) = 0.0667395 (the lower Clopper-Pearson end of 3 of 10).
 */
export function betaInv(p: number, a: number, b: number): number {
  if (!(a > 0 && b > 0 && p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0 || p === 1) return p;
  const lower = p <= 0.5;
  const [c, d] = lower ? [a, b] : [b, a];
  const logit = tailRoot(Math.log(lower ? p : 1 - p), Math.log(c / d), (u) => {
    const x = 1 / (1 + Math.exp(-u));
    const y = 1 / (1 + Math.exp(u));
    return [logBetaLower(c, d, x, y), logBetaDensity(c, d, x, y)];
  });
  return 1 / (1 + Math.exp(lower ? -logit : logit));
}

// ---- gamma -------------------------------------------------------------------------------------------------------------

/** ln of x^a e^-x / Γ(a): the density of ln x. */
function logGammaDensity(a: number, x: number): number {
  return 0.5 * Math.log(a) - LN_SQRT_2PI - stirlingRemainder(a) - deviance(a, x, a - x);
}

/** ln P(a, x) by its series, for x < a + 1. */
function logGammaLowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < 1_000_000; n++) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return logGammaDensity(a, x) + Math.log(sum);
}

/** ln Q(a, x) by its continued fraction, for x >= a + 1. */
function logGammaUpperFraction(a: number, x: number): number {
  return logGammaDensity(a, x) - Math.log(continuedFraction(x + 1 - a, (i) => [-i * (i - a), x + 2 * i + 1 - a]));
}

const logGammaLower = (a: number, x: number): number =>
  x < a + 1 ? Math.min(0, logGammaLowerSeries(a, x)) : Math.log1p(-Math.min(1, Math.exp(logGammaUpperFraction(a, x))));

const logGammaUpper = (a: number, x: number): number =>
  x < a + 1 ? Math.log1p(-Math.min(1, Math.exp(logGammaLowerSeries(a, x)))) : Math.min(0, logGammaUpperFraction(a, x));

/** Regularised lower incomplete gamma function P(a, x), a > 0; 0 for x <= 0. Worked value: P(3, 2) = 0.3233235838. */
export function gammaCdf(x: number, a: number): number {
  if (!(a > 0) || Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return 0;
  if (x === Number.POSITIVE_INFINITY) return 1;
  return x < a + 1 ? Math.exp(logGammaLower(a, x)) : -Math.expm1(logGammaUpper(a, x));
}

/** Q(a, x) = 1 - P(a, x), accurate where it is small. */
export function gammaTail(x: number, a: number): number {
  if (!(a > 0) || Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  return x < a + 1 ? -Math.expm1(logGammaLower(a, x)) : Math.exp(logGammaUpper(a, x));
}

/** The x with P(a, x) = p; 0 at p = 0, ∞ at p = 1, NaN for p outside [0, 1]. */
export function gammaInv(p: number, a: number): number {
  if (!(a > 0 && p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return 0;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const lower = p <= 0.5;
  const sign = lower ? 1 : -1;
  const root = tailRoot(Math.log(lower ? p : 1 - p), sign * Math.log(a), (u) => {
    const x = Math.exp(sign * u);
    return [lower ? logGammaLower(a, x) : logGammaUpper(a, x), logGammaDensity(a, x)];
  });
  return Math.exp(sign * root);
}

/** Quantile of χ² with k degrees of freedom. Worked value: chi2Inv(0.95, 1) = 3.841458820694124. */
export function chi2Inv(p: number, k: number): number {
  return 2 * gammaInv(p, k / 2);
}

// ---- normal ------------------------------------------------------------------------------------------------------------

/** Φ(z), the chance that a standard normal variable is at most z; accurate in both tails. */
export function normalCdf(z: number): number {
  const half = 0.5 * gammaTail(0.5 * z * z, 0.5);
  return z < 0 ? half : 1 - half;
}

/** The z with Φ(z) = p; ∓∞ at 0 and 1, NaN outside [0, 1]. Worked value: normalQuantile(0.975) = 1.959963984540054. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  if (p === 0.5) return 0;
  const tail = Math.min(p, 1 - p);
  const z = tailRoot(Math.log(tail), 0, (u) => [logGammaUpper(0.5, 0.5 * u * u) - Math.LN2, -0.5 * u * u - LN_SQRT_2PI]);
  return p < 0.5 ? z : -z;
}

// ---- inversion ---------------------------------------------------------------------------------------------------------

/**
 * Solves ln F(u) = target by Newton's method. All three distributions have a log-concave density in u (logit x, ln x, z), so
 * ln F is concave and rising: the first step may fall left of the root, every later one climbs towards it. No bracket needed.
 *
 * @param evaluate gives [ln F(u), ln of the density at u]
 */
function tailRoot(target: number, start: number, evaluate: (u: number) => readonly [logF: number, logDensity: number]): number {
  let u = start;
  for (let i = 0; i < 100; i++) {
    const [logF, logDensity] = evaluate(u);
    const step = (logF - target) * Math.exp(logF - logDensity);
    u -= step;
    if (u < -700) return u; // below the smallest number once it leaves the logarithm
    if (Math.abs(step) <= 1e-15 * Math.max(1, Math.abs(u))) break;
  }
  return u;
}
