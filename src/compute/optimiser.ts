/**
 * Adam of our own, for a fixed list of variables. TF.js spends 14 kernels and 6 uploads per variable and step on it and keeps
 * its moments by position in whatever list of gradients it is handed; this one keeps one flat list of moments and works in one
 * pass over it.
 *
 * Four paths with one meaning. On WASM the update is a kernel of our own over the heap. Where the numbers are in host memory
 * otherwise it is a plain loop in float64 over float32 storage. On WebGPU it is one dispatch per variable, in place
 * (`webgpu/adam.ts`), on WebGL a dozen kernels over one flat vector, whatever the number of variables.
 *
 * Sources: Kingma and Ba, ICLR 2015, algorithm 1 (epsilon outside the root); Reddi et al., ICLR 2018 (AMSGrad, as PyTorch
 * has it: the maximum is taken before the bias correction); Loshchilov and Hutter, ICLR 2019 (decoupled weight decay).
 */
import type { Rank, Tensor, Tensor1D, Variable } from '@tensorflow/tfjs';
import type { OptimiserSpec } from './contract.ts';
import { type HeapAdamKernel, heapAdam } from './kernels/adam.ts';
import { tf } from './tf.ts';
import { WebGpuAdam } from './webgpu/adam.ts';

/** Everything that a continued training needs. Moments are flat, in the order of the variables. */
export interface OptimiserState {
  /** Number of steps taken. */
  steps: number;
  firstMoment: Float32Array;
  secondMoment: Float32Array;
  /** Empty without AMSGrad. */
  largestSecondMoment: Float32Array;
}

export interface Optimiser {
  /**
   * One step: with t counted from 1 and gradient g of each number p,
   *
   *     p ← p (1 - learningRate · weightDecay)
   *     m ← beta1 m + (1 - beta1) g,   v ← beta2 v + (1 - beta2) g²
   *     p ← p - learningRate · m / (1 - beta1^t) / (√(v̂ / (1 - beta2^t)) + epsilon),   v̂ = v, or the largest v so far (AMSGrad)
   *
   * Worked value: the first step moves every number by learningRate against the sign of its gradient (epsilon 0).
   *
   * @param gradients in the order of the variables, each of its variable's shape; they are not disposed
   */
  step(gradients: readonly Tensor[], learningRate: number): void;
  state(): Promise<OptimiserState>;
  /** @throws Error if the state belongs to other variables */
  restore(state: OptimiserState): void;
  dispose(): void;
}

export type OptimiserPath = 'host' | 'heap' | 'device';

/**
 * @param variables the list that every later call means; its order never changes
 * @param path where the update runs; by default on the device if the backend is a GPU, on the heap if it is WASM with SIMD
 */
export function createOptimiser(
  spec: OptimiserSpec,
  variables: readonly Variable[],
  path: OptimiserPath = pathHere(),
): Optimiser {
  for (const { name, dtype } of variables) if (dtype !== 'float32') throw new Error(`variable ${name} is ${dtype}, not float32`);
  const adam = adamOn(path, spec, variables);
  return spec.clipNorm ? clipping(adam, spec.clipNorm) : adam;
}

function adamOn(path: OptimiserPath, spec: OptimiserSpec, variables: readonly Variable[]): Optimiser {
  const kernel = path === 'heap' ? heapAdam() : undefined;
  if (kernel) return new HeapAdam(spec, variables, kernel);
  if (path !== 'device') return new HostAdam(spec, variables);
  return tf.getBackend() === 'webgpu' ? new InPlaceAdam(spec, variables) : new DeviceAdam(spec, variables);
}

/**
 * Gradients that are no longer than `limit`: g min(1, limit / ‖g‖) for each variable by itself, as Keras's `clipnorm` has it, which is
 * not the norm of all of them together. Worked value: limit 1 makes (3, 4) to (0.6, 0.8). The caller disposes them.
 */
export function clipped(gradients: readonly Tensor[], limit: number): Tensor[] {
  const clip = (gradient: Tensor): Tensor =>
    tf.mul(gradient, tf.div(limit, tf.maximum(limit, tf.sqrt(tf.sum(tf.square(gradient))))));
  return gradients.map(clip);
}

/** The same optimiser on clipped gradients. */
function clipping(inner: Optimiser, limit: number): Optimiser {
  return {
    step: (gradients, learningRate) => tf.tidy(() => inner.step(clipped(gradients, limit), learningRate)),
    state: () => inner.state(),
    restore: (state) => inner.restore(state),
    dispose: () => inner.dispose(),
  };
}

function pathHere(): OptimiserPath {
  if (isGpu(tf.getBackend())) return 'device';
  return heapAdam() ? 'heap' : 'host';
}

function isGpu(backend: string): boolean {
  return backend === 'webgl' || backend === 'webgpu';
}

/** Counts steps and keeps beta^t by repeated multiplication in float64, which is the same on every machine. */
export class BiasCorrection {
  steps = 0;
  private power1 = 1;
  private power2 = 1;
  constructor(private readonly spec: OptimiserSpec) {}

  next(): { first: number; second: number } {
    this.steps++;
    this.power1 *= this.spec.beta1;
    this.power2 *= this.spec.beta2;
    return { first: 1 - this.power1, second: 1 - this.power2 };
  }

  moveTo(steps: number): void {
    this.steps = 0;
    this.power1 = 1;
    this.power2 = 1;
    while (this.steps < steps) this.next();
  }
}

/**
 * Both bias corrections moved into two numbers of the step:
 * learningRate · m / first / (√(v / second) + epsilon) = rate · m / (√v + epsilon √second).
 */
export function foldCorrections(spec: OptimiserSpec, learningRate: number, first: number, second: number) {
  const root = Math.sqrt(second);
  return { rate: (learningRate * root) / first, epsilon: spec.epsilon * root };
}

function sizeOf(variables: readonly Variable[]): number {
  return variables.reduce((sum, variable) => sum + variable.size, 0);
}

function checkGradients(gradients: readonly Tensor[], variables: readonly Variable[]): void {
  if (gradients.length !== variables.length) throw new Error(`${gradients.length} gradients for ${variables.length} variables`);
  for (const [i, variable] of variables.entries()) {
    const found = (gradients[i] as Tensor).size;
    if (found !== variable.size) throw new Error(`gradient of ${variable.name} has ${found} numbers, not ${variable.size}`);
  }
}

function checkState(state: OptimiserState, size: number, amsgrad: boolean): void {
  const sizes = [state.firstMoment.length, state.secondMoment.length, state.largestSecondMoment.length];
  const expected = [size, size, amsgrad ? size : 0];
  if (sizes.some((n, i) => n !== expected[i])) throw new Error(`optimiser state has ${sizes} numbers, expected ${expected}`);
}

class HostAdam implements Optimiser {
  private readonly correction: BiasCorrection;
  private readonly m: Float32Array;
  private readonly v: Float32Array;
  private readonly largest: Float32Array;
  /** Our copy of each variable, and the storage it was read from or written to: another storage means somebody assigned it. */
  private readonly held: { values: Float32Array; dataId: object | null }[];

  constructor(
    private readonly spec: OptimiserSpec,
    private readonly variables: readonly Variable[],
  ) {
    const size = sizeOf(variables);
    this.correction = new BiasCorrection(spec);
    this.m = new Float32Array(size);
    this.v = new Float32Array(size);
    this.largest = new Float32Array(spec.amsgrad ? size : 0);
    this.held = variables.map(() => ({ values: new Float32Array(0), dataId: null }));
  }

  step(gradients: readonly Tensor[], learningRate: number): void {
    checkGradients(gradients, this.variables);
    const { first, second } = this.correction.next();
    let offset = 0;
    for (const [i, variable] of this.variables.entries()) {
      const held = this.held[i] as HostAdam['held'][number];
      if (held.dataId !== variable.dataId) held.values = variable.dataSync<'float32'>().slice();
      this.update(held.values, (gradients[i] as Tensor).dataSync<'float32'>(), offset, learningRate, first, second);
      // The CPU backend keeps the array it is given, and ours changes with the next step.
      const next = tf.tensor(held.values.slice(), variable.shape, 'float32');
      variable.assign(next);
      next.dispose();
      held.dataId = variable.dataId;
      offset += variable.size;
    }
  }

  private update(p: Float32Array, g: Float32Array, offset: number, learningRate: number, first: number, second: number): void {
    const { beta1, beta2, weightDecay, amsgrad } = this.spec;
    const end = offset + p.length;
    const m = this.m.subarray(offset, end);
    const v = this.v.subarray(offset, end);
    const largest = this.largest.subarray(offset, end);
    const rest1 = 1 - beta1;
    const rest2 = 1 - beta2;
    const keep = 1 - learningRate * weightDecay;
    const { rate, epsilon } = foldCorrections(this.spec, learningRate, first, second);
    for (let i = 0; i < p.length; i++) {
      const gradient = g[i] as number;
      const moment = beta1 * (m[i] as number) + rest1 * gradient;
      const square = beta2 * (v[i] as number) + rest2 * gradient * gradient;
      m[i] = moment;
      v[i] = square;
      let used = square;
      if (amsgrad) {
        used = Math.max(largest[i] as number, square);
        largest[i] = used;
      }
      p[i] = (p[i] as number) * keep - (rate * moment) / (Math.sqrt(used) + epsilon);
    }
  }

  async state(): Promise<OptimiserState> {
    return {
      steps: this.correction.steps,
      firstMoment: this.m.slice(),
      secondMoment: this.v.slice(),
      largestSecondMoment: this.largest.slice(),
    };
  }

  restore(state: OptimiserState): void {
    checkState(state, this.m.length, this.spec.amsgrad);
    this.correction.moveTo(state.steps);
    this.m.set(state.firstMoment);
    this.v.set(state.secondMoment);
    this.largest.set(state.largestSecondMoment);
  }

  dispose(): void {
    // All memory is on the JavaScript heap.
  }
}

/** Moments stay in tensors of the heap; a step makes a new tensor of each variable. */
class HeapAdam implements Optimiser {
  private readonly correction: BiasCorrection;
  private readonly size: number;
  private m: Tensor1D;
  private v: Tensor1D;
  private largest: Tensor1D | undefined;

  constructor(
    private readonly spec: OptimiserSpec,
    private readonly variables: readonly Variable[],
    private readonly kernel: HeapAdamKernel,
  ) {
    this.correction = new BiasCorrection(spec);
    this.size = sizeOf(variables);
    this.m = tf.keep(tf.zeros<Rank.R1>([this.size]));
    this.v = tf.keep(tf.zeros<Rank.R1>([this.size]));
    this.largest = spec.amsgrad ? tf.keep(tf.zeros<Rank.R1>([this.size])) : undefined;
  }

  step(gradients: readonly Tensor[], learningRate: number): void {
    checkGradients(gradients, this.variables);
    const { first, second } = this.correction.next();
    const factors = {
      ...foldCorrections(this.spec, learningRate, first, second),
      keep: 1 - learningRate * this.spec.weightDecay,
      beta1: this.spec.beta1,
      beta2: this.spec.beta2,
    };
    const moments = { first: this.m, second: this.v, largest: this.largest };
    let offset = 0;
    for (const [i, variable] of this.variables.entries()) {
      const next = tf.engine().makeTensorFromTensorInfo(this.kernel(variable, gradients[i] as Tensor, moments, offset, factors));
      variable.assign(next);
      next.dispose();
      offset += variable.size;
    }
  }

  async state(): Promise<OptimiserState> {
    return {
      steps: this.correction.steps,
      firstMoment: this.m.dataSync<'float32'>().slice(),
      secondMoment: this.v.dataSync<'float32'>().slice(),
      largestSecondMoment: this.largest ? this.largest.dataSync<'float32'>().slice() : new Float32Array(0),
    };
  }

  restore(state: OptimiserState): void {
    checkState(state, this.size, this.spec.amsgrad);
    this.correction.moveTo(state.steps);
    const amsgrad = this.largest !== undefined;
    this.dispose();
    this.m = tf.keep(tf.tensor1d(state.firstMoment.slice()));
    this.v = tf.keep(tf.tensor1d(state.secondMoment.slice()));
    this.largest = amsgrad ? tf.keep(tf.tensor1d(state.largestSecondMoment.slice())) : undefined;
  }

  dispose(): void {
    tf.dispose([this.m, this.v]);
    this.largest?.dispose();
  }
}

class InPlaceAdam implements Optimiser {
  private readonly correction: BiasCorrection;
  private readonly size: number;
  private readonly kernel: WebGpuAdam;

  constructor(
    private readonly spec: OptimiserSpec,
    private readonly variables: readonly Variable[],
  ) {
    this.correction = new BiasCorrection(spec);
    this.size = sizeOf(variables);
    this.kernel = new WebGpuAdam(spec, variables);
  }

  step(gradients: readonly Tensor[], learningRate: number): void {
    checkGradients(gradients, this.variables);
    const { first, second } = this.correction.next();
    const { rate, epsilon } = foldCorrections(this.spec, learningRate, first, second);
    this.kernel.step(gradients, rate, epsilon, 1 - learningRate * this.spec.weightDecay);
  }

  async state(): Promise<OptimiserState> {
    const moments = await this.kernel.readMoments();
    return {
      steps: this.correction.steps,
      firstMoment: moments.slice(0, this.size),
      secondMoment: moments.slice(this.size, 2 * this.size),
      largestSecondMoment: moments.slice(2 * this.size),
    };
  }

  restore(state: OptimiserState): void {
    checkState(state, this.size, this.spec.amsgrad);
    this.correction.moveTo(state.steps);
    this.kernel.writeMoments([state.firstMoment, state.secondMoment, state.largestSecondMoment]);
  }

  dispose(): void {
    this.kernel.dispose();
  }
}

class DeviceAdam implements Optimiser {
  private readonly correction: BiasCorrection;
  private readonly size: number;
  private readonly offsets: readonly number[];
  private m: Tensor1D;
  private v: Tensor1D;
  private largest: Tensor1D | undefined;
  /** Uploaded once: a JavaScript number in a TF.js expression is uploaded anew at every use. */
  private readonly constants: { beta1: Tensor; rest1: Tensor; beta2: Tensor; rest2: Tensor };

  constructor(
    private readonly spec: OptimiserSpec,
    private readonly variables: readonly Variable[],
  ) {
    this.correction = new BiasCorrection(spec);
    this.size = sizeOf(variables);
    let offset = 0;
    this.offsets = variables.map((variable) => {
      offset += variable.size;
      return offset - variable.size;
    });
    this.m = tf.keep(tf.zeros([this.size]));
    this.v = tf.keep(tf.zeros([this.size]));
    this.largest = spec.amsgrad ? tf.keep(tf.zeros([this.size])) : undefined;
    this.constants = {
      beta1: tf.keep(tf.scalar(spec.beta1)),
      rest1: tf.keep(tf.scalar(1 - spec.beta1)),
      beta2: tf.keep(tf.scalar(spec.beta2)),
      rest2: tf.keep(tf.scalar(1 - spec.beta2)),
    };
  }

  step(gradients: readonly Tensor[], learningRate: number): void {
    checkGradients(gradients, this.variables);
    const { first, second } = this.correction.next();
    const { rate, epsilon } = foldCorrections(this.spec, learningRate, first, second);
    const keep = 1 - learningRate * this.spec.weightDecay;
    const { beta1, rest1, beta2, rest2 } = this.constants;
    const next = tf.tidy(() => {
      const g = flat(gradients);
      const p = flat(this.variables);
      const m = tf.add(tf.mul(this.m, beta1), tf.mul(g, rest1)) as Tensor1D;
      const v = tf.add(tf.mul(this.v, beta2), tf.mul(tf.square(g), rest2)) as Tensor1D;
      const largest = this.largest ? (tf.maximum(this.largest, v) as Tensor1D) : undefined;
      const move = tf.div(tf.mul(m, rate), tf.add(tf.sqrt(largest ?? v), epsilon));
      const moved = tf.sub(keep === 1 ? p : tf.mul(p, keep), move);
      const values = this.variables.map((variable, i) =>
        tf.reshape(tf.slice(moved, this.offsets[i] as number, variable.size), variable.shape),
      );
      return { m, v, largest, values };
    });
    for (const [i, variable] of this.variables.entries()) variable.assign(next.values[i] as Tensor);
    tf.dispose([this.m, this.v, next.values]);
    // the caller's tidy must not take them
    this.m = tf.keep(next.m);
    this.v = tf.keep(next.v);
    if (next.largest) {
      this.largest?.dispose();
      this.largest = tf.keep(next.largest);
    }
  }

  async state(): Promise<OptimiserState> {
    const [firstMoment, secondMoment, largestSecondMoment] = await Promise.all([
      this.m.data<'float32'>(),
      this.v.data<'float32'>(),
      this.largest ? this.largest.data<'float32'>() : new Float32Array(0),
    ]);
    return {
      steps: this.correction.steps,
      firstMoment: firstMoment.slice(),
      secondMoment: secondMoment.slice(),
      largestSecondMoment: largestSecondMoment.slice(),
    };
  }

  restore(state: OptimiserState): void {
    checkState(state, this.size, this.spec.amsgrad);
    this.correction.moveTo(state.steps);
    tf.dispose([this.m, this.v]);
    this.m = tf.keep(tf.tensor1d(state.firstMoment.slice()));
    this.v = tf.keep(tf.tensor1d(state.secondMoment.slice()));
    if (this.largest) {
      this.largest.dispose();
      this.largest = tf.keep(tf.tensor1d(state.largestSecondMoment.slice()));
    }
  }

  dispose(): void {
    tf.dispose([this.m, this.v, Object.values(this.constants)]);
    this.largest?.dispose();
  }
}

/** All numbers of some tensors, one after another. */
function flat(tensors: readonly Tensor[]): Tensor1D {
  const parts = tensors.map((tensor) => tf.reshape(tensor, [tensor.size]) as Tensor1D);
  return parts.length === 1 ? (parts[0] as Tensor1D) : tf.concat1d(parts);
}
