import { expect, it } from 'vitest';
import { inGroups } from './together.ts';

it('puts neighbours together that differ in the seed alone, eight at most', () => {
  const seeds = (model: string, from: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({ model, seed: from + i }));
  const choices = [...seeds('pca', 1, 2), ...seeds('dense-autoencoder', 1, 9), ...seeds('pca', 3, 1)];
  expect(inGroups(choices).map((group) => group.map(({ model, seed }) => `${model} ${seed}`).join())).toEqual([
    'pca 1,pca 2',
    seeds('dense-autoencoder', 1, 8)
      .map(({ seed }) => `dense-autoencoder ${seed}`)
      .join(),
    'dense-autoencoder 9',
    'pca 3',
  ]);
});

it('looks at parameters whatever their order, at presets, at epochs and at rows on the device', () => {
  const one = { model: 'a', seed: 1, params: { x: 1, y: 2 } };
  expect(inGroups([one, { model: 'a', seed: 2, params: { y: 2, x: 1 } }])).toHaveLength(1);
  expect(inGroups([one, { model: 'a', seed: 2, params: { x: 1, y: 3 } }])).toHaveLength(2);
  expect(inGroups([one, { ...one, epochs: 3 }])).toHaveLength(2);
  expect(inGroups([one, { ...one, preset: 'p' }])).toHaveLength(2);
  expect(inGroups([one, { ...one, deviceRows: 'uint8' as const }])).toHaveLength(2);
});
