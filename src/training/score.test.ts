import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Batch, Detector } from '../models/contract.ts';
import type { Score } from '../scores/contract.ts';
import { fitScores, outputsOf, rowsOf, scoreAll, scoreRows } from './score.ts';

let backend = 'wasm';
vi.mock('../compute/tf.ts', async (original) => {
  const found = await original<typeof import('../compute/tf.ts')>();
  return { ...found, tf: { ...found.tf, getBackend: () => backend } };
});

/** Doubles the only number of each row, and notes how many rows it was given at a time. */
function doubling(): { detector: Detector; chunks: number[] } {
  const chunks: number[] = [];
  const forward = async (batch: Batch) => {
    chunks.push(batch.rows);
    return { feature: Float64Array.from(batch.x, (value) => 2 * value) };
  };
  return { detector: { forward } as unknown as Detector, chunks };
}

function batchOf(rows: number, first = 0): Batch {
  const x = Float32Array.from({ length: rows }, (_, i) => first + i);
  return { rows, width: 1, raw: x, rawWidth: 1, rawFeatures: [], x, target: x, mask: new Uint8Array(rows).fill(1) };
}

const described = { name: '', formula: '', unit: '', paper: { text: '' }, needs: ['feature'], orientation: 'fixed' } as const;
const plain: Score = { ...described, id: 'plain', compute: (_, { feature }) => Float64Array.from(feature!) };
const centred: Score = {
  ...described,
  id: 'centred',
  fit: (training, { feature }) => ({ mean: [...feature!].reduce((a, b) => a + b, 0) / training.rows }),
  compute: (_, { feature }, state) => Float64Array.from(feature!, (value) => value - (state.mean as number)),
};

describe('scoring', () => {
  it('goes through many rows in chunks and keeps their order', async () => {
    const { detector, chunks } = doubling();
    const scores = await scoreRows(detector, plain, {}, [batchOf(20000), batchOf(3, 20000)]);
    expect(chunks).toEqual([8192, 8192, 3616, 3]);
    expect(scores).toEqual(Float64Array.from({ length: 20003 }, (_, i) => 2 * i));
  });

  it('computes several scores from one pass, with constants from training rows', async () => {
    const { detector, chunks } = doubling();
    const requests = await fitScores(detector, [plain, centred], batchOf(5));
    const [first, second] = await scoreAll(detector, requests, [batchOf(2)]);
    expect([...first!]).toEqual([0, 2]);
    expect([...second!]).toEqual([-4, -2]);
    expect(chunks).toEqual([5, 2]);
  });

  describe('on a graphics device', () => {
    beforeEach(() => {
      backend = 'webgpu';
    });
    afterEach(() => {
      backend = 'wasm';
    });

    /** Notes when a chunk is handed over and when its answer is taken; `spoiled` fails. */
    function slow(spoiled = -1) {
      const events: string[] = [];
      const forward = async (batch: Batch) => {
        const first = batch.x[0] as number;
        events.push(`given ${first}`);
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (first === spoiled) throw new Error(`chunk ${first}`);
        return { feature: Float64Array.from(batch.x) };
      };
      const noting: Score = {
        ...plain,
        compute(batch, { feature }) {
          events.push(`taken ${batch.x[0]}`);
          return Float64Array.from(feature!);
        },
      };
      return { detector: { forward } as unknown as Detector, noting, events };
    }

    it('hands the next chunk over before it takes the answer of the one before, and keeps the order', async () => {
      const { detector, noting, events } = slow();
      const scores = await scoreRows(detector, noting, {}, [batchOf(2), batchOf(2, 2), batchOf(1, 4)]);
      expect([...scores]).toEqual([0, 1, 2, 3, 4]);
      expect(events).toEqual(['given 0', 'given 2', 'taken 0', 'given 4', 'taken 2', 'taken 4']);
    });

    it('fails with the first chunk that fails, whatever is under way', async () => {
      const { detector, noting, events } = slow(2);
      const scoring = scoreRows(detector, noting, {}, [batchOf(2), batchOf(2, 2), batchOf(1, 4), batchOf(1, 5)]);
      await expect(scoring).rejects.toThrow('chunk 2');
      expect(events).toEqual(['given 0', 'given 2', 'taken 0', 'given 4']);
    });
  });

  it('asks for the next rows while it scores the ones before, and lets go of them when it fails', async () => {
    const heard: string[] = [];
    async function* read(bad = -1): AsyncGenerator<Batch> {
      try {
        for (let part = 0; part < 3; part++) {
          heard.push(`read ${part}`);
          await Promise.resolve();
          if (part === bad) throw new Error(`part ${part} is torn`);
          yield batchOf(2, 10 * part);
        }
      } finally {
        heard.push('closed');
      }
    }
    const forward = async (batch: Batch) => {
      heard.push(`score ${(batch.x[0] as number) / 10}`);
      return { feature: Float64Array.from(batch.x) };
    };
    const detector = { forward } as unknown as Detector;
    expect([...(await scoreRows(detector, plain, {}, read()))]).toEqual([0, 1, 10, 11, 20, 21]);
    for (const [read, score] of [
      [1, 0],
      [2, 1],
    ])
      expect(heard.indexOf(`read ${read}`)).toBeLessThan(heard.indexOf(`score ${score}`));
    // and no more than one part ahead
    expect(heard.indexOf('score 0')).toBeLessThan(heard.indexOf('read 2'));

    heard.length = 0;
    await expect(scoreRows(detector, plain, {}, read(1))).rejects.toThrow('part 1 is torn');
    expect(heard).toEqual(expect.arrayContaining(['score 0', 'closed']));
    expect(heard).not.toContain('read 2');

    heard.length = 0;
    const failing = { forward: () => Promise.reject(new Error('no memory')) } as unknown as Detector;
    await expect(scoreRows(failing, plain, {}, read())).rejects.toThrow('no memory');
    expect(heard.at(-1)).toBe('closed');
  });

  it('of no rows is an empty list', async () => {
    expect(await scoreRows(doubling().detector, plain, {}, [])).toEqual(new Float64Array(0));
  });

  it('hands out the outputs themselves, and says which one is not there', async () => {
    const { detector } = doubling();
    expect((await outputsOf(detector, ['feature'], [batchOf(3)])).feature).toEqual(Float64Array.from([0, 2, 4]));
    await expect(outputsOf(detector, ['latent'], [batchOf(3)])).rejects.toThrow('no output "latent"');
  });

  it('cuts rows out of a batch without copying', () => {
    const batch = batchOf(10);
    const part = rowsOf(batch, 4, 6);
    expect([...part.x]).toEqual([4, 5]);
    expect(part.target).toBe(part.x);
    expect(part.x.buffer).toBe(batch.x.buffer);
  });
});
