/**
 * Trains one LSTM autoencoder, or several alike side by side, with the kernels of `lstm-kernels.ts`: two dispatches a step, whatever
 * the length of the sequence and the number of members. Rows, weights and moments stay on the device; losses come back once per call.
 */
import type { OptimiserSpec } from '../contract.ts';
import type { OptimiserState } from '../optimiser.ts';
import type { StepData } from '../steps/contract.ts';
import {
  type Binding,
  compileKernel,
  compileSoon,
  dispatch,
  type Kernel,
  mostMembers,
  readFloats,
  slotBytes,
  storageBuffer,
} from './kernel.ts';
import { type LstmLayout, lstmGeometry, sequenceCode, updateCode, workgroupSize } from './lstm-kernels.ts';
import { bytesPerNumber, levelColumns, packRows, type RowStorage } from './packing.ts';
import { upload } from './shards.ts';

/** Steps of one submit at most: their slots lie in one uniform buffer. */
const stepsAtOnce = 256;
/** Scratch rows of a member at most. */
const mostSequences = 1024;
/** Scratch rows of all members at most, bytes. */
const mostScratch = 2 ** 29;

/** Of the bindings of `sequenceCode`. */
function sequenceAccesses(storage: RowStorage): Binding['access'][] {
  const levels = storage === 'uint8' ? (['read'] as const) : [];
  return ['uniform', 'read', 'read', 'read', 'read', 'write', 'write', 'write', ...levels];
}

/** What of a device's limits says how many sequences it holds. */
export type LstmLimits = Pick<
  GPUSupportedLimits,
  'maxBufferSize' | 'maxStorageBufferBindingSize' | 'maxStorageBuffersPerShaderStage'
>;

/**
 * Sequences of each member that are computed at once, whole workgroups of them.
 *
 * @param batch rows of a batch
 * @returns 0 if the device cannot train so many members together
 */
export function sequencesAtOnce(limits: LstmLimits, layout: LstmLayout, data: StepData, batch: number, members: number): number {
  const { rowLength, together } = lstmGeometry(layout);
  const limit = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const { storage = 'float32' } = data;
  const numbers = [members * batch * layout.weights, members * batch * stepsAtOnce, members * data.rows];
  const rows = bytesPerNumber[storage] * data.rows * Math.max(data.width, data.targetWidth);
  const bytes = [rows, ...numbers.map((count) => 4 * count)];
  const bindings = storage === 'uint8' ? 8 : 7;
  if (members > mostMembers || limits.maxStorageBuffersPerShaderStage < bindings) return 0;
  if (bytes.some((size) => size > limit)) return 0;
  const whole = (rows: number) => Math.floor(rows / together) * together;
  const room = Math.min(limit, mostScratch) / (4 * rowLength * members);
  // members share the room of one where their batches fit into it
  const wanted = Math.max(whole(mostSequences / members), whole(batch + together - 1));
  return Math.min(whole(mostSequences), wanted, whole(room));
}

/** Buffers and kernels that depend on the batch size. */
interface ForBatch {
  order: GPUBuffer;
  sequence: Kernel;
  update: Kernel;
  own: readonly GPUBuffer[];
}

export class LstmEngine {
  readonly members: number;
  private steps = 0;
  private readonly counted: number;
  private readonly together: number;
  private readonly buffers: Record<'weights' | 'first' | 'second' | 'scratch' | 'ring' | 'slots', GPUBuffer>;
  private readonly rows: PlacedRows;
  private batch: { size: number; ready: Promise<ForBatch> } | undefined;
  private judged: { data: StepData; kernel: Kernel; losses: GPUBuffer; own: readonly GPUBuffer[] } | undefined;

  /**
   * @param starts weights of each member in the order of its variables
   * @param capacity what `sequencesAtOnce` says, or fewer; a larger batch is done in parts, one dispatch more for each
   */
  constructor(
    private readonly device: GPUDevice,
    private readonly layout: LstmLayout,
    data: StepData,
    private readonly optimiser: OptimiserSpec,
    starts: readonly Float32Array[],
    private readonly capacity: number,
  ) {
    const { storage = 'float32' } = data;
    compileSoon(device, 'LSTM sequences', sequenceCode(layout, 'training', storage), sequenceAccesses(storage));
    compileSoon(device, 'LSTM loss', sequenceCode(layout, 'inference', storage), sequenceAccesses(storage));
    const { rowLength, together } = lstmGeometry(layout);
    const members = starts.length;
    this.members = members;
    this.together = together;
    this.counted = layout.largest > 0 ? layout.largest : layout.chain.steps * layout.chain.outputs;
    const buffer = (label: string, count: number) => storageBuffer(device, `lstm ${label}`, 4 * members * count);
    this.buffers = {
      weights: buffer('weights', layout.weights),
      first: buffer('first moments', layout.weights),
      second: buffer('second moments', this.secondNumbers),
      scratch: buffer('scratch rows', capacity * rowLength),
      ring: buffer('losses of steps', stepsAtOnce),
      slots: device.createBuffer({
        label: 'lstm slots',
        size: slotBytes * stepsAtOnce,
        usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      }),
    };
    this.rows = placeRows(device, data);
    for (const [member, weights] of starts.entries()) this.write(this.buffers.weights, 4 * member * layout.weights, weights);
  }

  /**
   * Steps first .. first + count - 1 of an epoch, all members side by side.
   *
   * @param orders row numbers of the epoch, one array per member
   * @param rates learning rate of each member
   * @returns mean loss of each step and member, [count, members]
   */
  async run(
    orders: readonly Uint32Array[],
    batch: number,
    first: number,
    count: number,
    rates: readonly number[],
  ): Promise<Float32Array> {
    if (this.batch?.size !== batch) {
      this.freeBatch();
      this.batch = { size: batch, ready: this.prepareBatch(batch) };
    }
    // calls that overlap wait for the same kernels, and go on in the order in which they came
    const ready = await this.batch.ready;
    const losses = new Float32Array(count * this.members);
    const reads: Promise<void>[] = [];
    const parts = Math.ceil(batch / this.capacity);
    const atOnce = Math.max(1, Math.floor(stepsAtOnce / (parts + 1)));
    for (let done = 0; done < count; done += atOnce) {
      const steps = Math.min(atOnce, count - done);
      for (const [member, order] of orders.entries()) {
        const rows = order.subarray((first + done) * batch, (first + done + steps) * batch);
        this.write(ready.order, 4 * member * stepsAtOnce * batch, rows);
      }
      reads.push(this.submit(ready, batch, parts, steps, rates).then((values) => losses.set(values, done * this.members)));
    }
    await Promise.all(reads);
    return losses;
  }

  /** Encodes and submits some steps; resolves with their losses, [steps, members]. */
  private async submit(
    { sequence, update }: ForBatch,
    batch: number,
    parts: number,
    steps: number,
    rates: readonly number[],
  ): Promise<Float32Array> {
    const { device, buffers, optimiser, members, capacity } = this;
    const slots = new ArrayBuffer(slotBytes * steps * (parts + 1));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let k = 0; k < steps; k++) {
      this.steps++;
      const root = Math.sqrt(1 - optimiser.beta2 ** this.steps);
      const correction = 1 - optimiser.beta1 ** this.steps;
      for (let part = 0; part < parts; part++) {
        const slot = k * (parts + 1) + part;
        const start = part * capacity;
        const rows = Math.min(capacity, batch - start);
        writeSequenceSlot(slots, slot, [k * batch + start, start, rows], 2 / (batch * this.counted), [
          capacity,
          batch,
          batch * stepsAtOnce,
        ]);
        dispatch(pass, { ...sequence, groups: [Math.ceil(rows / this.together), members] }, slot);
      }
      const slot = k * (parts + 1) + parts;
      const constants = rates.flatMap((rate) => [
        (rate * root) / correction,
        optimiser.epsilon * root,
        1 - rate * optimiser.weightDecay,
        0,
      ]);
      writeSlot(slots, slot, [k, 0, 0, 0], constants);
      dispatch(pass, update, slot);
    }
    pass.end();
    device.queue.writeBuffer(buffers.slots, 0, slots);
    device.queue.submit([encoder.finish()]);
    return readFloats(device, buffers.ring, 0, steps * members);
  }

  private async prepareBatch(size: number): Promise<ForBatch> {
    const { device, layout, buffers, optimiser, members } = this;
    const order = storageBuffer(device, 'lstm order', 4 * members * size * stepsAtOnce);
    const gradients = storageBuffer(device, 'lstm gradients', 4 * members * size * layout.weights);
    const losses = storageBuffer(device, 'lstm losses', 4 * members * size);
    const own = [order, gradients, losses];
    const [sequence, update] = await Promise.all([
      compileKernel(
        device,
        'LSTM sequences',
        sequenceCode(layout, 'training', this.rows.storage),
        this.sequenceBindings(this.rows, order, gradients, losses),
        [1, members],
      ),
      compileKernel(
        device,
        'LSTM update',
        updateCode({ ...optimiser, weights: layout.weights, counted: this.counted, batch: size, members }),
        [
          { buffer: buffers.slots, access: 'uniform' },
          { buffer: buffers.weights, access: 'write' },
          { buffer: buffers.first, access: 'write' },
          { buffer: buffers.second, access: 'write' },
          { buffer: gradients, access: 'read' },
          { buffer: losses, access: 'read' },
          { buffer: buffers.ring, access: 'write' },
        ],
        [Math.ceil((layout.weights + 1) / workgroupSize), members],
      ),
    ]);
    return { order, sequence, update, own };
  }

  private sequenceBindings(
    { storage, x, target, levels }: PlacedRows,
    order: GPUBuffer,
    gradients: GPUBuffer,
    losses: GPUBuffer,
  ): Binding[] {
    const { slots, weights, scratch } = this.buffers;
    const buffers = [slots, x, target, order, weights, scratch, gradients, losses, ...(levels ? [levels] : [])];
    const accesses = sequenceAccesses(storage);
    return buffers.map((buffer, i) => ({ buffer, access: accesses[i] as Binding['access'] }));
  }

  /** Mean loss of each member over all rows of `data`; the rows stay on the device for the next time. */
  async evaluate(data: StepData): Promise<number[]> {
    const { device, buffers, capacity, together, members } = this;
    const judged = this.judged?.data === data ? this.judged : await this.prepareJudged(data);
    const parts = Math.ceil(data.rows / capacity);
    for (let begun = 0; begun < parts; begun += stepsAtOnce) {
      const count = Math.min(stepsAtOnce, parts - begun);
      const slots = new ArrayBuffer(slotBytes * count);
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (let slot = 0; slot < count; slot++) {
        const start = (begun + slot) * capacity;
        const rows = Math.min(capacity, data.rows - start);
        writeSequenceSlot(slots, slot, [start, start, rows], 1, [capacity, data.rows, 0]);
        dispatch(pass, { ...judged.kernel, groups: [Math.ceil(rows / together), members] }, slot);
      }
      pass.end();
      device.queue.writeBuffer(buffers.slots, 0, slots);
      device.queue.submit([encoder.finish()]);
    }
    const losses = await readFloats(device, judged.losses, 0, members * data.rows);
    return Array.from({ length: members }, (_, member) => {
      let sum = 0;
      for (const loss of losses.subarray(member * data.rows, (member + 1) * data.rows)) sum += loss;
      return sum / (data.rows * this.counted);
    });
  }

  private async prepareJudged(data: StepData) {
    this.freeJudged();
    const { device, layout, members } = this;
    const rows = placeRows(device, data);
    const order = storageBuffer(device, 'lstm judged order', 4 * data.rows);
    this.write(
      order,
      0,
      Uint32Array.from({ length: data.rows }, (_, i) => i),
    );
    const losses = storageBuffer(device, 'lstm judged losses', 4 * members * data.rows);
    const unused = storageBuffer(device, 'lstm no gradients', 16);
    const bindings = this.sequenceBindings(rows, order, unused, losses);
    const code = sequenceCode(layout, 'inference', rows.storage);
    const kernel = await compileKernel(device, 'LSTM loss', code, bindings, [1, members]);
    this.judged = { data, kernel, losses, own: [...buffersOf(rows), order, losses, unused] };
    return this.judged;
  }

  /** Weights of a member in the order of its variables. */
  readWeights(member: number): Promise<Float32Array> {
    const { weights } = this.layout;
    return readFloats(this.device, this.buffers.weights, member * weights, weights);
  }

  async optimiserState(member: number): Promise<OptimiserState> {
    const { device, buffers, layout, secondNumbers } = this;
    const [firstMoment, second] = await Promise.all([
      readFloats(device, buffers.first, member * layout.weights, layout.weights),
      readFloats(device, buffers.second, member * secondNumbers, secondNumbers),
    ]);
    return {
      steps: this.steps,
      firstMoment,
      secondMoment: second.slice(0, layout.weights),
      largestSecondMoment: second.slice(layout.weights),
    };
  }

  /** Members keep step, so the number of steps is that of all. */
  restore(member: number, state: OptimiserState): void {
    const { buffers, layout, secondNumbers } = this;
    this.steps = state.steps;
    this.write(buffers.first, 4 * member * layout.weights, state.firstMoment);
    this.write(buffers.second, 4 * member * secondNumbers, state.secondMoment);
    if (this.optimiser.amsgrad) {
      this.write(buffers.second, 4 * (member * secondNumbers + layout.weights), state.largestSecondMoment);
    }
  }

  dispose(): void {
    this.freeBatch();
    this.freeJudged();
    for (const buffer of [...Object.values(this.buffers), ...buffersOf(this.rows)]) buffer.destroy();
  }

  /** Second moments of a member, and with AMSGrad the largest ones behind them. */
  private get secondNumbers(): number {
    return this.layout.weights * (this.optimiser.amsgrad ? 2 : 1);
  }

  private freeBatch(): void {
    this.batch?.ready
      .then(({ own }) => {
        for (const buffer of own) buffer.destroy();
      })
      .catch(() => undefined);
    this.batch = undefined;
  }

  private freeJudged(): void {
    for (const buffer of this.judged?.own ?? []) buffer.destroy();
    this.judged = undefined;
  }

  private write(buffer: GPUBuffer, at: number, values: Float32Array | Uint32Array): void {
    this.device.queue.writeBuffer(buffer, at, values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
  }
}

/** Rows on the device. */
interface PlacedRows {
  storage: RowStorage;
  x: GPUBuffer;
  /** The same as `x` where the rows are. */
  target: GPUBuffer;
  /** Of rows that lie as levels: scale and offset of each column of `x`, then of `target`. */
  levels?: GPUBuffer;
}

function placeRows(device: GPUDevice, { x, target, width, targetWidth, storage = 'float32' }: StepData): PlacedRows {
  const place = (label: string, values: Float32Array, columns: number) => {
    const levels =
      storage === 'uint8' ? levelColumns(values, columns) : { scale: new Float32Array(0), offset: new Float32Array(0) };
    const packed = packRows(values, storage, levels);
    const buffer = storageBuffer(device, `lstm ${label}`, packed.byteLength);
    upload(device, buffer, packed);
    return { buffer, levels: [...levels.scale, ...levels.offset] };
  };
  const inputs = place('x', x, width);
  const outputs = target === x ? inputs : place('target', target, targetWidth);
  const rows = { storage, x: inputs.buffer, target: outputs.buffer };
  if (storage !== 'uint8') return rows;
  const numbers = Float32Array.from([...inputs.levels, ...outputs.levels]);
  const levels = storageBuffer(device, 'lstm levels', numbers.byteLength);
  upload(device, levels, numbers);
  return { ...rows, levels };
}

function buffersOf({ x, target, levels }: PlacedRows): GPUBuffer[] {
  return [...new Set([x, target, ...(levels ? [levels] : [])])];
}

/** Integers, then floats, from the start of a slot. */
function writeSlot(slots: ArrayBuffer, slot: number, integers: readonly number[], floats: readonly number[]): void {
  new Uint32Array(slots, slot * slotBytes, integers.length).set(integers);
  new Float32Array(slots, slot * slotBytes + 4 * integers.length, floats.length).set(floats);
}

/** The slot of `sequenceCode`. */
function writeSequenceSlot(
  slots: ArrayBuffer,
  slot: number,
  rows: readonly [first: number, start: number, count: number],
  scale: number,
  apart: readonly [scratch: number, losses: number, order: number],
): void {
  writeSlot(slots, slot, rows, [scale]);
  new Uint32Array(slots, slot * slotBytes + 16, apart.length).set(apart);
}
