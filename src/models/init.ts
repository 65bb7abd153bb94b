/**
 * Initial weights from our own counter-based generator, so that a seed gives the same network on every backend and machine.
 * Each tensor is drawn from its own coordinates (stream `initialise`, step = ordinal of the layer in the model, index 0 for
 * the kernel and 1 for the bias), so changing one layer's width leaves the draws of the others alone.
 *
 * Sources: Glorot and Bengio, AISTATS 2010, eq. 16; He et al., ICCV 2015, eq. 10; the rules are those of Keras and PyTorch.
 */
import { Cursor } from '../numeric/random.ts';

/**
 * - `glorot-uniform`: kernel uniform in ±√(6 / (fanIn + fanOut)), bias 0 (Keras default).
 * - `he-uniform`: kernel uniform in ±√(6 / fanIn), bias 0.
 * - `he-normal`: normal, cut at two standard deviations, with variance 2 / fanIn after the cut, bias 0 (Keras).
 * - `pytorch-linear`: kernel and bias uniform in ±1/√fanIn (PyTorch's Linear: Kaiming uniform with a = √5).
 * - `zeros`: everything 0.
 */
export type Initialiser = 'glorot-uniform' | 'he-uniform' | 'he-normal' | 'pytorch-linear' | 'zeros';

/** Standard deviation of a unit normal that is cut at ±2. */
const CUT_NORMAL_DEVIATION = 0.8796256610342398;

/**
 * Kernel of a layer, `count` numbers in storage order.
 *
 * @param layer ordinal of the layer in the whole model, from 0
 * Worked value: `he-uniform` with fanIn 6 stays within ±1.
 */
export function initialKernel(
  rule: Initialiser,
  count: number,
  fanIn: number,
  fanOut: number,
  seed: number,
  layer: number,
): Float32Array {
  const values = new Float32Array(count);
  const cursor = new Cursor(seed, 'initialise', layer, 0);
  switch (rule) {
    case 'zeros':
      return values;
    case 'he-normal': {
      const deviation = Math.sqrt(2 / fanIn) / CUT_NORMAL_DEVIATION;
      for (let i = 0; i < count; i++) {
        let draw = cursor.normal();
        while (Math.abs(draw) > 2) draw = cursor.normal();
        values[i] = draw * deviation;
      }
      return values;
    }
    default:
      return uniform(values, uniformLimit(rule, fanIn, fanOut), cursor);
  }
}

/**
 * Numbers that go into and come out of one number of a kernel, as Keras counts them: for [kh, kw, in, out] kh kw in and kh kw out,
 * for [in, out] in and out. A grouped convolution's `in` is that of its group; a transposed one's kernel is [kh, kw, out, in] and
 * is counted as it stands.
 */
export function convolutionFans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  const field = shape.slice(0, -2).reduce((product, n) => product * n, 1);
  return { fanIn: field * (shape.at(-2) as number), fanOut: field * (shape.at(-1) as number) };
}

/**
 * Recurrent kernel of an LSTM, [units, 4 · units] in storage order, with orthonormal rows: normal deviates (index 2 of the layer's
 * coordinates), orthogonalised row after row in double precision. The rule is Keras's (Saxe et al., ICLR 2014).
 */
export function initialRecurrentKernel(units: number, seed: number, layer: number): Float32Array {
  const width = 4 * units;
  const cursor = new Cursor(seed, 'initialise', layer, 2);
  const rows = Array.from({ length: units }, () => Float64Array.from({ length: width }, () => cursor.normal()));
  for (const [i, row] of rows.entries()) {
    for (const earlier of rows.slice(0, i)) {
      const along = dot(row, earlier);
      for (let k = 0; k < width; k++) row[k] = (row[k] as number) - along * (earlier[k] as number);
    }
    const length = Math.sqrt(dot(row, row));
    for (let k = 0; k < width; k++) row[k] = (row[k] as number) / length;
  }
  return Float32Array.from(rows.flatMap((row) => [...row]));
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, k) => sum + value * (b[k] as number), 0);
}

/** Bias of a layer, `count` numbers; 0 except for `pytorch-linear`. */
export function initialBias(rule: Initialiser, count: number, fanIn: number, seed: number, layer: number): Float32Array {
  const values = new Float32Array(count);
  if (rule !== 'pytorch-linear') return values;
  return uniform(values, 1 / Math.sqrt(fanIn), new Cursor(seed, 'initialise', layer, 1));
}

function uniformLimit(rule: 'glorot-uniform' | 'he-uniform' | 'pytorch-linear', fanIn: number, fanOut: number): number {
  if (rule === 'glorot-uniform') return Math.sqrt(6 / (fanIn + fanOut));
  if (rule === 'he-uniform') return Math.sqrt(6 / fanIn);
  return 1 / Math.sqrt(fanIn);
}

function uniform(values: Float32Array, limit: number, cursor: Cursor): Float32Array {
  for (let i = 0; i < values.length; i++) values[i] = (2 * cursor.uniform() - 1) * limit;
  return values;
}
