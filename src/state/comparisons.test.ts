/** Comparisons as plans, and every one that a model declares: its points can be built as they stand. */
import { describe, expect, it } from 'vitest';
import { defaultParams } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { models } from '../models/registry.ts';
import { resolveParams } from '../study/run-model.ts';
import { fixture } from '../testing/fixtures.ts';
import type { ModelSpec } from '../worker/api.ts';
import { comparisonPlan } from './comparisons.ts';

const specs = models.map(
  (model) => ({ ...model, usable: true, suggestedPreset: Object.keys(model.presets)[0] ?? '' }) as unknown as ModelSpec,
);
const draftOf = (id: string, params = {}) => {
  const spec = specs.find((one) => one.id === id) as ModelSpec;
  const preset = spec.suggestedPreset;
  const all = { ...defaultParams(spec.params), ...spec.presets[preset]?.params, ...params };
  return { spec, draft: { model: id, preset, params: all, seeds: [1, 2], epochs: null } };
};
const declared = specs.flatMap(({ id, comparisons = [] }) =>
  comparisons.map((comparison) => [id, comparison.id, comparison] as const),
);

describe('the comparisons of AnomalyCLR', () => {
  const { spec, draft } = draftOf('anomaly-clr', { restoreEpochs: 7, dropout: 0 });
  const plan = (id: string) => comparisonPlan(spec, spec.comparisons?.find((one) => one.id === id) as never, draft, specs);

  it('put raw data beside the representation, with the epochs of its autoencoder', () => {
    const { points, seeds } = plan('raw-and-representation');
    expect(seeds).toEqual([1, 2]);
    expect(points.map(({ label, model }) => [label, model])).toEqual([
      ['raw data', 'dense-autoencoder'],
      ['CLR', 'anomaly-clr'],
      ['AnomCLR', 'anomaly-clr'],
      ['AnomCLR+', 'anomaly-clr'],
    ]);
    expect(points[0]).toMatchObject({ preset: 'anomalyclr-raw', params: { epochs: 7, batchSize: 256 } });
    // only what differs from the preset goes along
    expect(points[1]?.params).toEqual({ restoreEpochs: 7, dropout: 0, loss: 'clr' });
    expect(points[3]?.params).toEqual({ restoreEpochs: 7, dropout: 0 });
  });

  it('take one augmentation of a kind, or all but one', () => {
    const off = (id: string) =>
      plan(id).points.map(({ label, params }) => [
        label,
        Object.keys(params).filter((key) =>
          ['rotation', 'smearing', 'jetSmearing', 'addObjects', 'splitObjects', 'shift'].includes(key),
        ),
      ]);
    expect(off('augmentations-alone')).toEqual([
      ['all', []],
      ['rotation alone', ['smearing', 'jetSmearing']],
      ['η, φ smearing alone', ['rotation', 'jetSmearing']],
      ['jet pT smearing alone', ['rotation', 'smearing']],
      ['A1 add alone', ['splitObjects', 'shift']],
      ['A2 split alone', ['addObjects', 'shift']],
      ['A3 shift alone', ['addObjects', 'splitObjects']],
    ]);
    expect(off('augmentations-removed').map(([label, keys]) => [label, (keys as string[]).length])).toEqual([
      ['all', 0],
      ...['rotation', 'η, φ smearing', 'jet pT smearing', 'A1 add', 'A2 split', 'A3 shift'].map((name) => [`no ${name}`, 1]),
    ]);
  });

  it('leave out a model that the data do not suit', () => {
    const without = specs.map((one) => (one.id === 'dense-autoencoder' ? { ...one, usable: false } : one));
    const comparison = spec.comparisons?.[0] as never;
    expect(comparisonPlan(spec, comparison, draft, without).points.map(({ label }) => label)).toEqual([
      'CLR',
      'AnomCLR',
      'AnomCLR+',
    ]);
  });
});

it.each(declared)('%s, %s: every point builds, and no two have one name', async (id, _name, comparison) => {
  await startBackend('cpu');
  const { spec, draft } = draftOf(id);
  const { points } = comparisonPlan(spec, comparison, draft, specs);
  expect(new Set(points.map(({ label }) => label)).size).toBe(points.length);
  const { input } = fixture('objects', 57, 8);
  for (const { model: name, preset, params } of points) {
    const model = models.find((one) => one.id === name);
    if (!model) throw new Error(`no model ${name}`);
    const resolved = resolveParams(model, input, { preset, params, seed: 1 });
    model.build(input, resolved.params, 1).dispose();
  }
});
