/**
 * How numbers are set: three significant digits, a true minus, thin spaces between thousands, powers of ten with
 * superscripts, units after a space. Text only; used by figures, tables, labels and the values that a screen reader speaks.
 */
import { groupedDigits } from '../base/numbers.ts';
import { aucInterval, type MeasuredAuc } from '../metrics/auc-error.ts';
import type { Interval } from '../metrics/intervals.ts';
import { nextUp } from '../metrics/thresholds.ts';

const noBreakSpace = '\u00a0';
const minus = '\u2212';
const superscripts: Readonly<Record<string, string>> = {
  '-': '⁻',
  '0': '⁰',
  '1': '¹',
  '2': '²',
  '3': '³',
  '4': '⁴',
  '5': '⁵',
  '6': '⁶',
  '7': '⁷',
  '8': '⁸',
  '9': '⁹',
};

function superscript(exponent: number): string {
  return [...String(exponent)].map((character) => superscripts[character] ?? character).join('');
}

function grouped(digits: string): string {
  const [whole = '', decimals] = digits.split('.');
  return decimals === undefined ? groupedDigits(whole) : `${groupedDigits(whole)}.${decimals}`;
}

function signed(value: number, text: string): string {
  return value < 0 && /[1-9]/.test(text) ? `${minus}${text}` : text;
}

/** A whole number: `1 000`, `50 000` with thin no-break spaces. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return formatNumber(count);
  return signed(count, grouped(Math.abs(Math.round(count)).toFixed(0)));
}

/** With a fixed number of decimals: `−0.50`. */
export function formatDecimals(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return formatNumber(value);
  return signed(value, grouped(Math.abs(value).toFixed(decimals)));
}

/** Decimals that show `digits` significant digits of a value; 0 for large values and for 0. */
export function decimalsFor(value: number, digits = 3): number {
  if (value === 0 || !Number.isFinite(value)) return 0;
  const exponent = Number(
    Math.abs(value)
      .toExponential(digits - 1)
      .split('e')[1],
  );
  return Math.max(0, digits - 1 - exponent);
}

/**
 * Significant digits: 0.0123456 is `0.0123`, 123456 is `123 000`, 1.2e-7 is `1.20 × 10⁻⁷`. Plain from 0.001 to below a million.
 * NaN is `–`, an infinity `∞`.
 */
export function formatNumber(value: number, digits = 3): string {
  if (Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${minus}∞`;
  if (value === 0) return '0';
  const [mantissa = '', power = '0'] = Math.abs(value)
    .toExponential(digits - 1)
    .split('e');
  const exponent = Number(power);
  if (exponent < -3 || exponent > 5) return signed(value, `${mantissa}${noBreakSpace}×${noBreakSpace}10${superscript(exponent)}`);
  const rounded = Number(Math.abs(value).toPrecision(digits));
  return signed(value, grouped(rounded.toFixed(Math.max(0, digits - 1 - exponent))));
}

/**
 * A threshold. One calibrated on background lies one double above a score of background, which is kept and not flagged; where the
 * digits alone would read as that score, the words say on which side it lies. The next double above 12 is `just above 12`, above 0
 * `just above 0`; 3.41592 is `3.416`.
 */
export function formatThreshold(value: number, digits = 4): string {
  const below = [0, Number(value.toPrecision(digits))].find((score) => Number.isFinite(score) && nextUp(score) === value);
  if (below === undefined) return formatNumber(value, digits);
  const whole = Number.isInteger(below) && Math.abs(below) < 1e6;
  return `just above${noBreakSpace}${whole ? formatCount(below) : formatNumber(below, digits)}`;
}

/** A power of ten: 1e-3 is `10⁻³`; 0.5 falls back to `formatNumber`. */
export function formatPower(value: number): string {
  const exponent = Math.round(Math.log10(value));
  if (!Number.isFinite(exponent) || Math.abs(value / 10 ** exponent - 1) > 1e-6) return formatNumber(value);
  if (exponent === 0) return '1';
  return `10${superscript(exponent)}`;
}

/** A share from 0 to 1 as percent with three significant digits: `41.2 %`. */
export function formatPercent(share: number): string {
  return Number.isNaN(share) ? '–' : `${formatNumber(share * 100)}${noBreakSpace}%`;
}

/** A share and its interval in percent, with the same decimals: `41.2 % [38.1, 44.3]`. */
export function formatPercentInterval(share: number, low: number, high: number): string {
  if (Number.isNaN(share)) return '–';
  const decimals = Math.min(6, decimalsFor(share === 0 ? high * 100 : share * 100));
  const set = (value: number) => formatDecimals(value * 100, decimals);
  return `${set(share)}${noBreakSpace}% [${set(low)},${noBreakSpace}${set(high)}]`;
}

/** A range without a central value, where the statistics do not support one: `0.027 to 0.519 %`. */
export function formatPercentRange(low: number, high: number): string {
  if (Number.isNaN(low)) return '–';
  const decimals = Math.min(6, decimalsFor(high * 100));
  return `${formatDecimals(low * 100, decimals)} to ${formatDecimals(high * 100, decimals)}${noBreakSpace}%`;
}

/** Value and standard error to the precision of the error: `0.961 ± 0.004`, two digits where the error starts with 1 to 3. */
export function formatWithError(value: number, error: number): string {
  if (Number.isNaN(value)) return '–';
  if (!(error > 0) || !Number.isFinite(error)) return formatNumber(value);
  const leading = Number(error.toExponential(1).split('e')[0]);
  const decimals = Math.min(6, decimalsFor(error, leading < 3.55 ? 2 : 1));
  return `${formatDecimals(value, decimals)}${noBreakSpace}±${noBreakSpace}${formatDecimals(error, decimals)}`;
}

/** An AUC with its error, or with its 68 % interval where the classes are parted and have no error: `1 [0.983, 1]`; one score for all is `0.5, all tied`. */
export function formatAuc(measured: MeasuredAuc): string {
  if (measured.auc === 0.5 && measured.aucError === 0) return '0.5, all tied';
  return formatParted(measured.auc, aucInterval(measured)) ?? formatWithError(measured.auc, measured.aucError);
}

/** An AUC of exactly 1 or 0 with its one-sided interval; undefined for any other, which has an error to each side. */
export function formatParted(auc: number, { low, high }: Interval): string | undefined {
  if (auc === 1) return `1 [${formatDecimals(low, decimalsFor(1 - low, 2))},${noBreakSpace}1]`;
  if (auc === 0) return `0 [0,${noBreakSpace}${formatDecimals(high, decimalsFor(high, 2))}]`;
  return undefined;
}

/** With a unit after a space that does not break; a pure number stays alone. */
export function withUnit(text: string, unit: string): string {
  return unit === '' ? text : `${text}${noBreakSpace}${unit}`;
}

/** An event rate in Hz, kHz or MHz: 39200 is `39.2 kHz`. */
export function formatRate(hertz: number): string {
  if (Number.isNaN(hertz)) return '–';
  const [scale, unit] = hertz >= 999_500 ? [1e6, 'MHz'] : hertz >= 999.5 ? [1e3, 'kHz'] : [1, 'Hz'];
  return withUnit(formatNumber(hertz / scale), unit);
}

/** A rate and its interval in one unit: `451 kHz [432, 471]`. */
export function formatRateInterval(hertz: number, low: number, high: number): string {
  if (Number.isNaN(hertz)) return '–';
  const top = hertz > 0 ? hertz : high;
  const [scale, unit] = top >= 999_500 ? [1e6, 'MHz'] : top >= 999.5 ? [1e3, 'kHz'] : [1, 'Hz'];
  const decimals = decimalsFor(top / scale);
  const set = (value: number) => formatDecimals(value / scale, decimals);
  return `${withUnit(set(hertz), unit)} [${set(low)},${noBreakSpace}${set(high)}]`;
}

/** A duration: `0.42 s`, `12.3 s`, `2 min 5 s`, `1 h 4 min`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 59.95) return withUnit(formatNumber(seconds), 's');
  const whole = Math.round(seconds);
  if (whole < 3600) return `${withUnit(String(Math.floor(whole / 60)), 'min')} ${withUnit(String(whole % 60), 's')}`;
  return `${withUnit(String(Math.floor(whole / 3600)), 'h')} ${withUnit(String(Math.round((whole % 3600) / 60)), 'min')}`;
}

/** Name and unit for an axis: `MET pT` in `GeV` is `MET <i>p</i><sub>T</sub> [GeV]`. */
export function axisTitle(name: string, unit: string): string {
  const set = name
    .replace(/\bpT\b/g, '<i>p</i><sub>T</sub>')
    .replace(/\bHT\b/g, '<i>H</i><sub>T</sub>')
    .replace(/\beta\b/g, '<i>η</i>')
    .replace(/\bphi\b/g, '<i>φ</i>');
  return unit === '' ? set : `${set} [${unit}]`;
}
