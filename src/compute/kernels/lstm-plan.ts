/**
 * A chain of LSTM layers as the WASM module `lstm-steps` takes it: which chains it knows, the table of words that tells it about one,
 * and how the weights of the model's variables are ordered in its packed array. Knows no memory and no training.
 */
import type { Variable } from '@tensorflow/tfjs';
import type { StepLayer } from '../steps/contract.ts';

type LstmLayer = Extract<StepLayer, { kind: 'lstm' }>;
type DensePerStep = Extract<StepLayer, { kind: 'dense-per-step' }>;

/** LSTM layers down to a last state, that state at each step, LSTM layers up again, a dense layer at each step. */
export interface LstmChain {
  steps: number;
  features: number;
  /** Numbers at each step of the output. */
  outputs: number;
  encoder: readonly LstmLayer[];
  decoder: readonly LstmLayer[];
  dense: DensePerStep & { bias: Variable };
}

/** The description as such a chain; undefined if it is anything else, or has hard sigmoid gates. */
export function lstmChainOf(layers: readonly StepLayer[]): LstmChain | undefined {
  const repeatAt = layers.findIndex(({ kind }) => kind === 'repeat');
  const dense = layers.at(-1);
  if (repeatAt < 1 || dense?.kind !== 'dense-per-step' || !dense.bias) return undefined;
  const encoder = layers.slice(0, repeatAt);
  const decoder = layers.slice(repeatAt + 1, -1);
  if (!areLstm(encoder) || !areLstm(decoder) || decoder.length === 0) return undefined;
  const { steps, features } = encoder[0] as LstmLayer;
  const repeat = layers[repeatAt] as Extract<StepLayer, { kind: 'repeat' }>;
  const all = [...encoder, ...decoder];
  const chained = all.every((layer, i) => i === 0 || layer.features === (all[i - 1] as LstmLayer).units);
  const sequences = all.every((layer, i) => layer.sequences === (i !== encoder.length - 1));
  const alike = all.every((layer) => layer.steps === steps && layer.gate === 'sigmoid');
  if (!chained || !sequences || !alike || repeat.steps !== steps || dense.steps !== steps) return undefined;
  const outputs = dense.kernel.shape[1] as number;
  return { steps, features, outputs, encoder, decoder, dense: dense as LstmChain['dense'] };
}

function areLstm(layers: readonly StepLayer[]): layers is LstmLayer[] {
  return layers.every(({ kind }) => kind === 'lstm');
}

/** Variables in the order of the packed weights. */
export function variablesOf({ encoder, decoder, dense }: LstmChain): Variable[] {
  return [
    ...[...encoder, ...decoder].flatMap(({ kernel, recurrentKernel, bias }) => [kernel, recurrentKernel, bias]),
    dense.kernel,
    dense.bias,
  ];
}

/** Number of packed weights, without padding. */
export function packedSize(chain: LstmChain): number {
  return variablesOf(chain).reduce((sum, { size }) => sum + size, 0);
}

/**
 * For each packed weight its place among all numbers of `variables`, one variable after another, [packed].
 *
 * Packed: for each LSTM layer and unit j, groups of the four gates i f c o, from each input, from each unit's last state, and the
 * bias; then for each output of the dense layer the weights of the units and the bias.
 *
 * @returns undefined if a weight of the chain is not among the variables
 */
export function packedOrder(chain: LstmChain, variables: readonly Variable[]): Uint32Array | undefined {
  const starts = new Map<Variable, number>();
  let start = 0;
  for (const variable of variables) {
    starts.set(variable, start);
    start += variable.size;
  }
  if (variablesOf(chain).some((variable) => !starts.has(variable))) return undefined;
  const order: number[] = [];
  for (const { kernel, recurrentKernel, bias, features, units } of [...chain.encoder, ...chain.decoder]) {
    const [ofKernel, ofRecurrent, ofBias] = [kernel, recurrentKernel, bias].map((variable) => starts.get(variable) as number);
    for (let j = 0; j < units; j++) {
      const gates = (from: number) => {
        for (let gate = 0; gate < 4; gate++) order.push(from + gate * units + j);
      };
      for (let k = 0; k < features; k++) gates((ofKernel as number) + k * 4 * units);
      for (let k = 0; k < units; k++) gates((ofRecurrent as number) + k * 4 * units);
      gates(ofBias as number);
    }
  }
  const units = chain.dense.kernel.shape[0] as number;
  for (let o = 0; o < chain.outputs; o++) {
    for (let k = 0; k < units; k++) order.push((starts.get(chain.dense.kernel) as number) + k * chain.outputs + o);
    order.push((starts.get(chain.dense.bias) as number) + o);
  }
  return Uint32Array.from(order);
}

/**
 * The table of words.
 *
 * @param weights address of the packed weights
 * @param largest errors that count in the loss, 0 for all
 */
export function planWords(chain: LstmChain, weights: number, largest: number): Uint32Array {
  const { steps, features, outputs, encoder, decoder } = chain;
  const layers = [...encoder, ...decoder];
  const widest = Math.max(...layers.map(({ units }) => units));
  const dense = packedSize(chain) - chain.dense.kernel.size - chain.dense.bias.size;
  const words = [steps, features, outputs, layers.length, encoder.length, largest, weights, dense, packedSize(chain), widest];
  let packed = 0;
  // a number of a block of eight sequences has 32 bytes; x and y come first in its scratch
  let scratch = 32 * steps * (features + outputs);
  for (const layer of layers) {
    words.push(layer.features, layer.units, packed, scratch);
    packed += 4 * layer.units * (layer.features + layer.units + 1);
    scratch += 32 * steps * 6 * layer.units;
  }
  return Uint32Array.from(words);
}
