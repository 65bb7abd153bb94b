/**
 * A short, seeded run of the fuzzer over every format: all kinds of damage, each ending in data or in one message. The long run is by hand:
 * `npm run fuzz -- --cases 2000`.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { formatFixtures } from '../../testing/format-fixtures.ts';
import { damage, fuzzCase, mutations, outcome, rowsOf, traps } from '../../testing/fuzz.ts';
import { memorySource } from './open.ts';
import { formats } from './registry.ts';

const seed = 20_261;
/** The HDF5 library is made anew after each error, which takes a quarter of a second. */
const casesOf = (id: string): number => (id === 'hdf5' ? 40 : 120);
const fixtures = new Map<string, { name: string; bytes: Uint8Array }>();

beforeAll(async () => {
  for (const [id, source] of Object.entries(await formatFixtures())) {
    fixtures.set(id, { name: source.name, bytes: await source.read(0, source.size) });
  }
});

describe.each(formats.map(({ id }) => id))('damaged files of format %s', (id) => {
  const fixture = () => fixtures.get(id) as { name: string; bytes: Uint8Array };

  it('end in data or in one message, whatever was done to them', async () => {
    expect(casesOf(id)).toBeGreaterThanOrEqual(2 * Object.keys(mutations).length);
    for (let index = 0; index < casesOf(id); index++) {
      const { mutation, result, message } = await fuzzCase(fixture(), seed, index);
      expect({ index, mutation, result, message: result === 'fault' ? message : '' }).toMatchObject({
        result: expect.stringMatching(/^(data|problem)$/),
      });
    }
  });

  // a text may end anywhere
  it.skipIf(id === 'csv')('that were cut off never open with other numbers of rows', async () => {
    const { name, bytes } = fixture();
    const whole = await rowsOf(memorySource(name, bytes));
    for (let i = 1; i <= 12; i++) {
      const cut = memorySource(name, bytes.slice(0, Math.floor((bytes.length * i) / 12.5)));
      const rows = await rowsOf(cut).catch(() => undefined);
      for (const [array, count] of rows ?? []) expect({ array, count }).toEqual({ array, count: whole.get(array) });
    }
  });
});

it.each(traps().map((trap) => [trap.name, trap] as const))(
  'the trap %s ends in data or in one message',
  async (_, { name, bytes }) => {
    const { result, message } = await outcome(memorySource(name, bytes), 'trap');
    expect({ result, message }).toMatchObject({ result: expect.stringMatching(/^(data|problem)$/) });
  },
);

it('a case depends on its seed and number alone', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 256);
  expect(damage(bytes, 3, 17)).toEqual(damage(bytes, 3, 17));
  expect(damage(bytes, 4, 17).bytes).not.toEqual(damage(bytes, 3, 17).bytes);
});
