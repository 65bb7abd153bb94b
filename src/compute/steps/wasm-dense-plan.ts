/**
 * What the WASM dense trainer makes of a step's description: its layers with the activations that follow them put into them, and
 * where every array lies. Rows of arrays are padded to multiples of four with zeros, which stay zero through every step.
 */
import type { Variable } from '@tensorflow/tfjs';
import { activationNumbers } from '../kernels/activations.ts';
import type { StepDescription, StepLayer, StepNoise } from './contract.ts';

/** Activation of a layer's output by the number the kernels know, with its parameter per output. */
export interface PlannedActivation {
  kind: number;
  slopes: readonly number[];
}

export interface PlannedLayer {
  kind: 'dense' | 'norm' | 'activation' | 'sample';
  ins: number;
  outs: number;
  activation: PlannedActivation;
  /** Whether a gradient of its input is needed. */
  passesBack: boolean;
  /** Of a dense layer its kernel and its bias, then those of the second head where two lie side by side. */
  parameters: readonly Parameter[];
  norm?: Extract<StepLayer, { kind: 'batch-norm' }>;
}

/**
 * Means and log variances are made by one dense layer, their kernels side by side in one of padded(latent) columns each; a `sample`
 * layer after it makes latent numbers of them.
 */
export interface PlannedSampling {
  /** Its number among the layers. */
  layer: number;
  latent: number;
  klWeight: number;
  seed: number;
}

/** A variable as a matrix [rows, columns] that is kept with padded columns. */
export interface Parameter {
  variable: Variable;
  rows: number;
  columns: number;
  /** Rows in memory. */
  keptRows: number;
  /** Numbers between rows in memory. */
  stride: number;
  /** Position in the flat list, in numbers. */
  at: number;
  /** Lies in the rows of another one, this many columns from its start. */
  within?: number;
}

export interface Plan {
  layers: readonly PlannedLayer[];
  /** In the order of the layers. */
  parameters: readonly Parameter[];
  /** Numbers in a flat padded list of all parameters. */
  size: number;
  sampling?: PlannedSampling;
  inputNoise?: StepNoise;
  /** Of a loss of pairs. */
  head?: Record<'gamma' | 'beta' | 'kernel' | 'bias', Parameter>;
}

const linear: PlannedActivation = { kind: activationNumbers.linear, slopes: [] };
/** limit · tanh(x), or x where the limit is 0 (assembly/lib/activations.ts). */
const bounded = 6;

export function padded(n: number): number {
  return (n + 3) & ~3;
}

/** Undefined if there is a layer that the kernels do not know, or variables other than those of the layers, each once. */
export function planSteps(step: StepDescription, width: number, variables: readonly Variable[]): Plan | undefined {
  const layers: PlannedLayer[] = [];
  const parameters: Parameter[] = [];
  let size = 0;
  let sampling: PlannedSampling | undefined;
  const add = (variable: Variable, rows: number, columns: number, keptRows = rows, stride = padded(columns)): Parameter => {
    const parameter = { variable, rows, columns, keptRows, stride, at: size };
    parameters.push(parameter);
    size += keptRows * parameter.stride;
    return parameter;
  };
  /** The right half of the rows of one that was added with room for it. */
  const beside = (left: Parameter, variable: Variable): Parameter => {
    const within = left.stride / 2;
    const parameter = { ...left, variable, at: left.at + within, within };
    parameters.push(parameter);
    return parameter;
  };
  let ins = width;
  for (const layer of step.layers) {
    const passesBack = parameters.length > 0;
    if (layer.kind === 'dense') {
      const [rows, outs] = layer.kernel.shape as [number, number];
      if (rows !== ins || (layer.bias && layer.bias.size !== outs)) return undefined;
      // the gradient is made by pairs of rows
      const own = [add(layer.kernel, ins, outs, ins + (ins & 1)), ...(layer.bias ? [add(layer.bias, 1, outs)] : [])];
      layers.push({ kind: 'dense', ins, outs, activation: linear, passesBack, parameters: own });
      ins = outs;
    } else if (layer.kind === 'batch-norm') {
      if (layer.gamma.size !== ins) return undefined;
      const own = [add(layer.gamma, 1, ins), add(layer.beta, 1, ins)];
      layers.push({ kind: 'norm', ins, outs: ins, activation: linear, passesBack, parameters: own, norm: layer });
    } else if (layer.kind === 'activation' || layer.kind === 'physical-heads') {
      const activation = activationOf(layer, ins);
      if (!activation) return undefined;
      const before = layers.at(-1);
      if (before && before.kind !== 'sample' && before.activation === linear) before.activation = activation;
      else layers.push({ kind: 'activation', ins, outs: ins, activation, passesBack, parameters: [] });
    } else if (layer.kind === 'gaussian') {
      const [rows, latent] = layer.mean.kernel.shape as [number, number];
      const { mean, logVar, klWeight, seed } = layer;
      if (sampling || rows !== ins || mean.bias.size !== latent) return undefined;
      if (logVar.kernel.shape.join() !== mean.kernel.shape.join() || logVar.bias.size !== latent) return undefined;
      const both = 2 * padded(latent);
      const kernel = add(mean.kernel, ins, latent, ins + (ins & 1), both);
      const bias = add(mean.bias, 1, latent, 1, both);
      const own = [kernel, bias, beside(kernel, logVar.kernel), beside(bias, logVar.bias)];
      layers.push({ kind: 'dense', ins, outs: both, activation: linear, passesBack, parameters: own });
      layers.push({ kind: 'sample', ins: both, outs: latent, activation: linear, passesBack: true, parameters: [] });
      sampling = { layer: layers.length - 1, latent, klWeight, seed };
      ins = latent;
    } else {
      return undefined;
    }
  }
  const { loss } = step;
  if ((loss.kind === 'pairs') !== (step.views?.views === 3)) return undefined;
  let head: Plan['head'];
  if (loss.kind === 'pairs') {
    const one = (variable: Variable) => add(variable, 1, 1);
    const { gamma, beta, kernel, bias } = loss.head;
    if ([gamma, beta, kernel, bias].some(({ size: numbers }) => numbers !== 1)) return undefined;
    head = { gamma: one(gamma), beta: one(beta), kernel: one(kernel), bias: one(bias) };
  }
  const known = new Set(parameters.map(({ variable }) => variable));
  if (known.size !== parameters.length || known.size !== variables.length) return undefined;
  if (known.size === 0 || variables.some((variable) => !known.has(variable))) return undefined;
  const { inputNoise } = step;
  if (inputNoise && (sampling || step.views)) return undefined;
  return {
    ...{ layers, parameters, size },
    ...(sampling ? { sampling } : {}),
    ...(inputNoise ? { inputNoise } : {}),
    ...(head ? { head } : {}),
  };
}

function activationOf(
  layer: Extract<StepLayer, { kind: 'activation' | 'physical-heads' }>,
  width: number,
): PlannedActivation | undefined {
  if (layer.kind === 'physical-heads') {
    return layer.limits.length === width ? { kind: bounded, slopes: layer.limits } : undefined;
  }
  // the kernel takes the larger of x and slope · x
  if (layer.activation === 'leaky-relu' && !(layer.slope >= 0 && layer.slope <= 1)) return undefined;
  return { kind: activationNumbers[layer.activation], slopes: new Array<number>(width).fill(layer.slope) };
}
