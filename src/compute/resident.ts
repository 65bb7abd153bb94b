/**
 * Minibatches from a matrix of rows. On a GPU the matrix lies on the device and only row numbers are uploaded. On WASM and CPU
 * the rows are collected in JavaScript and handed over, which is 6 to 15 times faster than TF.js's `gather` there (measured in
 * Node: 4,096 of 200,000 rows of 57 numbers in 2.5 ms against 14.5 ms). Both give the same numbers.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { tf } from './tf.ts';

export interface ResidentMatrix {
  readonly rows: number;
  readonly width: number;
  /**
   * Rows in the order of `indices`, [indices.length, width]; the caller disposes it. A row may be asked for more than once.
   *
   * @param indices each below `rows`
   */
  batch(indices: Uint32Array): Tensor2D;
  /** Frees the device memory; batches that were handed out stay. */
  dispose(): void;
}

export type Place = 'host' | 'device';

/** What every WebGPU device can bind as one buffer. A larger matrix stays in host memory. */
const largestOnDevice = 128 * 2 ** 20;

/**
 * @param values row-major [rows, width]; not copied on the host, so it must not change. Bytes become the numbers 0 to 255.
 * @param place where the rows lie; by default on the device if the backend is a GPU and they fit
 * @throws Error if `values` is not [rows, width]
 */
export function residentMatrix(
  values: Float32Array | Uint8Array,
  rows: number,
  width: number,
  place: Place = placeFor(rows * width * 4),
): ResidentMatrix {
  if (values.length !== rows * width) throw new Error(`${values.length} numbers are not ${rows} rows of ${width}`);
  return place === 'host' ? hostMatrix(values, rows, width) : deviceMatrix(values, rows, width);
}

function placeFor(bytes: number): Place {
  const backend = tf.getBackend();
  return (backend === 'webgpu' || backend === 'webgl') && bytes <= largestOnDevice ? 'device' : 'host';
}

function hostMatrix(values: Float32Array | Uint8Array, rows: number, width: number): ResidentMatrix {
  return {
    rows,
    width,
    batch(indices) {
      const collected = new Float32Array(indices.length * width);
      for (let i = 0; i < indices.length; i++) {
        const from = (indices[i] as number) * width;
        collected.set(values.subarray(from, from + width), i * width);
      }
      return tf.tensor2d(collected, [indices.length, width]);
    },
    dispose() {
      // The rows belong to the caller.
    },
  };
}

function deviceMatrix(values: Float32Array | Uint8Array, rows: number, width: number): ResidentMatrix {
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  const matrix = tf.tensor2d(floats, [rows, width]);
  return {
    rows,
    width,
    batch(indices) {
      return tf.tidy(() => tf.gather(matrix, tf.tensor1d(Int32Array.from(indices), 'int32') as Tensor1D));
    },
    dispose() {
      matrix.dispose();
    },
  };
}
