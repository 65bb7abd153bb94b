/**
 * A supervised reference: a small dense network that is told which training events are signal. It is no anomaly detector, since it
 * knows what to look for; it shows how much of the distance to perfect is the data's and how much is a detector's.
 *
 * Loss: binary cross-entropy, any signal against background. Source: standard.
 */
import type { Tensor2D } from '@tensorflow/tfjs';
import type { ParamSpecs, Params } from '../base/params.ts';
import { tf } from '../compute/tf.ts';
import type { Batch, Detector, Model, ModelInput, OutputName, Scaling, Stage } from './contract.ts';
import { binaryCrossEntropy } from './losses.ts';
import { buildNetwork, type LayerSpec, madeOf } from './network.ts';
import { type TrainingSettings, trainingOf, trainingParams } from './training-params.ts';

const params = {
  hidden: {
    kind: 'integers',
    label: 'Hidden widths',
    help: 'Layers between the input and the one output; an empty list is a linear classifier.',
    default: [64, 32],
    min: 1,
    max: 4096,
  },
  scaling: {
    kind: 'choice',
    label: 'Input scaling',
    help: 'Fitted on training background.',
    default: 'background-scaled',
    options: [
      { value: 'background-scaled', label: 'pT / mean pT, eta / 4, phi / π; a table is standardised' },
      { value: 'standardised', label: 'each number standardised, padding included' },
      { value: 'l1-normalised', label: 'divide each row by its sum' },
      { value: 'raw', label: 'as they are' },
      { value: 'study', label: 'as the study says' },
    ],
  },
  ...trainingParams,
} as const satisfies ParamSpecs;

interface Settings extends TrainingSettings {
  hidden: readonly number[];
  scaling: Scaling;
}

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  const specs: LayerSpec[] = [
    ...settings.hidden.flatMap((units): LayerSpec[] => [
      { kind: 'dense', units, bias: true, initialiser: 'he-uniform' },
      { kind: 'activation', activation: 'relu', slope: 0 },
    ]),
    { kind: 'dense', units: 1, bias: true, initialiser: 'glorot-uniform' },
  ];
  const network = buildNetwork(input.width, specs, { seed, ordinal: 0, inputIsData: true });
  const networks = { classifier: network.model };
  const stage: Stage = {
    name: 'classification',
    lossName: 'binary cross-entropy, signal against background',
    lossMayBeNegative: false,
    variables: network.trainable,
    ...trainingOf(settings, 1e-7),
    loss: ({ x, label }, { training }) => {
      if (!label) throw new Error('dense-classifier: a batch without labels');
      return binaryCrossEntropy(network.run(x, training), tf.minimum(label, 1) as Tensor2D);
    },
  };
  return {
    scaling: { input: settings.scaling, target: settings.scaling },
    ...madeOf(networks),
    stages: [stage],
    async forward(batch: Batch) {
      const logits = tf.tidy(() => network.run(tf.tensor2d(batch.x, [batch.rows, batch.width]), false));
      try {
        return { logits: await logits.data<'float32'>() };
      } finally {
        logits.dispose();
      }
    },
  };
}

const denseClassifier: Model = {
  id: 'dense-classifier',
  name: 'Dense classifier',
  family: 'Supervised references',
  paper: {
    text: 'Standard; D. E. Rumelhart, G. E. Hinton, R. J. Williams, Learning representations by back-propagating errors, Nature 323 (1986) 533',
  },
  summary: 'Supervised, not anomaly detection: what a network reaches that is told what the signal looks like.',
  cost: 'Seconds on any machine.',
  baseline: false,
  accepts: ['objects', 'table', 'histograms'],
  trainsOn: 'labelled',
  presets: {
    'ceiling-64-32': {
      name: '64-32, supervised',
      origin: 'Ours: a ceiling for comparison, any signal against background.',
      params: { hidden: [64, 32], learningRate: 2e-3, epochs: 30, patience: 6, schedule: 'cosine' },
      reference: { kind: 'objects', width: 57, parameters: 5825, trainable: 5825 },
    },
    'histogram-64-32': {
      name: '64-32 on normalised histograms, supervised',
      origin: 'The same on histograms of sum 1.',
      params: { hidden: [64, 32], scaling: 'l1-normalised', learningRate: 5e-3, epochs: 60, patience: 0, schedule: 'cosine' },
    },
  },
  defaultPreset: (input) => (input.kind === 'histograms' ? 'histogram-64-32' : 'ceiling-64-32'),
  params,
  outputs: ['logits'] satisfies OutputName[],
  defaultScore: 'signal-probability',
  build,
};

export default denseClassifier;
