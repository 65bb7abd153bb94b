/** WASM has no kernel for sums over segments, which is the gradient of `gather`. */
import type { Tensor, TypedArray } from '@tensorflow/tfjs';
import type { Patch } from './contract.ts';
import { addKernel } from './kernels.ts';

export default {
  id: 'wasm-segment-sum',
  backend: 'wasm',
  bug: "the gradient of tf.gather throws: Kernel 'UnsortedSegmentSum' not registered for backend 'wasm'",
  link: 'https://github.com/tensorflow/tfjs/issues/8082',
  until: 'TF.js registers UnsortedSegmentSum for wasm (registering it twice then fails the test)',
  apply(tf) {
    addKernel(tf, 'wasm', 'UnsortedSegmentSum', ({ inputs, attrs }) => {
      const { x, segmentIds } = inputs as { x: Tensor; segmentIds: Tensor };
      const { numSegments } = attrs as { numSegments: number };
      const width = x.size / segmentIds.size;
      const sums = sumSegments(x.dataSync(), segmentIds.dataSync(), numSegments, width);
      return tf.tensor(sums, [numSegments, ...x.shape.slice(segmentIds.rank)], x.dtype);
    });
  },
} satisfies Patch;

/** Row i of `rows` [n, width] is added to row `ids[i]` of the answer [count, width]; ids outside 0 .. count-1 are left out. */
function sumSegments(rows: TypedArray, ids: TypedArray, count: number, width: number): Float32Array | Int32Array {
  const sums = rows instanceof Float32Array ? new Float32Array(count * width) : new Int32Array(count * width);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    if (id < 0 || id >= count) continue;
    for (let j = 0; j < width; j++) {
      sums[id * width + j] = (sums[id * width + j] as number) + (rows[i * width + j] as number);
    }
  }
  return sums;
}
