/** Which scaling of the input, and of what the reconstruction is compared with: choices that several models offer alike. */
import type { ParamSpecs } from '../base/params.ts';
import type { Scaling } from './contract.ts';

type Choices = readonly { value: Scaling; label: string }[];

/** Of objects without a study's own steps: phi and eta stay angles. */
export const objectScalings = [
  { value: 'background-scaled', label: 'pT / mean pT, eta / 4, phi / π' },
  { value: 'standardised', label: 'each number standardised, padding included' },
  { value: '40mhz-target', label: 'pT standardised per slot, eta and phi as they are' },
  { value: 'raw', label: 'as they are' },
] as const satisfies Choices;

const eventScalings = [...objectScalings, { value: 'study', label: 'as the study says' }] as const satisfies Choices;

/** Of models that compare rows of every kind with each other or with a plane through them. */
export const comparedScalings = [
  { value: 'background-scaled', label: 'pT / mean pT, eta / 4, phi / π; a table is standardised' },
  { value: 'standardised', label: 'standardise first' },
  { value: 'l1-normalised', label: 'divide each row by its sum' },
  { value: 'mask', label: 'mask: is the first channel of an image lit?' },
  { value: 'raw', label: 'as they are' },
  { value: 'study', label: 'as the study says' },
] as const satisfies Choices;

/** Input and target of autoencoders of events and tables. */
export const eventScalingParams = {
  scaling: {
    kind: 'choice',
    label: 'Input scaling',
    help: 'All constants are fitted on training background. Scalings made for objects standardise a table.',
    default: 'background-scaled',
    options: eventScalings,
  },
  targetScaling: {
    kind: 'choice',
    label: 'Target scaling',
    help: 'What the reconstruction is compared with.',
    default: 'same',
    options: [{ value: 'same', label: 'same as the input' }, ...eventScalings],
    advanced: true,
  },
} as const satisfies ParamSpecs;
