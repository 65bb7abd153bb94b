/**
 * Trains one dense stack, or several alike side by side, with the kernels of `dense-kernels.ts`. Everything lies on the device
 * and is made once; a chunk of steps is one submit, and the host reads nothing but its losses.
 */
import { joined } from '../../numeric/joined.ts';
import type { OptimiserSpec } from '../contract.ts';
import { BiasCorrection, foldCorrections, type OptimiserState } from '../optimiser.ts';
import type { StepData, StepNoise } from '../steps/contract.ts';
import {
  type GatherPart,
  type Geometry,
  gatherCode,
  geometryFor,
  stackCode,
  sumCode,
  tilesOf,
  updateCode,
  updateGroups,
  weightGroups,
  weightsCode,
} from './dense-kernels.ts';
import type { Block, Plan } from './dense-plan.ts';
import { type Binding, compileKernel, dispatch, type Kernel, readFloats, slotBytes, storageBuffer } from './kernel.ts';
import { bytesPerNumber } from './packing.ts';
import { buffersOf, fillRows, largestBinding, type NumberBytes, roomForRows, type Shards, shardCount, upload } from './shards.ts';

/** Steps of one submit at most: as many slots of constants and losses there are. */
const slots = 512;
/** Rows of a block that is judged. */
const judgedRows = 4096;
const gatherGroups = 16384;

/** Numbers of views that a device holds at once, if a batch does not have more. */
const mostViewed = 2 ** 21;

/** Room for rows that are made anew for each step: as many steps as fit, each of `batch` rows. */
export function roomForViews(data: StepData, batch: number): StepData {
  const rows = batch * Math.max(1, Math.min(slots, Math.floor(mostViewed / (batch * data.width))));
  const x = new Float32Array(rows * data.width);
  return { rows, width: data.width, x, target: x, targetWidth: data.width, mask: new Uint8Array(0) };
}

/** What a member starts from. */
export interface MemberStart {
  /** Flat, in the order of the plan. */
  parameters: Float32Array;
  /** Moving statistics, in the order of `plan.moving`. */
  moving: readonly Float32Array[];
  /** Of a sampling layer or of noise on the input; 1 where there is neither. */
  seed: number;
}

/** True if the device can hold a step of `members` stacks with batches of `batch` rows. */
export function fits(device: GPUDevice, plan: Plan, data: StepData, batch: number, members: number): boolean {
  const { maxStorageBuffersPerShaderStage, maxStorageBufferBindingSize } = device.limits;
  const geometry = geometryFor(plan, batch, new Array<number>(members).fill(1), 'training');
  const shards = partsOf(plan, data).reduce(
    (sum, { width, bytes, levelled }) => sum + shardCount(data.rows, width, bytes) + (levelled ? 1 : 0),
    0,
  );
  const largest = Math.min(maxStorageBufferBindingSize, largestBinding);
  const bytes = [
    geometry.rows * plan.scratchWidth,
    plan.parameterBuffer,
    3 * plan.parameters,
    geometry.slices * plan.parameters,
    data.rows,
  ].map((numbers) => numbers * members * 4);
  return 2 + shards <= maxStorageBuffersPerShaderStage && bytes.every((size) => size <= largest);
}

export class DenseEngine {
  private readonly parameters: GPUBuffer;
  private readonly moments: GPUBuffer;
  private readonly statistics: GPUBuffer;
  private readonly twins: GPUBuffer;
  private readonly order: GPUBuffer;
  private readonly constants: GPUBuffer;
  private readonly ring: GPUBuffer;
  private readonly staging: GPUBuffer[] = [];
  private readonly judged = new Map<StepData, Promise<Judged>>();
  private readonly own: GPUBuffer[] = [];
  private readonly correction: BiasCorrection;
  private readonly slot = new ArrayBuffer(slots * slotBytes);
  private training: Promise<{ batch: number; kernels: readonly Kernel[] }> | null = null;
  private uploaded: readonly Uint32Array[] = [];
  private disposed = false;

  private constructor(
    private readonly device: GPUDevice,
    private readonly plan: Plan,
    private readonly data: StepData,
    private readonly shards: readonly Shards[],
    private readonly spec: OptimiserSpec,
    private readonly seeds: readonly number[],
  ) {
    const { parameterBuffer, parameters, statistics } = plan;
    const members = seeds.length;
    this.parameters = this.storage('parameters', members * parameterBuffer * 4);
    this.moments = this.storage('moments', members * this.momentNumbers * 4);
    this.statistics = this.storage('statistics', members * Math.max(1, statistics) * 4);
    this.twins = this.storage('twins', parameters * 4);
    this.order = this.storage('order', members * data.rows * 4);
    this.ring = this.storage('losses', members * slots * 4);
    this.constants = device.createBuffer({
      label: 'step constants',
      size: slots * slotBytes,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    this.own.push(this.constants);
    this.correction = new BiasCorrection(spec);
    upload(device, this.twins, plan.twins);
  }

  /**
   * Uploads the rows and the members' weights, and compiles the kernels meanwhile. `fits` must have said yes.
   *
   * @param batch rows of a batch, if they are known already
   */
  static async create(
    device: GPUDevice,
    plan: Plan,
    data: StepData,
    spec: OptimiserSpec,
    members: readonly MemberStart[],
    batch?: number,
  ): Promise<DenseEngine> {
    const parts = partsOf(plan, data);
    const shards = roomFor(device, parts, data.rows);
    const seeds = members.map(({ seed }) => seed);
    const engine = new DenseEngine(device, plan, data, shards, spec, seeds);
    for (const [number, member] of members.entries()) {
      engine.writeParameters(number, member.parameters);
      engine.writeMoving(number, member.moving);
    }
    await Promise.all([batch === undefined ? undefined : engine.prepare(batch), fill(device, shards, parts)]);
    return engine;
  }

  get members(): number {
    return this.seeds.length;
  }

  /** Compiles the kernels for a batch size, once. */
  async prepare(batch: number): Promise<readonly Kernel[]> {
    this.training ??= this.compileTraining(batch);
    const { batch: compiled, kernels } = await this.training;
    if (compiled !== batch) throw new Error(`this trainer was made for batches of ${compiled} rows, not ${batch}`);
    return kernels;
  }

  /**
   * Steps first .. first + count - 1 of an epoch, all members side by side.
   *
   * @param orders row numbers of the epoch, one array per member; uploaded when they are others than before
   * @param rates learning rate of each member
   * @param made rows that take the place of the first ones that were uploaded, for these steps and later ones
   * @returns mean loss of each step and member, [count, members]
   */
  async run(
    orders: readonly Uint32Array[],
    batch: number,
    first: number,
    count: number,
    rates: readonly number[],
    made?: Float32Array,
  ): Promise<Float32Array> {
    const kernels = await this.prepare(batch);
    // from here to the submit nothing waits, so that no later call's rows come in between
    if (made) this.device.queue.writeBuffer(this.shards[0]?.buffers[0] as GPUBuffer, 0, made as Float32Array<ArrayBuffer>);
    if (orders.some((order, i) => order !== this.uploaded[i])) {
      for (const [i, order] of orders.entries()) {
        this.device.queue.writeBuffer(this.order, i * this.data.rows * 4, order as Uint32Array<ArrayBuffer>);
      }
      this.uploaded = orders;
    }
    const parts: Promise<Float32Array>[] = [];
    for (let done = 0; done < count; done += slots) {
      const steps = Math.min(slots, count - done);
      for (let i = 0; i < steps; i++) this.writeStep(i, (first + done + i) * batch, batch, rates);
      parts.push(this.submit(kernels, steps));
    }
    const losses = await Promise.all(parts);
    return losses.length === 1 ? (losses[0] as Float32Array) : joined(losses);
  }

  /** Mean loss of each member over all rows of `data` in inference mode; the rows stay on the device for the next time. */
  async evaluate(data: StepData): Promise<number[]> {
    let known = this.judged.get(data);
    if (!known) {
      known = this.compileJudged(data);
      this.judged.set(data, known);
    }
    const { kernels, block } = await known;
    const sums = new Array<number>(this.members).fill(0);
    for (let start = 0; start < data.rows; ) {
      let steps = 0;
      for (; steps < slots && start < data.rows; steps++, start += block) {
        this.writeSlot(steps, start, 0, Math.min(block, data.rows - start));
      }
      const losses = await this.submit(kernels, steps);
      for (const [i, loss] of losses.entries()) sums[i % this.members] = (sums[i % this.members] as number) + loss;
    }
    return sums.map((sum) => sum / data.rows);
  }

  /** Flat parameters of a member. */
  async readParameters(member: number): Promise<Float32Array> {
    return this.readPart(this.parameters, member * this.plan.parameterBuffer, this.plan.parameters);
  }

  /** Moving statistics of a member, in the order of `plan.moving`. */
  async readMoving(member: number): Promise<Float32Array[]> {
    const { statistics, moving } = this.plan;
    if (moving.length === 0) return [];
    const all = await this.readPart(this.statistics, member * statistics, statistics);
    return moving.map(({ variable, at }) => all.slice(at, at + variable.size));
  }

  async optimiserState(member: number): Promise<OptimiserState> {
    const n = this.plan.parameters;
    const all = await this.readPart(this.moments, member * this.momentNumbers, this.momentNumbers);
    return {
      steps: this.correction.steps,
      firstMoment: all.slice(0, n),
      secondMoment: all.slice(n, 2 * n),
      largestSecondMoment: all.slice(2 * n),
    };
  }

  /** @throws Error if the state belongs to other variables */
  restore(member: number, state: OptimiserState): void {
    const parts = [state.firstMoment, state.secondMoment, state.largestSecondMoment];
    const n = this.plan.parameters;
    const expected = [n, n, this.spec.amsgrad ? n : 0];
    if (parts.some((part, i) => part.length !== expected[i])) {
      throw new Error(`optimiser state has ${parts.map((part) => part.length)} numbers, expected ${expected}`);
    }
    this.correction.moveTo(state.steps);
    this.device.queue.writeBuffer(this.moments, member * this.momentNumbers * 4, joined(parts) as Float32Array<ArrayBuffer>);
  }

  dispose(): void {
    this.disposed = true;
    for (const buffer of [...this.own, ...this.staging, ...this.shards.flatMap(buffersOf)]) buffer.destroy();
  }

  private get momentNumbers(): number {
    return (this.spec.amsgrad ? 3 : 2) * this.plan.parameters;
  }

  private storage(label: string, bytes: number): GPUBuffer {
    const buffer = storageBuffer(this.device, label, bytes);
    this.own.push(buffer);
    return buffer;
  }

  private writeParameters(member: number, parameters: Float32Array): void {
    const { parameterBuffer, twins, constants, constantsAt } = this.plan;
    const all = new Float32Array(parameterBuffer);
    all.set(parameters);
    for (const [i, twin] of twins.entries()) if (twin !== 0xffffffff) all[twin] = parameters[i] as number;
    all.set(constants, constantsAt);
    this.device.queue.writeBuffer(this.parameters, member * parameterBuffer * 4, all);
  }

  private writeMoving(member: number, moving: readonly Float32Array[]): void {
    const { statistics, moving: places } = this.plan;
    if (statistics === 0) return;
    const all = new Float32Array(statistics);
    for (const [i, { at }] of places.entries()) all.set(moving[i] as Float32Array, at);
    this.device.queue.writeBuffer(this.statistics, member * statistics * 4, all);
  }

  private readPart(buffer: GPUBuffer, first: number, count: number): Promise<Float32Array> {
    return readFloats(this.device, buffer, first, count);
  }

  private async compileTraining(batch: number): Promise<{ batch: number; kernels: readonly Kernel[] }> {
    const { device, plan, spec } = this;
    const geometry = geometryFor(plan, batch, this.seeds, 'training');
    const scratch = this.storage('scratch', this.members * geometry.rows * plan.scratchWidth * 4);
    const losses = this.storage('losses of tiles', this.members * tilesOf(geometry) * 4);
    const gradients = this.storage('gradients', this.members * geometry.slices * plan.parameters * 4);
    const slot: Binding = { buffer: this.constants, access: 'uniform' };
    const kernels = await Promise.all([
      this.gather(geometry, this.shards, this.data, this.order, scratch, plan.inputNoise),
      this.stack(geometry, 'training', scratch, losses, gradients),
      compileKernel(
        device,
        'weight gradients',
        weightsCode(plan, geometry),
        [slot, read(scratch), write(gradients)],
        [weightGroups(plan, geometry), this.members],
      ),
      compileKernel(
        device,
        'update',
        updateCode(plan, geometry, spec),
        [slot, write(this.parameters), write(this.moments), read(gradients), read(this.twins), read(losses), write(this.ring)],
        [updateGroups(plan), this.members],
      ),
    ]);
    return { batch, kernels };
  }

  private async compileJudged(data: StepData): Promise<Judged> {
    const { device, plan } = this;
    const block = Math.min(judgedRows, data.rows);
    const geometry = geometryFor(plan, block, this.seeds, 'inference');
    const parts = partsOf(plan, data);
    const shards = roomFor(device, parts, data.rows);
    this.own.push(...shards.flatMap(buffersOf));
    const order = this.storage('order of judged rows', data.rows * 4);
    upload(
      device,
      order,
      Uint32Array.from({ length: data.rows }, (_, i) => i),
    );
    const scratch = this.storage('scratch of judged rows', this.members * geometry.rows * plan.scratchWidth * 4);
    const losses = this.storage('losses of judged tiles', this.members * tilesOf(geometry) * 4);
    const filled = fill(device, shards, parts);
    const kernels = await Promise.all([
      this.gather(geometry, shards, { ...data, rows: 0 }, order, scratch, null),
      this.stack(geometry, 'inference', scratch, losses, this.moments),
      compileKernel(
        device,
        'sum of losses',
        sumCode(geometry),
        [{ buffer: this.constants, access: 'uniform' }, read(losses), write(this.ring)],
        [1, this.members],
      ),
    ]);
    await filled;
    return { kernels, block };
  }

  /** @param data.rows distance of the members' orders; 0 where they share one */
  private gather(
    geometry: Geometry,
    shards: readonly Shards[],
    data: StepData,
    order: GPUBuffer,
    scratch: GPUBuffer,
    noise: StepNoise | null,
  ): Promise<Kernel> {
    const blocks = partsOf(this.plan, data).map(({ block }) => block);
    const parts: GatherPart[] = shards.map(({ buffers, rowsPerShard, bytesPerNumber: bytes, levels }, i) => ({
      block: blocks[i] as Block,
      copy: this.plan.targetIsClean && blocks[i] === this.plan.input ? this.plan.target : null,
      shards: buffers.length,
      rowsPerShard,
      bytes,
      levelled: levels !== undefined,
    }));
    const numbers = geometry.batch * blocks.reduce((sum, { width }) => sum + width, 0);
    return compileKernel(
      this.device,
      'gather',
      gatherCode(this.plan, geometry, parts, data.rows, noise),
      [
        { buffer: this.constants, access: 'uniform' },
        read(order),
        write(scratch),
        ...shards.flatMap((one) => buffersOf(one).map(read)),
      ],
      [Math.min(gatherGroups, Math.ceil(numbers / 64)), this.members],
    );
  }

  private stack(
    geometry: Geometry,
    mode: 'training' | 'inference',
    scratch: GPUBuffer,
    losses: GPUBuffer,
    gradients: GPUBuffer,
  ): Promise<Kernel> {
    const single = mode === 'training' && this.plan.batchStatistics;
    return compileKernel(
      this.device,
      `stack in ${mode}`,
      stackCode(this.plan, geometry, mode),
      [
        { buffer: this.constants, access: 'uniform' },
        read(this.parameters),
        write(scratch),
        write(losses),
        write(this.statistics),
        write(gradients),
      ],
      [single ? 1 : tilesOf(geometry), this.members],
    );
  }

  private writeStep(slot: number, first: number, rows: number, rates: readonly number[]): void {
    this.writeSlot(slot, first, this.correction.steps, rows);
    const { first: correction1, second: correction2 } = this.correction.next();
    const floats = new Float32Array(this.slot, slot * slotBytes + 16, 4 * rates.length);
    for (const [i, learningRate] of rates.entries()) {
      const { rate, epsilon } = foldCorrections(this.spec, learningRate, correction1, correction2);
      floats.set([rate, epsilon, 1 - learningRate * this.spec.weightDecay], 4 * i);
    }
  }

  private writeSlot(slot: number, first: number, step: number, rows: number): void {
    new Uint32Array(this.slot, slot * slotBytes, 4).set([first, slot, step, rows]);
  }

  /** Runs the kernels for slots 0 .. steps - 1; resolves with what they wrote into the ring, [steps, members]. */
  private async submit(kernels: readonly Kernel[], steps: number): Promise<Float32Array> {
    const { device, ring } = this;
    device.queue.writeBuffer(this.constants, 0, this.slot, 0, steps * slotBytes);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let slot = 0; slot < steps; slot++) for (const kernel of kernels) dispatch(pass, kernel, slot);
    pass.end();
    const staging = this.staging.pop() ?? this.newStaging();
    const bytes = steps * this.members * 4;
    encoder.copyBufferToBuffer(ring, 0, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ, 0, bytes);
    const losses = new Float32Array(staging.getMappedRange(0, bytes).slice(0));
    staging.unmap();
    if (this.disposed) staging.destroy();
    else this.staging.push(staging);
    return losses;
  }

  private newStaging(): GPUBuffer {
    return this.device.createBuffer({
      label: 'losses to read',
      size: slots * this.members * 4,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }
}

interface Judged {
  kernels: readonly Kernel[];
  /** Rows of a block. */
  block: number;
}

interface Part {
  block: Block;
  values: Float32Array | Uint8Array;
  width: number;
  bytes: NumberBytes;
  levelled: boolean;
}

/** What is gathered for a batch: the input, a target of its own, a mask. */
function partsOf(plan: Plan, { x, target, mask, width, targetWidth, storage = 'float32' }: StepData): Part[] {
  const lies = { bytes: bytesPerNumber[storage], levelled: storage === 'uint8' };
  return [
    { block: plan.input, values: x, width, ...lies },
    ...(plan.target === plan.input || plan.targetIsClean
      ? []
      : [{ block: plan.target, values: target, width: targetWidth, ...lies }]),
    ...(plan.mask ? [{ block: plan.mask, values: mask, width: targetWidth, bytes: 1 as const, levelled: false }] : []),
  ];
}

function roomFor(device: GPUDevice, parts: readonly Part[], rows: number): Shards[] {
  return parts.map(({ width, bytes, levelled }) => roomForRows(device, 'rows', rows, width, bytes, levelled));
}

/** One part after another, because the queue holds copies. */
async function fill(device: GPUDevice, shards: readonly Shards[], parts: readonly Part[]): Promise<void> {
  for (const [i, { values }] of parts.entries()) await fillRows(device, shards[i] as Shards, values);
}

function read(buffer: GPUBuffer): Binding {
  return { buffer, access: 'read' };
}

function write(buffer: GPUBuffer): Binding {
  return { buffer, access: 'write' };
}
