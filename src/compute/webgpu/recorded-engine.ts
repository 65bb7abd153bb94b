/**
 * Trains a network by recordings of its step, or several alike side by side: TF.js runs the loss and its gradients once, to be
 * written down (`recorder.ts`), and from then on a step is the dispatches that were written down, one dispatch of Adam over all weights
 * of all members, and nothing of TF.js. A member's numbers are those that it has alone.
 *
 * Weights, moments and gradients lie in one buffer each: variable after variable, within it member after member, in blocks of 64
 * numbers that belong to one member.
 */

import type { Tensor, Variable } from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { joined } from '../../numeric/joined.ts';
import { stepGradients } from '../breathe.ts';
import type { OptimiserSpec } from '../contract.ts';
import { BiasCorrection, clipped, foldCorrections, type OptimiserState } from '../optimiser.ts';
import { beginStep } from '../per-step.ts';
import type { StepOperations, StepRows } from '../steps/contract.ts';
import { tf } from '../tf.ts';
import { forgetCachedValues } from '../webgpu.ts';
import { adamLines } from './adam.ts';
import { readFloats, storageBuffer } from './kernel.ts';
import { ownValues } from './recorded-plan.ts';
import { bindingStep, Layout, RecordedProgram, type Region } from './recorded-program.ts';
import { mergedRecording, type Recording, record, sameRecording } from './recorder.ts';
import { mostWorkgroups, pipelineSoon, submitRecorded } from './tensor-kernel.ts';

/** Numbers of one block of weights: they belong to one variable of one member, and one workgroup updates them. */
const blockNumbers = bindingStep / 4;

/** One member: its loss, and the variables that it trains. */
export interface RecordedMember {
  operations: StepOperations;
  variables: readonly Variable[];
}

/** A variable of every member and where all of them lie. */
interface Place extends Region {
  size: number;
  variables: readonly Variable[];
}

interface Live {
  training: boolean;
  seed: number;
  step: number;
}

/** What is recorded for all members: the work of the first, and its counterpart of every member. */
interface Recorded {
  recording: Recording;
  /** By value that is a variable: the variable of each member. */
  variables: ReadonlyMap<number, readonly Variable[]>;
  rows: Uint32Array;
}

interface Judged {
  program: RecordedProgram;
  loss: number;
  rows: Uint32Array;
  /** First row of each block that it judges. */
  starts: readonly number[];
}

export class RecordedEngine {
  private readonly buffers: GPUBuffer[] = [];
  private readonly corrections: readonly BiasCorrection[];
  private judged: readonly Judged[] = [];
  private training!: RecordedProgram;
  private recorded!: Recorded;
  private places = new Map<Variable, Place>();
  private weights!: GPUBuffer;
  private gradients!: GPUBuffer;
  /** First, second and with AMSGrad the largest second, one after another. */
  private moments!: GPUBuffer;
  private rates!: GPUBuffer;
  private update!: { pipeline: GPUComputePipeline; group: GPUBindGroup; groups: number };
  /** Gradients that a kernel cannot write where Adam reads them. */
  private carried: { from: number; to: Region; size: number }[] = [];

  private constructor(
    private readonly device: GPUDevice,
    private readonly spec: OptimiserSpec,
    private readonly requests: readonly RecordedMember[],
    private readonly live: Live,
    private readonly rows: StepRows,
    private readonly judgedRows: StepRows | null,
  ) {
    this.corrections = requests.map(() => new BiasCorrection(spec));
  }

  /**
   * @param requests members alike: the same model and parameters on the same data, each with its seed
   * @param batch rows of a step
   * @returns undefined if their steps cannot be recorded, are not alike, or do not fit the device
   */
  static async create(
    device: GPUDevice,
    requests: readonly RecordedMember[],
    spec: OptimiserSpec,
    batch: number,
  ): Promise<RecordedEngine | undefined> {
    const [{ operations }] = requests as [RecordedMember];
    const live: Live = { training: true, seed: operations.seed, step: 0 };
    const judgedRows = operations.judged?.() ?? null;
    const engine = new RecordedEngine(device, spec, requests, live, operations.rows(), judgedRows);
    try {
      if (await engine.build(batch)) return engine;
    } catch {
      // a shader that the device refuses, or a device that is gone: TF.js will say what there is to say
    }
    engine.dispose();
    return undefined;
  }

  get members(): number {
    return this.requests.length;
  }

  /** Dispatches of a step, that of Adam included. */
  get dispatches(): number {
    return this.training.kernels + 1;
  }

  /** As `EnsembleTrainer.run`. */
  async run(
    orders: readonly Uint32Array[],
    batch: number,
    first: number,
    count: number,
    rates: readonly number[],
  ): Promise<Float32Array> {
    const losses = this.staging(count);
    this.live.training = true;
    for (let k = 0; k < count; k++) {
      for (const [member, order] of orders.entries()) {
        this.recorded.rows.set(order.subarray((first + k) * batch, (first + k + 1) * batch));
        this.begin(member);
        this.training.makeStep(member);
      }
      this.writeRates(rates);
      this.training.run((encoder) => this.afterStep(encoder, losses, k));
    }
    return this.readLosses(losses, count);
  }

  /** Mean loss of each member over the judged rows in inference mode. */
  async evaluate(): Promise<number[]> {
    const { members } = this;
    const blocks = this.judged.flatMap((judged) => judged.starts.map((start) => ({ ...judged, start })));
    const losses = this.staging(blocks.length);
    this.live.training = false;
    for (const [k, { program, rows, start, loss }] of blocks.entries()) {
      for (let i = 0; i < rows.length; i++) rows[i] = start + i;
      for (let member = 0; member < members; member++) {
        this.begin(member);
        program.makeStep(member);
      }
      program.run((encoder) => this.keepLoss(encoder, program.region(loss), losses, k));
    }
    const found = await this.readLosses(losses, blocks.length);
    const total = blocks.reduce((sum, { rows }) => sum + rows.length, 0);
    return Array.from({ length: members }, (_, member) => {
      const sum = blocks.reduce((all, { rows }, k) => all + rows.length * (found[k * members + member] as number), 0);
      return sum / total;
    });
  }

  /** Puts the weights and statistics of a member into its variables. */
  sync(member: number): void {
    const backend = tf.backend() as unknown as WebGPUBackend;
    for (const { variables } of this.places.values()) {
      const variable = variables[member] as Variable;
      if (backend.refCount(variable.dataId) <= 1) continue;
      const own = tf.tidy(() => tf.add(variable, 0));
      variable.assign(own);
      own.dispose();
    }
    this.withBuffers(member, (encoder, place, buffer) => {
      encoder.copyBufferToBuffer(place.buffer, place.offset + member * place.stride, buffer, 0, 4 * place.size);
    });
    for (const { variables } of this.places.values()) forgetCachedValues(variables[member] as Variable);
  }

  async optimiserState(member: number): Promise<OptimiserState> {
    const numbers = this.weights.size / 4;
    const all = await readFloats(this.device, this.moments, 0, this.moments.size / 4);
    const part = (moment: number) => {
      const flat = this.trained().flatMap(({ offset, stride, size }) => {
        const at = moment * numbers + (offset + member * stride) / 4;
        return [all.subarray(at, at + size)];
      });
      return joined(flat);
    };
    return {
      steps: (this.corrections[member] as BiasCorrection).steps,
      firstMoment: part(0),
      secondMoment: part(1),
      largestSecondMoment: this.spec.amsgrad ? part(2) : new Float32Array(0),
    };
  }

  restore(member: number, state: OptimiserState): void {
    (this.corrections[member] as BiasCorrection).moveTo(state.steps);
    const parts = [state.firstMoment, state.secondMoment, ...(this.spec.amsgrad ? [state.largestSecondMoment] : [])];
    for (const [moment, values] of parts.entries()) {
      let from = 0;
      for (const { offset, stride, size } of this.trained()) {
        const to = moment * this.weights.size + offset + member * stride;
        this.device.queue.writeBuffer(this.moments, to, values.slice(from, from + size));
        from += size;
      }
    }
  }

  dispose(): void {
    for (const buffer of this.buffers) buffer.destroy();
    this.buffers.length = 0;
    this.training?.dispose();
    for (const { program } of this.judged) program.dispose();
    this.rows.dispose();
    this.judgedRows?.dispose();
  }

  private async build(batch: number): Promise<boolean> {
    const { rows, judgedRows, spec } = this;
    const training = this.recordAll(rows, batch, true);
    if (!training) return false;
    const judged: { recorded: Recorded; starts: number[] }[] = [];
    if (judgedRows) {
      const block = Math.min(judgedRows.rows, (this.requests[0] as RecordedMember).operations.validationRows);
      const starts = Array.from({ length: Math.ceil(judgedRows.rows / block) }, (_, i) => i * block);
      for (const size of new Set([block, judgedRows.rows % block || block])) {
        const recorded = this.recordAll(judgedRows, size, false);
        if (!recorded) return false;
        judged.push({ recorded, starts: starts.filter((start) => Math.min(block, judgedRows.rows - start) === size) });
      }
    }
    this.recorded = training;
    if (!this.place([training, ...judged.map(({ recorded }) => recorded)])) return false;
    const { recording } = training;
    if (recording.assigned.some(({ to }) => recording.values[to]?.kind === 'variable')) return false;
    const placed = this.placesOf(training);
    const kept = new Set<number>([recording.outputs[0] as number, ...recording.assigned.map(({ to }) => to)]);
    this.placeGradients(placed, kept);
    const made = await Promise.allSettled([
      RecordedProgram.create(this.device, recording, this.members, placed, kept),
      ...judged.map(({ recorded }) => {
        const [loss] = recorded.recording.outputs as [number];
        return RecordedProgram.create(this.device, recorded.recording, this.members, this.placesOf(recorded), new Set([loss]));
      }),
    ]);
    const programs = made.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
    const [first, ...others] = programs;
    if (first) this.training = first;
    this.judged = judged.flatMap(({ recorded, starts }, i) => {
      const program = others[i];
      return program ? [{ program, starts, rows: recorded.rows, loss: recorded.recording.outputs[0] as number }] : [];
    });
    if (programs.includes(undefined)) return false;
    await this.makeUpdate(spec);
    for (let member = 0; member < this.members; member++) {
      this.withBuffers(member, (encoder, place, buffer) => {
        encoder.copyBufferToBuffer(buffer, 0, place.buffer, place.offset + member * place.stride, 4 * place.size);
      });
    }
    return true;
  }

  /** The work of every member, written down; undefined where it cannot be, or where two differ in more than their numbers. */
  private recordAll(source: StepRows, size: number, training: boolean): Recorded | undefined {
    const { live, requests } = this;
    const rows = new Uint32Array(size);
    const take = (shift: number) => {
      for (let i = 0; i < size; i++) rows[i] = (i + shift) % source.rows;
      beginStep();
    };
    const work = ({ operations, variables }: RecordedMember) => {
      const loss = () => operations.loss(source.batch(rows, training ? live : undefined), live);
      if (!training) return [loss()];
      const { loss: value, gradients } = stepGradients(loss, variables);
      const { clipNorm } = this.spec;
      return [value, ...(clipNorm ? clipped(gradients, clipNorm) : gradients)] as Tensor[];
    };
    live.training = training;
    try {
      const all = requests.map((request) => {
        const [one, other] = [0, 1].map((step) => {
          Object.assign(live, { seed: request.operations.seed, step });
          take(step);
          return record(() => work(request));
        }) as [Recording, Recording];
        return sameRecording(one, other) ? one : undefined;
      });
      if (all.includes(undefined)) return undefined;
      const recordings = all as Recording[];
      const recording = mergedRecording(recordings);
      if (!recording) return undefined;
      const variables = new Map<number, Variable[]>();
      for (const [member, other] of recordings.entries()) {
        live.seed = requests[member]?.operations.seed as number;
        beginStep();
        if (!sameSteps(recording, other)) return undefined;
        for (const [i, value] of other.values.entries()) {
          if (value.kind === 'variable') variables.set(i, [...(variables.get(i) ?? []), value.variable]);
        }
      }
      return { recording, variables, rows };
    } catch {
      // TF.js runs it as it is, and says what there is to say
      return undefined;
    }
  }

  /** Finds a place for every variable; false if the members' variables do not correspond. */
  private place(all: readonly Recorded[]): boolean {
    const { requests, members, device } = this;
    const together = new Map<Variable, readonly Variable[]>();
    for (const { variables } of all) {
      for (const own of variables.values()) together.set(own[0] as Variable, own);
    }
    const trained = (requests[0] as RecordedMember).variables;
    for (const [i, variable] of trained.entries()) {
      const own = together.get(variable);
      // one that no kernel reads has a gradient all the same
      together.set(variable, own ?? requests.map(({ variables }) => variables[i] as Variable));
      if (own?.some((found, m) => found !== requests[m]?.variables[i])) return false;
    }
    const layouts = [new Layout(), new Layout()] as const;
    const offsets = new Map<Variable, number>();
    for (const variable of [...trained, ...[...together.keys()].filter((v) => !trained.includes(v))]) {
      offsets.set(
        variable,
        (trained.includes(variable) ? layouts[0] : layouts[1]).take(strideOfWeights(variable.size) * members),
      );
    }
    this.weights = this.made('recorded weights', layouts[0].bytes);
    const others = this.made('recorded statistics', layouts[1].bytes);
    for (const [variable, own] of together) {
      this.places.set(variable, {
        buffer: trained.includes(variable) ? this.weights : others,
        offset: offsets.get(variable) as number,
        stride: strideOfWeights(variable.size),
        size: variable.size,
        variables: own,
      });
    }
    this.gradients = this.made('recorded gradients', layouts[0].bytes);
    return layouts[0].bytes <= device.limits.maxStorageBufferBindingSize / (this.spec.amsgrad ? 3 : 2);
  }

  private placesOf({ variables }: Recorded): Map<number, Region> {
    return new Map([...variables].map(([value, own]) => [value, this.places.get(own[0] as Variable) as Place]));
  }

  private trained(): Place[] {
    return (this.requests[0] as RecordedMember).variables.map((variable) => this.places.get(variable) as Place);
  }

  /**
   * A gradient that nothing reads is written where Adam reads it; another is carried there after the step, because a kernel must not
   * read and write one buffer.
   */
  private placeGradients(placed: Map<number, Region>, kept: Set<number>): void {
    const { recording } = this.recorded;
    const [, ...outputs] = recording.outputs;
    const own = ownValues(recording);
    const read = new Set(
      recording.kernels.flatMap(({ operands }) => operands.flatMap((o) => ('value' in o && !o.written ? [o.value] : []))),
    );
    for (const [i, place] of this.trained().entries()) {
      const value = outputs[i] as number;
      const to: Region = { buffer: this.gradients, offset: place.offset, stride: place.stride };
      const free = recording.values[value]?.kind === 'made' && own[value] && !read.has(value) && !kept.has(value);
      if (free && !placed.has(value)) placed.set(value, to);
      else {
        kept.add(value);
        this.carried.push({ from: value, to, size: place.size });
      }
    }
  }

  private async makeUpdate({ beta1, beta2, amsgrad }: OptimiserSpec): Promise<void> {
    const { device, members, weights, gradients } = this;
    const numbers = weights.size / 4;
    this.moments = this.made('recorded moments', (amsgrad ? 3 : 2) * weights.size);
    this.rates = device.createBuffer({
      label: 'rates',
      size: 16 * members,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    const owners = new Uint32Array(Math.max(4, numbers / blockNumbers));
    for (const { offset, stride } of this.trained()) {
      const [start, length] = [offset / bindingStep, stride / bindingStep];
      for (let i = 0; i < length * members; i++) owners[start + i] = Math.floor(i / length);
    }
    const owner = this.made('members of the weights', owners.byteLength);
    device.queue.writeBuffer(owner, 0, owners);
    const key = `recorded update ${beta1} ${beta2} ${amsgrad} ${numbers} ${members}`;
    const pipeline = await pipelineSoon(device, key, () => updateCode(this.spec, numbers, members));
    const entries = [this.rates, weights, this.moments, gradients, owner].map((buffer, binding) => ({
      binding,
      resource: { buffer },
    }));
    this.update = {
      pipeline,
      group: device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }),
      groups: Math.min(mostWorkgroups, numbers / blockNumbers),
    };
    this.buffers.push(this.rates);
  }

  private begin(member: number): void {
    this.live.seed = this.requests[member]?.operations.seed as number;
    this.live.step = this.corrections[member]?.steps as number;
    beginStep();
  }

  private writeRates(rates: readonly number[]): void {
    const numbers = new Float32Array(4 * this.members);
    for (const [member, learningRate] of rates.entries()) {
      const { first, second } = (this.corrections[member] as BiasCorrection).next();
      const { rate, epsilon } = foldCorrections(this.spec, learningRate, first, second);
      numbers.set([rate, epsilon, 1 - learningRate * this.spec.weightDecay], 4 * member);
    }
    this.device.queue.writeBuffer(this.rates, 0, numbers);
  }

  private afterStep(encoder: GPUCommandEncoder, losses: GPUBuffer, step: number): void {
    const { training, recorded, members } = this;
    const own = (region: Region, member: number) => region.offset + member * region.stride;
    for (const { from, to, size } of this.carried) {
      const source = training.region(from);
      for (let m = 0; m < members; m++)
        encoder.copyBufferToBuffer(source.buffer, own(source, m), to.buffer, own(to, m), 4 * size);
    }
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.update.pipeline);
    pass.setBindGroup(0, this.update.group);
    pass.dispatchWorkgroups(this.update.groups);
    pass.end();
    for (const { from, to } of recorded.recording.assigned) {
      const [source, target] = [training.region(to), training.region(from)];
      const bytes = 4 * (recorded.recording.values[from]?.size as number);
      for (let m = 0; m < members; m++)
        encoder.copyBufferToBuffer(source.buffer, own(source, m), target.buffer, own(target, m), bytes);
    }
    this.keepLoss(encoder, training.region(recorded.recording.outputs[0] as number), losses, step);
  }

  private keepLoss(encoder: GPUCommandEncoder, loss: Region, losses: GPUBuffer, step: number): void {
    for (let m = 0; m < this.members; m++) {
      encoder.copyBufferToBuffer(loss.buffer, loss.offset + m * loss.stride, losses, 4 * (step * this.members + m), 4);
    }
  }

  private staging(steps: number): GPUBuffer {
    return this.device.createBuffer({
      label: 'losses to read',
      size: Math.max(4, 4 * steps * this.members),
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  private async readLosses(losses: GPUBuffer, steps: number): Promise<Float32Array> {
    try {
      await losses.mapAsync(GPUMapMode.READ);
      return new Float32Array(losses.getMappedRange().slice(0, 4 * steps * this.members));
    } finally {
      losses.destroy();
    }
  }

  /** Copies between places and the buffers of a member's variables, after what TF.js has recorded. */
  private withBuffers(member: number, copy: (encoder: GPUCommandEncoder, place: Place, buffer: GPUBuffer) => void): void {
    const backend = tf.backend() as unknown as WebGPUBackend;
    const places = [...this.places.values()].map((place) => {
      const { dataId } = place.variables[member] as Variable;
      backend.uploadToGPU(dataId);
      return { place, buffer: (backend.tensorMap.get(dataId) as { resource: GPUBuffer }).resource };
    });
    submitRecorded(this.device);
    const encoder = this.device.createCommandEncoder();
    for (const { place, buffer } of places) copy(encoder, place, buffer);
    this.device.queue.submit([encoder.finish()]);
  }

  private made(label: string, bytes: number): GPUBuffer {
    const buffer = storageBuffer(this.device, label, bytes);
    this.buffers.push(buffer);
    return buffer;
  }
}

function strideOfWeights(size: number): number {
  return Math.ceil((4 * size) / bindingStep) * bindingStep;
}

/** Whether both take in the same numbers for the same member, rows and step. */
function sameSteps(a: Recording, b: Recording): boolean {
  return a.values.every((value, i) => {
    const other = b.values[i];
    if (value.kind !== 'step' || other?.kind !== 'step') return true;
    const [own, theirs] = [value.make(), other.make()];
    return own.length === theirs.length && own.every((x, k) => Object.is(x, theirs[k]));
  });
}

/** Adam as `../optimiser.ts` has it, over all weights; the numbers of the step are those of the member whose block it is. */
function updateCode(spec: OptimiserSpec, numbers: number, members: number): string {
  return /* wgsl */ `
@group(0) @binding(0) var<uniform> rates: array<vec4<f32>, ${members}>;
@group(0) @binding(1) var<storage, read_write> P: array<f32>;
@group(0) @binding(2) var<storage, read_write> M: array<f32>;
@group(0) @binding(3) var<storage, read> G: array<f32>;
@group(0) @binding(4) var<storage, read> owner: array<u32>;
@compute @workgroup_size(${blockNumbers})
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) all: vec3<u32>, @builtin(local_invocation_index) i: u32) {
  for (var block = id.x; block < ${numbers / blockNumbers}u; block += all.x) {
    let u = rates[owner[block]];
    let at = block * ${blockNumbers}u + i;
    let g = G[at];
    ${adamLines(spec, numbers, { parameter: 'P[at]', rate: 'u.x', epsilon: 'u.y', keep: 'u.z' })}
  }
}`;
}
