/**
 * The comparisons of the AnomalyCLR paper: what a learned representation gives over raw data, which augmentations do the work, and
 * how wide the representation has to be. Points only; whatever else is set for the model stays.
 */
import type { Params } from '../base/params.ts';
import type { Comparison, ComparisonPoint } from './contract.ts';

const all: Params = { rotation: true, smearing: 1, jetSmearing: 1, addObjects: true, splitObjects: true, shift: true };
const none: Params = { rotation: false, smearing: 0, jetSmearing: 0, addObjects: false, splitObjects: false, shift: false };
const physics = [
  ['rotation', 'rotation'],
  ['smearing', 'η, φ smearing'],
  ['jetSmearing', 'jet pT smearing'],
] as const;
const anomaly = [
  ['addObjects', 'A1 add'],
  ['splitObjects', 'A2 split'],
  ['shift', 'A3 shift'],
] as const;

/** One augmentation of a family by itself, the other family as it is: a contrastive loss needs both copies. */
const alone = (family: readonly (readonly [string, string])[]): ComparisonPoint[] =>
  family.map(([own, name]) => ({
    label: `${name} alone`,
    params: { ...all, ...Object.fromEntries(family.map(([key]) => [key, (key === own ? all : none)[key] as boolean])) },
  }));

const everything: ComparisonPoint = { label: 'all', params: all };

export const comparisons: readonly Comparison[] = [
  {
    id: 'raw-and-representation',
    name: 'AnomalyCLR: raw data against the representation',
    question: 'Does an autoencoder find more on the learned representation than on the raw numbers? By contrastive loss.',
    variable: 'what the autoencoder sees',
    points: [
      {
        label: 'raw data',
        other: {
          model: 'dense-autoencoder',
          preset: 'anomalyclr-raw',
          follows: { epochs: 'restoreEpochs', batchSize: 'batchSize' },
        },
      },
      { label: 'CLR', params: { loss: 'clr' } },
      { label: 'AnomCLR', params: { loss: 'anom-clr' } },
      { label: 'AnomCLR+', params: { loss: 'anom-clr-plus' } },
    ],
  },
  {
    id: 'augmentations-alone',
    name: 'AnomalyCLR: each augmentation alone',
    question: 'Which augmentation does the work? One of its kind at a time, those of the other kind stay.',
    variable: 'augmentations',
    points: [everything, ...alone(physics), ...alone(anomaly)],
  },
  {
    id: 'augmentations-removed',
    name: 'AnomalyCLR: each augmentation removed',
    question: 'Which augmentation is missed? All but one.',
    variable: 'augmentations',
    points: [
      everything,
      ...[...physics, ...anomaly].map(([key, name]) => ({
        label: `no ${name}`,
        params: { ...all, [key]: none[key] as boolean },
      })),
    ],
  },
  {
    id: 'dimension',
    name: 'AnomalyCLR: width of the representation',
    question: 'How wide has the representation to be? The time grows with its square.',
    variable: 'representation width d',
    points: [8, 16, 32, 64].map((dimension) => ({ label: String(dimension), value: dimension, params: { dimension, heads: 4 } })),
  },
];
