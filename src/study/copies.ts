/**
 * The copies of one event that contrastive training compares it with, made by the very functions that training calls, in GeV and radians
 * before any scaling: each augmentation by itself, and the physics copy with all of them. For looking at; nothing is trained here.
 */
import type { EventClass, Feature, ObjectType } from '../base/kinds.ts';
import { checkParams, type Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { rowWidth } from '../data/dataset.ts';
import { eventLayout } from '../models/augment/event.ts';
import { type AugmentationSettings, augmentationParams } from '../models/augment/params.ts';
import { anomalyViews, physicsViews } from '../models/augment/views.ts';
import type { Prepared } from './prepare.ts';

/** An augmentation by itself, or `physics`: all physics augmentations together, as in training. */
export type CopyKind = 'physics' | 'rotation' | 'smearing' | 'jetSmearing' | 'addObjects' | 'splitObjects' | 'shift';

export interface EventCopy {
  kind: CopyKind;
  /** In the order of the row; empty slots are 0. */
  input: readonly number[];
  /** 1 where the number exists. */
  mask: readonly number[];
  /** False where the augmentation could not change the event: no slot was free, nothing could be split. */
  changed: boolean;
}

export interface EventCopies {
  row: number;
  label: number;
  eventClass: EventClass;
  features: readonly Feature[];
  objectTypes: readonly ObjectType[];
  input: readonly number[];
  mask: readonly number[];
  /** Those whose augmentation is switched on, physics first. */
  copies: readonly EventCopy[];
  /** Training background events that can be asked for by number. */
  trainingEvents: number;
}

export interface CopiesQuery {
  /** A row of the data, or the n-th event of training background, counted from 0 and again from the start after the last. */
  of: { row: number } | { training: number };
  /** Parameters of a model; those of augmentations are taken. */
  params: Params;
  seed: number;
  /** Every draw makes other copies; the same one makes the same. */
  draw: number;
}

const off: AugmentationSettings = {
  ...{ rotation: false, smearing: 0, jetSmearing: 0, edge: 'delete' },
  ...{ addObjects: false, splitObjects: false, shift: false },
};

/** The settings of augmentations among a model's parameters, defaults where it has none. */
function settingsOf(params: Params): AugmentationSettings {
  const own = Object.fromEntries(Object.entries(params).filter(([name]) => name in augmentationParams));
  return checkParams(augmentationParams, own, 'augmentations') as unknown as AugmentationSettings;
}

/** @throws Problem for data without objects, and for settings that no model would take */
export function copiesOf({ dataset, split, background }: Prepared, { of, params, seed, draw }: CopiesQuery): EventCopies {
  const { objectTypes, features } = dataset;
  const width = rowWidth(dataset);
  if (!objectTypes || width !== 3 * objectTypes.length) {
    throw new Problem({
      where: `copies of ${dataset.name}`,
      expected: 'events of objects with pT, eta and phi',
      found: dataset.kind,
      fix: 'Choose data with reconstructed objects',
    });
  }
  const training = split.training.filter((row) => background.includes(dataset.label[row] as number));
  const row = 'row' in of ? of.row : (training[of.training % training.length] as number);
  const raw = dataset.values.slice(row * width, (row + 1) * width);
  const layout = eventLayout(objectTypes);
  const settings = settingsOf(params);
  const { edge, smearing } = settings;
  const from = { seed, step: draw };
  const physics = (some: Partial<AugmentationSettings>) => physicsViews(raw, layout, { ...off, edge, ...some }, from);
  const anomaly = (some: Partial<AugmentationSettings>) => anomalyViews(raw, layout, { ...off, edge, smearing, ...some }, from);
  const { rotation, jetSmearing } = settings;
  const made: readonly (readonly [CopyKind, boolean, () => Float32Array])[] = [
    ['physics', rotation || smearing > 0 || jetSmearing > 0, () => physics({ rotation, smearing, jetSmearing })],
    ['rotation', rotation, () => physics({ rotation })],
    ['smearing', smearing > 0, () => physics({ smearing })],
    ['jetSmearing', jetSmearing > 0, () => physics({ jetSmearing })],
    ['addObjects', settings.addObjects, () => anomaly({ addObjects: true })],
    ['splitObjects', settings.splitObjects, () => anomaly({ splitObjects: true })],
    ['shift', settings.shift, () => anomaly({ shift: true })],
  ];
  const label = dataset.label[row] as number;
  const maskFor = (values: Float32Array) =>
    features.map(({ quantity, slot = 0 }) =>
      (values[3 * slot] as number) > 0 && !(quantity === 'eta' && objectTypes[slot] === 'MET') ? 1 : 0,
    );
  return {
    row,
    label,
    eventClass: dataset.classes[label] as EventClass,
    features,
    objectTypes,
    input: Array.from(raw),
    mask: maskFor(raw),
    copies: made.flatMap(([kind, wanted, make]) => {
      if (!wanted) return [];
      const copy = make();
      return [{ kind, input: Array.from(copy), mask: maskFor(copy), changed: copy.some((value, i) => value !== raw[i]) }];
    }),
    trainingEvents: training.length,
  };
}
