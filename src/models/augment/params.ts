/** The parameters of the augmentations of events, which every model that learns from copies of an event shares. */
import type { ParamSpecs } from '../../base/params.ts';
import type { AnomalyAugmentations } from './anomaly.ts';
import type { PhysicsAugmentations } from './physics.ts';

export const augmentationParams = {
  rotation: { kind: 'switch', label: 'Rotate in phi', help: 'The whole event, MET included.', default: true },
  smearing: {
    kind: 'number',
    label: 'Smear eta and phi',
    help: 'In units of the published resolution, 0.028 for soft objects; 0 for none.',
    default: 1,
    min: 0,
    max: 100,
  },
  jetSmearing: {
    kind: 'number',
    label: 'Smear jet pT',
    help: 'In units of the published jet resolution; 0 for none.',
    default: 1,
    min: 0,
    max: 100,
  },
  edge: {
    kind: 'choice',
    label: 'Objects smeared out of acceptance',
    help: 'Deleting can remove the lepton that triggered the event.',
    default: 'delete',
    options: [
      { value: 'delete', label: 'are deleted' },
      { value: 'clamp', label: 'are put on the edge' },
    ],
    advanced: true,
  },
  addObjects: { kind: 'switch', label: 'Anomaly: add objects', help: 'A1: new objects, balanced by MET.', default: true },
  splitObjects: {
    kind: 'switch',
    label: 'Anomaly: split objects',
    help: 'A2: more objects share the same pT sum of their type.',
    default: true,
  },
  shift: { kind: 'switch', label: 'Anomaly: shift pT and MET', help: 'A3: factors from 1 to 5 (MET from 0.5).', default: true },
} as const satisfies ParamSpecs;

/** The same, checked. */
export type AugmentationSettings = PhysicsAugmentations & AnomalyAugmentations;
