/**
 * The forward pass of a chain of LSTM layers on our own WASM kernel, over rows in host memory: two orders of magnitude faster than
 * TF.js, which runs some forty small operations at each of a hundred steps. Works beside any backend, and blocks of rows are shared
 * with helper threads.
 */
import type { Tensor, Variable } from '@tensorflow/tfjs';
import { ThreadChoice } from '../steps/thread-choice.ts';
import { LstmMemory, lanes, mostThreads } from './lstm-memory.ts';
import { type LstmChain, packedOrder, planWords, variablesOf } from './lstm-plan.ts';

export interface LstmForward {
  /**
   * @param x [rows, steps · features]
   * @returns `latent` [rows, units of the last encoder layer], `y` [rows, steps · outputs]
   */
  run(x: Float32Array, rows: number): Promise<{ latent: Float32Array; y: Float32Array }>;
}

const chunkRows = 512;

/** @returns undefined where there is no SIMD */
export async function lstmForward(chain: LstmChain): Promise<LstmForward | undefined> {
  const first = await LstmMemory.create();
  if (!first) return undefined;
  first.release();
  const variables = variablesOf(chain);
  const order = packedOrder(chain, variables) as Uint32Array;
  const width = chain.steps * chain.features;
  const outWidth = chain.steps * chain.outputs;
  const units = chain.encoder.at(-1)?.units as number;
  const choice = new ThreadChoice();
  return {
    async run(x, rows) {
      const flat = await flatValues(variables);
      const memory = await LstmMemory.create();
      if (!memory) throw new Error('the module of LSTMs was there before');
      try {
        const { arena } = memory;
        const weights = memory.put(Float32Array.from(order, (at) => flat[at] as number));
        const plan = memory.put(planWords(chain, weights, 0));
        const scratchBytes = Math.ceil(arena.exports.scratchBytes(plan) / 64) * 64;
        const scratch = memory.take(mostThreads * scratchBytes);
        const atX = memory.take(4 * chunkRows * width);
        const atLatent = memory.take(4 * chunkRows * units);
        const atY = memory.take(4 * chunkRows * outWidth);
        const rowNumbers = memory.put(Uint32Array.from({ length: chunkRows }, (_, i) => i));
        memory.control({ steps: 0, plan, scratch, scratchBytes, x: atX, order: rowNumbers, latent: atLatent, y: atY });
        const latent = new Float32Array(rows * units);
        const y = new Float32Array(rows * outWidth);
        for (let start = 0; start < rows; start += chunkRows) {
          const count = Math.min(chunkRows, rows - start);
          memory.floats(atX, count * width).set(x.subarray(start * width, (start + count) * width));
          memory.control({ batch: count });
          const available = Math.min(mostThreads, Math.ceil(count / lanes), arena.threads());
          choice.run(available, count, (threads) => arena.lead(threads));
          latent.set(memory.floats(atLatent, count * units), start * units);
          y.set(memory.floats(atY, count * outWidth), start * outWidth);
        }
        return { latent, y };
      } finally {
        memory.release();
      }
    },
  };
}

/** All numbers of some variables, one after another. */
export async function flatValues(variables: readonly (Variable | Tensor)[]): Promise<Float32Array> {
  const parts = await Promise.all(variables.map((variable) => variable.data<'float32'>()));
  const flat = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let start = 0;
  for (const part of parts) {
    flat.set(part, start);
    start += part.length;
  }
  return flat;
}
