/**
 * Categorical CoDVAE: CoDAE whose code Z is random. Every cell of Z is a relaxed one-hot number, whose logits and temperature f_R
 * gives, and a mixture with learned logits is the prior of each cell. The divergence of the two is one more score, which needs f_R
 * alone. Z_m, its small encoder and the decoder are those of CoDAE.
 *
 * Scores are no lottery here: z is softmax(l / τ), without noise, or the decoder's answer is averaged over a fixed set of draws.
 *
 * Source: Anzalone et al., Mach. Learn.: Sci. Technol. 5 (2024) 035064, arXiv 2306.12955; layers and optimiser of
 * github.com/Luca96/dark-autoencoders. The sum of the divergence over cells and the deterministic scores are ours.
 */
import type { Tensor, Tensor2D, Tensor3D, Tensor4D, Variable } from '@tensorflow/tfjs';
import type { ParamSpecs, Params } from '../base/params.ts';
import { type Draw, oncePerStep, perStep } from '../compute/per-step.ts';
import { tf } from '../compute/tf.ts';
import { Cursor } from '../numeric/random.ts';
import { turnImages } from './augment/images.ts';
import { weightNamed } from './closed-form.ts';
import {
  borderedRows,
  type CodaeSettings,
  codaeParams,
  codaeShape,
  componentsOf,
  narrow,
  published,
  ROWS_AT_ONCE,
  tiny,
} from './codae.ts';
import { codeSides, conditionerOf, decoderOf, pointwise, trunkOf } from './codae-networks.ts';
import type { Batch, Detector, LayerRow, Model, ModelInput, OutputName, Preset, Stage } from './contract.ts';
import { buildImageNetwork, type ImageLayerSpec, weightedLayers } from './image-network.ts';
import { inBlocks, matrixRows, rowsAsTensor } from './image-rows.ts';
import { summedCrossEntropy } from './losses.ts';
import { layerRows, readWeights, writeWeights } from './network.ts';
import { type RelaxedMixture, relaxedDivergence, relaxedDraw, relaxedNoise } from './relaxed-one-hot.ts';
import { trainingOf } from './training-params.ts';

const { widths, code, groups, conditionerGroups, ...others } = codaeParams;

const params = {
  widths,
  code: { ...code, label: 'Classes of a cell', help: 'Of the relaxed one-hot number in each cell of Z.', min: 2 },
  components: {
    kind: 'number',
    label: 'Components of the prior',
    help: 'The prior of a cell is a mixture of so many relaxed one-hot densities with equal shares; their logits are learned.',
    default: 5,
    min: 1,
    max: 64,
    integer: true,
  },
  klWeight: {
    kind: 'number',
    label: 'Weight of the divergence',
    help: 'Loss = cross-entropy + weight x divergence, both in nats for one image. 0 leaves the code free and its prior untrained.',
    default: 1,
    min: 0,
    max: 1000,
  },
  draws: {
    kind: 'number',
    label: 'Draws',
    help: 'Of the code of an image, over which the divergence is averaged, in training and in scoring.',
    default: 10,
    min: 1,
    max: 1000,
    integer: true,
    advanced: true,
  },
  scoring: {
    kind: 'choice',
    label: 'Scores are made of',
    help: 'The code without noise, or the mean of the restored pixels over a fixed set of draws, which costs as many passes of the decoder.',
    default: 'noise-free',
    options: [
      { value: 'noise-free', label: 'the code without noise' },
      { value: 'averaged', label: 'the mean over draws' },
    ],
  },
  groups,
  conditionerGroups,
  ...others,
} as const satisfies ParamSpecs;

interface Settings extends CodaeSettings {
  components: number;
  klWeight: number;
  draws: number;
  scoring: 'noise-free' | 'averaged';
}

const presets: Readonly<Record<string, Preset>> = {
  codvae: {
    name: 'Categorical CoDVAE',
    origin:
      'Anzalone et al., arXiv 2306.12955, networks and optimiser of github.com/Luca96/dark-autoencoders. Unit normal prior logits to begin with are ours.',
    params: { ...published, epochs: 100 },
    reference: { kind: 'images', width: 4176, parameters: 1_653_124, trainable: 1_653_124 },
  },
  'codvae-narrow': {
    name: 'Categorical CoDVAE, a quarter as wide',
    origin: 'Ours: the same layers with a quarter of the filters and of the classes; about six times faster.',
    params: narrow,
  },
  'codvae-tiny': {
    name: 'Categorical CoDVAE, two levels',
    origin: 'Ours: two levels of 8 and 16 filters without augmentation, for small images and quick looks.',
    params: { ...tiny, draws: 2 },
    reference: { kind: 'images', width: 64, parameters: 10_628, trainable: 10_628 },
  },
};

/** Temperatures of the components of the prior: drawn once, uniform in (0.1, 1), and never learned. */
const [COLDEST, WARMEST] = [0.1, 1];

/** Of the draws that scores are made of: the same for every event and every model. */
const SCORING_DRAW: Draw = { seed: 1, step: 0 };

const outputs = [
  ...['reconstruction', 'image', 'pixelLogits', 'latent', 'component1', 'component2'],
  ...['code', 'temperature', 'categoricalKl'],
] as OutputName[];

/** The prior's logits and temperatures as they start, from index 3 and 4 of the coordinates of a layer's weights (`init.ts`). */
function initialPrior(components: number, cells: number, classes: number, seed: number, layer: number) {
  const normal = new Cursor(seed, 'initialise', layer, 3);
  const uniform = new Cursor(seed, 'initialise', layer, 4);
  return {
    logits: Float32Array.from({ length: components * cells * classes }, () => normal.normal()),
    temperatures: Array.from({ length: components }, () => Math.fround(COLDEST + (WARMEST - COLDEST) * uniform.open())),
  };
}

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  const shape = codaeShape(input, settings, 'categorical-codvae');
  const [height, width] = shape;
  const [rows, columns] = codeSides(settings, [height, width]);
  const [cells, classes, pixels] = [rows * columns, settings.code, height * width];
  const stacks = {
    encoder: borderedRows(settings, trunkOf(settings), [height, width]),
    logits: [pointwise(classes, 0)],
    temperature: [pointwise(1, 0)],
    conditioner: borderedRows(settings, conditionerOf(settings), [height, width]),
    decoder: decoderOf(settings, [rows, columns], [height, width]),
  };
  let ordinal = 0;
  const network = (inputShape: readonly number[], specs: readonly ImageLayerSpec[], numbers?: number) => {
    const made = buildImageNetwork(inputShape, specs, {
      ...{ seed, ordinal, inputIsData: inputShape === shape },
      ...(numbers === undefined ? {} : { numbers }),
    });
    ordinal += weightedLayers(specs);
    return made;
  };
  const encoder = network(shape, stacks.encoder);
  const logitHead = network(encoder.outputShape, stacks.logits);
  const temperatureHead = network(encoder.outputShape, stacks.temperature);
  const conditioner = network(shape, stacks.conditioner);
  const decoder = network([rows, columns, classes], stacks.decoder, 2);
  const parts = { encoder, logits: logitHead, temperature: temperatureHead, conditioner, decoder };
  const networks = Object.fromEntries(Object.entries(parts).map(([name, { model }]) => [name, model]));

  const start = initialPrior(settings.components, cells, classes, seed, ordinal);
  const priorShape: [number, number, number] = [settings.components, cells, classes];
  const priorLogits: Variable = tf.tidy(() => tf.variable(tf.tensor3d(start.logits, priorShape)));
  let { temperatures } = start;
  const prior = (): RelaxedMixture => ({ logits: priorLogits, temperatures });
  const learned = priorLogits.size;
  const layers: LayerRow[] = [
    ...layerRows(networks),
    {
      ...{ network: 'prior', name: 'mixture', type: 'RelaxedMixture' },
      ...{ shape: [rows, columns, classes], parameters: learned, trainable: learned },
    },
  ];

  const image = (x: Tensor2D): Tensor4D => tf.reshape(x, [-1, ...shape]);
  const warm = (features: Tensor, training: boolean): Tensor => tf.add(tf.softplus(temperatureHead.run(features, training)), 1);
  /** Logits [n, cells, K] and temperatures [n, cells] of the posterior. */
  const posteriorOf = (x: Tensor4D, training: boolean) => {
    const features = encoder.run(x, training);
    return {
      logits: tf.reshape(logitHead.run(features, training), [-1, cells, classes]),
      temperature: tf.reshape(warm(features, training), [-1, cells]),
    };
  };
  type Posterior = ReturnType<typeof posteriorOf>;
  const codeAtRest = ({ logits, temperature }: Posterior): Tensor => tf.softmax(tf.div(logits, tf.expandDims(temperature, -1)));
  /** Draws and what the divergence needs of their noise; `count` is 1 where all images share one set. */
  const drawsOf = ({ logits, temperature }: Posterior, count: number, draw: Draw) => {
    const noise = oncePerStep(() => relaxedNoise(settings.draws, count, cells, classes, draw.seed, draw.step));
    const gumbel = perStep<Tensor4D>([settings.draws, count, cells, classes], () => noise().gumbel);
    const y = relaxedDraw(logits, temperature, gumbel);
    return { y, density: perStep<Tensor3D>([settings.draws, count, cells], () => noise().density) };
  };
  const restore = (z: Tensor, numbers: Tensor2D, training: boolean): Tensor2D =>
    tf.reshape(decoder.run(tf.reshape(z, [-1, rows, columns, classes]), training, numbers), [-1, pixels]);
  /** Log-odds of the pixels from a posterior, as scores take them. */
  const restoreForScores = (posterior: Posterior, numbers: Tensor2D): Tensor2D => {
    if (settings.scoring === 'noise-free') return restore(codeAtRest(posterior), numbers, false);
    const { y } = drawsOf(posterior, 1, SCORING_DRAW);
    const each = tf.stack(tf.unstack(tf.exp(y)).map((z) => restore(z, numbers, false)));
    // ln of the mean of p and of 1 - p, up to the same constant
    const lit = tf.logSumExp(tf.neg(tf.softplus(tf.neg(each))), 0);
    return tf.sub(lit, tf.logSumExp(tf.neg(tf.softplus(each)), 0)) as Tensor2D;
  };

  const stage: Stage = {
    name: 'reconstruction and KL',
    lossName: `cross-entropy + ${settings.klWeight} KL: mean over images of -Σ [x log y + (1 - x) log(1 - y)] and of Σ over cells of ln q(z) - ln p(z)`,
    lossMayBeNegative: false,
    variables: [...Object.values(parts).flatMap(({ trainable }) => trainable), priorLogits],
    ...trainingOf(settings, 1e-7),
    loss: ({ x }, context) => {
      const { training } = context;
      const seen = training && settings.augment ? turnImages(x, shape, context) : x;
      const pixelsIn = image(seen);
      const posterior = posteriorOf(pixelsIn, training);
      const numbers = conditioner.run(pixelsIn, training) as Tensor2D;
      // the draw is for training only: validation compares with the code at rest and the draws of the scores
      const { y, density } = training ? drawsOf(posterior, x.shape[0], context) : drawsOf(posterior, 1, SCORING_DRAW);
      const z = training ? tf.exp(tf.slice(y, 0, 1)) : codeAtRest(posterior);
      const divergence = tf.mean(relaxedDivergence(y, density, posterior.temperature, prior()));
      return tf.add(summedCrossEntropy(restore(z, numbers, training), seen), tf.mul(divergence, settings.klWeight));
    },
  };

  const blocks = ['reconstruction', 'image', 'pixelLogits'] as const;
  return {
    scaling: { input: settings.scaling, target: settings.scaling },
    layers,
    parameters: layers.reduce((sum, layer) => sum + layer.parameters, 0),
    trainable: layers.reduce((sum, layer) => sum + layer.trainable, 0),
    networks,
    stages: [stage],
    async forward(batch: Batch) {
      const names = ['reconstruction', 'pixelLogits', 'latent', 'code', 'temperature', 'categoricalKl'] as const;
      const made = await inBlocks(names, batch.rows, ROWS_AT_ONCE, (first, count) => {
        const x = image(rowsAsTensor(batch, first, count));
        const posterior = posteriorOf(x, false);
        const latent = conditioner.run(x, false) as Tensor2D;
        const pixelLogits = restoreForScores(posterior, latent);
        const { y, density } = drawsOf(posterior, 1, SCORING_DRAW);
        return {
          ...{ reconstruction: tf.sigmoid(pixelLogits), pixelLogits, latent },
          code: tf.reshape(codeAtRest(posterior), [count, cells * classes]),
          temperature: posterior.temperature,
          categoricalKl: tf.expandDims(relaxedDivergence(y, density, posterior.temperature, prior()), -1),
        };
      });
      return { ...made, image: made.reconstruction, ...componentsOf(made.latent, 2) };
    },
    async decode(latent, batch) {
      const { y } = await inBlocks(['y'], batch.rows, ROWS_AT_ONCE, (first, count) => ({
        y: tf.sigmoid(
          restoreForScores(posteriorOf(image(rowsAsTensor(batch, first, count)), false), matrixRows(latent, 2, first, count)),
        ),
      }));
      return y;
    },
    parts: [
      {
        network: 'encoder',
        serves: ['code', 'temperature', 'categoricalKl', ...blocks],
        run: ([x]) => encoder.run(x as Tensor, false),
      },
      { network: 'logits', serves: ['code', 'categoricalKl', ...blocks], run: ([h]) => logitHead.run(h as Tensor, false) },
      {
        network: 'temperature',
        serves: ['code', 'temperature', 'categoricalKl', ...blocks],
        run: ([h]) => warm(h as Tensor, false),
      },
      {
        network: 'conditioner',
        serves: ['latent', 'component1', 'component2', ...blocks],
        run: ([x]) => conditioner.run(x as Tensor, false),
      },
      {
        network: 'decoder',
        serves: blocks,
        run: ([z, numbers]) => tf.sigmoid(restore(z as Tensor, numbers as Tensor2D, false)),
      },
    ],
    async weights() {
      return [
        ...(await readWeights(networks)),
        { name: 'prior/logits', shape: priorShape, values: Float32Array.from(await priorLogits.data()) },
        { name: 'prior/temperatures', shape: [settings.components], values: Float32Array.from(temperatures) },
      ];
    },
    setWeights(weights) {
      const logits = weightNamed(weights, 'categorical-codvae', 'prior/logits', learned);
      const given = weightNamed(weights, 'categorical-codvae', 'prior/temperatures', settings.components);
      writeWeights(networks, weights);
      tf.tidy(() => priorLogits.assign(tf.tensor3d(Float32Array.from(logits), priorShape)));
      temperatures = [...given];
    },
    dispose() {
      for (const { model } of Object.values(parts)) model.dispose();
      priorLogits.dispose();
    },
  };
}

const categoricalCodvae: Model = {
  id: 'categorical-codvae',
  name: 'Categorical CoDVAE',
  family: 'Autoencoders',
  paper: {
    text: 'L. Anzalone et al., Triggering dark showers with conditional dual auto-encoders, Mach. Learn.: Sci. Technol. 5 (2024) 035064',
    url: 'https://arxiv.org/abs/2306.12955',
  },
  summary:
    'CoDAE with a random code of near one-hot cells; how far the code lies from what is usual in background is a score too.',
  cost: 'A little more than CoDAE: the narrow preset takes minutes for a thousand images on any machine.',
  baseline: false,
  accepts: ['images'],
  trainsOn: 'background',
  presets,
  defaultPreset: ({ shape }) => (Math.min(shape[0] ?? 0, shape[1] ?? 0) >= 32 ? 'codvae-narrow' : 'codvae-tiny'),
  params,
  outputs,
  defaultScore: 'reconstruction-bce',
  build,
};

export default categoricalCodvae;
