/**
 * What supervised references of images share: which classes they tell apart, and the cross-entropy of their logits. They know what to
 * look for and are no anomaly detectors; the page says so wherever one of them stands.
 *
 * Label smoothing: Szegedy et al., Rethinking the Inception architecture, CVPR 2016, section 7.
 */
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { ParamSpecs } from '../base/params.ts';
import { tf } from '../compute/tf.ts';
import type { ModelInput } from './contract.ts';

export const classesParams = {
  classes: {
    kind: 'choice',
    label: 'Classes',
    help: 'What the network tells apart. Kinds: signals whose names begin with the same word are one class, as SUEP of every mass.',
    default: 'any',
    options: [
      { value: 'any', label: 'background and any signal' },
      { value: 'kind', label: 'background and each kind of signal' },
      { value: 'each', label: 'background and each signal' },
    ],
  },
} as const satisfies ParamSpecs;

export type Classes = 'any' | 'kind' | 'each';

export interface Targets {
  /** Background first. */
  names: readonly string[];
  /** Class of each label: 0 for background, then by signal. */
  classOf: readonly number[];
}

/** Data whose signals have no names are taken for one signal. Worked value: SUEP 125 GeV, SUEP 200 GeV, SVJ by kind are 1, 1, 2. */
export function targetsOf({ signals }: Pick<ModelInput, 'signals'>, classes: Classes): Targets {
  const known = signals && signals.length > 0 ? signals : ['signal'];
  const keys = known.map((name) => (classes === 'any' ? 'signal' : classes === 'each' ? name : (name.split(/\s/)[0] as string)));
  const names = [...new Set(keys)];
  return { names: ['background', ...names], classOf: [0, ...keys.map((key) => names.indexOf(key) + 1)] };
}

/**
 * Mean over events of -Σ_k q_k ln p_k, p the softmax of the logits [n, K] and q_k = (1 - smoothing) [k is the class] + smoothing / K.
 * Gradient (p - q) / n. Worked value: logits of 0 give ln K, whatever the smoothing.
 *
 * @param label [n, 1] 0 for background, k for the k-th signal
 */
export function smoothedCrossEntropy(logits: Tensor2D, label: Tensor2D, { names, classOf }: Targets, smoothing: number): Scalar {
  const [rows, count] = logits.shape;
  const table = classOf.map((own) => names.map((_, k) => (k === own ? 1 - smoothing : 0) + smoothing / count));
  const wanted = tf.gather(tf.tensor2d(table), tf.cast(tf.reshape(label, [rows]), 'int32'));
  const loss = tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [Tensor2D, (tensors: Tensor[]) => void];
    save([tf.sub(tf.softmax(z), wanted)]);
    return {
      value: tf.mul(tf.sub(tf.sum(tf.logSumExp(z, 1)), tf.sum(tf.mul(wanted, z))), 1 / rows),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(saved[0] as Tensor, tf.mul(dy, 1 / rows)),
    };
  });
  return loss(logits) as Scalar;
}

/** `cross-entropy of background, SUEP, SVJ; ln 3 = 1.099 is guessing`. */
export function crossEntropyWords({ names }: Targets): string {
  return `cross-entropy of ${names.join(', ')}; ln ${names.length} = ${Math.log(names.length).toFixed(3)} is guessing`;
}
