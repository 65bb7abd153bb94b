import type { Variable } from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { Cursor } from '../../numeric/random.ts';
import type { OptimiserSpec } from '../contract.ts';
import { Arena } from '../kernels/arena.ts';
import type { StepLayer } from './contract.ts';
import { type DenseExports, DenseMemory } from './wasm-dense-memory.ts';
import { type Plan, planSteps } from './wasm-dense-plan.ts';

/**
 * The only test of its file, because it is about a process that has never run the kernels: the quick compiler of V8 11.3 (Node 20)
 * loses local variables across sleeping and waking (assembly/lib/teams.ts), and a wrong loss disappears once the code is warm.
 */
it('gives the losses of one thread with two threads whose code is cold', async () => {
  const { plan, values, width } = stack([20, 3, 20, 21]);
  const [batch, steps] = [700, 3];
  const cursor = new Cursor(3, 'noise');
  const rows = 2 * batch;
  const x = Float32Array.from({ length: rows * width }, () => cursor.normal());
  const data = { rows, width, x, target: x, targetWidth: width, mask: new Uint8Array(0) };
  const order = Uint32Array.from({ length: steps * batch }, () => Math.floor(cursor.uniform() * rows));

  const lossesWith = async (threads: number): Promise<number[]> => {
    const arena = (await Arena.create<DenseExports>('dense-steps')) as Arena<DenseExports>;
    const memory = new DenseMemory(arena, plan, { kind: 'mse', masked: false }, data, adam);
    for (const [i, parameter] of plan.parameters.entries()) memory.fill('values', parameter, values[i] as Float32Array);
    memory.moveTo(0);
    arena.startHelpers(threads - 1);
    const inside = arena as unknown as { helpers: { ready: boolean }[] };
    while (inside.helpers.some(({ ready }) => !ready)) await new Promise((resolve) => setTimeout(resolve, 5));
    memory.prepareSteps(order, batch, 0, steps, adam.learningRate);
    arena.lead(threads);
    const losses = Array.from(memory.losses(steps));
    arena.close();
    return losses;
  };

  const cold = await lossesWith(2);
  expect(await lossesWith(1)).toEqual(cold);
  expect(await lossesWith(3)).toEqual(cold);
});

const adam: OptimiserSpec = {
  kind: 'adam',
  learningRate: 1e-2,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  amsgrad: false,
  weightDecay: 0,
};

/** Dense layers with batch normalisation, which has the most barriers. Variables are no more than shapes here. */
function stack(sizes: readonly number[]): { plan: Plan; values: Float32Array[]; width: number } {
  const width = sizes.at(-1) as number;
  const variables: Variable[] = [];
  const variable = (...shape: number[]): Variable => {
    variables.push({ shape, size: shape.reduce((product, n) => product * n, 1) } as unknown as Variable);
    return variables.at(-1) as Variable;
  };
  let ins = width;
  const layers = sizes.flatMap((outs): StepLayer[] => {
    const dense: StepLayer = { kind: 'dense', kernel: variable(ins, outs), bias: variable(outs) };
    ins = outs;
    if (outs !== 20) return [dense];
    const [gamma, beta] = [variable(outs), variable(outs)];
    const still = { movingMean: kept(outs), movingVariance: kept(outs), momentum: 0.9, epsilon: 1e-3 };
    return [dense, { kind: 'batch-norm', gamma, beta, ...still }, { kind: 'activation', activation: 'leaky-relu', slope: 0.3 }];
  });
  const plan = planSteps({ layers, loss: { kind: 'mse', masked: false } }, width, variables) as Plan;
  const cursor = new Cursor(7, 'initialise');
  const values = plan.parameters.map(({ variable: { size } }) =>
    Float32Array.from({ length: size }, () => 0.3 * cursor.normal()),
  );
  return { plan, values, width };
}

/** A variable that is not trained. */
function kept(size: number): Variable {
  return { shape: [size], size } as unknown as Variable;
}
