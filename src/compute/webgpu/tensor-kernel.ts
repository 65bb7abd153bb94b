/**
 * Runs WGSL of our own over tensors of TF.js's WebGPU backend, in the order of its own kernels: the dispatch goes into the compute
 * pass that TF.js is recording. Sizes are written into the code, so a kernel is compiled once for each shape and needs no uniforms.
 */
import type { TensorInfo } from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { tf } from '../tf.ts';

export interface TensorKernel {
  /** Names the code and everything that its text depends on. */
  key: string;
  /**
   * The program without bindings: a function `main` with its attributes. Inputs are called in0, in1, ..., `array<i32>` for tensors of
   * int32 and otherwise `array<f32>`; outputs are `array<f32>` out0, out1, ...
   */
  code: () => string;
  inputs: readonly TensorInfo[];
  /** Shapes of the float32 tensors to make, or tensors to go on writing into. */
  outputs: readonly (readonly number[] | TensorInfo)[];
  /** Buffers that are no tensors, to read from: foreign0, foreign1, ... */
  foreign?: readonly { buffer: GPUBuffer; type: 'f32' | 'u32' }[];
  workgroups: readonly [number, number, number];
}

/** What TF.js keeps to itself. */
interface Recorder {
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  dispatchCountInPass: number;
  commandQueueOwnedIds: { add(id: object): void };
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

const pipelines = new WeakMap<GPUDevice, Map<string, GPUComputePipeline>>();

/** Records one dispatch and returns its outputs, in their order. The caller makes tensors of them. */
export function runTensorKernel({ key, code, inputs, outputs, foreign = [], workgroups }: TensorKernel): TensorInfo[] {
  const backend = tf.backend() as unknown as WebGPUBackend;
  const recorder = backend as unknown as Recorder;
  const made = outputs.map((output) => ('dataId' in output ? output : backend.makeTensorInfo([...output], 'float32')));
  const used = [...inputs, ...made];
  for (const { dataId } of used) backend.uploadToGPU(dataId);
  const pipeline = pipelineFor(backend.device, `${key} ${inputs.length} ${outputs.length}`, () =>
    [
      ...inputs.map(({ dtype }, i) => binding(i, `in${i}`, 'read', dtype === 'int32' ? 'i32' : 'f32')),
      ...made.map((_, i) => binding(inputs.length + i, `out${i}`, 'read_write', 'f32')),
      ...foreign.map(({ type }, i) => binding(used.length + i, `foreign${i}`, 'read', type)),
    ]
      .concat(code())
      .join('\n'),
  );
  const buffers = [
    ...used.map(({ dataId }) => (backend.tensorMap.get(dataId) as { resource: GPUBuffer }).resource),
    ...foreign.map(({ buffer }) => buffer),
  ];
  const entries = buffers.map((buffer, i) => ({ binding: i, resource: { buffer } }));
  const group = backend.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  for (const { dataId } of used) recorder.commandQueueOwnedIds.add(dataId);
  recorder.ensureCommandEncoderReady();
  recorder.computePassEncoder ??= (recorder.commandEncoder as GPUCommandEncoder).beginComputePass();
  recorder.computePassEncoder.setPipeline(pipeline);
  recorder.computePassEncoder.setBindGroup(0, group);
  recorder.computePassEncoder.dispatchWorkgroups(...workgroups);
  recorder.dispatchCountInPass++;
  if (recorder.dispatchCountInPass >= tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) {
    recorder.endComputePassEncoder();
    recorder.submitQueue();
  }
  return made;
}

/** Sends off what TF.js has recorded, before a buffer that it uses is written or destroyed. */
export function submitRecorded(device: GPUDevice): void {
  const backend = tf.engine().registry.webgpu as unknown as (Recorder & { device: GPUDevice }) | undefined;
  if (backend?.device !== device || !backend.commandEncoder) return;
  backend.endComputePassEncoder();
  backend.submitQueue();
}

let pretendedLimit = Number.POSITIVE_INFINITY;

/** Bytes that the device of the running backend binds as one buffer. */
export function bindingLimit(): number {
  const { device } = tf.backend() as unknown as WebGPUBackend;
  return Math.min(pretendedLimit, device.limits.maxStorageBufferBindingSize);
}

/**
 * True if tensors of these sizes can be inputs and outputs of a kernel of ours.
 *
 * @param sizes in float32 numbers
 */
export function bindable(...sizes: readonly number[]): boolean {
  const limit = bindingLimit();
  return sizes.every((size) => 4 * size <= limit);
}

/** Runs synchronous work as a device would that binds no more than `bytes` as one buffer: for tests. */
export function withBindingLimit<T>(bytes: number, work: () => T): T {
  pretendedLimit = bytes;
  try {
    return work();
  } finally {
    pretendedLimit = Number.POSITIVE_INFINITY;
  }
}

/** Workgroups along one axis that a device always allows. */
export const mostWorkgroups = 65_535;

function binding(index: number, name: string, access: 'read' | 'read_write', type: 'f32' | 'i32' | 'u32'): string {
  return `@group(0) @binding(${index}) var<storage, ${access}> ${name}: array<${type}>;`;
}

function pipelineFor(device: GPUDevice, key: string, code: () => string): GPUComputePipeline {
  const known = pipelines.get(device) ?? new Map<string, GPUComputePipeline>();
  pipelines.set(device, known);
  const found = known.get(key);
  if (found) return found;
  const module = device.createShaderModule({ code: code() });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
  known.set(key, pipeline);
  return pipeline;
}
