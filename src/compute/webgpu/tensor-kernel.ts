/**
 * Runs WGSL of our own over tensors of TF.js's WebGPU backend, in the order of its own kernels: the dispatch goes into the compute
 * pass that TF.js is recording. Sizes are written into the code, so a kernel is compiled once for each shape and needs no uniforms.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
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
  pipelineCache: Record<string, GPUComputePipeline | Promise<GPUComputePipeline>>;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

const pipelines = new WeakMap<GPUDevice, Map<string, GPUComputePipeline>>();

/** Kernels that are compiling in the background, ours and those of TF.js, by their keys. Settled ones are taken out. */
interface Compiling {
  ours: Map<string, Promise<void>>;
  tfjs: Map<string, Promise<GPUComputePipeline>>;
}

const compiling = new WeakMap<GPUDevice, Compiling>();

function compilingOn(device: GPUDevice): Compiling {
  const under = compiling.get(device) ?? { ours: new Map(), tfjs: new Map() };
  compiling.set(device, under);
  return under;
}

/** True while the work of `compileAhead` runs. */
let onlyCompiles = false;

/** True if kernels are compiled at present and not run, and what is computed is not set: work of several sizes can run each once. */
export function compilesOnly(): boolean {
  return onlyCompiles;
}

/**
 * Compiles what a piece of synchronous work runs, kernels of TF.js and ours, all at once and in the background; nothing is dispatched.
 * Without this the first step would compile them one after another, and the thread would hear nothing meanwhile. What does not compile
 * is left to that step, which says so. Other work may go on before this resolves, and what compiles already for somebody else is
 * waited for and not compiled twice.
 *
 * @param work leaves nothing behind but variables, which get their values back: what it computes is not set. An asynchronous function
 * goes as far as its first read of the device, which is refused.
 */
export async function compileAhead(work: () => void): Promise<void> {
  const backend = tf.backend() as unknown as Recorder & Pick<WebGPUBackend, 'device' | 'read' | 'readSync' | 'tensorMap'>;
  const { device, pipelineCache } = backend;
  const under = compilingOn(device);
  const variables = Object.values(tf.engine().registeredVariables);
  const before = variables.map((variable) => variable.clone());
  const { read, readSync } = backend;
  const onHost = (dataId: object) => (backend.tensorMap.get(dataId) as { values?: unknown } | undefined)?.values != null;
  const refused = () => new Error('nothing is computed while kernels are compiled');
  backend.read = async (dataId) => (onHost(dataId) ? read.call(backend, dataId) : Promise.reject(refused()));
  backend.readSync = (dataId) => {
    if (!onHost(dataId)) throw refused();
    return readSync.call(backend, dataId);
  };
  for (const [key, pipeline] of under.tfjs) pipelineCache[key] ??= pipeline;
  onlyCompiles = true;
  tf.env().set('WEBGPU_ENGINE_COMPILE_ONLY', true);
  try {
    tf.tidy(work);
  } catch {
    // the first step fails in the same way, and is heard
  } finally {
    tf.env().set('WEBGPU_ENGINE_COMPILE_ONLY', false);
    onlyCompiles = false;
    Object.assign(backend, { read, readSync });
    for (const [i, variable] of variables.entries()) {
      const value = before[i] as Tensor;
      if (variable.dataId !== value.dataId) variable.assign(value);
      value.dispose();
    }
    // TF.js refuses to run a kernel whose place in its list holds a promise, also for somebody else
    for (const [key, pipeline] of Object.entries(pipelineCache)) {
      if (!(pipeline instanceof Promise)) continue;
      delete pipelineCache[key];
      if (under.tfjs.has(key)) continue;
      under.tfjs.set(key, pipeline);
      const done = (compiled?: GPUComputePipeline) => {
        under.tfjs.delete(key);
        if (compiled) pipelineCache[key] ??= compiled;
      };
      pipeline.then(done, () => done());
    }
  }
  await Promise.allSettled([...under.ours.values(), ...under.tfjs.values()]);
}

/** A kernel that is written down instead of run. */
export interface NotedKernel {
  /** By which `pipelineSoon` knows it. */
  key: string;
  code: string;
  inputs: readonly TensorInfo[];
  outputs: readonly TensorInfo[];
  foreign: readonly GPUBuffer[];
  workgroups: readonly [number, number, number];
}

let note: ((kernel: NotedKernel) => void) | undefined;

/** Runs synchronous work whose kernels of ours are only told of. */
export function notingKernels<T>(hear: (kernel: NotedKernel) => void, work: () => T): T {
  const before = note;
  note = hear;
  try {
    return work();
  } finally {
    note = before;
  }
}

/** Records one dispatch and returns its outputs, in their order. The caller makes tensors of them. */
export function runTensorKernel({ key, code, inputs, outputs, foreign = [], workgroups }: TensorKernel): TensorInfo[] {
  const backend = tf.backend() as unknown as WebGPUBackend;
  const recorder = backend as unknown as Recorder;
  const made = outputs.map((output) => ('dataId' in output ? output : backend.makeTensorInfo([...output], 'float32')));
  const used = [...inputs, ...made];
  const text = () =>
    [
      ...inputs.map(({ dtype }, i) => binding(i, `in${i}`, 'read', dtype === 'int32' ? 'i32' : 'f32')),
      ...made.map((_, i) => binding(inputs.length + i, `out${i}`, 'read_write', 'f32')),
      ...foreign.map(({ type }, i) => binding(used.length + i, `foreign${i}`, 'read', type)),
    ]
      .concat(code())
      .join('\n');
  if (note) {
    note({
      key: `${key} ${inputs.length} ${outputs.length}`,
      code: text(),
      inputs,
      outputs: made,
      foreign: foreign.map(({ buffer }) => buffer),
      workgroups,
    });
    return made;
  }
  for (const { dataId } of used) backend.uploadToGPU(dataId);
  const pipeline = pipelineFor(backend.device, `${key} ${inputs.length} ${outputs.length}`, text);
  if (!pipeline) return made;
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

/** Where TF.js keeps buffers that no tensor uses now. */
interface Pool {
  freeBuffers: Map<string, GPUBuffer[]>;
  numFreeBuffers: number;
  numBytesAllocated: number;
}

/**
 * Gives the device back what TF.js keeps for tensors to come. It sorts buffers by their exact size and never lets go of one, so that
 * fifty models one after another would hold the sum of what each needs. Does nothing on another backend.
 */
export function giveBackIdleBuffers(): void {
  const backend = tf.engine().registry.webgpu as unknown as { device: GPUDevice; bufferManager: Pool } | undefined;
  if (!backend || tf.getBackend() !== 'webgpu') return;
  // what is recorded may still copy into one of them
  submitRecorded(backend.device);
  const pool = backend.bufferManager;
  for (const buffers of pool.freeBuffers.values()) {
    for (const buffer of buffers) {
      buffer.destroy();
      pool.numBytesAllocated -= buffer.size;
    }
    pool.numFreeBuffers -= buffers.length;
    buffers.length = 0;
  }
}

/** Workgroups along one axis that a device always allows. */
export const mostWorkgroups = 65_535;

interface Limits {
  /** Bytes of one buffer. */
  bytes: number;
  /** Workgroups along one axis. */
  workgroups: number;
}

const unlimited: Limits = { bytes: Number.POSITIVE_INFINITY, workgroups: mostWorkgroups };
let pretended = unlimited;

/** Bytes that the device of the running backend binds as one buffer. */
export function bindingLimit(): number {
  const { device } = tf.backend() as unknown as WebGPUBackend;
  return Math.min(pretended.bytes, device.limits.maxStorageBufferBindingSize);
}

/** Workgroups along one axis of the grid of a kernel that gives each to one thing. */
export function workgroupLimit(): number {
  return pretended.workgroups;
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

/** Runs synchronous work as a device of lower limits would: for tests. */
export function withLimits<T>(limits: Partial<Limits>, work: () => T): T {
  pretended = { ...unlimited, ...limits };
  try {
    return work();
  } finally {
    pretended = unlimited;
  }
}

function binding(index: number, name: string, access: 'read' | 'read_write', type: 'f32' | 'i32' | 'u32'): string {
  return `@group(0) @binding(${index}) var<storage, ${access}> ${name}: array<${type}>;`;
}

function pipelinesOf(device: GPUDevice): Map<string, GPUComputePipeline> {
  const known = pipelines.get(device) ?? new Map<string, GPUComputePipeline>();
  pipelines.set(device, known);
  return known;
}

function descriptorOf(device: GPUDevice, code: string): GPUComputePipelineDescriptor {
  return { layout: 'auto', compute: { module: device.createShaderModule({ code }), entryPoint: 'main' } };
}

/** A kernel of TF.js, compiled once and without holding up the thread, and left where TF.js looks for it. */
export async function tfjsPipelineSoon(device: GPUDevice, key: string, code: string, entry: string): Promise<GPUComputePipeline> {
  const { pipelineCache } = tf.backend() as unknown as Recorder;
  const under = compilingOn(device).tfjs;
  const known = pipelineCache[key] ?? under.get(key);
  if (known) return known;
  const module = device.createShaderModule({ code });
  const compiled = device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: entry } });
  under.set(key, compiled);
  try {
    const pipeline = await compiled;
    pipelineCache[key] ??= pipeline;
    return pipeline;
  } finally {
    under.delete(key);
  }
}

/** A pipeline of a device, compiled once and without holding up the thread; see `pipelineFor`. */
export async function pipelineSoon(device: GPUDevice, key: string, code: () => string): Promise<GPUComputePipeline> {
  const known = pipelinesOf(device);
  const { ours } = compilingOn(device);
  if (!known.has(key) && !ours.has(key)) {
    const compiled = device
      .createComputePipelineAsync(descriptorOf(device, code()))
      .then((pipeline) => void known.set(key, pipeline));
    const done = () => void ours.delete(key);
    ours.set(key, compiled.finally(done));
    // one that fails is heard by who waits for it
    compiled.catch(() => undefined);
  }
  await ours.get(key);
  return known.get(key) ?? (await pipelineSoon(device, key, code));
}

/**
 * A pipeline of a device, compiled once.
 *
 * @param key names the code and everything that its text depends on
 * @returns undefined in the work of `compileAhead`
 */
export function pipelineFor(device: GPUDevice, key: string, code: () => string): GPUComputePipeline | undefined {
  const known = pipelinesOf(device);
  const found = known.get(key);
  if (found) return onlyCompiles ? undefined : found;
  const under = onlyCompiles ? compiling.get(device)?.ours : undefined;
  if (under?.has(key)) return undefined;
  if (under) {
    const done = (pipeline?: GPUComputePipeline) => {
      under.delete(key);
      if (pipeline && !known.has(key)) known.set(key, pipeline);
    };
    const compiled = device.createComputePipelineAsync(descriptorOf(device, code()));
    under.set(
      key,
      compiled.then(done, () => done()),
    );
    return undefined;
  }
  const pipeline = device.createComputePipeline(descriptorOf(device, code()));
  known.set(key, pipeline);
  return pipeline;
}
