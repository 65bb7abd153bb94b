/**
 * Output layer with physical bounds: an angle can never leave ±π and a pseudorapidity never leaves the detector's acceptance,
 * while pT stays linear. Introduced for 40 MHz triggers by Govorkova et al., Nature Machine Intelligence 4 (2022) 154.
 */
import type { Tensor } from '@tensorflow/tfjs';
import type { Feature, ObjectType } from '../../base/kinds.ts';
import { Problem } from '../../base/problem.ts';
import { tf } from '../../compute/tf.ts';
import type { ModelInput, Scaling } from '../contract.ts';

/** Acceptance in |eta|. Electrons, muons and jets as published; the other types take the value of their nearest relative. */
const ETA_LIMITS: Readonly<Record<Exclude<ObjectType, 'MET'>, number>> = {
  electron: 3,
  muon: 2.1,
  photon: 3,
  tau: 4,
  jet: 4,
  'fat jet': 4,
  particle: 5,
};

/**
 * Bound of each output in the model's own units, 0 where the output is linear (pT, eta of MET, anything else).
 *
 * @param units how many radians of phi and units of eta make one model unit: 1 and 1 for raw values, π and 4 where phi is
 *   divided by π and eta by 4
 * Worked value: for an electron slot in raw units, pT 0, eta 3, phi π.
 */
export function physicalLimits(
  features: readonly Feature[],
  objectTypes: readonly ObjectType[],
  units: { eta: number; phi: number },
): number[] {
  return features.map(({ quantity, slot }) => {
    const type = slot === undefined ? undefined : objectTypes[slot];
    if (quantity === 'phi') return Math.PI / units.phi;
    if (quantity === 'eta' && type !== undefined && type !== 'MET') return ETA_LIMITS[type] / units.eta;
    return 0;
  });
}

/** `physicalLimits` in the units of a target scaling. @throws Problem for other data or a scaling that moves eta or phi */
export function limitsFor(input: ModelInput, target: Scaling, model: string): number[] {
  const units =
    target === 'raw' || target === '40mhz-target'
      ? { eta: 1, phi: 1 }
      : target === 'background-scaled'
        ? { eta: 4, phi: Math.PI }
        : undefined;
  if (input.kind === 'objects' && input.objectTypes && input.features.length === input.width && units) {
    return physicalLimits(input.features, input.objectTypes, units);
  }
  throw new Problem({
    where: `model "${model}", parameter "physicalHeads"`,
    expected: 'objects whose target scaling is raw, 40mhz-target or background-scaled',
    found: input.kind === 'objects' ? `target scaling ${target}` : `data of kind ${input.kind}`,
    fix: 'Switch the physical outputs off, or choose one of these scalings',
  });
}

type LayerConfig = ConstructorParameters<typeof tf.layers.Layer>[0];

/** y = limit tanh(o) where limit > 0, else y = o. Shape [n, d] in and out; no weights. */
export class PhysicalHeads extends tf.layers.Layer {
  /** @nocollapse the name under which TF.js saves it */
  static readonly className = 'PhysicalHeads';
  private readonly limits: readonly number[];

  constructor(config: LayerConfig & { limits: readonly number[] }) {
    super(config);
    this.limits = config.limits;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tf.tidy(() => {
      const o = Array.isArray(inputs) ? (inputs[0] as Tensor) : inputs;
      const bounded = tf.mul(tf.tanh(o), tf.tensor1d([...this.limits]));
      return tf.add(bounded, tf.mul(o, tf.tensor1d(this.limits.map((limit) => (limit > 0 ? 0 : 1)))));
    });
  }

  override computeOutputShape(shape: number[]): number[] {
    return shape;
  }

  override getConfig() {
    return { ...super.getConfig(), limits: [...this.limits] };
  }
}

tf.serialization.registerClass(PhysicalHeads);
