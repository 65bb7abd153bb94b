/**
 * Trains chains of dense, batch normalisation, activation and sampling layers on WASM in whole steps: rows, weights, moments and
 * activations lie in a memory of our own, and one call runs many steps (kernels/assembly/dense-steps.ts). Results depend
 * neither on the number of threads nor on timing.
 */
import type { Variable } from '@tensorflow/tfjs';
import type { OptimiserSpec } from '../contract.ts';
import { type Arena, borrowArena, recordAddress, returnArena } from '../kernels/arena.ts';
import type { OptimiserState } from '../optimiser.ts';
import { tf } from '../tf.ts';
import {
  rawRows,
  type StepData,
  type StepDescription,
  type StepTrainer,
  type StepTrainerKind,
  type StepViews,
} from './contract.ts';
import { ThreadChoice } from './thread-choice.ts';
import { type DenseExports, DenseMemory } from './wasm-dense-memory.ts';
import { type Parameter, type Plan, planSteps } from './wasm-dense-plan.ts';

/** Slices from which on helper threads are tried: a batch of 1,024. Seeds that train side by side have a thread each and no helpers. */
const slicesForHelpers = 8;

/** Rows, targets and masks together: with weights and blocks they must stay below 4 GB. */
const mostDataBytes = 3 * 2 ** 30;

const wasmDense: StepTrainerKind = {
  id: 'wasm-dense',
  backend: 'wasm',
  create: (step, data, optimiser, variables, batch) => create(step, data, optimiser, variables, batch, false),
  createAside: (step, data, optimiser, variables, batch) => create(step, data, optimiser, variables, batch, true),
};

export default wasmDense;

/** @param aside on a thread of its own instead of this one and helpers */
async function create(
  step: StepDescription,
  data: StepData,
  optimiser: OptimiserSpec,
  variables: readonly Variable[],
  batch: number | undefined,
  aside: boolean,
): Promise<StepTrainer | undefined> {
  const plan = planSteps(step, data.width, variables);
  if (!plan) return undefined;
  if (step.views ? !batch || !data.raw : plan.layers.at(-1)?.outs !== data.targetWidth) return undefined;
  if (step.inputNoise && data.targetWidth !== data.width) return undefined;
  if (!step.views && bytesOf(data, step) > mostDataBytes) return undefined;
  const arena = await borrowArena<DenseExports>('dense-steps');
  if (!arena) return undefined;
  try {
    if (aside && !(await arena.startAside())) {
      returnArena(arena);
      return undefined;
    }
    return new WasmDenseTrainer(arena, plan, step, data, optimiser, variables, aside, batch);
  } catch (error) {
    arena.close();
    if (error instanceof RangeError) return undefined; // no room: TF.js keeps the rows on the JavaScript heap
    throw error;
  }
}

function bytesOf({ rows, width, targetWidth, x, target }: StepData, { loss, inputNoise }: StepDescription): number {
  const masks = loss.masked || inputNoise ? rows * targetWidth : 0;
  return 4 * rows * width + (target === x ? 0 : 4 * rows * targetWidth) + masks;
}

class WasmDenseTrainer implements StepTrainer {
  private readonly memory: DenseMemory;
  private readonly choice = new ThreadChoice();
  private readonly counted: number;
  /** Parameters in the order of the stage's variables. */
  private readonly ordered: readonly Parameter[];
  private steps = 0;
  private open = true;

  constructor(
    private readonly arena: Arena<DenseExports>,
    private readonly plan: Plan,
    private readonly step: StepDescription,
    private readonly data: StepData,
    private readonly optimiser: OptimiserSpec,
    variables: readonly Variable[],
    private readonly aside: boolean,
    batch?: number,
  ) {
    const { outs } = plan.layers.at(-1) as Plan['layers'][number];
    // what the views are made into has no target; the last layer's outputs are compared with one another
    const rows = step.views ? { ...data, target: data.x, targetWidth: outs } : data;
    this.memory = new DenseMemory(arena, plan, step.loss, rows, optimiser, step.views, batch);
    this.counted = step.loss.kind === 'top-n' ? Math.min(step.loss.n, data.targetWidth) : data.targetWidth;
    this.ordered = variables.map((variable) => plan.parameters.find((p) => p.variable === variable) as Parameter);
    for (const parameter of plan.parameters) this.memory.fill('values', parameter, floats(parameter.variable));
    for (const layer of plan.layers) {
      if (!layer.norm) continue;
      const moving = this.memory.moving(layer);
      moving.mean.set(floats(layer.norm.movingMean));
      moving.variance.set(floats(layer.norm.movingVariance));
    }
    const { loss } = step;
    if (loss.kind === 'pairs') {
      this.memory.headMoving().set([...floats(loss.head.movingMean), ...floats(loss.head.movingVariance)]);
    }
    this.memory.moveTo(0);
  }

  get words(): string {
    if (this.aside) return 'WASM dense, a thread of its own';
    const { threads } = this.choice;
    return `WASM dense, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  }

  async run(order: Uint32Array, batch: number, first: number, count: number, learningRate: number): Promise<Float32Array> {
    const losses = new Float32Array(count);
    const { views } = this.step;
    const samples = (views?.views ?? 1) * batch;
    const atOnce = this.memory.stepsAtOnce(samples);
    for (let done = 0; done < count; done += atOnce) {
      const steps = Math.min(atOnce, count - done);
      const given = order.subarray((first + done) * batch, (first + done + steps) * batch);
      const rows = views ? this.viewed(views, given, steps, this.steps + done) : given;
      const slices = this.memory.prepareSteps(rows, samples, this.steps + done, steps, learningRate);
      if (this.aside) await this.arena.leadAside();
      else {
        const available = slices < slicesForHelpers ? 1 : Math.min(slices, this.arena.threads());
        this.choice.run(available, steps * samples, (threads) => this.arena.lead(threads));
      }
      losses.set(this.memory.losses(steps), done);
    }
    this.steps += count;
    return losses;
  }

  async evaluate(data: StepData): Promise<number> {
    const { views } = this.step;
    const { evaluatedRows } = this.memory;
    let sum = 0;
    if (views) {
      for (let first = 0; first < data.rows; first += views.validationRows) {
        const rows = Math.min(views.validationRows, data.rows - first);
        const x = views.make(
          rawRows(
            data,
            Uint32Array.from({ length: rows }, (_, i) => first + i),
          ),
          null,
        );
        sum += rows * (await this.judge({ ...data, rows: views.views * rows, x, target: x }, 0, views.views * rows));
      }
      return sum / data.rows;
    }
    for (let first = 0; first < data.rows; first += evaluatedRows) {
      sum += await this.judge(data, first, Math.min(evaluatedRows, data.rows - first));
    }
    return sum / (data.rows * this.counted);
  }

  /** What the module's `evaluate` gives for these rows. */
  private async judge(data: StepData, first: number, rows: number): Promise<number> {
    this.memory.prepareEvaluation(data, first, rows);
    if (this.aside) await this.arena.callAside('evaluate', recordAddress);
    else this.arena.exports.evaluate(recordAddress);
    return this.memory.evaluated();
  }

  /** Makes the views of some steps; @returns their rows, one after another. */
  private viewed(views: StepViews, order: Uint32Array, steps: number, first: number): Uint32Array {
    const batch = order.length / steps;
    for (let k = 0; k < steps; k++) {
      const raw = rawRows(this.data, order.subarray(k * batch, (k + 1) * batch));
      this.memory.putViews(k, views.make(raw, first + k), this.data.width);
    }
    return Uint32Array.from({ length: steps * views.views * batch }, (_, i) => i);
  }

  async sync(): Promise<void> {
    for (const parameter of this.plan.parameters) assign(parameter.variable, this.memory.read('values', parameter));
    for (const layer of this.plan.layers) {
      if (!layer.norm) continue;
      const { mean, variance } = this.memory.moving(layer);
      assign(layer.norm.movingMean, mean.slice());
      assign(layer.norm.movingVariance, variance.slice());
    }
    const { loss } = this.step;
    if (loss.kind !== 'pairs') return;
    const moving = this.memory.headMoving();
    assign(loss.head.movingMean, moving.slice(0, 1));
    assign(loss.head.movingVariance, moving.slice(1));
  }

  async optimiserState(): Promise<OptimiserState> {
    return {
      steps: this.steps,
      firstMoment: this.flat('first'),
      secondMoment: this.flat('second'),
      largestSecondMoment: this.optimiser.amsgrad ? this.flat('largest') : new Float32Array(0),
    };
  }

  restore(state: OptimiserState): void {
    const size = this.ordered.reduce((sum, { variable }) => sum + variable.size, 0);
    const expected = [size, size, this.optimiser.amsgrad ? size : 0];
    const found = [state.firstMoment.length, state.secondMoment.length, state.largestSecondMoment.length];
    if (found.join() !== expected.join()) throw new Error(`optimiser state has ${found} numbers, expected ${expected}`);
    let at = 0;
    for (const parameter of this.ordered) {
      const end = at + parameter.variable.size;
      this.memory.fill('first', parameter, state.firstMoment.subarray(at, end));
      this.memory.fill('second', parameter, state.secondMoment.subarray(at, end));
      if (this.optimiser.amsgrad) this.memory.fill('largest', parameter, state.largestSecondMoment.subarray(at, end));
      at = end;
    }
    this.steps = state.steps;
    this.memory.moveTo(state.steps);
  }

  dispose(): void {
    if (this.open) returnArena(this.arena);
    this.open = false;
  }

  private flat(list: 'first' | 'second' | 'largest'): Float32Array {
    const size = this.ordered.reduce((sum, { variable }) => sum + variable.size, 0);
    const all = new Float32Array(size);
    let at = 0;
    for (const parameter of this.ordered) {
      all.set(this.memory.read(list, parameter), at);
      at += parameter.variable.size;
    }
    return all;
  }
}

function floats(variable: Variable): Float32Array {
  return variable.dataSync<'float32'>();
}

function assign(variable: Variable, values: Float32Array): void {
  const next = tf.tensor(values, variable.shape, 'float32');
  variable.assign(next);
  next.dispose();
}
