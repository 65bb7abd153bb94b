/**
 * What rows of histograms and of two-dimensional maps are called, and what is odd about them. Knows no file.
 */
import type { Feature, HistogramAxis, HistogramPart } from '../base/kinds.ts';
import { countOf, countText, numberText } from '../base/numbers.ts';
import type { ParamSpec } from '../base/params.ts';

/** Histograms with fewer entries say little; some monitoring tools leave them out. */
const fewEntries = 100;

/** Under- and overflow: kept as the first and the last number of a row, or left out. */
export const flowSetting: ParamSpec = {
  kind: 'choice',
  label: 'Under- and overflow',
  help: 'Where a file has them. Left out, or kept as the first and the last number.',
  default: 'drop',
  options: [
    { value: 'drop', label: 'left out' },
    { value: 'keep', label: 'kept' },
  ],
};

/** The choice of a file's histograms that reads all of them, those of a lumisection side by side. */
export const together = 'together';

/** The axis of rows that hold several histograms, one after another, and the names of their numbers: `charge: bin 1`. */
export function togetherAxis(histograms: readonly (Omit<HistogramAxis, 'parts'> & { cells: number })[]): {
  axis: HistogramAxis & { parts: readonly HistogramPart[] };
  features: Feature[];
} {
  let width = 0;
  const parts = histograms.map((histogram) => {
    const part = { ...histogram, start: width };
    width += histogram.cells;
    return part;
  });
  return {
    axis: { name: `${parts.length} histograms`, low: 0, high: width, parts },
    features: parts.flatMap(({ name, cells, flow = false }) =>
      binFeatures(cells - (flow ? 2 : 0), flow).map((feature) => ({ ...feature, name: `${name}: ${feature.name}` })),
    ),
  };
}

/** `underflow`, `bin 1` ... `bin 100`, `overflow`. */
export function binFeatures(bins: number, flow: boolean): Feature[] {
  const names = Array.from({ length: bins }, (_, i) => `bin ${i + 1}`);
  const all = flow ? ['underflow', ...names, 'overflow'] : names;
  return all.map((name) => ({ name, unit: '', quantity: 'other' }));
}

/** `100 bins from 0 to 80 000`. */
export function axisWords({ low, high, unit }: Pick<HistogramAxis, 'low' | 'high' | 'unit'>, bins: number): string {
  return `${countOf(bins, 'bin')} from ${numberText(low, 6)} to ${numberText(high, 6)}${unit ? ` ${unit}` : ''}`;
}

/** Empty histograms, thin ones, and rows that are not in the order of time. */
export function histogramRemarks(
  values: Float32Array,
  width: number,
  time: { run?: Float64Array; lumisection?: Float64Array },
): string[] {
  const rows = values.length / width;
  let empty = 0;
  let thin = 0;
  let negative = 0;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const value = values[i] as number;
      sum += value;
      if (value < 0) negative++;
    }
    if (sum === 0) empty++;
    else if (sum < fewEntries) thin++;
  }
  const remarks: string[] = [];
  const of = (count: number): string => `${countText(count)} of ${countOf(rows, 'histogram')}`;
  if (empty > 0) remarks.push(`${of(empty)} ${empty === 1 ? 'is' : 'are'} empty: no data, neither good nor bad`);
  if (thin > 0) remarks.push(`${of(thin)} ha${thin === 1 ? 's' : 've'} fewer than ${fewEntries} entries`);
  if (negative > 0) remarks.push(`${countOf(negative, 'bin')} ${negative === 1 ? 'is' : 'are'} negative`);
  const { run, lumisection } = time;
  if (run && lumisection && !ordered(run, lumisection)) {
    remarks.push('rows are not in the order of run and lumisection; a trend has to sort them');
  }
  return remarks;
}

function ordered(run: Float64Array, lumisection: Float64Array): boolean {
  for (let row = 1; row < run.length; row++) {
    const step = (run[row] as number) - (run[row - 1] as number);
    if (step < 0 || (step === 0 && (lumisection[row] as number) < (lumisection[row - 1] as number))) return false;
  }
  return true;
}
