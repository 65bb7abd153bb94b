/**
 * Packed rows on WebGPU: the codes of their numbers in shards that the device can bind, one or two bytes each, and the kernels that
 * make a batch of them. The first gathers by row number and looks up what each code becomes, the second writes the numbers that have
 * no code. A table instead of arithmetic, because the host divides in double precision, which a device cannot.
 */
import type { Tensor1D, Tensor2D, TensorInfo } from '@tensorflow/tfjs';
import type { CodedRows } from '../../numeric/packed-rows.ts';
import { gridFor } from '../ops/gpu/run.ts';
import { perStep } from '../per-step.ts';
import { tf } from '../tf.ts';
import { webGpuDevice } from '../webgpu.ts';
import { storageBuffer } from './kernel.ts';
import { largestBinding, upload } from './shards.ts';
import { bindingLimit, runTensorKernel, submitRecorded } from './tensor-kernel.ts';

/** Buffers of the first kernel beside the shards: the row numbers, the batch, the table and the numbers of the columns. */
const otherBuffers = 4;
/** Bytes of one resident matrix; a larger one stays on the host, so that the device has room for the model. */
export const largestResident = 2 ** 30;

export class ResidentCodes {
  readonly bytes: number;
  private readonly device = webGpuDevice();
  private readonly perShard: number;
  private readonly shards: GPUBuffer[] = [];
  private readonly table: GPUBuffer;
  private readonly columns: GPUBuffer | undefined;
  /** Starts of the rows, [rows + 1], then columns and values; undefined without strays. */
  private readonly strays: GPUBuffer | undefined;

  constructor(private readonly coded: CodedRows) {
    const { rows, width, bytesPerCode, table, columns, strays } = coded;
    this.perShard = rowsPerShard(coded);
    for (let start = 0; bytesPerCode > 0 && start < rows; start += this.perShard)
      this.shards.push(this.uploaded('codes of resident rows', coded.codes(start, Math.min(rows, start + this.perShard))));
    this.table = this.uploaded('what codes become', table);
    if (columns) {
      const numbers = new Float32Array(2 * width);
      numbers.set(columns.scale);
      numbers.set(columns.offset, width);
      this.columns = this.uploaded('columns of resident rows', numbers);
    }
    if (strays.column.length > 0) {
      const words = new Uint32Array(strayWords(coded));
      words.set(strays.start);
      words.set(strays.column, rows + 1);
      words.set(
        new Uint32Array(strays.value.buffer, strays.value.byteOffset, strays.value.length),
        rows + 1 + strays.column.length,
      );
      this.strays = this.uploaded('strays of resident rows', words);
    }
    this.bytes = this.buffers().reduce((sum, { size }) => sum + size, 0);
  }

  batch(indices: Uint32Array): Tensor2D {
    const { width, bytesPerCode } = this.coded;
    const numbers = perStep<Tensor1D>([indices.length], () => Int32Array.from(indices));
    const together = this.device.limits.maxStorageBuffersPerShaderStage - otherBuffers;
    const size = indices.length * width;
    let made: TensorInfo[] | undefined;
    for (let first = 0; made === undefined || first < this.shards.length; first += together) {
      const bound = this.shards.slice(first, first + together);
      made = runTensorKernel({
        key: `coded ${bytesPerCode} ${width} ${this.perShard} ${first} ${bound.length} ${this.columns !== undefined} ${indices.length}`,
        code: () => this.gatherCode(first, bound.length, size),
        inputs: [numbers],
        outputs: made ?? [[indices.length, width]],
        foreign: [
          ...bound.map((buffer) => ({ buffer, type: 'u32' as const })),
          { buffer: this.table, type: 'f32' },
          ...(this.columns ? [{ buffer: this.columns, type: 'f32' as const }] : []),
        ],
        workgroups: gridFor(size, 64),
      });
    }
    if (this.strays) {
      runTensorKernel({
        key: `strays ${width} ${this.coded.rows} ${this.coded.strays.column.length} ${indices.length}`,
        code: () => this.strayCode(indices.length),
        inputs: [numbers],
        outputs: made as TensorInfo[],
        foreign: [{ buffer: this.strays, type: 'u32' }],
        workgroups: gridFor(indices.length * 64, 64),
      });
    }
    numbers.dispose();
    return tf.engine().makeTensorFromTensorInfo(made?.[0] as TensorInfo) as Tensor2D;
  }

  /** Frees the device memory. Batches whose kernels are recorded but not yet under way come out right. */
  dispose(): void {
    submitRecorded(this.device);
    for (const buffer of this.buffers()) buffer.destroy();
  }

  private buffers(): GPUBuffer[] {
    return [...this.shards, this.table, this.columns, this.strays].filter((buffer) => buffer !== undefined);
  }

  private uploaded(label: string, values: Float32Array | Uint8Array | Uint16Array | Uint32Array): GPUBuffer {
    const buffer = storageBuffer(this.device, label, Math.ceil(values.byteLength / 4) * 4);
    upload(this.device, buffer, values);
    // the queue holds copies until it is flushed
    this.device.queue.submit([]);
    return buffer;
  }

  private gatherCode(first: number, count: number, size: number): string {
    const { width, bytesPerCode } = this.coded;
    const read = (shard: string) =>
      bytesPerCode === 1 ? `(${shard}[at / 4u] >> (8u * (at % 4u))) & 255u` : `(${shard}[at / 2u] >> (16u * (at % 2u))) & 65535u`;
    const shards = Array.from({ length: count }, (_, i) => `if (shard == ${first + i}u) { code = ${read(`foreign${i}`)}; }`);
    const columns = `foreign${count + 1}`;
    return `
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>) {
  let index = id.x + id.y * count.x * 64u;
  if (index >= ${size}u) { return; }
  let column = index % ${width}u;
  let row = u32(in0[index / ${width}u]);
  var code = 0u;
  ${
    count === 0
      ? ''
      : `let shard = row / ${this.perShard}u;
  if (shard < ${first}u || shard >= ${first + count}u) { return; }
  let at = (row - shard * ${this.perShard}u) * ${width}u + column;
  ${shards.join('\n  ')}`
  }
  let value = foreign${count}[code];
  out0[index] = ${this.columns ? `value * ${columns}[column] + ${columns}[${width}u + column]` : 'value'};
}`;
  }

  /** 64 invocations for each row. */
  private strayCode(places: number): string {
    const { width, rows, strays } = this.coded;
    return `
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>) {
  let index = id.x + id.y * count.x * 64u;
  let place = index / 64u;
  if (place >= ${places}u) { return; }
  let row = u32(in0[place]);
  for (var i = foreign0[row] + index % 64u; i < foreign0[row + 1u]; i += 64u) {
    out0[place * ${width}u + foreign0[${rows + 1}u + i]] = bitcast<f32>(foreign0[${rows + 1 + strays.column.length}u + i]);
  }
}`;
  }
}

/** True if the device of the running backend can hold and bind these rows. */
export function fitsDevice(coded: CodedRows): boolean {
  const { rows, width, bytesPerCode, table, columns } = coded;
  const most = Math.min(largestBinding, bindingLimit());
  const single = [4 * table.length, columns ? 8 * width : 0, 4 * strayWords(coded)];
  const total = rows * width * bytesPerCode + single.reduce((sum, bytes) => sum + bytes, 0);
  return rowsPerShard(coded) > 0 && single.every((bytes) => bytes <= most) && total <= largestResident;
}

/** Four rows are whole words, whatever their width. */
function rowsPerShard({ width, bytesPerCode }: CodedRows): number {
  const most = Math.min(largestBinding, bindingLimit());
  return Math.floor(most / (width * Math.max(1, bytesPerCode)) / 4) * 4;
}

function strayWords({ rows, strays }: CodedRows): number {
  return strays.column.length > 0 ? rows + 1 + 2 * strays.column.length : 0;
}
