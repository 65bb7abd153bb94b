/**
 * The memory of a WASM dense trainer: places arrays, writes the records that assembly/dense-steps.ts reads (the same offsets as
 * there), and moves parameters between padded and plain form.
 */

import { Cursor } from '../../numeric/random.ts';
import type { OptimiserSpec } from '../contract.ts';
import { type Arena, firstFree, recordAddress, type TeamExports } from '../kernels/arena.ts';
import { lossWeight, type StepData, type StepLoss, type StepViews } from './contract.ts';
import { type Parameter, type Plan, type PlannedActivation, type PlannedLayer, padded } from './wasm-dense-plan.ts';

export interface DenseExports extends TeamExports {
  evaluate(record: number): void;
}

/** Samples of a block, and bytes of one of its rows. */
export const blockSamples = 64;
const rowBytes = 4 * blockSamples;
/** Slices of a batch, each with a gradient of its own; fixed by the batch size, so that threads change no number. */
const mostSlices = 16;
export const mostSteps = 4096;
const mostOrdered = 2 ** 18;
/** Deviates of a sampling layer that are drawn at a time, if a batch does not need more. */
const mostNoise = 2 ** 18;
/** Numbers of the input that an evaluation copies at a time. */
const evaluatedNumbers = 2 ** 18;
/** Numbers of a kernel that one task of the optimiser updates. */
const updateSize = 2048;

const word = {
  steps: 32,
  samples: 36,
  slices: 40,
  order: 44,
  firstRow: 48,
  x: 52,
  target: 56,
  mask: 60,
  width: 64,
  targetWidth: 68,
  layers: 72,
  layerCount: 76,
  blocks: 80,
  blockBytes: 84,
  keepBlocks: 88,
  scratch: 92,
  scratchBytes: 96,
  gradients: 100,
  gradientBytes: 104,
  parameters: 108,
  firstMoment: 112,
  secondMoment: 116,
  largest: 120,
  updates: 124,
  updateCount: 128,
  loss: 132,
  top: 136,
  masked: 140,
  yOffset: 144,
  yKind: 148,
  ySlopes: 152,
  norms: 156,
  normCount: 160,
  losses: 164,
  sliceLosses: 168,
  zeros: 172,
  xRows: 180,
  yRows: 252,
  /** The number of the sampling layer and 1; 0 if there is none. */
  sampling: 256,
  /** Deviates [steps, samples, latent]; 0 in inference mode. */
  noise: 260,
  /** The record of a loss of pairs; 0 for the others. */
  pairs: 280,
  firstStep: 284,
  noiseSeed: 296,
} as const;
const double = {
  ...{ rate: 184, beta1: 192, beta2: 200, epsilon: 208, decay: 216, power1: 224, power2: 232 },
  ...{ lossWeight: 264, klWeight: 272 },
  /** Of the noise on the input; 0 for none. */
  deviation: 288,
} as const;
const layerBytes = 96;
const updateBytes = 32;
const lossNumbers = { mse: 0, mae: 1, 'top-n': 2, pairs: 3 } as const;
const pairBytes = 72;
/** Numbers of views that are made at a time, if a batch does not have more. */
const mostViewed = 2 ** 20;
const threadsAtMost = 8;

/** Where data rows lie. `target` 0: the input itself. `mask` 0: none. */
export interface PlacedRows {
  x: number;
  target: number;
  mask: number;
}

export class DenseMemory {
  private free = firstFree;
  private readonly parametersAt: number;
  private readonly momentsAt: { first: number; second: number; largest: number };
  private readonly kernelCopies = new Map<PlannedLayer, number>();
  private readonly movingAt = new Map<PlannedLayer, { mean: number; variance: number }>();
  private readonly blockBytes: number;
  private readonly layersAt: number;
  private readonly data: PlacedRows;
  private readonly scratchAt: number;
  private readonly scratchBytes: number;
  private readonly orderAt: number;
  private readonly lossesAt: number;
  private readonly sliceLossesAt: number;
  private readonly stagingAt: PlacedRows;
  /** Rows that an evaluation may take at a time. */
  readonly evaluatedRows: number;
  /** From here on lies what depends on the batch size. */
  private readonly variableFrom: number;
  private placedFor = 0;
  /** Whether the blocks of a batch are all kept, because something needs the whole batch. */
  private readonly keepsBlocks: boolean;
  /** Rows of views that there is room for; 0 without them. */
  private readonly viewedRows: number;

  constructor(
    readonly arena: Arena<DenseExports>,
    private readonly plan: Plan,
    loss: StepLoss,
    data: StepData,
    private readonly optimiser: OptimiserSpec,
    private readonly views?: StepViews,
    /** Rows of a batch, which views must know. */
    batch = 0,
  ) {
    const { layers } = plan;
    const viewed = views ? { views: views.views, batch: views.views * batch } : undefined;
    const listBytes = 4 * plan.size;
    const last = layers.at(-1) as PlannedLayer;
    this.keepsBlocks = Boolean(views) || layers.some(({ kind }) => kind === 'norm');
    this.parametersAt = this.place(listBytes);
    this.momentsAt = {
      first: this.place(listBytes),
      second: this.place(listBytes),
      largest: optimiser.amsgrad ? this.place(listBytes) : 0,
    };
    const gradientsAt = this.place(mostSlices * listBytes);
    const widest = Math.max(data.width, data.targetWidth, ...layers.map(({ outs }) => outs));
    const zerosAt = this.place(4 * padded(widest));
    this.layersAt = this.place(layerBytes * layers.length);
    const records = layers.map((layer) => this.placeLayer(layer, zerosAt));
    const yRows = padded(last.outs);
    this.scratchBytes = 2 * yRows * rowBytes + 16 * yRows;
    this.scratchAt = this.place(threadsAtMost * this.scratchBytes);
    this.lossesAt = this.place(8 * mostSteps);
    this.sliceLossesAt = this.place(8 * mostSlices);
    this.orderAt = this.place(4 * mostOrdered);
    this.viewedRows = viewed ? viewed.batch * Math.max(1, Math.floor(mostViewed / (viewed.batch * data.width))) : 0;
    this.evaluatedRows = views
      ? views.views * views.validationRows
      : Math.max(blockSamples, Math.floor(evaluatedNumbers / data.width));
    const masked = loss.masked || plan.inputNoise !== undefined;
    this.stagingAt = this.placeRows({ ...data, rows: this.evaluatedRows }, loss.masked);
    const updates = this.updateList();
    const updatesAt = this.place(updateBytes * updates.length);
    const norms = layers.flatMap(({ kind }, i) => (kind === 'norm' ? [i] : []));
    const normsAt = this.place(4 * Math.max(1, norms.length));
    this.data = this.placeRows(viewed ? { ...data, rows: this.viewedRows } : data, masked);
    const pairsAt = plan.head ? this.place(pairBytes) : 0;
    const headMovingAt = plan.head ? this.place(8) : 0;
    this.variableFrom = this.free;
    arena.grow(this.free);

    // not the words of the team: a helper may still be leaving its last barrier
    new Uint8Array(arena.memory.buffer, recordAddress + word.steps, firstFree - recordAddress - word.steps).fill(0);
    // everything but the rows themselves begins as zeros: moments, padding, gradients
    new Uint8Array(arena.memory.buffer, firstFree, this.stagingAt.x - firstFree).fill(0);
    let offset = padded(data.width) * rowBytes;
    let inOffset = 0;
    for (const [i, layer] of layers.entries()) {
      const outOffset = offset;
      // a sampling layer keeps what its backward pass needs behind its output
      offset += padded(layer.outs) * rowBytes * (layer.kind === 'sample' ? 2 : 1);
      this.writeLayer(i, layer, records, inOffset, outOffset);
      inOffset = outOffset;
    }
    this.blockBytes = offset;
    this.write(word.layers, this.layersAt);
    this.write(word.layerCount, layers.length);
    this.write(word.width, data.width);
    this.write(word.targetWidth, data.targetWidth);
    this.write(word.xRows, padded(data.width));
    this.write(word.yRows, yRows);
    this.write(word.blockBytes, this.blockBytes);
    this.write(word.keepBlocks, this.keepsBlocks ? 1 : 0);
    this.write(word.scratch, this.scratchAt);
    this.write(word.scratchBytes, this.scratchBytes);
    this.write(word.gradients, gradientsAt);
    this.write(word.gradientBytes, listBytes);
    this.write(word.parameters, this.parametersAt);
    this.write(word.firstMoment, this.momentsAt.first);
    this.write(word.secondMoment, this.momentsAt.second);
    this.write(word.largest, this.momentsAt.largest);
    this.write(word.updates, updatesAt);
    this.write(word.updateCount, updates.length);
    new Int32Array(arena.memory.buffer, updatesAt).set(updates.flat());
    this.write(word.loss, lossNumbers[loss.kind]);
    this.write(word.top, loss.kind === 'top-n' ? Math.min(loss.n, data.targetWidth) : 0);
    this.write(word.masked, loss.masked ? 1 : 0);
    this.write(word.yOffset, inOffset);
    this.write(word.yKind, last.activation.kind);
    this.write(word.ySlopes, (records[layers.length - 1] as LayerPlace).slopes);
    this.write(word.norms, normsAt);
    this.write(word.normCount, norms.length);
    new Int32Array(arena.memory.buffer, normsAt).set(norms);
    this.write(word.losses, this.lossesAt);
    this.write(word.sliceLosses, this.sliceLossesAt);
    this.write(word.zeros, zerosAt);
    this.writeDouble(double.beta1, optimiser.beta1);
    this.writeDouble(double.beta2, optimiser.beta2);
    this.writeDouble(double.epsilon, optimiser.epsilon);
    this.writeDouble(double.decay, optimiser.weightDecay);
    this.writeDouble(double.lossWeight, lossWeight(loss));
    this.write(word.sampling, plan.sampling ? plan.sampling.layer + 1 : 0);
    this.writeDouble(double.klWeight, plan.sampling?.klWeight ?? 0);
    this.write(word.noiseSeed, plan.inputNoise?.seed ?? 0);
    if (!views) this.copyRows(data, this.data, 0, data.rows);
    if (loss.kind === 'pairs') this.placeHead(pairsAt, headMovingAt, loss);
  }

  /** Consecutive steps of one call: at most `mostSteps`, and `mostOrdered` rows and `mostNoise` deviates if a batch is not larger. */
  stepsAtOnce(batch: number): number {
    const drawn = batch * (this.plan.sampling?.latent ?? 0);
    const limits = [mostSteps, mostOrdered / batch, mostNoise / drawn, ...(this.views ? [this.viewedRows / batch] : [])];
    return Math.max(1, Math.floor(Math.min(...limits)));
  }

  /**
   * @param step steps of the stage before these
   * @returns the number of slices, which is also the largest sensible number of threads
   */
  prepareSteps(order: Uint32Array, batch: number, step: number, steps: number, learningRate: number): number {
    const blocks = Math.ceil(batch / blockSamples);
    const slices = Math.min(mostSlices, Math.max(1, blocks >> 1));
    this.placeBatch(batch, blocks);
    this.view(Uint32Array, this.longOrderAt || this.orderAt, order.length).set(order);
    this.write(word.order, this.longOrderAt || this.orderAt);
    this.write(word.firstRow, 0);
    const { inputNoise } = this.plan;
    this.write(word.x, this.data.x);
    // what the input is compared with has no noise
    this.write(word.target, inputNoise ? this.data.target || this.data.x : this.data.target);
    this.write(word.mask, this.data.mask);
    this.write(word.firstStep, step);
    this.writeDouble(double.deviation, inputNoise?.deviation ?? 0);
    this.write(word.samples, batch);
    this.write(word.slices, slices);
    this.write(word.steps, steps);
    this.drawNoise(batch, step, steps);
    this.writeDouble(double.rate, learningRate);
    return slices;
  }

  /** Puts the views of a step where `prepareSteps` with consecutive rows finds them. @param step of the steps of one call */
  putViews(step: number, views: Float32Array, width: number): void {
    const rows = views.length / width;
    this.view(Float32Array, this.data.x + 4 * step * views.length, rows * width).set(views);
  }

  /** Moving mean and variance of the distances that a loss of pairs normalises. */
  headMoving(): Float32Array {
    return this.view(Float32Array, this.headMovingAt, 2);
  }

  losses(steps: number): Float64Array {
    return this.view(Float64Array, this.lossesAt, steps);
  }

  /** Lays out `rows` rows (at most `evaluatedRows`) from `first` on for the module's `evaluate`. */
  prepareEvaluation(data: StepData, first: number, rows: number): void {
    this.placeBatch(this.views ? rows : 1, this.views ? Math.ceil(rows / blockSamples) : 1);
    this.copyRows(data, this.stagingAt, first, rows);
    this.write(word.order, 0);
    this.write(word.firstRow, 0);
    this.write(word.x, this.stagingAt.x);
    this.write(word.target, this.stagingAt.target);
    this.write(word.mask, this.stagingAt.mask);
    this.write(word.samples, rows);
    this.write(word.noise, 0);
    this.writeDouble(double.deviation, 0);
  }

  /** Sum over the rows of the loss's terms in inference mode, after an evaluation. */
  evaluated(): number {
    return this.view(Float64Array, this.sliceLossesAt, 1)[0] as number;
  }

  /** Bias corrections as they are after so many steps. */
  moveTo(steps: number): void {
    let [power1, power2] = [1, 1];
    for (let i = 0; i < steps; i++) {
      power1 *= this.optimiser.beta1;
      power2 *= this.optimiser.beta2;
    }
    this.writeDouble(double.power1, power1);
    this.writeDouble(double.power2, power2);
  }

  /** One parameter's numbers of a flat list. */
  read(list: 'values' | 'first' | 'second' | 'largest', { at, rows, columns, stride }: Parameter): Float32Array {
    const kept = this.view(Float32Array, this.listAt(list) + 4 * at, rows * stride);
    const plain = new Float32Array(rows * columns);
    for (let r = 0; r < rows; r++) plain.set(kept.subarray(r * stride, r * stride + columns), r * columns);
    return plain;
  }

  fill(list: 'values' | 'first' | 'second' | 'largest', parameter: Parameter, plain: Float32Array): void {
    const { at, rows, columns, stride } = parameter;
    const kept = this.view(Float32Array, this.listAt(list) + 4 * at, rows * stride);
    for (let r = 0; r < rows; r++) kept.set(plain.subarray(r * columns, (r + 1) * columns), r * stride);
    if (list === 'values') this.transpose(parameter, plain);
  }

  moving(layer: PlannedLayer): { mean: Float32Array; variance: Float32Array } {
    const { mean, variance } = this.movingAt.get(layer) as { mean: number; variance: number };
    return { mean: this.view(Float32Array, mean, layer.outs), variance: this.view(Float32Array, variance, layer.outs) };
  }

  private longOrderAt = 0;
  private noiseAt = 0;
  private pairsAt = 0;
  private headMovingAt = 0;
  private pairScratchAt = 0;

  /** The record of assembly/lib/pairs.ts. */
  private placeHead(at: number, movingAt: number, { head, leastSquare }: Extract<StepLoss, { kind: 'pairs' }>): void {
    const places = this.plan.head as NonNullable<Plan['head']>;
    const parameters = [places.gamma, places.beta, places.kernel, places.bias].map((parameter) => 4 * parameter.at);
    this.pairsAt = at;
    this.headMovingAt = movingAt;
    this.view(Int32Array, at, 12).set([
      ...parameters.map((offset) => this.parametersAt + offset),
      ...parameters,
      ...[movingAt, movingAt + 4, this.pairScratchAt, 0],
    ]);
    this.view(Float64Array, at + 48, 3).set([head.momentum, head.epsilon, leastSquare]);
    this.write(word.pairs, at);
  }

  /** Deviates of a sampling layer for `steps` steps from the stage's step `first` on, as the contract has them. */
  private drawNoise(batch: number, first: number, steps: number): void {
    const { sampling } = this.plan;
    if (!sampling) return;
    const { latent, seed } = sampling;
    const noise = this.view(Float32Array, this.noiseAt, steps * batch * latent);
    let at = 0;
    for (let step = first; step < first + steps; step++) {
      const cursor = new Cursor(seed, 'noise', step);
      for (let row = 0; row < batch; row++) {
        cursor.moveTo(row);
        for (let k = 0; k < latent; k++) noise[at++] = cursor.normal();
      }
    }
    this.write(word.noise, this.noiseAt);
  }

  /** Blocks, per-block statistics, and the order of a batch that is longer than usual. */
  private placeBatch(batch: number, blocks: number): void {
    if (blocks <= this.placedFor) return;
    this.free = this.variableFrom;
    this.longOrderAt = batch > mostOrdered ? this.place(4 * batch) : 0;
    // blocks, not rows, say when to place anew
    const drawn = blocks * blockSamples * (this.plan.sampling?.latent ?? 0);
    this.noiseAt = drawn > 0 ? this.place(4 * Math.max(drawn, mostNoise)) : 0;
    const partials = this.plan.layers.map(({ kind, outs }) => (kind === 'norm' ? this.place(8 * blocks * padded(outs)) : 0));
    this.pairScratchAt = this.plan.head ? this.place(16 * blocks * blockSamples) : 0;
    const blocksAt = this.place((this.keepsBlocks ? blocks : threadsAtMost) * this.blockBytes);
    this.arena.grow(this.free);
    new Uint8Array(this.arena.memory.buffer, blocksAt, this.free - blocksAt).fill(0);
    for (const [i, at] of partials.entries()) this.view(Int32Array, this.layersAt + layerBytes * i, 24)[19] = at;
    this.write(word.blocks, blocksAt);
    if (this.pairsAt) this.view(Int32Array, this.pairsAt, 12)[10] = this.pairScratchAt;
    this.placedFor = blocks;
  }

  private listAt(list: 'values' | 'first' | 'second' | 'largest'): number {
    return list === 'values' ? this.parametersAt : this.momentsAt[list];
  }

  /** Kernels have a second copy with rows and columns exchanged, [outs][padded ins]. */
  private transpose({ variable, rows, columns, within = 0 }: Parameter, plain: Float32Array): void {
    const layer = this.plan.layers.find(
      ({ kind, parameters }) =>
        kind === 'dense' && parameters.some((parameter, i) => i % 2 === 0 && parameter.variable === variable),
    );
    const at = layer && this.kernelCopies.get(layer);
    if (!at) return;
    const stride = padded(rows);
    const copy = this.view(Float32Array, at + 4 * within * stride, columns * stride);
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) copy[c * stride + r] = plain[r * columns + c] as number;
  }

  /** Tasks of the optimiser: whole rows of a kernel, so that their transposed copy can be written at once. */
  private updateList(): number[][] {
    const head = Object.values(this.plan.head ?? {}).map(({ at, stride }) => [4 * at, 4 * stride, 0, 1, stride, 0, 0, 0]);
    const ofLayers = this.plan.layers.flatMap((layer) =>
      layer.parameters.flatMap((parameter, i) => {
        // the other one's rows are updated whole
        if (parameter.within !== undefined) return [];
        const copy = layer.kind === 'dense' && i === 0 ? this.kernelCopies.get(layer) : undefined;
        const { at, rows, stride, columns } = parameter;
        const atOnce = Math.max(1, Math.floor(updateSize / stride));
        const tasks: number[][] = [];
        for (let r = 0; r < rows; r += atOnce) {
          const count = Math.min(atOnce, rows - r);
          const bytes = 4 * count * stride;
          const transposed = copy ? copy + 4 * r : 0;
          tasks.push([4 * (at + r * stride), bytes, transposed, count, stride, 4 * padded(rows), 0, 0]);
        }
        if (columns > stride) throw new Error('a parameter wider than its rows');
        return tasks;
      }),
    );
    return [...ofLayers, ...head];
  }

  private placeLayer(layer: PlannedLayer, zerosAt: number): LayerPlace {
    const rows = padded(layer.outs);
    // outputs that pad a row have a copy too: the update moves whole padded rows
    if (layer.kind === 'dense' && layer.passesBack) this.kernelCopies.set(layer, this.place(4 * rows * padded(layer.ins)));
    if (layer.kind === 'norm') this.movingAt.set(layer, { mean: this.place(4 * rows), variance: this.place(4 * rows) });
    return {
      slopes: layer.activation.slopes.length > 0 ? this.place(4 * rows) : zerosAt,
      statistics: layer.kind === 'norm' ? this.place(20 * rows) : 0,
    };
  }

  private writeLayer(i: number, layer: PlannedLayer, places: readonly LayerPlace[], inOffset: number, outOffset: number): void {
    const before = this.plan.layers[i - 1];
    const input: PlannedActivation = before?.activation ?? { kind: 0, slopes: [] };
    const { slopes, statistics } = places[i] as LayerPlace;
    this.view(Float32Array, slopes, padded(layer.outs)).set(layer.activation.slopes);
    const [main, second] = layer.parameters;
    const moving = this.movingAt.get(layer);
    const record = this.view(Int32Array, this.layersAt + layerBytes * i, 24);
    record.set([
      { dense: 0, norm: 1, activation: 2, sample: 3 }[layer.kind],
      layer.ins,
      padded(layer.outs),
      padded(layer.ins),
      inOffset,
      outOffset,
      main ? this.parametersAt + 4 * main.at : 0,
      this.kernelCopies.get(layer) ?? 0,
      second ? this.parametersAt + 4 * second.at : 0,
      4 * (main?.at ?? 0),
      4 * (second?.at ?? 0),
      layer.activation.kind,
      slopes,
      layer.passesBack ? 1 : 0,
      input.kind,
      places[i - 1]?.slopes ?? slopes,
      moving?.mean ?? 0,
      moving?.variance ?? 0,
      statistics,
      0, // per-block statistics, placed with the batch
      0,
      0,
      layer.outs,
      0,
    ]);
    if (layer.norm) {
      new Float32Array(this.arena.memory.buffer, this.layersAt + layerBytes * i + 80, 2).set([
        layer.norm.momentum,
        layer.norm.epsilon,
      ]);
    }
  }

  private placeRows(data: StepData, masked: boolean): PlacedRows {
    return {
      x: this.place(4 * data.rows * data.width),
      target: data.target === data.x ? 0 : this.place(4 * data.rows * data.targetWidth),
      mask: masked ? this.place(data.rows * data.targetWidth) : 0,
    };
  }

  private copyRows(data: StepData, to: PlacedRows, first: number, rows: number): void {
    const { width, targetWidth } = data;
    this.view(Float32Array, to.x, rows * width).set(data.x.subarray(first * width, (first + rows) * width));
    const part = [first * targetWidth, (first + rows) * targetWidth] as const;
    if (to.target) this.view(Float32Array, to.target, rows * targetWidth).set(data.target.subarray(...part));
    if (to.mask) this.view(Uint8Array, to.mask, rows * targetWidth).set(data.mask.subarray(...part));
  }

  private place(bytes: number): number {
    const at = this.free;
    this.free += (bytes + 63) & ~63;
    return at;
  }

  private view<T>(kind: new (buffer: ArrayBufferLike, at: number, length: number) => T, at: number, length: number): T {
    return new kind(this.arena.memory.buffer, at, length);
  }

  private write(offset: number, value: number): void {
    this.view(Int32Array, recordAddress + offset, 1)[0] = value;
  }

  private writeDouble(offset: number, value: number): void {
    this.view(Float64Array, recordAddress + offset, 1)[0] = value;
  }
}

interface LayerPlace {
  slopes: number;
  statistics: number;
}
