import { beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { tf } from '../compute/tf.ts';
import { adcObjectTypes } from '../data/objects.ts';
import { findScore } from '../scores/registry.ts';
import { fixture } from '../testing/fixtures.ts';
import model from './anomaly-clr.ts';
import type { Batch } from './contract.ts';
import { eventTokens, fitTokenScale, tokenWidth } from './event-tokens.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

const small: Params = { dimension: 16, heads: 2, blocks: 1 };
const source = fixture('objects', 57, 60);
const build = (given: Params = {}) =>
  model.build(
    source.input,
    checkParams(model.params, { ...model.presets['offshell-clr']?.params, ...small, ...given }, 'test'),
    1,
  );

describe('tokens of an event', () => {
  const raw = new Float32Array(57);
  raw.set([40, 0, Math.PI / 2], 0);
  raw.set([20, -2, -Math.PI / 4], 9 * 3);
  it('are scaled pT, eta, phi and a one-hot type; empty slots are zeros and masked', () => {
    expect(tokenWidth(adcObjectTypes, 'linear')).toBe(7);
    const { tokens, mask } = eventTokens(raw, adcObjectTypes, 'linear', { pT: 20 });
    expect([...tokens.subarray(0, 7)]).toEqual([2, 0, 0.5, 1, 0, 0, 0]);
    expect([...tokens.subarray(63, 70)]).toEqual([1, -0.5, -0.25, 0, 0, 0, 1]);
    expect([...mask]).toEqual(adcObjectTypes.map((_, slot) => (slot === 0 || slot === 9 ? 1 : 0)));
    expect(tokens.reduce((sum, v) => sum + Math.abs(v), 0)).toBe(2 + 0.5 + 1 + 1 + 0.5 + 0.25 + 1);
  });
  it('have no jump at ±π as sine and cosine', () => {
    const of = (phi: number) => {
      const event = raw.slice();
      event[2] = phi;
      return [...eventTokens(event, adcObjectTypes, 'sine-cosine', { pT: 20 }).tokens.subarray(0, 8)];
    };
    for (const [i, value] of of(Math.PI - 1e-6).entries()) expect(of(-Math.PI + 1e-6)[i]).toBeCloseTo(value, 5);
  });
  it('are scaled by the mean of the pT that exist', () => {
    expect(fitTokenScale(raw).pT).toBe(30);
    expect(fitTokenScale(new Float32Array(57)).pT).toBe(1);
  });
});

describe('the representation', () => {
  it('does not depend on the order of the objects of a type, nor on what stands in empty slots', async () => {
    const detector = build();
    const raw = source.background.slice(0, 57 * 20);
    const swapped = raw.slice();
    for (let row = 0; row < 20; row++) {
      // jets in reverse order, packed or not
      for (let slot = 9; slot < 19; slot++) {
        swapped.set(raw.subarray(row * 57 + 3 * (27 - slot), row * 57 + 3 * (28 - slot)), row * 57 + 3 * slot);
      }
    }
    const batch = (values: Float32Array): Batch => source.batch(values, detector.scaling);
    const [a, b] = [await detector.forward(batch(raw)), await detector.forward(batch(swapped))];
    for (const [i, value] of [...(a.representation as Float32Array)].entries()) {
      expect(b.representation?.[i]).toBeCloseTo(value, 4);
    }
    detector.dispose();
  });
});

describe('settings that cannot work', () => {
  it.each([
    [{ dimension: 10, heads: 4 }, /heads.*divisor of the width 10/],
    [{ representation: 5 }, /representation.*at most 2/],
    [{ addObjects: false, splitObjects: false, shift: false }, /anomaly augmentation/],
  ])('%j are refused', (given, message) => {
    expect(() => build(given as Params)).toThrow(message);
  });
  it('are refused for data without objects', () => {
    const table = fixture('table', 8, 1).input;
    expect(() => model.build({ ...table, kind: 'table' }, checkParams(model.params, {}, 'test'), 1)).toThrow(
      /reconstructed objects/,
    );
  });
});

describe('the contrastive stage', () => {
  it.each(['clr', 'anom-clr', 'anom-clr-plus'])(
    '%s repeats for a seed and a step, and has other copies at another step',
    (loss) => {
      const detector = build({ loss });
      const raw = source.background.slice(0, 57 * 16);
      detector.prepare?.(source.batch(raw, detector.scaling));
      const at = (step: number, seed = 1) =>
        tf.tidy(() => {
          const x = tf.zeros([16, 57]) as tf.Tensor2D;
          const stage = detector.stages[0];
          return stage?.loss({ x, target: x, mask: x, raw: () => raw.slice() }, { training: true, seed, step }).dataSync()[0];
        });
      expect(at(3)).toBe(at(3));
      expect(at(4)).not.toBe(at(3));
      expect(at(3, 2)).not.toBe(at(3));
      detector.dispose();
    },
  );
});

describe('scores of a representation, by hand', () => {
  const batch = { rows: 2 } as Batch;
  it('error of what is restored', () => {
    const outputs = { representation: Float64Array.of(1, 2, 0, 0), restoredRepresentation: Float64Array.of(1, 0, 3, 1) };
    expect([...findScore('representation-autoencoder').compute(batch, outputs, {})]).toEqual([2, 5]);
  });
  it('distance to the bank', () => {
    const score = findScore('reference-distance');
    const training = { rows: 3 } as Batch;
    const state = score.fit?.(training, { embedding: Float64Array.of(0, 0, 3, 4, 0, 1) }) ?? {};
    // to (0, 0), (3, 4) and (0, 1): from (0, 0) 0, 5, 1; from (3, 4) 5, 0, √18
    const found = score.compute(batch, { embedding: Float64Array.of(0, 0, 3, 4) }, state);
    expect([...found]).toEqual([expect.closeTo(2, 12), expect.closeTo((5 + Math.sqrt(18)) / 3, 12)]);
  });
  it('Mahalanobis distance', () => {
    const score = findScore('representation-mahalanobis');
    const state = score.fit?.({ rows: 4 } as Batch, { representation: Float64Array.of(8, -1, 8, 1, 12, -1, 12, 1) }) ?? {};
    const found = score.compute(batch, { representation: Float64Array.of(10, 0, 14, 0) }, state);
    expect([...found]).toEqual([expect.closeTo(0, 9), expect.closeTo(3, 9)]);
  });
});
