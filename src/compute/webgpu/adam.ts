/**
 * Adam on WebGPU for any list of TF.js variables: one dispatch per variable, in place, instead of fourteen kernels and as many
 * new buffers (TF.js), with both moments in one buffer of ours. The formula is that of `../optimiser.ts`.
 *
 * TF.js does not expect its buffers to change: its pending work is submitted first, what it has cached of a variable is
 * forgotten, and a variable that shares its storage with another tensor gets storage of its own before it is written.
 */
import type { Tensor, Variable } from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { OptimiserSpec } from '../contract.ts';
import { tf } from '../tf.ts';
import { forgetCachedValues } from '../webgpu.ts';
import { readFloats, slotBytes, storageBuffer } from './kernel.ts';
import { pipelineFor } from './tensor-kernel.ts';

const mostGroups = 65535;

export class WebGpuAdam {
  private readonly backend = tf.backend() as unknown as WebGPUBackend;
  private readonly device = this.backend.device;
  private readonly size: number;
  /** Moments per parameter. */
  private readonly copies: number;
  private readonly moments: GPUBuffer;
  private readonly slots: GPUBuffer;
  private readonly host: ArrayBuffer;

  constructor(
    private readonly spec: OptimiserSpec,
    private readonly variables: readonly Variable[],
  ) {
    this.size = variables.reduce((sum, variable) => sum + variable.size, 0);
    this.copies = spec.amsgrad ? 3 : 2;
    this.moments = storageBuffer(this.device, 'moments', this.copies * this.size * 4);
    this.host = new ArrayBuffer(variables.length * slotBytes);
    this.slots = this.device.createBuffer({
      label: 'update constants',
      size: this.host.byteLength,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    this.pipeline();
  }

  /** Undefined while it is compiled ahead of time. */
  private pipeline(): GPUComputePipeline | undefined {
    const { beta1, beta2, amsgrad } = this.spec;
    const key = `update in place ${beta1} ${beta2} ${amsgrad} ${this.size}`;
    return pipelineFor(this.device, key, () => updateCode(this.spec, this.size));
  }

  /** @param gradients in the order of the variables; they may be disposed afterwards */
  step(gradients: readonly Tensor[], rate: number, epsilon: number, keep: number): void {
    const { backend, device } = this;
    const buffers = this.variables.map((variable, i) => {
      if (backend.refCount(variable.dataId) > 1) {
        const own = tf.tidy(() => tf.add(variable, 0));
        variable.assign(own);
        own.dispose();
      }
      return { parameter: this.bufferOf(variable), gradient: this.bufferOf(gradients[i] as Tensor) };
    });
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.submitQueue();
    let offset = 0;
    for (const [i, { size }] of this.variables.entries()) {
      new Uint32Array(this.host, i * slotBytes, 2).set([size, offset]);
      new Float32Array(this.host, i * slotBytes + 8, 3).set([rate, epsilon, keep]);
      offset += size;
    }
    device.queue.writeBuffer(this.slots, 0, this.host);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    const pipeline = this.pipeline() as GPUComputePipeline;
    pass.setPipeline(pipeline);
    const layout = pipeline.getBindGroupLayout(0);
    for (const [i, { parameter, gradient }] of buffers.entries()) {
      const entries = [
        { buffer: this.slots, offset: i * slotBytes, size: slotBytes },
        { buffer: parameter },
        { buffer: this.moments },
        { buffer: gradient },
      ].map((resource, binding) => ({ binding, resource }));
      pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
      pass.dispatchWorkgroups(Math.min(mostGroups, Math.ceil((this.variables[i] as Variable).size / 64)));
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
    for (const variable of this.variables) forgetCachedValues(variable);
  }

  /** First, second and, with AMSGrad, largest second moment, one after another. */
  readMoments(): Promise<Float32Array> {
    return readFloats(this.device, this.moments, 0, this.copies * this.size);
  }

  writeMoments(parts: readonly Float32Array[]): void {
    let at = 0;
    for (const part of parts) {
      if (part.length > 0) this.device.queue.writeBuffer(this.moments, at * 4, part as Float32Array<ArrayBuffer>);
      at += part.length;
    }
  }

  dispose(): void {
    this.moments.destroy();
    this.slots.destroy();
  }

  /** The buffer behind a tensor, uploaded if its numbers are still on the host. */
  private bufferOf(tensor: Tensor): GPUBuffer {
    this.backend.uploadToGPU(tensor.dataId);
    return this.backend.tensorMap.get(tensor.dataId).resource as GPUBuffer;
  }
}

/**
 * The lines that update one parameter from its gradient `g`, by `../optimiser.ts`'s formula. Its moments are M[at], M[at + size] and, with
 * AMSGrad, M[at + 2 size].
 */
export function adamLines(
  { beta1, beta2, amsgrad }: OptimiserSpec,
  size: number,
  { parameter, rate, epsilon, keep }: { parameter: string; rate: string; epsilon: string; keep: string },
): string {
  return /* wgsl */ `
    let m = f32(${beta1}) * M[at] + f32(${1 - beta1}) * g;
    let v = f32(${beta2}) * M[at + ${size}u] + f32(${1 - beta2}) * g * g;
    M[at] = m;
    M[at + ${size}u] = v;
    ${amsgrad ? `let used = max(M[at + ${2 * size}u], v); M[at + ${2 * size}u] = used;` : 'let used = v;'}
    ${parameter} = ${parameter} * ${keep} - ${rate} * m / (sqrt(used) + ${epsilon});`;
}

function updateCode(spec: OptimiserSpec, size: number): string {
  return /* wgsl */ `
struct Slot { size: u32, offset: u32, rate: f32, epsilon: f32, keep: f32 };
@group(0) @binding(0) var<uniform> u: Slot;
@group(0) @binding(1) var<storage, read_write> P: array<f32>;
@group(0) @binding(2) var<storage, read_write> M: array<f32>;
@group(0) @binding(3) var<storage, read> G: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) all: vec3<u32>) {
  for (var i = id.x; i < u.size; i += all.x * 64u) {
    let at = u.offset + i;
    let g = G[i];
    ${adamLines(spec, size, { parameter: 'P[i]', rate: 'u.rate', epsilon: 'u.epsilon', keep: 'u.keep' })}
  }
}`;
}
