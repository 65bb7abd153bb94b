import { beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { tf } from '../compute/tf.ts';
import { fixture } from '../testing/fixtures.ts';
import { drawnWeights, referenceMasks } from '../testing/networks.ts';
import { farthest } from '../testing/operations.ts';
import categoricalCodvae from './categorical-codvae.ts';
import networks from './codae.reference.json';
import reference from './relaxed-one-hot.reference.json';
import { relaxedDivergence, relaxedDraw, relaxedNoise, summedLogSoftmax } from './relaxed-one-hot.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

describe('relaxed one-hot numbers', () => {
  const { draws, rows, cells, classes, components } = reference.sizes;
  const density = reference.gumbel.reduce<number[]>((sums, _, i, all) => {
    if (i % classes !== 0) return sums;
    const minus = all.slice(i, i + classes).map((g) => -g);
    const log = Math.log(minus.reduce((sum, v) => sum + Math.exp(v), 0));
    sums.push(minus.reduce((sum, v) => sum + v - log, 0));
    return sums;
  }, []);

  it('and their divergence from a mixture, with its gradients, are those of torch.distributions', () => {
    tf.tidy(() => {
      const gumbel = tf.tensor4d(reference.gumbel, [draws, rows, cells, classes]);
      const noise = tf.tensor3d(density, [draws, rows, cells]);
      const run = (l: tf.Tensor, t: tf.Tensor, prior: tf.Tensor) => {
        const y = relaxedDraw(l, t, gumbel);
        return relaxedDivergence(y, noise, t, { logits: prior, temperatures: reference.priorTemperatures });
      };
      const given = [
        tf.tensor3d(reference.logits, [rows, cells, classes]),
        tf.tensor2d(reference.temperature, [rows, cells]),
        tf.tensor3d(reference.priorLogits, [components, cells, classes]),
      ];
      expect(farthest(relaxedDraw(given[0]!, given[1]!, gumbel).dataSync(), reference.y)).toBeLessThan(1e-6);
      const { value, grads } = tf.valueAndGrads((l, t, prior) => run(l!, t!, prior!))(given, tf.ones([rows]));
      expect(farthest(value.dataSync(), reference.divergence)).toBeLessThan(1e-5);
      const { logits, temperature, priorLogits } = reference.gradients;
      for (const [i, wanted] of [logits, temperature, priorLogits].entries())
        expect(farthest(grads[i]!.dataSync(), wanted), `gradient ${i}`).toBeLessThan(1e-5);
    });
  });
  it('diverge by nothing from a prior that is themselves, for every draw', () => {
    const noise = relaxedNoise(4, 2, 3, 5, 1, 0);
    const divergence = tf.tidy(() => {
      const logits = tf.randomNormal([1, 3, 5], 0, 1, 'float32', 3);
      const y = relaxedDraw(tf.tile(logits, [2, 1, 1]), tf.fill([2, 3], 0.5), tf.tensor4d(noise.gumbel, [4, 2, 3, 5]));
      const own = { logits, temperatures: [0.5] };
      return [...relaxedDivergence(y, tf.tensor3d(noise.density, [4, 2, 3]), tf.fill([2, 3], 0.5), own).dataSync()];
    });
    for (const value of divergence) expect(Math.abs(value)).toBeLessThan(1e-4);
  });
  it('summed log-softmax of K equal numbers is -K ln K, with gradient 0', () => {
    tf.tidy(() => {
      expect(summedLogSoftmax(tf.fill([2, 4], 7)).dataSync()[1]).toBeCloseTo(-4 * Math.log(4), 5);
      const gradient = tf
        .grad((a) => summedLogSoftmax(a))(tf.tensor2d([[0, Math.log(3)]]))
        .dataSync();
      expect([...gradient].map((v) => v.toFixed(5))).toEqual(['0.50000', '-0.50000']);
    });
  });
  it('have Gumbel noise: mean 0.5772, variance π²/6, of each row its own, and one seed one noise', () => {
    const { gumbel, density: parts } = relaxedNoise(5, 40, 10, 8, 3, 2);
    const mean = gumbel.reduce((sum, v) => sum + v, 0) / gumbel.length;
    const variance = gumbel.reduce((sum, v) => sum + (v - mean) ** 2, 0) / gumbel.length;
    expect(Math.abs(mean - 0.5772)).toBeLessThan(0.04);
    expect(Math.abs(variance - Math.PI ** 2 / 6)).toBeLessThan(0.1);
    expect(relaxedNoise(5, 40, 10, 8, 3, 2).gumbel).toEqual(gumbel);
    expect(relaxedNoise(5, 40, 10, 8, 3, 3).gumbel).not.toEqual(gumbel);
    // row 1 of two rows is row 1 of forty
    expect(relaxedNoise(1, 2, 10, 8, 3, 2).gumbel.slice(80)).toEqual(relaxedNoise(1, 40, 10, 8, 3, 2).gumbel.slice(80, 160));
    const last = [...gumbel.slice(-8)].map((g) => -g);
    const log = Math.log(last.reduce((sum, v) => sum + Math.exp(v), 0));
    expect(parts.at(-1)).toBeCloseTo(
      last.reduce((sum, v) => sum + v - log, 0),
      4,
    );
  });
});

describe('categorical CoDVAE', () => {
  const paramsOf = (preset: string, changes: Params = {}) =>
    checkParams(categoricalCodvae.params, { ...categoricalCodvae.presets[preset]?.params, ...changes }, 'test');
  const small = fixture('images', 64, 6);
  const build = (changes: Params = {}, seed = 1) => categoricalCodvae.build(small.input, paramsOf('codvae-tiny', changes), seed);

  it('has the published number of weights in each of its parts, and the outputs of PyTorch', async () => {
    const data = fixture('images', 4176, 1);
    const detector = categoricalCodvae.build(data.input, paramsOf('codvae'), 1);
    const counts = Object.fromEntries(Object.entries(detector.networks).map(([name, one]) => [name, one.countParams()]));
    expect(counts).toEqual({
      ...{ encoder: 612_032 - 16_448, logits: 16_448, temperature: 257 },
      ...{ conditioner: 270_594, decoder: 763_841 },
    });
    expect(detector.layers.filter(({ network }) => network === 'prior').map(({ parameters }) => parameters)).toEqual([6400]);
    const own = await detector.weights();
    detector.setWeights(own.map((weight) => (weight.name.startsWith('prior/') ? weight : drawnWeights(weight))));
    const batch = data.batch(referenceMasks(2), detector.scaling);
    const outputs = await detector.forward(batch);
    const { temperature, code, logits, crossEntropy } = networks.categorical;
    const every = (values: ArrayLike<number> | undefined, n: number) => Array.from(values ?? []).filter((_, i) => i % n === 0);
    expect(farthest(outputs.temperature ?? [], temperature)).toBeLessThan(1e-5);
    expect(farthest(every(outputs.code, 37), code)).toBeLessThan(1e-5);
    // the script computes in double precision; PyTorch's own single precision is 4.4e-5 away
    expect(farthest(every(outputs.pixelLogits, 101), logits)).toBeLessThan(1e-5);
    expect(farthest(outputs.latent ?? [], networks.latent)).toBeLessThan(1e-5);
    for (const [row, wanted] of crossEntropy.entries()) {
      const found = batch.x.subarray(row * 4176, (row + 1) * 4176).reduce((sum, x, i) => {
        const z = outputs.pixelLogits?.[row * 4176 + i] as number;
        return sum + Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - x * z;
      }, 0);
      expect(Math.abs(found / wanted - 1)).toBeLessThan(1e-5);
    }
    detector.dispose();
  });

  it('judges validation by the cross-entropy and the divergence that its scores are', async () => {
    const detector = build({ klWeight: 0.5 });
    const batch = small.batch(small.background, detector.scaling);
    const { pixelLogits, categoricalKl } = await detector.forward(batch);
    const entropy = batch.x.reduce((sum, x, i) => {
      const z = pixelLogits?.[i] as number;
      return sum + Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - x * z;
    }, 0);
    const divergence = (categoricalKl as Float32Array).reduce((sum, v) => sum + v, 0);
    const stage = detector.stages[0]!;
    const loss = tf.tidy(() => {
      const x = tf.tensor2d(batch.x, [6, 64]);
      return stage.loss({ x, target: x, mask: tf.onesLike(x) }, { training: false, seed: 9, step: 4 }).dataSync()[0] as number;
    });
    expect(Math.abs(loss / ((entropy + 0.5 * divergence) / 6) - 1)).toBeLessThan(1e-5);
    detector.dispose();
  });

  it('keeps its prior when it is loaded into a twin of another seed, and the divergence with it', async () => {
    const [one, other] = [build({}, 1), build({}, 2)];
    const batch = small.batch(small.background, one.scaling);
    const wanted = (await one.forward(batch)).categoricalKl;
    expect((await other.forward(batch)).categoricalKl).not.toEqual(wanted);
    other.setWeights(await one.weights());
    expect((await other.forward(batch)).categoricalKl).toEqual(wanted);
    one.dispose();
    other.dispose();
  });

  it('averages probabilities over draws, if asked, and not their logits', async () => {
    const [rest, averaged, single] = [
      build(),
      build({ scoring: 'averaged', draws: 30 }),
      build({ scoring: 'averaged', draws: 1 }),
    ];
    const batch = small.batch(small.background, rest.scaling);
    const [a, b, c] = await Promise.all([rest, averaged, single].map((one) => one.forward(batch)));
    expect(b?.code).toEqual(a?.code);
    expect(farthest(b?.reconstruction ?? [], a?.reconstruction ?? [])).toBeGreaterThan(1e-3);
    for (const { reconstruction, pixelLogits } of [b!, c!])
      expect(
        farthest(
          reconstruction!,
          pixelLogits!.map((z) => 1 / (1 + Math.exp(-z))),
        ),
      ).toBeLessThan(1e-5);
    // thirty draws wander less from the code at rest than one does
    const apart = (y: ArrayLike<number>) => Array.from(y, (v, i) => (v - a!.reconstruction![i]!) ** 2).reduce((s, v) => s + v);
    expect(apart(b!.reconstruction!)).toBeLessThan(apart(c!.reconstruction!));
    for (const one of [rest, averaged, single]) one.dispose();
  });
});
