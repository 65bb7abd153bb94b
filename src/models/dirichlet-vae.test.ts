import { beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { tf } from '../compute/tf.ts';
import { findScore, scoresFor } from '../scores/registry.ts';
import { fixture } from '../testing/fixtures.ts';
import { drawnWeights, referenceMasks } from '../testing/networks.ts';
import { farthest } from '../testing/operations.ts';
import type { Matrix } from './contract.ts';
import reference from './dirichlet-vae.reference.json';
import dirichletVae, { dirichletPrior, klToPrior, multinomialLoss } from './dirichlet-vae.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

const paramsOf = (preset: string, changes: Params = {}) =>
  checkParams(dirichletVae.params, { ...dirichletVae.presets[preset]?.params, ...changes }, 'test');

describe('the prior of topics', () => {
  it('of concentrations 1, 1/4 and 1/10 has the published means and variances', () => {
    const { mean, variance } = dirichletPrior([1, 0.25, 0.1]);
    expect(mean.map((m) => m.toFixed(6))).toEqual(['1.229626', '-0.156668', '-1.072959']);
    expect(variance.map((v) => v.toFixed(9))).toEqual(['2.000000000', '3.000000000', '5.000000000']);
  });
  it('of two equal ones is symmetric: means 0, variances 1 / (2 a)', () => {
    const { mean, variance } = dirichletPrior([0.5, 0.5]);
    expect(mean).toEqual([0, 0]);
    expect(variance).toEqual([1, 1]);
  });
  it('is 0 away from itself and ½ d² / v from its shifted self', () => {
    const prior = { mean: [1, -1], variance: [2, 4] };
    const found = tf.tidy(() => [
      ...klToPrior(
        tf.tensor2d([
          [1, -1],
          [3, -1],
        ]),
        tf.log(
          tf.tensor2d([
            [2, 4],
            [2, 4],
          ]),
        ),
        prior,
      ).dataSync(),
    ]);
    expect(found[0]).toBeCloseTo(0, 6);
    expect(found[1]).toBeCloseTo(1, 6);
  });
});

describe('the likelihood of lit pixels', () => {
  it('of two among four and equal shares is 2 ln 4, with gradient (2/4 - x) / n', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[1, 0, 1, 0]]);
      expect(multinomialLoss(tf.zeros([1, 4]), x).dataSync()[0]).toBeCloseTo(2 * Math.log(4), 6);
      const gradient = tf.grad((z) => multinomialLoss(z as tf.Tensor2D, x))(tf.zeros([1, 4]));
      expect([...gradient.dataSync()]).toEqual([-0.5, 0.5, -0.5, 0.5]);
    });
  });
});

describe('Dirichlet VAE', () => {
  const small = fixture('images', 64, 6);

  it('has the published number of weights in each part, and outputs, loss and gradients of PyTorch', async () => {
    const data = fixture('images', 4176, 1);
    const detector = dirichletVae.build(data.input, paramsOf('dirichlet-3'), 1);
    const counts = Object.fromEntries(Object.entries(detector.networks).map(([name, one]) => [name, one.countParams()]));
    expect(counts).toEqual({ encoder: 2_138_624 + 1536, mean: 1539, logVariance: 1539, decoder: 12_528 });
    const weights = (await detector.weights()).map(drawnWeights).map((weight) => ({
      ...weight,
      values: weight.name.endsWith('variance') ? weight.values.map(Math.abs) : weight.values,
    }));
    detector.setWeights(weights);
    const batch = data.batch(referenceMasks(2), detector.scaling);
    const outputs = await detector.forward(batch);
    for (const name of ['latentMean', 'latentLogVar', 'priorKl'] as const)
      expect(farthest(outputs[name] ?? [], reference[name]), name).toBeLessThan(1e-5);
    expect(
      farthest(
        [0, 1].flatMap((i) => [outputs.topic1, outputs.topic2, outputs.topic3].map((t) => t?.[i] as number)),
        reference.topics,
      ),
    ).toBeLessThan(1e-5);
    expect(
      farthest(
        (outputs.logShares ?? []).filter((_, i) => i % 101 === 0),
        reference.logShares,
      ),
    ).toBeLessThan(1e-5);
    const nll = findScore('reconstruction-nll').compute(batch, outputs, {});
    for (const [i, wanted] of reference.nll.entries()) expect(Math.abs((nll[i] as number) / wanted - 1)).toBeLessThan(1e-5);
    const stage = detector.stages[0]!;
    tf.tidy(() => {
      const x = tf.tensor2d(batch.x, [2, 4176]);
      const { loss, gradients } = stepGradients(
        () => stage.loss({ x, target: x, mask: tf.onesLike(x) }, { training: false, seed: 1, step: 0 }),
        stage.variables,
      );
      expect(Math.abs((loss.dataSync()[0] as number) / reference.loss - 1)).toBeLessThan(1e-5);
      const trained = weights.filter(({ name }) => !name.includes('moving'));
      expect(trained).toHaveLength(stage.variables.length);
      for (const [i, { name }] of trained.entries()) {
        const wanted = (reference.gradients as Readonly<Record<string, number>>)[name] as number;
        const norm = tf.norm(gradients[i] as tf.Tensor).dataSync()[0] as number;
        expect(Math.abs(norm / wanted - 1), name).toBeLessThan(1e-4);
      }
    });
    detector.dispose();
  });

  it('expects as much light as there is, in the shares of its topics', async () => {
    const detector = dirichletVae.build(small.input, paramsOf('dirichlet-4-tiny'), 1);
    const batch = small.batch(small.background, detector.scaling);
    const { reconstruction, logShares } = await detector.forward(batch);
    const sum = (values: Matrix, row: number) =>
      Float64Array.from(values)
        .subarray(row * 64, (row + 1) * 64)
        .reduce((s, v) => s + v, 0);
    for (let row = 0; row < 6; row++) {
      expect(sum(reconstruction!, row)).toBeCloseTo(sum(batch.x, row), 3);
      expect(sum(logShares!.map(Math.exp), row)).toBeCloseTo(1, 5);
    }
    detector.dispose();
  });

  it('offers a score for each of its topics and no more', () => {
    const offered = (concentrations: string) => {
      const detector = dirichletVae.build(small.input, paramsOf('dirichlet-4-tiny', { concentrations }), 1);
      const ids = scoresFor(detector.outputs ?? []).map(({ id }) => id);
      detector.dispose();
      return ids.filter((id) => /^(latent-component|topic-weight)/.test(id));
    };
    expect(offered('1 1')).toEqual(['latent-component-1', 'latent-component-2', 'topic-weight-1', 'topic-weight-2']);
    expect(offered('1, 0.5; 0.25 0.1')).toHaveLength(8);
  });

  it.each(['1', '1, 0', '1, -2', '1, x', '1 1 1 1 1', ''])('refuses the concentrations "%s"', (concentrations) => {
    expect(() => dirichletVae.build(small.input, paramsOf('dirichlet-4-tiny', { concentrations }), 1)).toThrow(
      /parameter "concentrations": expected two to four numbers above 0/,
    );
  });
});
