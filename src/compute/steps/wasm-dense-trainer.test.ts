import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Cursor } from '../../numeric/random.ts';
import { plainActivation } from '../../testing/plain-operations.ts';
import { forceThreads } from '../../testing/threads.ts';
import { slopesOfTrainer } from '../../testing/trainer-slopes.ts';
import { stepGradients } from '../breathe.ts';
import type { OptimiserSpec } from '../contract.ts';
import type { Arena, TeamExports } from '../kernels/arena.ts';
import { createOptimiser } from '../optimiser.ts';
import { applyPatches } from '../patches/registry.ts';
import { tf } from '../tf.ts';
import { startWasm } from '../wasm.ts';
import type { StepActivation, StepData, StepDescription, StepLayer, StepLoss, StepTrainer } from './contract.ts';
import wasmDense from './wasm-dense-trainer.ts';

const plainAdam: OptimiserSpec = {
  kind: 'adam',
  learningRate: 1e-2,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  amsgrad: false,
  weightDecay: 0,
};

interface Case {
  name: string;
  /** `5`: dense to 5; `5-`: without bias; `norm`; `heads`: bounds 0, 1, 2, 0, 1, 2, ...; else an activation. */
  layers: readonly string[];
  width: number;
  loss?: StepLoss;
  batch: number;
  optimiser?: Partial<OptimiserSpec>;
  /** A target of its own, of this width. */
  target?: number;
  /** Weights that change no output have no gradient but rounding, of which Adam makes steps of full size. */
  redundant?: boolean;
}

const mse: StepLoss = { kind: 'mse', masked: false };

class Fixture {
  readonly variables: Variable[] = [];
  readonly trainable: Variable[] = [];
  readonly step: StepDescription;
  readonly data: StepData;
  private readonly cursor = new Cursor(7, 'noise');

  constructor(readonly given: Case) {
    let width = given.width;
    const layers = given.layers.map((word): StepLayer => {
      if (/^\d/.test(word)) {
        const outs = Number.parseInt(word, 10);
        const kernel = this.variable([width, outs], 1 / Math.sqrt(width));
        const bias = word.endsWith('-') ? {} : { bias: this.variable([outs], 0.1) };
        width = outs;
        return { kind: 'dense', kernel, ...bias };
      }
      if (word === 'norm') {
        return {
          kind: 'batch-norm',
          gamma: this.variable([width], 0.2, 1),
          beta: this.variable([width], 0.2),
          movingMean: this.variable([width], 0.1, 0, false),
          movingVariance: this.variable([width], 0.01, 1, false),
          momentum: 0.9,
          epsilon: 1e-3,
        };
      }
      if (word === 'heads') return { kind: 'physical-heads', limits: Array.from({ length: width }, (_, i) => i % 3) };
      return { kind: 'activation', activation: word as StepActivation, slope: word === 'leaky-relu' ? 0.3 : 0 };
    });
    const rows = 3 * given.batch + 11;
    const targetWidth = given.target ?? given.width;
    const x = this.numbers(rows * given.width, 1);
    this.step = { layers, loss: given.loss ?? mse };
    this.data = {
      rows,
      width: given.width,
      x,
      target: given.target === undefined ? x : this.numbers(rows * targetWidth, 1),
      targetWidth,
      mask: Uint8Array.from({ length: rows * targetWidth }, () => (this.cursor.uniform() < 0.7 ? 1 : 0)),
    };
  }

  get optimiser(): OptimiserSpec {
    return { ...plainAdam, ...this.given.optimiser };
  }

  order(steps: number): Uint32Array {
    return Uint32Array.from({ length: steps * this.given.batch }, () => Math.floor(this.cursor.uniform() * this.data.rows));
  }

  async create(): Promise<StepTrainer> {
    const trainer = await wasmDense.create(this.step, this.data, this.optimiser, this.trainable);
    if (!trainer) throw new Error('no trainer');
    return trainer;
  }

  values(): number[][] {
    return this.variables.map((variable) => Array.from(variable.dataSync()));
  }

  dispose(): void {
    tf.dispose(this.variables);
  }

  private numbers(length: number, size: number, centre = 0): Float32Array {
    return Float32Array.from({ length }, () => centre + size * this.cursor.normal());
  }

  private variable(shape: number[], size: number, centre = 0, trainable = true): Variable {
    const values = this.numbers(tf.util.sizeFromShape(shape), size, centre).map((v) => (trainable ? v : Math.abs(v)));
    const variable = tf.variable(tf.tensor(values, shape), trainable);
    this.variables.push(variable);
    if (trainable) this.trainable.push(variable);
    return variable;
  }
}

/** The same step in TF.js operations, differentiated by TF.js. */
function lossByTf({ step, data }: Fixture, rows: ArrayLike<number>, training: boolean): Scalar {
  const pick = (values: ArrayLike<number>, width: number) =>
    tf.tensor2d(
      Float32Array.from({ length: rows.length * width }, (_, i) =>
        Number(values[(rows[Math.floor(i / width)] as number) * width + (i % width)]),
      ),
      [rows.length, width],
    );
  let y: Tensor2D = pick(data.x, data.width);
  for (const layer of step.layers) y = applyByTf(layer, y, training);
  let error = tf.sub(y, pick(data.target, data.targetWidth));
  if (step.loss.masked) error = tf.mul(error, pick(data.mask, data.targetWidth));
  if (step.loss.kind === 'mse') return tf.mean(tf.square(error));
  if (step.loss.kind === 'mae') return tf.mean(tf.abs(error));
  if (step.loss.kind !== 'top-n') throw new Error(`no ${step.loss.kind} here`);
  const n = Math.min(step.loss.n, data.targetWidth);
  const chosen = tf.tensor2d(largestOfRows(error.dataSync(), data.targetWidth, n), [rows.length, data.targetWidth]);
  return tf.mul(tf.sum(tf.mul(tf.square(error), chosen)), 1 / (rows.length * n));
}

/** 1 for the n largest squares of each row, the first of equal ones. */
function largestOfRows(errors: ArrayLike<number>, width: number, n: number): Float32Array {
  const chosen = new Float32Array(errors.length);
  const size = (i: number) => Math.abs(errors[i] as number);
  for (let start = 0; start < errors.length; start += width) {
    const places = Array.from({ length: width }, (_, i) => start + i).sort((a, b) => size(b) - size(a) || a - b);
    for (const place of places.slice(0, n)) chosen[place] = 1;
  }
  return chosen;
}

function applyByTf(layer: StepLayer, x: Tensor2D, training: boolean): Tensor2D {
  switch (layer.kind) {
    case 'dense': {
      const product = tf.matMul(x, layer.kernel as unknown as Tensor2D);
      return (layer.bias ? tf.add(product, layer.bias) : product) as Tensor2D;
    }
    case 'batch-norm': {
      const { mean, variance } = training
        ? tf.moments(x, 0)
        : { mean: layer.movingMean as Tensor, variance: layer.movingVariance as Tensor };
      if (training) {
        const { momentum } = layer;
        layer.movingMean.assign(tf.add(tf.mul(layer.movingMean, momentum), tf.mul(mean, 1 - momentum)));
        layer.movingVariance.assign(tf.add(tf.mul(layer.movingVariance, momentum), tf.mul(variance, 1 - momentum)));
      }
      const centred = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, layer.epsilon)));
      return tf.add(tf.mul(centred, layer.gamma), layer.beta);
    }
    case 'physical-heads': {
      const limits = tf.tensor1d([...layer.limits]);
      const open = tf.tensor1d(layer.limits.map((limit) => (limit ? 0 : 1)));
      return tf.add(tf.mul(tf.tanh(x), limits), tf.mul(x, open as Tensor1D));
    }
    case 'activation':
      return plainActivation(x, layer);
  }
  throw new Error(`no ${layer.kind} here`);
}

function trainByTf(fixture: Fixture, order: Uint32Array, batch: number, steps: number): number[] {
  const optimiser = createOptimiser(fixture.optimiser, fixture.trainable);
  const losses: number[] = [];
  for (let k = 0; k < steps; k++) {
    const rows = order.subarray(k * batch, (k + 1) * batch);
    tf.tidy(() => {
      const { loss, gradients } = stepGradients(() => lossByTf(fixture, rows, true), fixture.trainable);
      optimiser.step(gradients, fixture.optimiser.learningRate);
      losses.push(loss.dataSync()[0] as number);
    });
  }
  optimiser.dispose();
  return losses;
}

function worst(found: ArrayLike<number>, expected: ArrayLike<number>, floor = 0): number {
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const e = expected[i] as number;
    largest = Math.max(largest, Math.abs((found[i] as number) - e) / Math.max(Math.abs(e), floor));
  }
  return found.length === expected.length ? largest : Number.POSITIVE_INFINITY;
}

const cases: Case[] = [
  { name: 'one dense layer', layers: ['3'], width: 5, target: 3, batch: 4 },
  { name: 'leaky ReLU', layers: ['13', 'leaky-relu', '3', '13', 'leaky-relu', '9'], width: 9, batch: 100 },
  { name: 'ReLU, batch of one block', layers: ['16', 'relu', '4', 'relu', '16', 'relu', '57'], width: 57, batch: 64 },
  { name: 'ELU', layers: ['7', 'elu', '2', '7', 'elu', '6'], width: 6, batch: 65 },
  { name: 'tanh', layers: ['8', 'tanh', '3', 'tanh', '8', 'tanh', '10'], width: 10, batch: 257 },
  { name: 'sigmoid at the end', layers: ['9', 'relu', '9', 'sigmoid'], width: 9, batch: 33 },
  { name: 'heads', layers: ['8', 'leaky-relu', '11', 'heads'], width: 11, batch: 70 },
  { name: 'activation of an activation', layers: ['tanh', '6', 'relu', 'sigmoid', '7', 'heads'], width: 7, batch: 20 },
  { name: 'batch norm', layers: ['12-', 'norm', 'leaky-relu', '3-', '12-', 'norm', 'relu', '14'], width: 14, batch: 150 },
  {
    name: 'batch norm first, no bias',
    layers: ['norm', '10-', 'norm', 'elu', '10', 'heads'],
    width: 10,
    batch: 77,
    redundant: true,
  },
  { name: 'batch norm last', layers: ['5', 'relu', '6-', 'norm'], width: 6, batch: 66 },
  { name: 'batch norms in a row', layers: ['5', 'norm', 'norm', 'tanh', '6'], width: 6, batch: 130, redundant: true },
  { name: 'mean absolute error', layers: ['6', 'tanh', '9'], width: 9, batch: 40, loss: { kind: 'mae', masked: false } },
  { name: 'masked', layers: ['6', 'tanh', '9'], width: 9, batch: 130, loss: { kind: 'mse', masked: true } },
  { name: 'masked mae', layers: ['6', 'tanh', '9'], width: 9, batch: 41, loss: { kind: 'mae', masked: true } },
  { name: 'top n', layers: ['6', 'tanh', '15'], width: 15, batch: 90, loss: { kind: 'top-n', n: 4, masked: false } },
  { name: 'top n, masked', layers: ['6', 'tanh', '15'], width: 15, batch: 30, loss: { kind: 'top-n', n: 4, masked: true } },
  { name: 'more than there are', layers: ['6', 'relu', '5'], width: 5, batch: 30, loss: { kind: 'top-n', n: 10, masked: false } },
  { name: 'AMSGrad', layers: ['6', 'tanh', '9'], width: 9, batch: 40, optimiser: { amsgrad: true } },
  { name: 'weight decay', layers: ['6', 'tanh', '9'], width: 9, batch: 40, optimiser: { weightDecay: 0.1 } },
];

describe('the WASM dense trainer', () => {
  let fixture: Fixture | undefined;
  const make = (given: Case): Fixture => {
    fixture = new Fixture(given);
    return fixture;
  };

  beforeAll(async () => {
    await startWasm();
    applyPatches('wasm');
  });

  afterEach(() => fixture?.dispose());

  it.each(cases)('$name: 50 losses, the weights and the validation loss are those of TF.js', async (given) => {
    const own = make(given);
    const steps = 50;
    const order = own.order(steps);
    const trainer = await own.create();
    const losses = await trainer.run(order, given.batch, 0, steps, own.optimiser.learningRate);
    const expected = trainByTf(own, order, given.batch, steps);
    expect(worst(losses, expected)).toBeLessThan(1e-4);
    const byTf = own.values();
    const every = Array.from({ length: own.data.rows }, (_, i) => i);
    const inference = tf.tidy(() => lossByTf(own, every, false).dataSync()[0] as number);
    await trainer.sync();
    // Adam turns rounding into steps where a gradient is nearly nothing
    if (!given.redundant) {
      for (const [i, values] of own.values().entries()) expect(worst(values, byTf[i] as number[], 1)).toBeLessThan(2e-3);
    }
    expect(await trainer.evaluate!(own.data)).toBeCloseTo(inference, 3);
    trainer.dispose();
  });

  const typical: Case = {
    name: 'typical',
    layers: ['20', 'norm', 'leaky-relu', '3', '20', 'norm', 'leaky-relu', '21'],
    width: 21,
    batch: 700,
    loss: { kind: 'mse', masked: true },
    optimiser: { amsgrad: true },
  };

  it('gives the same bits in every run, in calls of any length, and with any number of threads', async () => {
    const runs = [];
    for (const [threads, parts] of [
      [1, [12]],
      [1, [5, 7]],
      [2, [12]],
      [3, [1, 11]],
    ] as const) {
      const own = make(typical);
      const order = own.order(12);
      const trainer = await own.create();
      await forceThreads(trainer, threads);
      const losses: number[] = [];
      for (const count of parts) losses.push(...(await trainer.run(order, typical.batch, losses.length, count, 0.01)));
      await trainer.sync();
      runs.push({ losses, values: own.values(), state: await trainer.optimiserState() });
      trainer.dispose();
      own.dispose();
    }
    for (const run of runs.slice(1)) expect(run).toEqual(runs[0]);
  });

  it('gives the same bits in many short threaded runs one after another, once the code is warm', async () => {
    const own = make({ ...typical, batch: 256 });
    const order = own.order(4);
    const warm = await own.create();
    await forceThreads(warm, 1);
    for (let i = 0; i < 400; i++) await warm.run(order, 256, i % 4, 1, 0.01);
    warm.dispose();
    const runs = new Map<string, number>();
    for (let run = 0; run < manyRuns; run++) {
      const trainer = await own.create();
      await forceThreads(trainer, run === 0 ? 1 : 2 + (run % 2));
      const losses: number[] = [];
      for (let step = 0; step < 4; step++) losses.push(...(await trainer.run(order, 256, step, 1, 0.01)));
      const { firstMoment, secondMoment } = await trainer.optimiserState();
      trainer.dispose();
      const bits = [losses, firstMoment, secondMoment].map((list) => Array.from(list).join()).join(';');
      runs.set(bits, (runs.get(bits) ?? 0) + 1);
    }
    expect([...runs.values()]).toEqual([manyRuns]);
    own.dispose();
  });

  it('goes on from a state as if it had never stopped', async () => {
    const whole = make(typical);
    const order = whole.order(10);
    const through = await whole.create();
    const expected = await through.run(order, typical.batch, 0, 10, 0.01);
    through.dispose();
    whole.dispose();

    const own = make(typical);
    own.order(10);
    const first = await own.create();
    await first.run(order, typical.batch, 0, 4, 0.01);
    await first.sync();
    const state = await first.optimiserState();
    first.dispose();
    const second = await own.create();
    second.restore(state);
    expect(await second.run(order, typical.batch, 4, 6, 0.01)).toEqual(expected.slice(4));
    expect(() => second.restore({ ...state, firstMoment: new Float32Array(3) })).toThrow('3,');
    second.dispose();
  });

  it('evaluates any number of rows, a part at a time, without touching what it trains on', async () => {
    const own = make({ name: 'rows', layers: ['3', 'tanh', '64'], width: 64, batch: 16 });
    const order = own.order(4);
    const trainer = await own.create();
    const before = await trainer.run(order, 16, 0, 2, 0);
    const times = 90;
    const many = Float32Array.from({ length: times * own.data.x.length }, (_, i) => own.data.x[i % own.data.x.length] as number);
    const all = { ...own.data, rows: times * own.data.rows, x: many, target: many };
    expect(await trainer.evaluate!(all)).toBeCloseTo(await trainer.evaluate!(own.data), 6);
    expect(await trainer.run(order, 16, 0, 2, 0)).toEqual(before);
    trainer.dispose();
  });

  it('keeps the state flat in the order of the stage, as the other optimisers do', async () => {
    const own = make({ name: 'state', layers: ['4', 'relu', '6'], width: 6, batch: 16 });
    const order = own.order(3);
    const trainer = await own.create();
    await trainer.run(order, 16, 0, 3, 0.01);
    const state = await trainer.optimiserState();
    const optimiser = createOptimiser(own.optimiser, own.trainable);
    for (let k = 0; k < 3; k++) {
      tf.tidy(() => {
        const rows = order.subarray(16 * k, 16 * (k + 1));
        optimiser.step(stepGradients(() => lossByTf(own, rows, true), own.trainable).gradients, 0.01);
      });
    }
    const expected = await optimiser.state();
    expect(state.steps).toBe(3);
    expect(worst(state.firstMoment, expected.firstMoment, 1e-2)).toBeLessThan(1e-4);
    expect(worst(state.secondMoment, expected.secondMoment, 1e-4)).toBeLessThan(1e-4);
    expect(state.largestSecondMoment).toHaveLength(0);
    optimiser.dispose();
    trainer.dispose();
  });

  it('has the gradient that finite differences have', async () => {
    const own = make({ ...typical, batch: 40, layers: ['5', 'tanh', '21', 'heads'], optimiser: {} });
    const order = own.order(1);
    // moments of one step: (1 - beta1) times the gradient
    const trainer = await own.create();
    await trainer.run(order, 40, 0, 1, 0);
    const gradient = (await trainer.optimiserState()).firstMoment.map((m) => m / (1 - own.optimiser.beta1));
    trainer.dispose();
    const kernel = own.trainable[0] as Variable;
    const values = kernel.dataSync<'float32'>().slice();
    const lossAt = async (place: number, shift: number) => {
      const changed = values.slice();
      changed[place] = (changed[place] as number) + shift;
      tf.tidy(() => kernel.assign(tf.tensor(changed, kernel.shape)));
      const moved = await own.create();
      const loss = (await moved.run(order, 40, 0, 1, 0))[0] as number;
      moved.dispose();
      return loss;
    };
    for (const place of [0, 7, 50, 104]) {
      const slope = ((await lossAt(place, 1e-2)) - (await lossAt(place, -1e-2))) / 2e-2;
      expect(gradient[place]).toBeCloseTo(slope, 4);
    }
  });

  it.each([
    ['the largest errors', { layers: ['6', 'tanh', '15'], width: 15, loss: { kind: 'top-n', n: 4, masked: true } }],
    ['batch norms', { layers: ['norm', '9', 'norm', 'tanh', '11'], width: 11 }],
    ['absolute errors', { layers: ['5', 'elu', '8'], width: 8, loss: { kind: 'mae', masked: false } }],
  ] as [string, Pick<Case, 'layers' | 'width' | 'loss'>][])(
    'has gradients that are the slopes of its loss, variable by variable: %s',
    async (_, given) => {
      const own = make({ name: 'slopes', batch: 40, ...given, optimiser: {} });
      const { data } = own;
      // a bias before a batch norm has no effect on the loss
      const moving = own.trainable.filter((_variable, i) => !(given.layers[0] === 'norm' && (i === 1 || i === 3)));
      const groups = moving.map((variable) => [variable]);
      const rows = { ...data, rows: 40 };
      const slopes = await slopesOfTrainer(() => own.create(), own.trainable, groups, rows, {
        ...{ mode: 'training', change: 0.004, longest: 0.01 },
      });
      for (const [i, slope] of slopes.entries()) expect(Math.abs(slope - 1), `variable ${i}`).toBeLessThan(0.01);
    },
  );

  it('notices a training that is lost', async () => {
    const own = make({ name: 'lost', layers: ['4', 'relu', '6'], width: 6, batch: 16 });
    own.data.x[5] = Number.NaN;
    const trainer = await own.create();
    const order = new Uint32Array(16);
    expect((await trainer.run(order, 16, 0, 1, 0.01))[0]).toBeNaN();
    trainer.dispose();
  });

  it('leaves to TF.js what it does not know', async () => {
    const steep = make({ name: 'steep', layers: ['4', 'leaky-relu', '6'], width: 6, batch: 16 });
    (steep.step.layers[1] as { slope: number }).slope = 1.5;
    expect(await wasmDense.create(steep.step, steep.data, steep.optimiser, steep.trainable)).toBeUndefined();
    const { step, data, optimiser, trainable } = make({ name: 'others', layers: ['4', '6'], width: 6, batch: 16 });
    expect(await wasmDense.create(step, data, optimiser, trainable.slice(1))).toBeUndefined();
    const repeat = { ...step, layers: [...step.layers, { kind: 'repeat', steps: 2 } as const] };
    expect(await wasmDense.create(repeat, data, optimiser, trainable)).toBeUndefined();
    expect(await wasmDense.create(step, { ...data, targetWidth: 5 }, optimiser, trainable)).toBeUndefined();
    steep.dispose();
  });

  it('needs no more memory for fifty models and a hundred epochs than for one', async () => {
    const own = make(typical);
    const order = own.order(3);
    const tensors = tf.memory().numTensors;
    const bytes = new Set<number>();
    const memories = new Set<WebAssembly.Memory>();
    for (let model = 0; model < 50; model++) {
      const trainer = await own.create();
      for (let epoch = 0; epoch < 2; epoch++) {
        await trainer.run(order, typical.batch, 0, 3, 0.001);
        await trainer.evaluate!(own.data);
      }
      await trainer.sync();
      const { arena } = trainer as unknown as { arena: Arena<TeamExports> };
      bytes.add(arena.bytes);
      memories.add(arena.memory);
      trainer.dispose();
    }
    expect([bytes.size, memories.size]).toEqual([1, 1]);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

/** Enough to meet a helper that comes late; a few hundred were run on a loaded machine. */
const manyRuns = Number(process.env.OFFSHELL_STRESS_RUNS ?? 30);
