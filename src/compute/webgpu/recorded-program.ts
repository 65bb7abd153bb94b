/**
 * A recording on the device: its constants, the room for its values and a bind group for each kernel, made once, so that a run of it
 * is nothing but dispatches. With several members the kernels are widened (`widen.ts`) and every value has a part for each.
 */
import type { HostNumbers } from '../per-step.ts';
import { storageBuffer } from './kernel.ts';
import { planOf, type RecordedPlan, strideOf } from './recorded-plan.ts';
import type { RecordedKernel, RecordedOperand, Recording } from './recorder.ts';
import { submitClock } from './submit-size.ts';
import { mostWorkgroups, pipelineSoon, tfjsPipelineSoon } from './tensor-kernel.ts';
import { layoutOf, widened } from './widen.ts';

/** Where the numbers of a value lie: those of member m from `offset + m · stride` on, in bytes. */
export interface Region {
  buffer: GPUBuffer;
  offset: number;
  stride: number;
}

/** Distance at which a binding may begin on every device. */
export const bindingStep = 256;
/** All intermediate values of a recording together; beyond this TF.js, which frees as it goes, is the better choice. */
const mostBytes = 2 ** 31;

export class RecordedProgram {
  private readonly buffers: GPUBuffer[] = [];
  private readonly regions: (Region | undefined)[];
  private readonly stepBuffer: GPUBuffer | null;
  private readonly stepBytes: ArrayBuffer;
  /** What the host makes anew for each step: the value, and where its numbers go in the step's bytes. */
  private readonly steps: readonly { i: number; offset: number; stride: number; value: StepValue }[];
  private once: readonly Encoded[] = [];
  private each: readonly Encoded[] = [];

  private constructor(
    private readonly device: GPUDevice,
    private readonly recording: Recording,
    private readonly plan: RecordedPlan,
    private readonly members: number,
    placed: ReadonlyMap<number, Region>,
    private readonly objections: Promise<GPUError | null>[],
  ) {
    const { values } = recording;
    this.regions = values.map((_, i) => placed.get(i));
    const layout = new Layout();
    this.steps = values.flatMap((value, i) => {
      if (value.kind !== 'step') return [];
      const stride = strideOf(value.size);
      return [{ i, stride, offset: layout.take(stride * members), value }];
    });
    this.stepBytes = new ArrayBuffer(layout.bytes);
    this.stepBuffer = this.steps.length > 0 ? this.made('numbers of the step', layout.bytes) : null;
    for (const { i, stride, offset } of this.steps) this.regions[i] = { buffer: this.stepBuffer as GPUBuffer, offset, stride };
    const slots = plan.slotBytes.map((bytes) => this.made('recorded values', bytes));
    for (const [i, value] of values.entries()) {
      if (value.kind === 'constant') this.regions[i] = this.uploaded([value.numbers], strideOf(value.size));
      else if (value.kind === 'constants') this.regions[i] = this.uploaded(value.numbers, strideOf(value.size));
      else if (value.kind === 'buffer') this.regions[i] = { buffer: value.buffer, offset: 0, stride: 0 };
      else if (!this.regions[i] && (plan.slots[i] as number) >= 0)
        this.regions[i] = { buffer: slots[plan.slots[i] as number] as GPUBuffer, offset: 0, stride: strideOf(value.size) };
    }
  }

  /**
   * Makes everything and compiles all kernels at once, in the background.
   *
   * @param placed values that lie somewhere already: variables, and what is to be written to a certain place
   * @param kept made values that are read after a run
   * @returns undefined if the device cannot hold it
   */
  static async create(
    device: GPUDevice,
    recording: Recording,
    members: number,
    placed: ReadonlyMap<number, Region>,
    kept: ReadonlySet<number>,
  ): Promise<RecordedProgram | undefined> {
    const plan = planOf(recording, members, new Set(placed.keys()), kept);
    const limit = device.limits.maxStorageBufferBindingSize;
    const whole = plan.slotBytes.reduce((sum, bytes) => sum + bytes, 0);
    const tooDeep = plan.each.some((k) => (recording.kernels[k] as RecordedKernel).groups[2] * members > mostWorkgroups);
    const tooWide = recording.values.some(({ size }, i) => strideOf(size) * (plan.own[i] ? members : 1) > limit);
    if (whole > mostBytes || tooDeep || tooWide) return undefined;
    const objections: Promise<GPUError | null>[] = [];
    const program = heard(device, objections, () => new RecordedProgram(device, recording, plan, members, placed, objections));
    try {
      const [once, each] = await Promise.all(
        [plan.once, plan.each].map((list) => Promise.all(list.map((k) => program.encoded(k)))),
      );
      if ((await Promise.all(objections)).some((error) => error !== null)) {
        program.dispose();
        return undefined;
      }
      program.once = once as Encoded[];
      program.each = each as Encoded[];
      program.submit(program.once);
      return program;
    } catch (error) {
      program.dispose();
      throw error;
    }
  }

  get kernels(): number {
    return this.each.length;
  }

  region(value: number): Region {
    const region = this.regions[value];
    if (!region) throw new Error(`value ${value} of a recording lies nowhere`);
    return region;
  }

  /** Takes the numbers of a step of one member from the host, as the recorded work makes them now. */
  makeStep(member: number): void {
    for (const { value, offset, stride } of this.steps) {
      const numbers = value.make();
      if (numbers.length !== value.size)
        throw new Error(`${numbers.length} numbers for a step that was recorded with ${value.size}`);
      const place = offset + member * stride;
      if (numbers instanceof Int32Array) new Int32Array(this.stepBytes, place, value.size).set(numbers);
      else new Float32Array(this.stepBytes, place, value.size).set(numbers);
    }
  }

  /**
   * Runs it for the numbers that `makeStep` took, in submits that are sized by their time.
   *
   * @param after goes into the last submit
   */
  run(after: (encoder: GPUCommandEncoder) => void): void {
    if (this.stepBuffer) this.device.queue.writeBuffer(this.stepBuffer, 0, this.stepBytes);
    this.submit(this.each, after);
  }

  dispose(): void {
    for (const buffer of this.buffers) buffer.destroy();
    this.buffers.length = 0;
  }

  private submit(kernels: readonly Encoded[], after?: (encoder: GPUCommandEncoder) => void): void {
    const clock = submitClock(this.device);
    const most = clock.size.kernels;
    for (let first = 0; first === 0 || first < kernels.length; first += most) {
      const encoder = this.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      const part = kernels.slice(first, first + most);
      for (const { pipeline, group, groups } of part) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(...groups);
      }
      pass.end();
      if (first + most >= kernels.length) after?.(encoder);
      this.device.queue.submit([encoder.finish()]);
      clock.submitted(part.length);
    }
  }

  private async encoded(number: number): Promise<Encoded> {
    const { kept, code, entry, operands, groups } = this.recording.kernels[number] as RecordedKernel;
    const [x, y, z] = groups;
    const strides = this.stridesOf(operands);
    const wide = strides.size > 0 && this.members > 1;
    const entries = operands.map((operand, binding) => ({ binding, resource: this.resource(operand) }));
    let pipeline: GPUComputePipeline;
    if (wide) {
      const wider = widened(code, new Set(strides.keys()), operands.length);
      const distances = layoutOf(code, z, strides);
      entries.push({ binding: wider.binding, resource: this.uniform(new Uint8Array(distances.buffer)) });
      pipeline = await pipelineOf(this.device, wider.code, entry);
    } else if (kept.by === 'tfjs') pipeline = await tfjsPipelineSoon(this.device, kept.key, code, entry);
    else pipeline = await pipelineSoon(this.device, kept.key, () => code);
    const layout = pipeline.getBindGroupLayout(0);
    return {
      pipeline,
      group: heard(this.device, this.objections, () => this.device.createBindGroup({ layout, entries })),
      groups: wide ? [x, y, z * this.members] : groups,
    };
  }

  private stridesOf(operands: readonly RecordedOperand[]): Map<number, number> {
    const strides = new Map<number, number>();
    for (const [binding, operand] of operands.entries()) {
      if ('value' in operand && this.plan.own[operand.value]) strides.set(binding, this.region(operand.value).stride);
    }
    return strides;
  }

  private resource(operand: RecordedOperand): GPUBufferBinding {
    if ('foreign' in operand) return { buffer: operand.foreign };
    if ('uniform' in operand) return this.uniform(operand.uniform);
    const { size, kind } = this.recording.values[operand.value] as Recording['values'][number];
    const { buffer, offset, stride } = this.region(operand.value);
    if (kind === 'buffer') return { buffer };
    // alone it has the length that TF.js gives it
    const bytes = this.plan.own[operand.value] && this.members > 1 ? stride * this.members : Math.max(4, 4 * size);
    return { buffer, offset, size: bytes };
  }

  private readonly uniforms = new Map<string, GPUBuffer>();

  /** Constants of a kernel; many kernels have the same. */
  private uniform(bytes: Uint8Array<ArrayBuffer>): GPUBufferBinding {
    const key = bytes.join();
    let buffer = this.uniforms.get(key);
    if (!buffer) {
      buffer = this.device.createBuffer({
        label: 'recorded constants of a kernel',
        size: bytes.byteLength,
        usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      });
      this.device.queue.writeBuffer(buffer, 0, bytes);
      this.buffers.push(buffer);
      this.uniforms.set(key, buffer);
    }
    return { buffer };
  }

  /** @param all numbers of each member, or of all together */
  private uploaded(all: readonly HostNumbers[], stride: number): Region {
    const buffer = this.made('recorded constant', stride * all.length);
    for (const [member, numbers] of all.entries()) {
      const values = numbers instanceof Uint8Array ? Float32Array.from(numbers) : numbers;
      this.device.queue.writeBuffer(buffer, member * stride, values as Float32Array<ArrayBuffer>);
    }
    return { buffer, offset: 0, stride };
  }

  private made(label: string, bytes: number): GPUBuffer {
    const buffer = storageBuffer(this.device, label, bytes);
    this.buffers.push(buffer);
    return buffer;
  }
}

/** Makes something and hears what the device objects to, a lack of memory above all; answers come later. */
function heard<T>(device: GPUDevice, objections: Promise<GPUError | null>[], make: () => T): T {
  const filters = ['validation', 'out-of-memory'] as const;
  for (const filter of filters) device.pushErrorScope(filter);
  try {
    return make();
  } finally {
    for (const _ of filters) objections.push(device.popErrorScope());
  }
}

type StepValue = Extract<Recording['values'][number], { kind: 'step' }>;

interface Encoded {
  pipeline: GPUComputePipeline;
  group: GPUBindGroup;
  groups: readonly [number, number, number];
}

/** Regions one after another, each where a binding may begin. */
export class Layout {
  bytes = 0;

  /** @returns offset of the next `bytes` */
  take(bytes: number): number {
    const offset = this.bytes;
    this.bytes += Math.ceil(bytes / bindingStep) * bindingStep;
    return offset;
  }
}

const pipelines = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>();

/** Compiled once for each text, in the background. @throws Error with the compiler's words */
function pipelineOf(device: GPUDevice, code: string, entry: string): Promise<GPUComputePipeline> {
  const known = pipelines.get(device) ?? new Map<string, Promise<GPUComputePipeline>>();
  pipelines.set(device, known);
  const found = known.get(code);
  if (found) return found;
  const module = device.createShaderModule({ code });
  const compiled = device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: entry } });
  known.set(code, compiled);
  compiled.catch(() => known.delete(code));
  return compiled;
}
