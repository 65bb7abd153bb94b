import { describe, expect, it } from 'vitest';
import { countText } from '../base/numbers.ts';
import { nextUp } from '../metrics/thresholds.ts';
import {
  axisTitle,
  formatAuc,
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatPercentInterval,
  formatPower,
  formatRate,
  formatRateInterval,
  formatThreshold,
  formatWithError,
} from './format.ts';

const plain = (text: string) => text.replace(/[\u202f\u00a0]/g, ' ');

describe('numbers are set as in a good paper', () => {
  it('keeps three significant digits, trailing zeros included', () => {
    expect(formatNumber(3.42)).toBe('3.42');
    expect(formatNumber(0.5)).toBe('0.500');
    expect(formatNumber(0.0123456)).toBe('0.0123');
    expect(formatNumber(99.99)).toBe('100');
    expect(plain(formatNumber(123456))).toBe('123 000');
    expect(plain(formatNumber(1234))).toBe('1 230');
  });

  it('uses powers of ten outside 0.001 to a million, and a true minus', () => {
    expect(plain(formatNumber(1.2e-7))).toBe('1.20 × 10⁻⁷');
    expect(plain(formatNumber(-2.5e9))).toBe('−2.50 × 10⁹');
    expect(formatNumber(-3.42)).toBe('−3.42');
    expect(formatNumber(Number.NaN)).toBe('–');
    expect(formatNumber(Number.NEGATIVE_INFINITY)).toBe('−∞');
  });

  it('groups thousands as the words of every other room do, from four digits on', () => {
    expect(formatCount(999)).toBe('999');
    expect(formatCount(1000)).toBe('1\u202f000');
    expect(formatCount(3100)).toBe(countText(3100));
    expect(formatCount(49951)).toBe('49\u202f951');
    expect(formatCount(2_000_000)).toBe('2\u202f000\u202f000');
  });

  it('writes a rate with its interval to the same decimals', () => {
    expect(plain(formatPercentInterval(0.412, 0.381, 0.443))).toBe('41.2 % [38.1, 44.3]');
    expect(plain(formatPercentInterval(0.00098, 0.00071, 0.00133))).toBe('0.0980 % [0.0710, 0.1330]');
    expect(plain(formatPercentInterval(0, 0, 0.000184))).toBe('0.0000 % [0.0000, 0.0184]');
    expect(plain(formatPercent(0.5))).toBe('50.0 %');
  });

  it('rounds a value to the precision of its error', () => {
    expect(plain(formatWithError(0.96123, 0.0041))).toBe('0.961 ± 0.004');
    expect(plain(formatWithError(0.96123, 0.0013))).toBe('0.9612 ± 0.0013');
  });

  it('writes an AUC with an interval even where the classes are parted', () => {
    const events = { signalEvents: 300, backgroundEvents: 1000 };
    expect(plain(formatAuc({ auc: 0.96123, aucError: 0.0041, ...events }))).toBe('0.961 ± 0.004');
    expect(plain(formatAuc({ auc: 1, aucError: 0, ...events }))).toBe('1 [0.9939, 1]');
    expect(plain(formatAuc({ auc: 1, aucError: 0, signalEvents: 10, backgroundEvents: 500 }))).toBe('1 [0.83, 1]');
    expect(plain(formatAuc({ auc: 0, aucError: 0, ...events }))).toBe('0 [0, 0.0061]');
    expect(plain(formatAuc({ auc: 0.5, aucError: 0, ...events }))).toBe('0.5, all tied');
  });

  it('writes presets as powers, rates and durations in the unit that suits', () => {
    expect(formatPower(1e-3)).toBe('10⁻³');
    expect(formatPower(0.3)).toBe('0.300');
    expect(plain(formatRate(39_200))).toBe('39.2 kHz');
    expect(plain(formatRateInterval(451_000, 432_000, 471_000))).toBe('451 kHz [432, 471]');
    expect(plain(formatRate(4e7))).toBe('40.0 MHz');
    expect(plain(formatDuration(125))).toBe('2 min 5 s');
  });

  it('sets variables in italic and units upright', () => {
    expect(axisTitle('jet 1 pT', 'GeV')).toBe('jet 1 <i>p</i><sub>T</sub> [GeV]');
    expect(axisTitle('multiplicity', '')).toBe('multiplicity');
  });
});

describe('thresholds', () => {
  it('that lie one double above a score say so, where the digits alone would read as that score', () => {
    expect(plain(formatThreshold(nextUp(0)))).toBe('just above 0');
    expect(plain(formatThreshold(nextUp(12)))).toBe('just above 12');
    expect(plain(formatThreshold(nextUp(12345), 5))).toBe('just above 12 345');
    expect(plain(formatThreshold(nextUp(0.25)))).toBe('just above 0.2500');
    expect(plain(formatThreshold(nextUp(-3)))).toBe('just above −3');
  });

  it('that are scores, or lie among scores of many digits, are numbers', () => {
    expect(formatThreshold(0)).toBe('0');
    expect(formatThreshold(12)).toBe('12.00');
    expect(formatThreshold(nextUp(3.4159265))).toBe('3.416');
    expect(formatThreshold(Number.NaN)).toBe('–');
    expect(formatThreshold(Number.POSITIVE_INFINITY)).toBe('∞');
  });
});
