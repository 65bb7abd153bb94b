/**
 * Rows of a matrix on WebGPU, in shards that the device can bind, and the kernel that makes a batch of them: it gathers by row
 * number, unpacks, normalises and adds noise in one go. A row lies in one shard. One dispatch makes a batch as long as the shards
 * can be bound beside what else the kernel needs (five shards on every device, 640 MiB); beyond that there are several.
 */
import type { Tensor1D, Tensor2D, TensorInfo } from '@tensorflow/tfjs';
import { streams } from '../../numeric/random.ts';
import { gridFor } from '../ops/gpu/run.ts';
import { type Draw, perStep } from '../per-step.ts';
import { tf } from '../tf.ts';
import { webGpuDevice } from '../webgpu.ts';
import { storageBuffer } from './kernel.ts';
import { bytesPerNumber, type Columns, packRows, type RowStorage } from './packing.ts';
import { philoxWgsl } from './philox.ts';
import { largestBinding, upload } from './shards.ts';
import { bindingLimit, runTensorKernel, submitRecorded } from './tensor-kernel.ts';

/** Normal deviates times `deviation`; the one of column j in place i of a batch is a function of (seed, step, i, j). */
export interface Noise {
  of: Draw;
  deviation: number;
}

/** Buffers of the kernel beside the shards: the row numbers, the batch and the numbers of the columns. */
const otherBuffers = 3;

export class ResidentRows {
  /** Bytes on the device. */
  readonly bytes: number;
  private readonly device = webGpuDevice();
  private readonly perShard: number;
  private readonly shards: GPUBuffer[] = [];
  /** Scale and offset of the levels, then of the normalisation, [4, width]. */
  private readonly columns: GPUBuffer | null = null;

  constructor(
    values: Float32Array | Uint8Array,
    rows: number,
    private readonly width: number,
    private readonly storage: RowStorage,
    levels: Columns,
    private readonly normalise: Columns | undefined,
  ) {
    const { device } = this;
    const most = Math.min(largestBinding, bindingLimit());
    // four rows are whole words in every storage
    this.perShard = Math.floor(most / (width * bytesPerNumber[storage]) / 4) * 4;
    if (this.perShard === 0) throw new Error(`four rows of ${width} numbers do not fit ${most} bytes`);
    for (let start = 0; start < rows; start += this.perShard) {
      const part = packRows(values.subarray(start * width, (start + this.perShard) * width), storage, levels);
      const shard = storageBuffer(device, 'resident rows', part.byteLength);
      upload(device, shard, part);
      // the queue holds copies until it is flushed
      device.queue.submit([]);
      this.shards.push(shard);
    }
    if (storage === 'uint8' || normalise) {
      const { scale, offset } = normalise ?? levels;
      const numbers = new Float32Array(4 * width);
      for (const [i, part] of [levels.scale, levels.offset, scale, offset].entries()) numbers.set(part, i * width);
      this.columns = storageBuffer(device, 'columns of resident rows', numbers.byteLength);
      upload(device, this.columns, numbers);
    }
    this.bytes = [...this.shards, ...(this.columns ? [this.columns] : [])].reduce((sum, { size }) => sum + size, 0);
  }

  batch(indices: Uint32Array, noise: Noise | undefined): Tensor2D {
    const { width, columns } = this;
    const numbers = perStep<Tensor1D>([4 + indices.length], () => {
      const order = new Int32Array(4 + indices.length);
      order.set([indices.length, noise?.of.seed ?? 0, noise?.of.step ?? 0]);
      new Float32Array(order.buffer, 12, 1)[0] = noise?.deviation ?? 0;
      order.set(indices, 4);
      return order;
    });
    const together = this.device.limits.maxStorageBuffersPerShaderStage - otherBuffers;
    let made: TensorInfo[] | undefined;
    for (let first = 0; first < this.shards.length; first += together) {
      const bound = this.shards.slice(first, first + together);
      made = runTensorKernel({
        key: `resident ${this.storage} ${width} ${this.perShard} ${first} ${bound.length} ${this.normalise !== undefined} ${noise !== undefined}`,
        code: () => this.code(first, bound.length, noise !== undefined),
        inputs: [numbers],
        outputs: made ?? [[indices.length, width]],
        foreign: [
          ...bound.map((buffer) => ({ buffer, type: this.storage === 'float32' ? ('f32' as const) : ('u32' as const) })),
          ...(columns ? [{ buffer: columns, type: 'f32' as const }] : []),
        ],
        workgroups: gridFor(indices.length * width, 64),
      });
    }
    numbers.dispose();
    return tf.engine().makeTensorFromTensorInfo(made?.[0] as TensorInfo) as Tensor2D;
  }

  /** Frees the device memory. Batches whose kernels are recorded but not yet under way come out right. */
  dispose(): void {
    submitRecorded(this.device);
    for (const buffer of [...this.shards, ...(this.columns ? [this.columns] : [])]) buffer.destroy();
    this.shards.length = 0;
  }

  /** in0 number of rows, seed, step and deviation, then the rows. */
  private code(first: number, count: number, noise: boolean): string {
    const { width, perShard, storage, normalise } = this;
    const read = {
      float32: (shard: string) => `${shard}[at]`,
      float16: (shard: string) =>
        `select(unpack2x16float(${shard}[at / 2u]).x, unpack2x16float(${shard}[at / 2u]).y, at % 2u == 1u)`,
      uint8: (shard: string) => `f32((${shard}[at / 4u] >> (8u * (at % 4u))) & 255u)`,
    }[storage];
    const columns = `foreign${count}`;
    const line = (row: number) =>
      `value = value * ${columns}[${row * width}u + column] + ${columns}[${(row + 1) * width}u + column];`;
    return `${noise ? philoxWgsl : ''}
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>) {
  let index = id.x + id.y * count.x * 64u;
  if (index >= u32(in0[0]) * ${width}u) { return; }
  let place = index / ${width}u; let column = index % ${width}u;
  let row = u32(in0[4u + place]);
  let shard = row / ${perShard}u;
  let at = (row - shard * ${perShard}u) * ${width}u + column;
  if (shard < ${first}u || shard >= ${first + count}u) { return; }
  var value = 0.0;
  ${Array.from({ length: count }, (_, i) => `if (shard == ${first + i}u) { value = ${read(`foreign${i}`)}; }`).join('\n  ')}
  ${storage === 'uint8' ? line(0) : ''}
  ${normalise ? line(2) : ''}
  ${noise ? `value += bitcast<f32>(in0[3]) * normalDeviate(bitcast<u32>(in0[1]), ${streams.noise}u, bitcast<u32>(in0[2]), place, column);` : ''}
  out0[index] = value;
}`;
  }
}
