/**
 * Writes down what a piece of TF.js work would do on WebGPU: every kernel of TF.js and of ours with its text, grid, constants and
 * operands, and nothing runs. What was written down can run again and again without TF.js (`recorded-engine.ts`), for one network or
 * for several at once.
 *
 * The work must be the same in every step but for what it takes in by `perStep`; reading a number back while it is recorded is an
 * error, because what follows from it would be written down as if it held for ever. Whoever records does it twice, with another step
 * and rows, and compares (`sameRecording`).
 */
import type { DataId, Tensor, TensorInfo, Variable } from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type HostNumbers, hearingSteps } from '../per-step.ts';
import { tf } from '../tf.ts';
import { type NotedKernel, notingKernels } from './tensor-kernel.ts';

/** Numbers of 4 bytes that kernels read or write. */
export type RecordedValue = { size: number } & (
  | { kind: 'variable'; variable: Variable }
  /** Made by the host anew for each step. */
  | { kind: 'step'; make(): HostNumbers }
  | { kind: 'constant'; numbers: HostNumbers }
  /** Constants of several members. */
  | { kind: 'constants'; numbers: readonly HostNumbers[] }
  /** On the device already, and left as it is. */
  | { kind: 'buffer'; buffer: GPUBuffer }
  /** Written by a kernel. */
  | { kind: 'made' }
);

/** A value by its number, a uniform block, or a buffer that belongs to somebody else. */
export type RecordedOperand = { value: number; written: boolean } | { uniform: Uint8Array<ArrayBuffer> } | { foreign: GPUBuffer };

export interface RecordedKernel {
  /** Where its pipeline is kept for those who run it without a recording. */
  kept: { by: 'tfjs' | 'us'; key: string };
  code: string;
  entry: string;
  /** By binding of group 0. */
  operands: readonly RecordedOperand[];
  groups: readonly [number, number, number];
}

export interface Recording {
  kernels: readonly RecordedKernel[];
  values: readonly RecordedValue[];
  /** The results of the work, as numbers of values. */
  outputs: readonly number[];
  /** Variables that the work gives another value: number of the variable as it was, and of what it becomes. */
  assigned: readonly { from: number; to: number }[];
}

/** Where TF.js keeps the numbers of a tensor; `resource` is null while they are on the host. */
interface Entry {
  resource: unknown;
  values: ArrayLike<number> | null;
  dtype: string;
}

/** Stands for a buffer that there is not. */
const nowhere = { label: 'only recorded' };

/**
 * @param work synchronous; what it makes is thrown away, variables keep their values
 * @throws Error if the work reads a number back, or asks for what cannot be written down
 */
export function record(work: () => readonly Tensor[]): Recording {
  return new Recorder().record(work);
}

class Recorder {
  private readonly backend = tf.backend() as unknown as WebGPUBackend;
  private readonly kernels: RecordedKernel[] = [];
  private readonly values: RecordedValue[] = [];
  private readonly numbers = new Map<DataId, number>();
  private readonly variables = new Map<DataId, Variable>();
  private readonly makes = new Map<DataId, () => HostNumbers>();
  /** Values of variables that lay on the host. */
  private readonly lifted: Entry[] = [];

  record(work: () => readonly Tensor[]): Recording {
    const all = Object.values(tf.engine().registeredVariables);
    for (const variable of all) this.own(variable);
    const before = all.map((variable) => variable.clone());
    for (const variable of all) this.lift(variable.dataId);
    const undo = this.takeOver();
    try {
      let recording: Recording | undefined;
      tf.tidy(() => {
        const outputs = hearingSteps(
          (tensor, make) => this.hear(tensor, make),
          () => notingKernels((kernel) => this.note(kernel), work),
        ).map((tensor) => this.numberOf(tensor));
        const assigned = all.flatMap((variable, i) => {
          const old = before[i] as Tensor;
          return variable.dataId === old.dataId ? [] : [{ from: this.numberOf(old), to: this.numberOf(variable) }];
        });
        recording = { kernels: this.kernels, values: this.values, outputs, assigned };
      });
      return recording as unknown as Recording;
    } finally {
      undo();
      for (const entry of this.lifted) if (entry.resource === nowhere) entry.resource = null;
      for (const [i, variable] of all.entries()) {
        const value = before[i] as Tensor;
        if (variable.dataId !== value.dataId) variable.assign(value);
        value.dispose();
      }
    }
  }

  /** A variable that shares its numbers with another could not be told from it. */
  private own(variable: Variable): void {
    if (this.variables.has(variable.dataId)) {
      const copy = tf.tidy(() => tf.add(variable, 0));
      variable.assign(copy);
      copy.dispose();
    }
    this.variables.set(variable.dataId, variable);
  }

  /** Makes TF.js take numbers for those of the device, so that it neither reads nor uploads them. */
  private lift(dataId: DataId): void {
    const entry = this.entryOf(dataId);
    if (entry.resource) return;
    entry.resource = nowhere;
    this.lifted.push(entry);
  }

  private entryOf(dataId: DataId): Entry {
    return this.backend.tensorMap.get(dataId) as unknown as Entry;
  }

  /** Kernels of TF.js come here from now on. @returns how to end it */
  private takeOver(): () => void {
    const own = this.backend as unknown as Record<string, unknown>;
    const double = this.double();
    const run = this.backend.runWebGPUProgram;
    own['runWebGPUProgram'] = (...args: Parameters<typeof run>) => run.apply(double as never, args);
    own['readSync'] = (dataId: DataId) => this.hostValues(dataId);
    own['read'] = async (dataId: DataId) => this.hostValues(dataId);
    return () => {
      for (const name of ['runWebGPUProgram', 'readSync', 'read']) delete own[name];
    };
  }

  /** Numbers that are the same in every step. */
  private hostValues(dataId: DataId): unknown {
    const { resource, values } = this.entryOf(dataId);
    if (resource || !values) throw new Error('a number is read back while a step is recorded');
    return values;
  }

  /** The backend with a device that writes down what it is asked. */
  private double(): object {
    let pipeline = { code: '', entry: '' };
    const pipelineCache: Record<string, typeof pipeline> = {};
    const keys = new Map<typeof pipeline, string>();
    const keyOf = (wanted: typeof pipeline): string => {
      if (!keys.has(wanted)) for (const [key, made] of Object.entries(pipelineCache)) keys.set(made, key);
      return keys.get(wanted) as string;
    };
    let operands: RecordedOperand[] = [];
    const { limits } = this.backend.device;
    const parts = {
      pipelineCache,
      device: {
        limits,
        createShaderModule: ({ code }: { code: string }) => ({ code }),
        createComputePipeline: ({ compute }: { compute: { module: { code: string }; entryPoint: string } }) => ({
          code: compute.module.code,
          entry: compute.entryPoint,
          getBindGroupLayout: () => null,
        }),
        createBindGroup: ({ entries }: { entries: { resource: RecordedOperand }[] }) => entries.map(({ resource }) => resource),
      },
      bufferManager: { acquireBuffer: (size: number) => new Uint8Array(size) },
      queue: {
        writeBuffer: (to: Uint8Array, _at: number, from: ArrayBuffer, _start: number, size: number) =>
          to.set(new Uint8Array(from, 0, size)),
      },
      uniformPendingDisposal: [],
      commandQueueOwnedIds: { add: () => undefined },
      activeTimers: null,
      dispatchCountInPass: 0,
      uploadToGPU: (dataId: DataId) => {
        // what it is follows from where it lay
        this.numberOf({ dataId } as TensorInfo);
        this.lift(dataId);
      },
      tensorToBinding: (tensor: TensorInfo): RecordedOperand => ({ value: this.numberOf(tensor), written: false }),
      ensureCommandEncoderReady: () => undefined,
      endComputePassEncoder: () => undefined,
      submitQueue: () => undefined,
      computePassEncoder: {
        setPipeline: (next: typeof pipeline) => {
          pipeline = next;
        },
        setBindGroup: (_index: number, group: (RecordedOperand | { buffer: Uint8Array<ArrayBuffer> })[]) => {
          operands = group.map((operand) => ('buffer' in operand ? { uniform: operand.buffer } : operand));
        },
        dispatchWorkgroups: (x: number, y = 1, z = 1) => {
          // the first binding of a program of TF.js is its result
          const [result, ...rest] = operands as [RecordedOperand, ...RecordedOperand[]];
          if (!('value' in result)) throw new Error('a program without a result');
          const { code, entry } = pipeline;
          const kept = { by: 'tfjs', key: keyOf(pipeline) } as const;
          this.keep({ kept, code, entry, operands: [{ ...result, written: true }, ...rest], groups: [x, y, z] });
        },
      },
    };
    return Object.assign(Object.create(this.backend), parts);
  }

  private hear(tensor: Tensor, make: () => HostNumbers): void {
    this.makes.set(tensor.dataId, make);
    this.numberOf(tensor);
    this.lift(tensor.dataId);
  }

  private note({ key, code, inputs, outputs, foreign, workgroups }: NotedKernel): void {
    const operands: RecordedOperand[] = [
      ...inputs.map((tensor) => ({ value: this.numberOf(tensor), written: false })),
      ...outputs.map((tensor) => ({ value: this.numberOf(tensor), written: true })),
      ...foreign.map((buffer) => ({ foreign: buffer })),
    ];
    for (const { dataId } of [...inputs, ...outputs]) this.lift(dataId);
    this.keep({ kept: { by: 'us', key }, code, entry: 'main', operands, groups: workgroups });
  }

  private keep(kernel: RecordedKernel): void {
    for (const operand of kernel.operands) {
      if (!('value' in operand) || !operand.written) continue;
      const { kind } = this.values[operand.value] as RecordedValue;
      if (kind !== 'made') throw new Error(`a kernel writes into a ${kind}`);
    }
    this.kernels.push(kernel);
  }

  private numberOf({ dataId }: TensorInfo): number {
    const known = this.numbers.get(dataId);
    if (known !== undefined) return known;
    this.numbers.set(dataId, this.values.length);
    this.values.push(this.valueOf(dataId));
    return this.values.length - 1;
  }

  private valueOf(dataId: DataId): RecordedValue {
    const { resource, values, dtype, shape } = this.entryOf(dataId) as Entry & { shape: readonly number[] };
    const size = shape.reduce((product, n) => product * n, 1);
    const variable = this.variables.get(dataId);
    if (variable) return { kind: 'variable', size, variable };
    const make = this.makes.get(dataId);
    if (make) return { kind: 'step', size, make };
    if (typeof GPUBuffer !== 'undefined' && resource instanceof GPUBuffer) return { kind: 'buffer', size, buffer: resource };
    if (values && !resource) return { kind: 'constant', size, numbers: numbersOf(values, dtype) };
    return { kind: 'made', size };
  }
}

function numbersOf(values: ArrayLike<number>, dtype: string): HostNumbers {
  return dtype === 'int32' || dtype === 'bool' ? Int32Array.from(values) : Float32Array.from(values);
}

/** Whether two recordings are one and the same work in another step. */
export function sameRecording(a: Recording, b: Recording): boolean {
  return sameWork(a, b) && sameList(a.values, b.values, sameNumbers);
}

/**
 * Recordings of networks that differ in their weights, seeds and constants, as one; undefined if they differ in more.
 *
 * @returns the first one, with the constants of all where they are not the same
 */
export function mergedRecording(all: readonly Recording[]): Recording | undefined {
  const [first, ...others] = all as [Recording, ...Recording[]];
  if (!others.every((other) => sameWork(first, other))) return undefined;
  const values = first.values.map((value, i): RecordedValue => {
    if (value.kind !== 'constant' || others.every(({ values }) => sameNumbers(value, values[i] as RecordedValue))) return value;
    const numbers = all.flatMap(({ values }) => (values[i]?.kind === 'constant' ? [values[i].numbers] : []));
    return { kind: 'constants', size: value.size, numbers };
  });
  return { ...first, values };
}

function sameWork(a: Recording, b: Recording): boolean {
  return (
    sameList(a.kernels, b.kernels, sameKernel) &&
    sameList(a.values, b.values, sameValue) &&
    sameList(a.outputs, b.outputs, Object.is) &&
    sameList(a.assigned, b.assigned, (x, y) => x.from === y.from && x.to === y.to)
  );
}

function sameKernel(a: RecordedKernel, b: RecordedKernel): boolean {
  return (
    a.code === b.code &&
    a.entry === b.entry &&
    sameList(a.groups, b.groups, Object.is) &&
    sameList(a.operands, b.operands, (x, y) => {
      if ('value' in x) return 'value' in y && x.value === y.value && x.written === y.written;
      if ('uniform' in x) return 'uniform' in y && sameList([...x.uniform], [...y.uniform], Object.is);
      return 'foreign' in y && x.foreign === y.foreign;
    })
  );
}

function sameValue(a: RecordedValue, b: RecordedValue): boolean {
  if (a.kind !== b.kind || a.size !== b.size) return false;
  return a.kind !== 'buffer' || b.kind !== 'buffer' || a.buffer === b.buffer;
}

function sameNumbers(a: RecordedValue, b: RecordedValue): boolean {
  return a.kind !== 'constant' || b.kind !== 'constant' || sameList([...a.numbers], [...b.numbers], Object.is);
}

function sameList<T>(a: readonly T[], b: readonly T[], same: (x: T, y: T) => boolean): boolean {
  return a.length === b.length && a.every((x, i) => same(x, b[i] as T));
}
