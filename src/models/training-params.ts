/** The parameters of gradient training that networks share, and what they mean as an optimiser and a schedule. Knows no model. */
import type { ParamSpecs } from '../base/params.ts';
import type { OptimiserSpec, Schedule, Stage } from './contract.ts';

export const trainingParams = {
  learningRate: {
    kind: 'number',
    label: 'Learning rate',
    help: 'Step size of Adam. Too large and the loss jumps or turns NaN; too small and it hardly moves.',
    default: 1e-3,
    min: 1e-8,
    max: 1,
    log: true,
  },
  batchSize: {
    kind: 'number',
    label: 'Batch size (0: automatic)',
    help: 'Events per step; larger batches train faster per event, with fewer steps. Automatic: 16 to 1,024, so that an epoch has at least 32 steps.',
    default: 0,
    min: 0,
    max: 1048576,
    integer: true,
  },
  epochs: {
    kind: 'number',
    label: 'Epochs',
    help: 'Passes over the training events, at most.',
    default: 50,
    min: 1,
    max: 10000,
    integer: true,
  },
  patience: {
    kind: 'number',
    label: 'Early stop after',
    help: 'Stops after this many epochs without a better validation loss; 0 never stops early. The best weights are kept in any case.',
    unit: 'epochs',
    default: 10,
    min: 0,
    max: 10000,
    integer: true,
  },
  schedule: {
    kind: 'choice',
    label: 'Learning-rate schedule',
    help: 'On a plateau of the validation loss, along half a cosine, or not at all.',
    default: 'constant',
    options: [
      { value: 'constant', label: 'constant' },
      { value: 'reduce-on-plateau', label: 'reduce on plateau' },
      { value: 'cosine', label: 'cosine' },
    ],
    advanced: true,
  },
  plateauFactor: {
    kind: 'number',
    label: 'Plateau factor',
    help: 'The learning rate is multiplied by this.',
    default: 0.1,
    min: 0.001,
    max: 0.99,
    advanced: true,
  },
  plateauPatience: {
    kind: 'number',
    label: 'Plateau patience',
    help: 'Epochs without an improvement of 1e-4 before the learning rate falls.',
    unit: 'epochs',
    default: 2,
    min: 1,
    max: 1000,
    integer: true,
    advanced: true,
  },
  plateauCooldown: {
    kind: 'number',
    label: 'Plateau cooldown',
    help: 'Epochs after a fall in which no new plateau is counted.',
    unit: 'epochs',
    default: 0,
    min: 0,
    max: 1000,
    integer: true,
    advanced: true,
  },
  minLearningRate: {
    kind: 'number',
    label: 'Least learning rate',
    help: 'The schedule never goes below it.',
    default: 0,
    min: 0,
    max: 1,
    advanced: true,
  },
  weightDecay: {
    kind: 'number',
    label: 'Weight decay',
    help: 'Decoupled (AdamW), multiplied by the learning rate; 0 for none.',
    default: 0,
    min: 0,
    max: 10,
    advanced: true,
  },
  amsgrad: {
    kind: 'switch',
    label: 'AMSGrad',
    help: "Adam's step uses the largest second moment so far.",
    default: false,
    advanced: true,
  },
} as const satisfies ParamSpecs;

/**
 * Of autoencoders that may be trained to restore an input from a noisy copy of it. Source: Vincent, Larochelle, Bengio and Manzagol,
 * Extracting and composing robust features with denoising autoencoders, ICML 2008; Gaussian noise as in JMLR 11 (2010) 3371,
 * section 3.3.
 */
export const denoisingParams = {
  inputNoise: {
    kind: 'number',
    label: 'Noise on the input',
    help: 'Deviation of Gaussian noise that is added to the input in training only, in the units of the scaled input: for a standardised one, in deviations of each number. The network learns to restore the input without it. Empty slots and missing values get none. 0 for none.',
    default: 0,
    min: 0,
    max: 100,
    advanced: true,
  },
} as const satisfies ParamSpecs;

/** Of networks that are trained as the authors of CoDAE do. */
export const clippedTrainingParams = {
  ...trainingParams,
  clipNorm: {
    kind: 'number',
    label: 'Longest gradient',
    help: 'The gradient of each variable is shortened to this length, by itself (Keras: clipnorm); 0 for no limit.',
    default: 1,
    min: 0,
    max: 1e6,
    advanced: true,
  },
} as const satisfies ParamSpecs;

/** The same, checked. */
export interface TrainingSettings {
  learningRate: number;
  batchSize: number;
  epochs: number;
  patience: number;
  schedule: Schedule['kind'];
  plateauFactor: number;
  plateauPatience: number;
  plateauCooldown: number;
  minLearningRate: number;
  weightDecay: number;
  amsgrad: boolean;
  /** Only of `clippedTrainingParams`. */
  clipNorm?: number;
  /** Only of `denoisingParams`. */
  inputNoise?: number;
}

/**
 * The settings as a stage has them.
 *
 * @param epsilon of Adam: 1e-7 in Keras, 1e-8 in PyTorch
 */
export function trainingOf(
  settings: TrainingSettings,
  epsilon: number,
): Pick<Stage, 'optimiser' | 'schedule' | 'batchSize' | 'epochs' | 'patience' | 'inputNoise'> {
  const { batchSize, epochs, patience, inputNoise } = settings;
  return {
    ...{ optimiser: optimiserOf(settings, epsilon), schedule: scheduleOf(settings) },
    ...{ batchSize, epochs, patience },
    ...(inputNoise ? { inputNoise } : {}),
  };
}

/** @param epsilon of Adam: 1e-7 in Keras, 1e-8 in PyTorch */
export function optimiserOf(settings: TrainingSettings, epsilon: number): OptimiserSpec {
  const { learningRate, amsgrad, weightDecay, clipNorm } = settings;
  const clip = clipNorm === undefined ? {} : { clipNorm };
  return { kind: 'adam', learningRate, beta1: 0.9, beta2: 0.999, epsilon, amsgrad, weightDecay, ...clip };
}

export function scheduleOf(settings: TrainingSettings): Schedule {
  return {
    kind: settings.schedule,
    factor: settings.plateauFactor,
    patience: settings.plateauPatience,
    cooldown: settings.plateauCooldown,
    minDelta: 1e-4,
    minLearningRate: settings.minLearningRate,
  };
}
