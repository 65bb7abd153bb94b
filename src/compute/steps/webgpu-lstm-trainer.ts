/**
 * Whole training steps of an LSTM autoencoder on WebGPU: two dispatches a step, whatever the length of the sequence
 * (`webgpu/lstm-kernels.ts`). Rows, weights and moments stay on the device; losses come back once per call.
 *
 * Takes what the WASM trainer takes (`wasm-lstm-trainer.ts`), with layers of at most 32 units, as many features and outputs, and rows
 * that fit one buffer. A batch whose scratch rows do not fit one buffer is done in parts, one dispatch more for each.
 */
import type { Variable } from '@tensorflow/tfjs';
import type { OptimiserSpec } from '../contract.ts';
import { flatValues } from '../kernels/lstm-forward.ts';
import { lstmChainOf, packedSize, variablesOf } from '../kernels/lstm-plan.ts';
import type { OptimiserState } from '../optimiser.ts';
import { tf } from '../tf.ts';
import { compileKernel, dispatch, type Kernel, readFloats, slotBytes, storageBuffer } from '../webgpu/kernel.ts';
import { type LstmLayout, lstmGeometry, sequenceCode, updateCode, widestLayer, workgroupSize } from '../webgpu/lstm-kernels.ts';
import { webGpuDevice } from '../webgpu.ts';
import { lossWeight, type StepData, type StepDescription, type StepTrainer, type StepTrainerKind } from './contract.ts';

/** Steps of one submit at most: their slots lie in one uniform buffer. */
const stepsAtOnce = 256;
/** Scratch rows, unless the device allows fewer. */
const mostSequences = 1024;

async function create(
  step: StepDescription,
  data: StepData,
  optimiser: OptimiserSpec,
  variables: readonly Variable[],
): Promise<StepTrainer | undefined> {
  const layout = layoutOf(step, data, variables);
  if (!layout) return undefined;
  const device = webGpuDevice();
  const { rowLength, together } = lstmGeometry(layout);
  const limit = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
  const capacity = Math.floor(Math.min(mostSequences, limit / (4 * rowLength)) / together) * together;
  const bytes = 4 * data.rows * Math.max(data.width, data.targetWidth);
  if (capacity === 0 || bytes > limit || device.limits.maxStorageBuffersPerShaderStage < 7) return undefined;
  const trainer = new WebGpuLstmTrainer(device, layout, data, optimiser, variables, capacity, together, rowLength);
  await trainer.load();
  return trainer;
}

function layoutOf(step: StepDescription, data: StepData, variables: readonly Variable[]): LstmLayout | undefined {
  const chain = lstmChainOf(step.layers);
  const { loss } = step;
  if (!chain || loss.kind === 'mae' || loss.kind === 'pairs' || loss.masked || lossWeight(loss) !== 1) return undefined;
  const numbers = chain.steps * chain.outputs;
  const widest = Math.max(chain.features, chain.outputs, ...[...chain.encoder, ...chain.decoder].map(({ units }) => units));
  if (widest > widestLayer || data.width !== chain.steps * chain.features || data.targetWidth !== numbers) return undefined;
  const starts = new Map<Variable, number>();
  let weights = 0;
  for (const variable of variables) {
    starts.set(variable, weights);
    weights += variable.size;
  }
  const offsets = variablesOf(chain).map((variable) => starts.get(variable));
  if (offsets.includes(undefined) || weights !== packedSize(chain)) return undefined;
  const largest = loss.kind === 'top-n' && loss.n < numbers ? loss.n : 0;
  return { chain, offsets: offsets as number[], weights, largest };
}

/** Buffers and kernels that depend on the batch size. */
interface ForBatch {
  order: GPUBuffer;
  sequence: Kernel;
  update: Kernel;
  own: readonly GPUBuffer[];
}

class WebGpuLstmTrainer implements StepTrainer {
  readonly words = 'WebGPU LSTM';
  readonly depth = 2;
  private steps = 0;
  private readonly counted: number;
  private readonly buffers: Record<'weights' | 'first' | 'second' | 'scratch' | 'ring' | 'slots' | 'x' | 'target', GPUBuffer>;
  private batch: { size: number; ready: Promise<ForBatch> } | undefined;
  private judged: { data: StepData; kernel: Kernel; losses: GPUBuffer; own: readonly GPUBuffer[] } | undefined;

  constructor(
    private readonly device: GPUDevice,
    private readonly layout: LstmLayout,
    private readonly data: StepData,
    private readonly optimiser: OptimiserSpec,
    private readonly variables: readonly Variable[],
    private readonly capacity: number,
    private readonly together: number,
    rowLength: number,
  ) {
    const numbers = layout.chain.steps * layout.chain.outputs;
    this.counted = layout.largest > 0 ? layout.largest : numbers;
    const buffer = (label: string, count: number) => storageBuffer(device, `lstm ${label}`, 4 * count);
    const x = this.upload('x', data.x);
    this.buffers = {
      weights: buffer('weights', layout.weights),
      first: buffer('first moments', layout.weights),
      second: buffer('second moments', layout.weights * (optimiser.amsgrad ? 2 : 1)),
      scratch: buffer('scratch rows', capacity * rowLength),
      ring: buffer('losses of steps', stepsAtOnce),
      slots: device.createBuffer({
        label: 'lstm slots',
        size: slotBytes * stepsAtOnce,
        usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      }),
      x,
      target: data.target === data.x ? x : this.upload('target', data.target),
    };
  }

  /** Writes the variables' weights to the device. */
  async load(): Promise<void> {
    this.write(this.buffers.weights, 0, await flatValues(this.variables));
  }

  async run(order: Uint32Array, batch: number, first: number, count: number, learningRate: number): Promise<Float32Array> {
    if (this.batch?.size !== batch) {
      this.freeBatch();
      this.batch = { size: batch, ready: this.prepareBatch(batch) };
    }
    // calls that overlap wait for the same kernels, and go on in the order in which they came
    const ready = await this.batch.ready;
    const losses = new Float32Array(count);
    const reads: Promise<void>[] = [];
    const parts = Math.ceil(batch / this.capacity);
    const atOnce = Math.max(1, Math.floor(stepsAtOnce / (parts + 1)));
    for (let done = 0; done < count; done += atOnce) {
      const steps = Math.min(atOnce, count - done);
      const rows = order.subarray((first + done) * batch, (first + done + steps) * batch);
      this.write(ready.order, 0, rows);
      reads.push(this.submit(ready, batch, parts, steps, learningRate).then((values) => losses.set(values, done)));
    }
    await Promise.all(reads);
    return losses;
  }

  /** Encodes and submits some steps; resolves with their losses. */
  private async submit(
    { sequence, update }: ForBatch,
    batch: number,
    parts: number,
    steps: number,
    learningRate: number,
  ): Promise<Float32Array> {
    const { device, buffers, optimiser } = this;
    const slots = new ArrayBuffer(slotBytes * steps * (parts + 1));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let k = 0; k < steps; k++) {
      this.steps++;
      const root = Math.sqrt(1 - optimiser.beta2 ** this.steps);
      const rate = (learningRate * root) / (1 - optimiser.beta1 ** this.steps);
      const constants = [rate, optimiser.epsilon * root, 1 - learningRate * optimiser.weightDecay];
      for (let part = 0; part <= parts; part++) {
        const slot = k * (parts + 1) + part;
        const start = part * this.capacity;
        const rows = Math.min(this.capacity, batch - start);
        const scale = 2 / (batch * this.counted);
        writeSlot(slots, slot, [k * batch + start, start, Math.max(0, rows), batch, k], [scale, ...constants]);
        if (part === parts) dispatch(pass, update, slot);
        else dispatch(pass, { ...sequence, groups: [Math.ceil(rows / this.together), 1] }, slot);
      }
    }
    pass.end();
    device.queue.writeBuffer(buffers.slots, 0, slots);
    device.queue.submit([encoder.finish()]);
    return readFloats(device, buffers.ring, 0, steps);
  }

  private async prepareBatch(size: number): Promise<ForBatch> {
    const { device, layout, buffers, optimiser } = this;
    const order = storageBuffer(device, 'lstm order', 4 * size * stepsAtOnce);
    const gradients = storageBuffer(device, 'lstm gradients', 4 * size * layout.weights);
    const losses = storageBuffer(device, 'lstm losses', 4 * size);
    const own = [order, gradients, losses];
    const sequence = await compileKernel(
      device,
      'LSTM sequences',
      sequenceCode(layout, 'training'),
      this.sequenceBindings(buffers.x, buffers.target, order, gradients, losses),
      [1, 1],
    );
    const update = await compileKernel(
      device,
      'LSTM update',
      updateCode({ ...optimiser, weights: layout.weights, counted: this.counted }),
      [
        { buffer: buffers.slots, access: 'uniform' },
        { buffer: buffers.weights, access: 'write' },
        { buffer: buffers.first, access: 'write' },
        { buffer: buffers.second, access: 'write' },
        { buffer: gradients, access: 'read' },
        { buffer: losses, access: 'read' },
        { buffer: buffers.ring, access: 'write' },
      ],
      [Math.ceil((layout.weights + 1) / workgroupSize), 1],
    );
    return { order, sequence, update, own };
  }

  private sequenceBindings(x: GPUBuffer, target: GPUBuffer, order: GPUBuffer, gradients: GPUBuffer, losses: GPUBuffer) {
    return [
      { buffer: this.buffers.slots, access: 'uniform' },
      { buffer: x, access: 'read' },
      { buffer: target, access: 'read' },
      { buffer: order, access: 'read' },
      { buffer: this.buffers.weights, access: 'read' },
      { buffer: this.buffers.scratch, access: 'write' },
      { buffer: gradients, access: 'write' },
      { buffer: losses, access: 'write' },
    ] as const;
  }

  async evaluate(data: StepData): Promise<number> {
    const { device, buffers, capacity, together } = this;
    const judged = this.judged?.data === data ? this.judged : await this.prepareJudged(data);
    const parts = Math.ceil(data.rows / capacity);
    let sum = 0;
    for (let begun = 0; begun < parts; begun += stepsAtOnce) {
      const count = Math.min(stepsAtOnce, parts - begun);
      const slots = new ArrayBuffer(slotBytes * count);
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (let slot = 0; slot < count; slot++) {
        const start = (begun + slot) * capacity;
        const rows = Math.min(capacity, data.rows - start);
        writeSlot(slots, slot, [start, start, rows, data.rows, 0], [1, 0, 0, 1]);
        dispatch(pass, { ...judged.kernel, groups: [Math.ceil(rows / together), 1] }, slot);
      }
      pass.end();
      device.queue.writeBuffer(buffers.slots, 0, slots);
      device.queue.submit([encoder.finish()]);
    }
    for (const loss of await readFloats(device, judged.losses, 0, data.rows)) sum += loss;
    return sum / (data.rows * this.counted);
  }

  private async prepareJudged(data: StepData) {
    this.freeJudged();
    const { device, layout } = this;
    const x = this.upload('judged x', data.x);
    const target = data.target === data.x ? x : this.upload('judged target', data.target);
    const order = this.upload(
      'judged order',
      Uint32Array.from({ length: data.rows }, (_, i) => i),
    );
    const losses = storageBuffer(device, 'lstm judged losses', 4 * data.rows);
    const unused = storageBuffer(device, 'lstm no gradients', 16);
    const bindings = this.sequenceBindings(x, target, order, unused, losses);
    const kernel = await compileKernel(device, 'LSTM loss', sequenceCode(layout, 'inference'), bindings, [1, 1]);
    this.judged = { data, kernel, losses, own: [...new Set([x, target, order, losses, unused])] };
    return this.judged;
  }

  async sync(): Promise<void> {
    const flat = await readFloats(this.device, this.buffers.weights, 0, this.layout.weights);
    tf.tidy(() => {
      let start = 0;
      for (const variable of this.variables) {
        variable.assign(tf.tensor(flat.slice(start, start + variable.size), variable.shape, 'float32'));
        start += variable.size;
      }
    });
  }

  async optimiserState(): Promise<OptimiserState> {
    const { device, buffers, layout, optimiser } = this;
    const [firstMoment, second] = await Promise.all([
      readFloats(device, buffers.first, 0, layout.weights),
      readFloats(device, buffers.second, 0, layout.weights * (optimiser.amsgrad ? 2 : 1)),
    ]);
    return {
      steps: this.steps,
      firstMoment,
      secondMoment: second.slice(0, layout.weights),
      largestSecondMoment: second.slice(layout.weights),
    };
  }

  restore(state: OptimiserState): void {
    this.steps = state.steps;
    this.write(this.buffers.first, 0, state.firstMoment);
    this.write(this.buffers.second, 0, state.secondMoment);
    if (this.optimiser.amsgrad) this.write(this.buffers.second, 4 * this.layout.weights, state.largestSecondMoment);
  }

  dispose(): void {
    this.freeBatch();
    this.freeJudged();
    for (const buffer of new Set(Object.values(this.buffers))) buffer.destroy();
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

  private upload(label: string, values: Float32Array | Uint32Array): GPUBuffer {
    const buffer = storageBuffer(this.device, `lstm ${label}`, values.byteLength);
    this.write(buffer, 0, values);
    return buffer;
  }

  private write(buffer: GPUBuffer, at: number, values: Float32Array | Uint32Array): void {
    this.device.queue.writeBuffer(buffer, at, values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
  }
}

/** Integers, then floats, from the start of a slot. */
function writeSlot(slots: ArrayBuffer, slot: number, integers: readonly number[], floats: readonly number[]): void {
  new Uint32Array(slots, slot * slotBytes, integers.length).set(integers);
  new Float32Array(slots, slot * slotBytes + 4 * integers.length, floats.length).set(floats);
}

const kind: StepTrainerKind = { id: 'webgpu-lstm', backend: 'webgpu', create };

export default kind;
