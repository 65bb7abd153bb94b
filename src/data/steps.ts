/**
 * The steps that a preprocessing list may hold: what each does to a row, which constants it fits, and how it is undone. Every step
 * sees rows as the steps before it left them, and training background alone while it is fitted. Knows rows of numbers, no dataset.
 *
 * Sources: background scaling as in B. Dillon et al., arXiv 2301.04660; sine and cosine of phi as an option of the same models.
 */
import type { Feature } from '../base/kinds.ts';
import { countOf, numberText } from '../base/numbers.ts';
import type { ParamSpecs, Params } from '../base/params.ts';
import { asinh, atan2, exp, ln, sinCos, sinh } from '../numeric/elementary.ts';
import { quantileSorted } from '../numeric/quantile.ts';

/** Where a step stands. */
export interface StepContext {
  /** Names and units of the numbers that come in; without names (pixels) only the count. */
  width: number;
  features: readonly Feature[];
  /** Positions that the step works on. */
  columns: readonly number[];
  params: Params;
  /**
   * Every training row as it comes in. `exists[i]` is 0 for a number of an empty slot or a missing value.
   *
   * @param visit must not keep its arguments: they are reused
   */
  training(visit: (row: Float64Array, exists: Uint8Array) => void): void;
}

export interface FittedStep {
  /** In the middle of a sentence: `log(1 + x / 10) of 19 columns`. */
  words: string;
  remarks: readonly string[];
  /** For a step that changes their number: the position that each outgoing number comes from, and the new names. */
  outgoing?: { from: readonly number[]; features: readonly Feature[] };
  /** Writes [outgoing width]; `row` and `out` may be the same array unless the width changes. */
  apply(row: Float64Array, out: Float64Array, exists: Uint8Array): void;
  /**
   * The way back, as far as there is one: what was cut off or set to zero stays so.
   *
   * @param before the row that went into the step, where it is known
   */
  invert(row: Float64Array, out: Float64Array, before?: Float64Array): void;
}

export interface Step {
  id: string;
  name: string;
  /** What it does and what for, in a sentence or two. */
  help: string;
  params: ParamSpecs;
  /** Columns that it works on where nobody chose any; all if absent. */
  suits?(feature: Feature): boolean;
  /** True if it must see momenta, angles and energies in their own units: it stands before everything that scales. */
  physical?: true;
  fit(context: StepContext): FittedStep;
}

type Pointwise = (value: number, column: number) => number;

/** A step that changes each chosen number by itself. */
function pointwise(columns: readonly number[], there: Pointwise, back: Pointwise): Pick<FittedStep, 'apply' | 'invert'> {
  const walk = (row: Float64Array, out: Float64Array, change: Pointwise): void => {
    if (out !== row) out.set(row);
    for (const [k, i] of columns.entries()) out[i] = change(row[i] as number, k);
  };
  return { apply: (row, out) => walk(row, out, there), invert: (row, out) => walk(row, out, back) };
}

const scaleParam = (label: string, help: string): ParamSpecs => ({
  scale: { kind: 'number', label, help, default: 1, min: 1e-9, max: 1e12, log: true },
});

const log: Step = {
  id: 'log',
  name: 'Logarithm',
  help: 'sign(x) ln(1 + |x| / scale): tames long tails; zero stays zero, and a negative number keeps its sign.',
  params: scaleParam('Scale', 'In the unit of the column: below it the step is nearly linear, far above it logarithmic.'),
  suits: ({ quantity, periodic }) => quantity !== 'eta' && !periodic,
  fit: ({ columns, params }) => {
    const scale = params.scale as number;
    return {
      words: `sign(x) ln(1 + |x| / ${numberText(scale)}) of ${countOf(columns.length, 'column')}`,
      remarks: [],
      ...pointwise(
        columns,
        (x) => Math.sign(x) * ln(1 + Math.abs(x) / scale),
        (y) => Math.sign(y) * scale * (exp(Math.abs(y)) - 1),
      ),
    };
  },
};

const arsinh: Step = {
  id: 'asinh',
  name: 'Inverse hyperbolic sine',
  help: 'asinh(x / scale): linear near zero, logarithmic far from it, for either sign.',
  params: scaleParam('Scale', 'In the unit of the column: about where linear turns into logarithmic.'),
  suits: ({ quantity, periodic }) => quantity !== 'eta' && !periodic,
  fit: ({ columns, params }) => {
    const scale = params.scale as number;
    return {
      words: `asinh(x / ${numberText(scale)}) of ${countOf(columns.length, 'column')}`,
      remarks: [],
      ...pointwise(
        columns,
        (x) => asinh(x / scale),
        (y) => scale * sinh(y),
      ),
    };
  },
};

const scalePt: Step = {
  id: 'scale-pt',
  name: 'Scale transverse momenta',
  help: 'Divides all pT by one number: the mean of all non-zero pT of the training background.',
  params: {},
  suits: ({ quantity }) => quantity === 'pT',
  physical: true,
  fit: ({ columns, training }) => {
    const mean = meanOfNonZero(columns, training);
    return {
      words: `pT / ${numberText(mean)} GeV (mean of all non-zero pT)`,
      remarks: [],
      ...pointwise(
        columns,
        (x) => x / mean,
        (y) => y * mean,
      ),
    };
  },
};

function meanOfNonZero(columns: readonly number[], training: StepContext['training']): number {
  let sum = 0;
  let count = 0;
  training((row, exists) => {
    for (const i of columns) {
      const value = row[i] as number;
      if (value === 0 || !exists[i]) continue;
      sum += value;
      count++;
    }
  });
  return count > 0 && sum > 0 ? sum / count : 1;
}

const backgroundScale: Step = {
  id: 'background-scale',
  name: 'Scale by the background',
  help: 'pT / mean of all non-zero pT of the training background, eta / 4, phi / π; other numbers stay.',
  params: {},
  suits: ({ quantity }) => quantity !== 'other',
  physical: true,
  fit: ({ columns, features, training }) => {
    const pT = columns.filter((i) => features[i]?.quantity === 'pT');
    const mean = meanOfNonZero(pT, training);
    const divisor = (i: number): number => {
      const quantity = features[i]?.quantity;
      return quantity === 'pT' ? mean : quantity === 'eta' ? 4 : quantity === 'phi' ? Math.PI : 1;
    };
    const divisors = columns.map(divisor);
    return {
      words: `pT / ${numberText(mean)} GeV (mean of all non-zero pT), eta / 4, phi / π`,
      remarks: [],
      ...pointwise(
        columns,
        (x, k) => x / (divisors[k] as number),
        (y, k) => y * (divisors[k] as number),
      ),
    };
  },
};

const sineCosine: Step = {
  id: 'sin-cos',
  name: 'Angles as sine and cosine',
  help: 'Replaces each angle by two numbers, so that −π and π are the same place. Empty slots stay zero in both.',
  params: {},
  suits: ({ periodic }) => periodic === true,
  physical: true,
  fit: ({ columns, width, features }) => {
    const angles = new Set(columns);
    const from: number[] = [];
    const named: Feature[] = [];
    for (let i = 0; i < width; i++) {
      const feature = features[i];
      if (!angles.has(i)) {
        from.push(i);
        if (feature) named.push(feature);
        continue;
      }
      from.push(i, i);
      for (const part of ['sin', 'cos']) {
        const { periodic: _angle, ...rest } = feature ?? { name: `number ${i + 1}`, quantity: 'other' as const };
        named.push({ ...rest, name: `${part} ${rest.name}`, unit: '', quantity: 'other' });
      }
    }
    return {
      words: `sine and cosine of ${countOf(columns.length, 'angle')}`,
      remarks: [],
      outgoing: { from, features: named },
      apply: (row, out, exists) => {
        for (let i = 0, j = 0; i < width; i++) {
          if (!angles.has(i)) out[j++] = row[i] as number;
          else if (exists[i] === 0) {
            out[j++] = 0;
            out[j++] = 0;
          } else {
            const [sin, cos] = sinCos(row[i] as number);
            out[j++] = sin;
            out[j++] = cos;
          }
        }
      },
      invert: (row, out) => {
        for (let i = 0, j = 0; i < width; i++) {
          if (!angles.has(i)) out[i] = row[j++] as number;
          else {
            out[i] = atan2(row[j] as number, row[j + 1] as number);
            j += 2;
          }
        }
      },
    };
  },
};

/** Training rows that are looked at to find a quantile. */
const quantileRows = 20_000;

const clip: Step = {
  id: 'clip',
  name: 'Clip the tails',
  help: 'Moves what lies outside two quantiles of the training background onto them. Empty slots and missing values do not count. Cannot be undone.',
  params: {
    tail: {
      kind: 'number',
      label: 'Tail',
      help: 'Share of the training background that is moved at either end.',
      default: 0.001,
      min: 0,
      max: 0.25,
      log: true,
    },
  },
  fit: ({ columns, params, training }) => {
    const tail = params.tail as number;
    let rows = 0;
    training(() => {
      rows++;
    });
    const stride = Math.max(1, Math.floor(rows / quantileRows));
    const seen = columns.map((): number[] => []);
    let row = 0;
    training((values, exists) => {
      if (row++ % stride === 0) for (const [k, i] of columns.entries()) if (exists[i]) seen[k]?.push(values[i] as number);
    });
    const limits = seen.map((values) => {
      const sorted = Float64Array.from(values).sort();
      return sorted.length > 0
        ? ([quantileSorted(sorted, tail), quantileSorted(sorted, 1 - tail)] as const)
        : ([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const);
    });
    const clipped: FittedStep['apply'] = (values, out, exists) => {
      if (out !== values) out.set(values);
      for (const [k, i] of columns.entries()) {
        const [low, high] = limits[k] as readonly [number, number];
        if (exists[i]) out[i] = Math.min(high, Math.max(low, values[i] as number));
      }
    };
    return {
      words: `${numberText(100 * tail)} % clipped at either end of ${countOf(columns.length, 'column')}`,
      remarks: [],
      apply: clipped,
      invert: (values, out) => void (out !== values && out.set(values)),
    };
  },
};

/** x = (value - offset) / scale; a number without spread in training becomes 0, and its constant on the way back. */
function linear(
  columns: readonly number[],
  features: readonly Feature[],
  offset: readonly number[],
  scale: readonly number[],
): Pick<FittedStep, 'apply' | 'invert' | 'remarks'> {
  const constant = columns.filter((_, k) => !((scale[k] as number) > 0)).map((i) => features[i]?.name ?? `number ${i + 1}`);
  const listed = constant.length > 8 ? `${constant.slice(0, 8).join(', ')} and ${constant.length - 8} more` : constant.join(', ');
  return {
    remarks: constant.length > 0 ? [`constant in the training background, so always 0 for the model: ${listed}`] : [],
    ...pointwise(
      columns,
      (x, k) => ((scale[k] as number) > 0 ? (x - (offset[k] as number)) / (scale[k] as number) : 0),
      (y, k) => ((scale[k] as number) > 0 ? y * (scale[k] as number) + (offset[k] as number) : (offset[k] as number)),
    ),
  };
}

const standardise: Step = {
  id: 'standardise',
  name: 'Standardise',
  help: 'Each number minus its mean over its standard deviation in the training background, padding included.',
  params: {},
  fit: ({ columns, features, training }) => {
    let count = 0;
    const mean = columns.map(() => 0);
    const squares = columns.map(() => 0);
    const low = columns.map(() => Number.POSITIVE_INFINITY);
    const high = columns.map(() => Number.NEGATIVE_INFINITY);
    training((row) => {
      count++;
      for (const [k, i] of columns.entries()) {
        const value = row[i] as number;
        const step = value - (mean[k] as number);
        mean[k] = (mean[k] as number) + step / count;
        squares[k] = (squares[k] as number) + step * (value - (mean[k] as number));
        if (value < (low[k] as number)) low[k] = value;
        if (value > (high[k] as number)) high[k] = value;
      }
    });
    // a constant column has no spread at all, whatever rounding says
    const deviation = squares.map((sum, k) => ((low[k] as number) < (high[k] as number) ? Math.sqrt(sum / count) : 0));
    return {
      words: `each of ${countOf(columns.length, 'number')} minus its mean, over its standard deviation`,
      ...linear(columns, features, mean, deviation),
    };
  },
};

const minMax: Step = {
  id: 'min-max',
  name: 'Scale to 0 … 1',
  help: 'The smallest value of the training background becomes 0 and the largest 1; other rows may lie outside.',
  params: {},
  fit: ({ columns, features, training }) => {
    const low = columns.map(() => Number.POSITIVE_INFINITY);
    const high = columns.map(() => Number.NEGATIVE_INFINITY);
    training((row) => {
      for (const [k, i] of columns.entries()) {
        const value = row[i] as number;
        if (value < (low[k] as number)) low[k] = value;
        if (value > (high[k] as number)) high[k] = value;
      }
    });
    return {
      words: `each of ${countOf(columns.length, 'number')} from its smallest to its largest training value as 0 to 1`,
      ...linear(
        columns,
        features,
        low,
        high.map((value, k) => value - (low[k] as number)),
      ),
    };
  },
};

const normalise: Step = {
  id: 'l1-normalise',
  name: 'Divide by the sum',
  help: 'Each row over the sum of its absolute numbers, so that a histogram becomes shares. An empty row stays zero. Nothing is fitted.',
  params: {},
  fit: ({ columns }) => {
    const sumOf = (row: Float64Array): number => columns.reduce((sum, i) => sum + Math.abs(row[i] as number), 0);
    const times = (row: Float64Array, out: Float64Array, factor: number): void => {
      if (out !== row) out.set(row);
      for (const i of columns) out[i] = (row[i] as number) * factor;
    };
    return {
      words: `each row over the sum of its ${countOf(columns.length, 'number')}; empty rows stay 0`,
      remarks: [],
      apply: (row, out) => {
        const sum = sumOf(row);
        times(row, out, sum > 0 ? 1 / sum : 1);
      },
      invert: (row, out, before) => times(row, out, before ? sumOf(before) : 1),
    };
  },
};

const zeroEmpty: Step = {
  id: 'zero-empty',
  name: 'Empty slots to zero',
  help: 'Sets what does not exist (empty slots, missing values) to 0, whatever earlier steps made of it.',
  params: {},
  fit: ({ columns }) => ({
    words: 'what does not exist set to 0',
    remarks: [],
    apply: (row, out, exists) => {
      if (out !== row) out.set(row);
      for (const i of columns) if (!exists[i]) out[i] = 0;
    },
    invert: (row, out) => void (out !== row && out.set(row)),
  }),
};

const none: Step = {
  id: 'none',
  name: 'Nothing',
  help: 'Leaves the numbers as they are.',
  params: {},
  fit: () => ({
    words: 'physical values, not scaled',
    remarks: [],
    apply: (row, out) => void (out !== row && out.set(row)),
    invert: (row, out) => void (out !== row && out.set(row)),
  }),
};

/** In the order in which a list usually holds them. */
export const steps: readonly Step[] = [
  log,
  arsinh,
  scalePt,
  backgroundScale,
  sineCosine,
  clip,
  standardise,
  minMax,
  normalise,
  zeroEmpty,
  none,
];
