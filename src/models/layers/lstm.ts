/**
 * An LSTM layer as one operation with its own gradient, computed in plain JavaScript on numbers in host memory. TF.js runs some
 * forty small operations at each step of the sequence, which take a hundred times as long as the arithmetic of a layer of a few
 * units. This is what training falls back to where no whole-step trainer runs; the network itself holds ordinary TF.js layers.
 *
 * Source: Hochreiter and Schmidhuber, Neural Comput. 9 (1997) 1735, with forget gates (Gers et al. 2000); conventions of Keras.
 */
import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs';
import { tf } from '../../compute/tf.ts';

export interface LstmSpec {
  steps: number;
  /** Numbers of the input at each step. */
  features: number;
  units: number;
  /** Gives the states of all steps; the last one otherwise. */
  sequences: boolean;
  /** The input is one vector, the same at each step. */
  repeated: boolean;
}

/** Gates i f c o after their activations [n, T, 4, u], cells and states [n, T, u]. */
interface Trace {
  gates: Float64Array;
  cells: Float64Array;
  states: Float64Array;
}

/**
 * With z = x(t) W + h(t-1) R + b in four parts: i, f, o = σ(z), g = tanh(z); c(t) = f c(t-1) + i g; h(t) = o tanh c(t).
 *
 * @param x [n, steps · features], or [n, features] if it is repeated
 * @param kernel [features, 4 u], `recurrentKernel` [u, 4 u], `bias` [4 u], gates in the order i f c o
 * @returns [n, steps · u] with `sequences`, else [n, u]
 */
export function lstmLayer(x: Tensor2D, kernel: Variable, recurrentKernel: Variable, bias: Variable, spec: LstmSpec): Tensor2D {
  const { steps, units, sequences } = spec;
  const layer = tf.customGrad((...args: unknown[]) => {
    const [input, w, r, b] = args.slice(0, 4) as [Tensor2D, Tensor, Tensor, Tensor];
    const n = input.shape[0];
    const numbers = [input, w, r, b].map((tensor) => tensor.dataSync<'float32'>().slice()) as Numbers;
    const trace = forward(numbers, n, spec);
    const value = sequences ? tf.tensor2d(Float32Array.from(trace.states), [n, steps * units]) : lastStates(trace, n, spec);
    return {
      value,
      gradFunc: (dy: Tensor) => {
        const gradients = backward(numbers, trace, dy.dataSync<'float32'>(), n, spec);
        return gradients.map((values, i) => tf.tensor(values, ([input, w, r, b][i] as Tensor).shape));
      },
    };
  });
  return layer(x, kernel, recurrentKernel, bias) as Tensor2D;
}

type Numbers = [x: Float32Array, w: Float32Array, r: Float32Array, b: Float32Array];

function lastStates({ states }: Trace, n: number, { steps, units }: LstmSpec): Tensor2D {
  const last = Float32Array.from({ length: n * units }, (_, i) => {
    const row = Math.floor(i / units);
    return states[(row * steps + steps - 1) * units + (i % units)] as number;
  });
  return tf.tensor2d(last, [n, units]);
}

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

function forward([x, w, r, b]: Numbers, n: number, { steps, features, units, repeated }: LstmSpec): Trace {
  const width = 4 * units;
  const gates = new Float64Array(n * steps * width);
  const cells = new Float64Array(n * steps * units);
  const states = new Float64Array(n * steps * units);
  const z = new Float64Array(width);
  for (let row = 0; row < n; row++) {
    for (let t = 0; t < steps; t++) {
      const now = row * steps + t;
      z.set(b);
      addProduct(z, x, (repeated ? row : now) * features, features, w);
      if (t > 0) addProduct(z, states, (now - 1) * units, units, r);
      for (let j = 0; j < units; j++) {
        const i = sigmoid(z[j] as number);
        const f = sigmoid(z[units + j] as number);
        const g = Math.tanh(z[2 * units + j] as number);
        const o = sigmoid(z[3 * units + j] as number);
        const before = t > 0 ? (cells[(now - 1) * units + j] as number) : 0;
        const c = f * before + i * g;
        cells[now * units + j] = c;
        states[now * units + j] = o * Math.tanh(c);
        const at = now * width + j;
        gates[at] = i;
        gates[at + units] = f;
        gates[at + 2 * units] = g;
        gates[at + 3 * units] = o;
      }
    }
  }
  return { gates, cells, states };
}

/** z += v M, the vector v at `start` of `values`, M [length, z.length]. */
function addProduct(z: Float64Array, values: ArrayLike<number>, start: number, length: number, matrix: Float32Array): void {
  for (let k = 0; k < length; k++) {
    const v = values[start + k] as number;
    const row = k * z.length;
    for (let q = 0; q < z.length; q++) z[q] = (z[q] as number) + v * (matrix[row + q] as number);
  }
}

/** Gradients of x, kernel, recurrent kernel and bias. */
function backward([x, w, r]: Numbers, trace: Trace, dy: Float32Array, n: number, spec: LstmSpec): Float32Array[] {
  const { steps, features, units, sequences, repeated } = spec;
  const { gates, cells, states } = trace;
  const width = 4 * units;
  const dx = new Float64Array(x.length);
  const dw = new Float64Array(w.length);
  const dr = new Float64Array(r.length);
  const db = new Float64Array(width);
  const dz = new Float64Array(width);
  for (let row = 0; row < n; row++) {
    const dh = new Float64Array(units);
    const dc = new Float64Array(units);
    for (let t = steps - 1; t >= 0; t--) {
      const now = row * steps + t;
      for (let j = 0; j < units; j++) {
        const at = now * width + j;
        const [i, f, g, o] = [0, 1, 2, 3].map((gate) => gates[at + gate * units]) as [number, number, number, number];
        const above = sequences ? dy[now * units + j] : t === steps - 1 ? dy[row * units + j] : 0;
        const gradient = (dh[j] as number) + (above as number);
        const tanhC = Math.tanh(cells[now * units + j] as number);
        const ofCell = (dc[j] as number) + gradient * o * (1 - tanhC * tanhC);
        const before = t > 0 ? (cells[(now - 1) * units + j] as number) : 0;
        dz[j] = ofCell * g * i * (1 - i);
        dz[units + j] = ofCell * before * f * (1 - f);
        dz[2 * units + j] = ofCell * i * (1 - g * g);
        dz[3 * units + j] = gradient * tanhC * o * (1 - o);
        dc[j] = ofCell * f;
      }
      for (let q = 0; q < width; q++) db[q] = (db[q] as number) + (dz[q] as number);
      const from = (repeated ? row : now) * features;
      for (let k = 0; k < features; k++) {
        dx[from + k] = (dx[from + k] as number) + outer(dw, k, x[from + k] as number, dz, w);
      }
      for (let k = 0; k < units; k++) dh[k] = t > 0 ? outer(dr, k, states[(now - 1) * units + k] as number, dz, r) : 0;
    }
  }
  return [dx, dw, dr, db].map((values) => Float32Array.from(values));
}

/** Adds v dz to row k of a matrix's gradient, and returns row k of the matrix times dz. */
function outer(gradient: Float64Array, k: number, v: number, dz: Float64Array, matrix: Float32Array): number {
  const row = k * dz.length;
  let product = 0;
  for (let q = 0; q < dz.length; q++) {
    const d = dz[q] as number;
    gradient[row + q] = (gradient[row + q] as number) + v * d;
    product += (matrix[row + q] as number) * d;
  }
  return product;
}
