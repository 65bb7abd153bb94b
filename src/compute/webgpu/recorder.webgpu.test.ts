/** What a recording of TF.js work holds, and what cannot be recorded. */
import type { Scalar, Tensor2D, Variable } from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepGradients } from '../breathe.ts';
import { perStep } from '../per-step.ts';
import { recordedTrainer } from '../steps/recorded.ts';
import { tf } from '../tf.ts';
import { startWebGpu, stopWebGpu } from '../webgpu.ts';
import { countGpu } from './counters.ts';
import { mergedRecording, type Recording, record, sameRecording } from './recorder.ts';

let weight: Variable;
let mean: Variable;

beforeAll(async () => {
  await startWebGpu();
  weight = tf.variable(tf.tensor2d([[1], [2]]), true, 'recorded weight');
  mean = tf.variable(tf.tensor1d([0.5]), false, 'recorded mean');
});
afterAll(() => {
  tf.dispose([weight, mean]);
  stopWebGpu();
});

const rows = new Uint32Array(3);
const live = { step: 1 };
const batch = () => perStep<Tensor2D>([3, 2], () => Float32Array.from({ length: 6 }, (_, i) => rows[0]! + i * live.step));

/** Mean square of x W + a constant, and a mean that is moved. */
function work(constant = 3): [Scalar, ...ReturnType<typeof stepGradients>['gradients']] {
  const { loss, gradients } = stepGradients(() => {
    const y = tf.add(tf.matMul(batch(), weight as unknown as Tensor2D), tf.tensor1d([constant]));
    mean.assign(tf.add(tf.mul(mean, 0.9), tf.mul(tf.mean(y, 0), 0.1)));
    return tf.mean(tf.square(y)) as Scalar;
  }, [weight]);
  return [loss, ...gradients];
}

const kinds = ({ values }: Recording) => values.map(({ kind }) => kind);

describe('a recording', () => {
  it('runs nothing, leaves no tensor and no other value, and knows what it reads, writes and assigns', async () => {
    const before = tf.memory().numTensors;
    const { device } = tf.backend() as unknown as { device: GPUDevice };
    let recording!: Recording;
    const counts = await countGpu(device, async () => {
      recording = record(() => work());
    });
    expect(counts).toEqual({ dispatches: 0, submits: 0, buffers: 0, bindGroups: 0, writes: 0 });
    expect(tf.memory().numTensors).toBe(before);
    expect([...(await mean.data())]).toEqual([0.5]);
    expect(recording.outputs).toHaveLength(2);
    expect(recording.values[recording.outputs[1]!]).toMatchObject({ kind: 'made', size: 2 });
    expect(kinds(recording).filter((kind) => kind === 'variable')).toHaveLength(2);
    expect(kinds(recording).filter((kind) => kind === 'step')).toHaveLength(1);
    expect(recording.assigned).toHaveLength(1);
    expect(recording.values[recording.assigned[0]!.from]).toMatchObject({ kind: 'variable', variable: mean });
    for (const { operands, code, entry } of recording.kernels) {
      expect(operands.filter((operand) => 'value' in operand && operand.written).length).toBeGreaterThan(0);
      expect(code).toContain(`fn ${entry}(`);
    }
  });

  it('is the same in another step, and not with another constant, which members may have each for itself', () => {
    const first = record(() => work());
    Object.assign(live, { step: 2 });
    expect(
      sameRecording(
        first,
        record(() => work()),
      ),
    ).toBe(true);
    const other = record(() => work(4));
    expect(sameRecording(first, other)).toBe(false);
    const merged = mergedRecording([first, other]);
    expect(merged?.values.filter(({ kind }) => kind === 'constants')).toMatchObject([
      { numbers: [[3], [4]].map((n) => Float32Array.from(n)) },
    ]);
    expect(mergedRecording([first, record(() => [tf.add(batch(), 1)])])).toBe(undefined);
  });

  it.each([
    ['a weight', () => weight.dataSync()],
    ['rows of the step', () => batch().dataSync()],
    ['a result', () => tf.square(batch()).dataSync()],
  ])('cannot be made of work that reads back %s', (_, read) => {
    const reads = () => {
      read();
      return work();
    };
    expect(() => record(reads)).toThrow('a number is read back while a step is recorded');
    // as it was
    expect([...weight.dataSync()]).toEqual([1, 2]);
  });

  it('is not made of steps that differ in more than what they say', async () => {
    let calls = 0;
    const trainer = (loss: () => Scalar) =>
      recordedTrainer({
        operations: {
          seed: 1,
          rows: () => ({ rows: 4, batch: () => null, dispose: () => undefined }),
          validationRows: 4,
          loss,
        },
        optimiser: { kind: 'adam', learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, amsgrad: false, weightDecay: 0 },
        variables: [weight],
        batch: 3,
      });
    const square = (extra: () => number) =>
      tf.mean(tf.square(tf.add(tf.matMul(batch(), weight as unknown as Tensor2D), extra()))) as Scalar;
    expect(await trainer(() => square(() => calls++))).toBe(undefined);
    const same = await trainer(() => square(() => 3));
    expect(same?.words).toMatch(/recorded kernels/);
    same?.dispose();
  });
});
