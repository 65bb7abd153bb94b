import { beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { tf } from '../compute/tf.ts';
import { fixture } from '../testing/fixtures.ts';
import { farthest } from '../testing/operations.ts';
import { noisyRows, oddRows } from './augment/table.ts';
import reference from './event-siamese.reference.json';
import model, { buildPairNetworks, pairLoss } from './event-siamese.ts';
import { readWeights, writeWeights } from './network.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

const ROWS = 24;
const WIDTH = 57;

/** The script's numbers from -1 to 1. */
const numbers = (count: number, key: number) =>
  Float32Array.from({ length: count }, (_, k) => ((k * 7919 + (key + 1) * 104729) % 10007) / 5003.5 - 1);

describe('against PyTorch', () => {
  async function referenceNetworks() {
    const pair = buildPairNetworks(WIDTH, { hidden: [32, 16], embedding: 10 }, 1);
    const networks = { encoder: pair.encoder.model, similarity: pair.similarity.model };
    const drawn = (await readWeights(networks)).map((weight, key) => {
      const rules: Record<string, [number, number]> = {
        kernel: [1 / Math.sqrt(weight.shape[0] as number), 0],
        ...{ bias: [0.1, 0], gamma: [0.2, 1], beta: [0.1, 0], moving_mean: [0.1, 0], moving_variance: [0.5, 1] },
      };
      const [scale, offset] = rules[weight.name.split('/').at(-1) as string] as [number, number];
      return { ...weight, values: numbers(weight.values.length, key).map((v) => v * scale + offset) };
    });
    writeWeights(networks, drawn);
    return pair;
  }

  it('has the same embeddings, losses and gradient to 1e-5', async () => {
    const pair = await referenceNetworks();
    const views = [0, 1, 2].map((view) => numbers(ROWS * WIDTH, 300 + view));
    tf.tidy(() => {
      const embedding = pair.encoder.run(tf.tensor2d(views[0] as Float32Array, [ROWS, WIDTH]), false).slice([0, 0], [6, 10]);
      expect(farthest(embedding.dataSync(), reference.embedding)).toBeLessThan(1e-5);
      expect(Math.abs((pairLoss(pair, () => views, false).dataSync()[0] as number) / reference.loss - 1)).toBeLessThan(1e-5);
    });
    const kernel = pair.encoder.trainable.find(({ shape }) => shape.length === 2) as tf.Variable;
    const { loss, gradients } = stepGradients(() => pairLoss(pair, () => views, true), [kernel]);
    expect(Math.abs((loss.dataSync()[0] as number) / reference.trainingLoss - 1)).toBeLessThan(1e-5);
    expect(farthest((gradients[0] as tf.Tensor).dataSync().subarray(0, 4 * 32), reference.firstKernel)).toBeLessThan(1e-5);
    tf.dispose([loss, gradients]);
    pair.encoder.model.dispose();
    pair.similarity.model.dispose();
  });
});

describe('copies of a table', () => {
  const rows = 200;
  const width = 5;
  // the column stands in the whole part, the row behind the point
  const x = Float32Array.from({ length: rows * width }, (_, i) => (i % width) + Math.floor(i / width) / rows / 2);
  const draw = { seed: 3, step: 7 };
  const changes = (made: Float32Array) => made.map((v, i) => v - (x[i] as number));

  it('noise has the width that is asked for, and none is none', () => {
    const spread = Math.sqrt(changes(noisyRows(x, width, 0.1, draw)).reduce((sum, v) => sum + v * v, 0) / x.length);
    expect(Math.abs(spread / 0.1 - 1)).toBeLessThan(0.1);
    expect([...noisyRows(x, width, 0, draw)]).toEqual([...x]);
  });
  it('swapped columns hold values of the same column of other rows, at least one in each row', () => {
    const made = oddRows(x, width, { noise: 0, swapColumns: true, moveColumns: false }, draw);
    expect([...made].map(Math.floor)).toEqual([...x].map(Math.floor));
    for (let row = 0; row < rows; row++) {
      const own = [...made.subarray(row * width, (row + 1) * width)];
      expect(own).not.toEqual([...x.subarray(row * width, (row + 1) * width)]);
    }
    const share = changes(made).filter((v) => v !== 0).length / x.length;
    // one for certain, the other four with probability 1/2
    expect(Math.abs(share - 0.6)).toBeLessThan(0.05);
  });
  it('moved columns are moved by 2 to 5', () => {
    const moved = [...changes(oddRows(x, width, { noise: 0, swapColumns: false, moveColumns: true }, draw))].filter(
      (v) => v !== 0,
    );
    for (const change of moved) {
      expect(Math.abs(change)).toBeGreaterThan(2 - 1e-5);
      expect(Math.abs(change)).toBeLessThan(5 + 1e-5);
    }
    expect(moved.some((v) => v > 0) && moved.some((v) => v < 0)).toBe(true);
  });
  it('one column has nothing to swap and is moved; a seed repeats', () => {
    const both = { noise: 0, swapColumns: true, moveColumns: true };
    const one = oddRows(x.subarray(0, 10), 1, { ...both, moveColumns: false }, draw);
    for (const [i, value] of one.entries()) expect(Math.abs(value - (x[i] as number))).toBeGreaterThan(1.99);
    expect([...oddRows(x, width, both, draw)]).toEqual([...oddRows(x, width, both, draw)]);
    expect([...oddRows(x, width, both, { ...draw, step: 8 })]).not.toEqual([...oddRows(x, width, both, draw)]);
  });
});

describe('the detector', () => {
  const build = (kind: 'objects' | 'table', given: Params = {}) =>
    model.build(fixture(kind, kind === 'objects' ? 57 : 8, 1).input, checkParams(model.params, given, 'test'), 1);

  it('takes a missing value of a table for its mean, and a constant column for nothing', async () => {
    const detector = build('table');
    const source = fixture('table', 8, 50);
    const raw = source.background.slice();
    for (let row = 0; row < 50; row++) raw[row * 8 + 2] = 4;
    detector.prepare?.(source.batch(raw, detector.scaling));
    const event = raw.slice(0, 16);
    event.set(event.subarray(0, 8), 8);
    event[1] = Number.NaN;
    event[10] = 1e6;
    const { embedding } = await detector.forward(source.batch(event, detector.scaling));
    expect([...(embedding as Float32Array)].every(Number.isFinite)).toBe(true);
    const mean = raw.reduce((sum, v, i) => sum + (i % 8 === 1 ? v / 50 : 0), 0);
    const filled = event.slice();
    filled[1] = mean;
    filled[10] = 4;
    const again = await detector.forward(source.batch(filled, detector.scaling));
    expect(farthest(embedding as Float32Array, again.embedding as Float32Array)).toBeLessThan(1e-5);
    detector.dispose();
  });

  it.each([
    ['objects', { addObjects: false, splitObjects: false, shift: false }],
    ['table', { swapColumns: false, moveColumns: false }],
  ] as const)('refuses %s without any anomaly copy', (kind, given) => {
    expect(() => build(kind, given)).toThrow(/anomaly copy that is switched on/);
  });
});
