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
import type { StepData, StepDescription, StepTrainer, StepTrainerKind } from './contract.ts';
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
  create: (step, data, optimiser, variables) => create(step, data, optimiser, variables, false),
  createAside: (step, data, optimiser, variables) => create(step, data, optimiser, variables, true),
};

export default wasmDense;

/** @param aside on a thread of its own instead of this one and helpers */
async function create(
  step: StepDescription,
  data: StepData,
  optimiser: OptimiserSpec,
  variables: readonly Variable[],
  aside: boolean,
): Promise<StepTrainer | undefined> {
  const plan = planSteps(step, data.width, variables);
  if (!plan || plan.layers.at(-1)?.outs !== data.targetWidth || bytesOf(data, step) > mostDataBytes) return undefined;
  const arena = await borrowArena<DenseExports>('dense-steps');
  if (!arena) return undefined;
  try {
    if (aside && !(await arena.startAside())) {
      returnArena(arena);
      return undefined;
    }
    return new WasmDenseTrainer(arena, plan, step, data, optimiser, variables, aside);
  } catch (error) {
    arena.close();
    if (error instanceof RangeError) return undefined; // no room: TF.js keeps the rows on the JavaScript heap
    throw error;
  }
}

function bytesOf({ rows, width, targetWidth, x, target }: StepData, { loss }: StepDescription): number {
  return 4 * rows * width + (target === x ? 0 : 4 * rows * targetWidth) + (loss.masked ? rows * targetWidth : 0);
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
    step: StepDescription,
    data: StepData,
    private readonly optimiser: OptimiserSpec,
    variables: readonly Variable[],
    private readonly aside: boolean,
  ) {
    this.memory = new DenseMemory(arena, plan, step.loss, data, optimiser);
    this.counted = step.loss.kind === 'top-n' ? Math.min(step.loss.n, data.targetWidth) : data.targetWidth;
    this.ordered = variables.map((variable) => plan.parameters.find((p) => p.variable === variable) as Parameter);
    for (const parameter of plan.parameters) this.memory.fill('values', parameter, floats(parameter.variable));
    for (const layer of plan.layers) {
      if (!layer.norm) continue;
      const moving = this.memory.moving(layer);
      moving.mean.set(floats(layer.norm.movingMean));
      moving.variance.set(floats(layer.norm.movingVariance));
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
    const atOnce = this.memory.stepsAtOnce(batch);
    for (let done = 0; done < count; done += atOnce) {
      const steps = Math.min(atOnce, count - done);
      const rows = order.subarray((first + done) * batch, (first + done + steps) * batch);
      const slices = this.memory.prepareSteps(rows, batch, this.steps + done, steps, learningRate);
      if (this.aside) await this.arena.leadAside();
      else {
        const available = slices < slicesForHelpers ? 1 : Math.min(slices, this.arena.threads());
        this.choice.run(available, steps * batch, (threads) => this.arena.lead(threads));
      }
      losses.set(this.memory.losses(steps), done);
    }
    this.steps += count;
    return losses;
  }

  async evaluate(data: StepData): Promise<number> {
    const { evaluatedRows } = this.memory;
    let sum = 0;
    for (let first = 0; first < data.rows; first += evaluatedRows) {
      this.memory.prepareEvaluation(data, first, Math.min(evaluatedRows, data.rows - first));
      if (this.aside) await this.arena.callAside('evaluate', recordAddress);
      else this.arena.exports.evaluate(recordAddress);
      sum += this.memory.evaluated();
    }
    return sum / (data.rows * this.counted);
  }

  async sync(): Promise<void> {
    for (const parameter of this.plan.parameters) assign(parameter.variable, this.memory.read('values', parameter));
    for (const layer of this.plan.layers) {
      if (!layer.norm) continue;
      const { mean, variance } = this.memory.moving(layer);
      assign(layer.norm.movingMean, mean.slice());
      assign(layer.norm.movingVariance, variance.slice());
    }
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
