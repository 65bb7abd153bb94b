/**
 * Elementary functions with the same bits in every engine. JavaScript leaves the last digit of Math.exp, Math.log and Math.sin
 * to the engine, so a sample made in one browser could differ from one made in another; these use only + - * / and sqrt,
 * which IEEE 754 fixes. Accuracy: a few units in the last place. For random numbers, generators and kinematics that must repeat.
 */

const LN2_HIGH = 0.6931471803691238; // ln 2 with its last 21 bits zero, so that k * LN2_HIGH is exact for |k| < 2^20
const LN2_LOW = 1.9082149292705877e-10; // ln 2 - LN2_HIGH
const bits = new Float64Array(1);
const halves = new Uint32Array(bits.buffer); // little endian on every platform that browsers run on

/** 2^k for whole k from -1022 to 1023. */
function powerOfTwo(k: number): number {
  halves[0] = 0;
  halves[1] = (k + 1023) << 20;
  return bits[0] as number;
}

/**
 * Natural logarithm. x = 2^k m with m in [√½, √2); ln m = 2 artanh((m-1)/(m+1)) as a series.
 * ln 0 = -∞, ln of a negative number is NaN, ln ∞ = ∞. Worked value: ln 10 = 2.302585092994046.
 */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  let k = 0;
  let m = x;
  if (m < 2.2250738585072014e-308) {
    m *= 2 ** 54;
    k = -54;
  }
  bits[0] = m;
  const high = halves[1] as number;
  k += (high >>> 20) - 1023;
  halves[1] = (high & 0x000fffff) | 0x3ff00000;
  m = bits[0] as number;
  if (m > Math.SQRT2) {
    m *= 0.5;
    k += 1;
  }
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  const tail =
    z *
    (1 / 3 +
      z *
        (1 / 5 + z * (1 / 7 + z * (1 / 9 + z * (1 / 11 + z * (1 / 13 + z * (1 / 15 + z * (1 / 17 + z * (1 / 19 + z / 21)))))))));
  return k * LN2_HIGH + (2 * s + (2 * s * tail + k * LN2_LOW));
}

/** Exponential. exp(-∞) = 0; above 709.78 it is ∞. Worked value: exp 1 = 2.718281828459045. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.2) return 0;
  const k = Math.round(x * Math.LOG2E);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let term = 1;
  for (let n = 14; n >= 1; n--) term = 1 + (r / n) * term;
  if (k < -1021) return term * powerOfTwo(k + 100) * powerOfTwo(-100);
  if (k > 1023) return term * powerOfTwo(k - 1) * 2;
  return term * powerOfTwo(k);
}

function sinSeries(x: number): number {
  const z = x * x;
  let term = 1;
  for (let n = 18; n >= 2; n -= 2) term = 1 - (z / (n * (n + 1))) * term;
  return x * term;
}

function cosSeries(x: number): number {
  const z = x * x;
  let term = 1;
  for (let n = 17; n >= 1; n -= 2) term = 1 - (z / (n * (n + 1))) * term;
  return term;
}

/** [sin, cos] of an angle given in turns (1 turn = 2π); any finite number of turns. */
export function sinCosTurns(turns: number): [sin: number, cos: number] {
  const t = turns - Math.floor(turns);
  const quarter = Math.round(t * 4);
  const x = (t - quarter / 4) * (2 * Math.PI);
  const s = sinSeries(x);
  const c = cosSeries(x);
  switch (quarter & 3) {
    case 0:
      return [s, c];
    case 1:
      return [c, -s];
    case 2:
      return [-s, -c];
    default:
      return [-c, s];
  }
}

/** [sin, cos] of an angle in radians, accurate for |x| up to a few thousand. */
export function sinCos(x: number): [sin: number, cos: number] {
  const quarter = Math.round(x / (Math.PI / 2));
  // π/2 in two parts, the first with 33 trailing zero bits
  const r = x - quarter * 1.5707963267341256 - quarter * 6.077100506506192e-11;
  const s = sinSeries(r);
  const c = cosSeries(r);
  switch (((quarter % 4) + 4) % 4) {
    case 0:
      return [s, c];
    case 1:
      return [c, -s];
    case 2:
      return [-s, -c];
    default:
      return [-c, s];
  }
}

function atanUnit(x: number): number {
  // two halvings of the angle bring |x| <= 1 below 0.2
  const a = x / (1 + Math.sqrt(1 + x * x));
  const b = a / (1 + Math.sqrt(1 + a * a));
  const z = b * b;
  let sum = 0;
  for (let n = 25; n >= 1; n -= 2) sum = 1 / n - z * sum;
  return 4 * b * sum;
}

/** Angle of the vector (x, y) in radians, in (-π, π]; atan2(0, 0) = 0. */
export function atan2(y: number, x: number): number {
  if (x === 0 && y === 0) return 0;
  const ax = Math.abs(x);
  const ay = Math.abs(y);
  const first = ax >= ay ? atanUnit(ay / ax) : Math.PI / 2 - atanUnit(ax / ay);
  const half = x >= 0 ? first : Math.PI - first;
  return y >= 0 ? half : -half;
}

/** Hyperbolic sine; a series near 0, where the difference of exponentials would cancel. */
export function sinh(x: number): number {
  if (Math.abs(x) < 0.5) {
    const z = x * x;
    let term = 1;
    for (let n = 16; n >= 2; n -= 2) term = 1 + (z / (n * (n + 1))) * term;
    return x * term;
  }
  const e = exp(Math.abs(x));
  const value = 0.5 * (e - 1 / e);
  return x < 0 ? -value : value;
}

export function cosh(x: number): number {
  const e = exp(Math.abs(x));
  return 0.5 * (e + 1 / e);
}

/** Inverse hyperbolic sine, for example pseudorapidity from pz / pT. */
export function asinh(x: number): number {
  const a = Math.abs(x);
  const value = a < 1e-4 ? a - (a * a * a) / 6 : ln(a + Math.sqrt(a * a + 1));
  return x < 0 ? -value : value;
}

/** x^p for x >= 0; 0^p = 0 for p > 0. */
export function power(x: number, p: number): number {
  if (x === 0) return p > 0 ? 0 : p === 0 ? 1 : Number.POSITIVE_INFINITY;
  return exp(p * ln(x));
}
