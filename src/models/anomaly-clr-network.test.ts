import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { anomalyContrastiveLoss, anomalyContrastivePlusLoss, contrastiveLoss } from '../compute/ops/contrastive.ts';
import { tf } from '../compute/tf.ts';
import { adcObjectTypes } from '../data/objects.ts';
import { Cursor } from '../numeric/random.ts';
import { farthest } from '../testing/operations.ts';
import reference from './anomaly-clr-network.reference.json';
import { anomalyClr136, buildSetEncoder, type SetEncoder } from './anomaly-clr-network.ts';
import { eventLayout } from './augment/event.ts';
import { rotate } from './augment/physics.ts';
import { eventTokens, tokenWidth } from './event-tokens.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

const EVENTS = 8;
const SLOTS = adcObjectTypes.length;
const scale = { pT: 30 };

/** The script's numbers from -1 to 1. */
const numbers = (count: number, key: number) =>
  Float32Array.from({ length: count }, (_, k) => ((k * 7919 + (key + 1) * 104729) % 10007) / 5003.5 - 1);

/** The script's events of one view [events, 3 slots]. */
function events(view: number): Float32Array {
  const raw = new Float32Array(EVENTS * SLOTS * 3);
  for (let i = 0; i < raw.length; i++) {
    const slot = Math.floor(i / 3) % SLOTS;
    const event = Math.floor(i / (3 * SLOTS));
    const quantity = i % 3;
    if (slot > 0 && (event * 5 + slot * 3 + view) % 4 !== 0) continue;
    if (slot === 0 && quantity === 1) continue;
    const value = ((i * 7919 + (501 + view) * 104729) % 10007) / 5003.5 - 1;
    raw[i] = value * ([40, 2, 3][quantity] as number) + (quantity === 0 ? 50 : 0);
  }
  return raw;
}

function inputs(views: readonly Float32Array[], phi: 'linear' | 'sine-cosine' = 'linear'): [Tensor3D, Tensor2D] {
  const raw = new Float32Array(views.reduce((sum, view) => sum + view.length, 0));
  let start = 0;
  for (const view of views) {
    raw.set(view, start);
    start += view.length;
  }
  const { tokens, mask } = eventTokens(raw, adcObjectTypes, phi, scale);
  const width = tokenWidth(adcObjectTypes, phi);
  return [tf.tensor3d(tokens, [mask.length / SLOTS, SLOTS, width]), tf.tensor2d(mask, [mask.length / SLOTS, SLOTS])];
}

/** Weights by the script's rule, in the order in which both list them. */
function fill({ trainable }: SetEncoder): void {
  tf.tidy(() => {
    for (const [key, variable] of trainable.entries()) {
      const isScale = /_scale/.test(variable.name);
      const size = variable.shape.length === 2 ? 1 / Math.sqrt(variable.shape[0] as number) : isScale ? 0.2 : 0.1;
      const values = numbers(variable.size, key).map((v) => v * size + (isScale ? 1 : 0));
      variable.assign(tf.tensor(values, variable.shape));
    }
  });
}

describe.each(reference.cases.map((one) => [one.spec.width, one] as const))(
  'the whole encoder of width %i against PyTorch',
  (_, one) => {
    const make = () => {
      const encoder = buildSetEncoder({ ...one.spec, objects: SLOTS, numbers: 7, dropout: 0.1 }, 1);
      fill(encoder);
      return encoder;
    };

    it('has as many parameters, and the representations of an event to 1e-5', () => {
      const encoder = make();
      expect(encoder.trainable.reduce((sum, { size }) => sum + size, 0)).toBe(one.parameters);
      tf.tidy(() => {
        const found = encoder.run(...inputs([events(0)]));
        for (const [i, wanted] of one.representations.entries()) {
          const row = (found[i] as Tensor2D).slice([0, 0], [1, one.spec.width]).dataSync();
          expect(farthest(row, wanted), `representation ${i}`).toBeLessThan(1e-5);
        }
      });
      encoder.model.dispose();
    });

    it.each(['clr', 'anom-clr', 'anom-clr-plus'] as const)('has the loss %s of three views, and its gradients', (name) => {
      const encoder = make();
      const wanted = one.losses[name];
      const batch = inputs([0, 1, 2].map(events));
      const loss = () => {
        const z = encoder.run(...batch).at(-1) as Tensor2D;
        const [own, physics, anomaly] = tf.split(z, 3, 0) as [Tensor2D, Tensor2D, Tensor2D];
        if (name === 'clr') return contrastiveLoss(own, physics, one.tau);
        return (name === 'anom-clr' ? anomalyContrastiveLoss : anomalyContrastivePlusLoss)(own, physics, anomaly, one.tau);
      };
      // biases of the embedding, of the first block's in-projection and of the last layer of the head
      const watched = [1, 3, encoder.trainable.length - 1].map((i) => encoder.trainable[i] as tf.Variable);
      const { loss: value, gradients } = stepGradients(loss, watched);
      expect(Math.abs((value.dataSync()[0] as number) - wanted)).toBeLessThan(1e-5 * Math.max(1, Math.abs(wanted)));
      for (const [i, gradient] of one.gradients[name].entries()) {
        const largest = Math.max(...gradient.map(Math.abs));
        // terms of the order of 1/τ cancel in a small gradient
        expect(farthest((gradients[i] as Tensor).dataSync(), gradient) * Math.min(1, largest), watched[i]?.name).toBeLessThan(
          5e-5,
        );
      }
      tf.dispose([value, gradients, ...batch]);
      encoder.model.dispose();
    });
  },
);

describe('symmetries', () => {
  it('does not depend on the order of the objects, whatever their types, nor on where the empty slots are', () => {
    const encoder = buildSetEncoder({ ...anomalyClr136, width: 16, blocks: 2 }, 3);
    tf.tidy(() => {
      const [tokens, mask] = inputs([events(0)]);
      const order = tf.tensor1d(
        Array.from({ length: SLOTS }, (_, slot) => (slot * 7 + 3) % SLOTS),
        'int32',
      );
      const straight = encoder.run(tokens, mask);
      const mixed = encoder.run(tf.gather(tokens, order, 1), tf.gather(mask, order, 1) as Tensor2D);
      for (const [i, row] of straight.entries()) {
        expect(farthest(row.dataSync(), (mixed[i] as Tensor).dataSync())).toBeLessThan(1e-4);
      }
    });
    encoder.model.dispose();
  });

  it('a positive pair by rotation has the same mass of every two objects', () => {
    const layout = eventLayout(adcObjectTypes);
    for (let row = 0; row < 50; row++) {
      const event = Float64Array.from(events(row % 3).subarray(0, 3 * SLOTS));
      const turned = event.slice();
      rotate(turned, layout, new Cursor(1, 'augment', 0, row));
      expect(farthest(pairMasses(turned), pairMasses(event))).toBeLessThan(1e-6);
    }
  });
});

/** Squared mass over 2 of every pair of massless objects: pT pT' (cosh Δeta - cos Δphi) [GeV²]. */
function pairMasses(event: Float64Array): number[] {
  const at = (slot: number) => [...event.subarray(3 * slot, 3 * slot + 3)] as [number, number, number];
  const masses: number[] = [];
  for (let a = 0; a < SLOTS; a++) {
    for (let b = a + 1; b < SLOTS; b++) {
      const [[p, eta, phi], [q, eta2, phi2]] = [at(a), at(b)];
      masses.push(p * q * (Math.cosh(eta - eta2) - Math.cos(phi - phi2)));
    }
  }
  return masses;
}
