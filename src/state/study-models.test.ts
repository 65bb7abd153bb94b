import { describe, expect, it } from 'vitest';
import { studyModels } from './study-models.ts';

const request = (id: number, seed: number, rest: object = {}) => ({
  id: `run-${id}`,
  model: 'pca',
  preset: 'pca-3',
  seed,
  ...rest,
});

describe('requests become the models of a study', () => {
  it('seeds of one configuration are joined, each once, in their order', () => {
    expect(studyModels([request(1, 3), request(2, 1), request(3, 3)])).toEqual([{ id: 'pca', preset: 'pca-3', seeds: [3, 1] }]);
  });
  it('other rows on the device are another entry', () => {
    expect(studyModels([request(1, 1), request(2, 1, { deviceRows: 'float16' })])).toEqual([
      { id: 'pca', preset: 'pca-3', seeds: [1] },
      { id: 'pca', preset: 'pca-3', deviceRows: 'float16', seeds: [1] },
    ]);
  });
  it('another preset, parameter or number of epochs is another entry, in the order of the requests', () => {
    const models = studyModels([
      request(1, 1, { epochs: 2 }),
      request(2, 1),
      request(3, 1, { params: { components: 4 } }),
      request(4, 2, { epochs: 2 }),
    ]);
    expect(models).toEqual([
      { id: 'pca', preset: 'pca-3', epochs: 2, seeds: [1, 2] },
      { id: 'pca', preset: 'pca-3', seeds: [1] },
      { id: 'pca', preset: 'pca-3', params: { components: 4 }, seeds: [1] },
    ]);
  });
  it('empty parameters say nothing, and no requests give no models', () => {
    expect(studyModels([request(1, 1, { params: {} }), request(2, 2)])).toHaveLength(1);
    expect(studyModels([])).toEqual([]);
  });
});
