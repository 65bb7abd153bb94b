/** Whether a whole-step trainer's gradient is the slope of its own loss. */
import type { Variable } from '@tensorflow/tfjs';
import type { StepData, StepTrainer } from '../compute/steps/contract.ts';
import { tf } from '../compute/tf.ts';

export interface SlopeOptions {
  mode?: 'inference' | 'training';
  change?: number;
  longest?: number;
}

/**
 * Slopes of the loss over all rows along the gradient of each group of variables, by central differences, as a share of what the
 * gradient says: 1 if it is right. The gradient is seen in the first moment, which after one step is (1 - beta1) times it.
 *
 * @param create a trainer from the present weights, with beta1 = 0.9
 * @param groups of the variables, moved together
 * @param mode the loss in inference mode, or that of a first step, with its views, noise and statistics of the batch
 * @param change of the loss between the two ends of the way along which its slope is taken, as a share of it
 * @param longest length of the way at most, beyond which the loss is no longer straight
 */
export async function slopesOfTrainer(
  create: () => Promise<StepTrainer>,
  variables: readonly Variable[],
  groups: readonly (readonly Variable[])[],
  data: StepData,
  { mode = 'inference', change = 0.02, longest = 0.05 }: SlopeOptions = {},
): Promise<number[]> {
  const first = await create();
  const order = Uint32Array.from({ length: data.rows }, (_, i) => i);
  // a rate of 0 leaves the weights alone
  const stepped = async (trainer: StepTrainer) => (await trainer.run(order, data.rows, 0, 1, 0))[0]!;
  const lossOf = (trainer: StepTrainer) => (mode === 'training' ? stepped(trainer) : trainer.evaluate!(data));
  let loss = await stepped(first);
  const { firstMoment } = await first.optimiserState();
  if (mode === 'inference') loss = await lossOf(first);
  first.dispose();
  let at = 0;
  const gradients = new Map<Variable, Float32Array>();
  for (const variable of variables) {
    gradients.set(
      variable,
      firstMoment.slice(at, at + variable.size).map((moment) => 10 * moment),
    );
    at += variable.size;
  }
  const slopes: number[] = [];
  for (const group of groups) {
    const start = await Promise.all(group.map((variable) => variable.data<'float32'>()));
    const length = Math.hypot(...group.map((variable) => Math.hypot(...gradients.get(variable)!)));
    const way = Math.min((change * loss) / length, longest);
    const ends: number[] = [];
    for (const sign of [1, -1]) {
      move(group, start, (variable) => gradients.get(variable)!, (sign * way) / (2 * length));
      const moved = await create();
      ends.push(await lossOf(moved));
      moved.dispose();
    }
    move(group, start, (variable) => gradients.get(variable)!, 0);
    slopes.push((ends[0]! - ends[1]!) / (way * length));
  }
  return slopes;
}

function move(
  group: readonly Variable[],
  start: readonly Float32Array[],
  along: (variable: Variable) => Float32Array,
  distance: number,
): void {
  for (const [i, variable] of group.entries()) {
    const gradient = along(variable);
    const values = start[i]!.map((value, k) => value + distance * gradient[k]!);
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
}
