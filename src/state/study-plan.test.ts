import { describe, expect, it } from 'vitest';
import type { ModelSpec } from '../worker/api.ts';
import { filesOfStudy, labelled, planOfStudy } from './study-plan.ts';

const specs = [
  { id: 'a', name: 'Model A', suggestedPreset: 'p', presets: { p: { name: 'plain' }, w: { name: 'wide' } }, params: {} },
  { id: 'b', name: 'Model B', suggestedPreset: 'q', presets: { q: { name: 'usual' } }, params: {} },
] as unknown as ModelSpec[];

describe('a study file as a plan', () => {
  const study = {
    version: 1 as const,
    data: { sample: 'collider-events' },
    epochs: 7,
    models: [
      { id: 'a', seeds: [3, 1], params: { width: 4 } },
      { id: 'b', preset: 'q', epochs: 2 },
    ],
  };

  it('has a point for every entry, with its own seeds and epochs, and the preset that suits the data', () => {
    const { kind, name, points } = planOfStudy(study, 'mine.json', specs);
    expect([kind, name]).toEqual(['study', 'mine']);
    expect(points).toEqual([
      {
        label: 'Model A',
        value: null,
        model: 'a',
        preset: 'p',
        params: { width: 4 },
        epochs: 7,
        deviceRows: 'auto',
        seeds: [3, 1],
      },
      { label: 'Model B', value: null, model: 'b', preset: 'q', params: {}, epochs: 2, deviceRows: 'auto', seeds: [1] },
    ]);
  });

  it('names points apart: by preset, and by number where even that is the same', () => {
    const point = (model: string, preset: string) => ({ label: '', value: null, model, preset, params: {}, epochs: null });
    const names = (points: ReturnType<typeof point>[]) => labelled(points, specs).map(({ label }) => label);
    expect(names([point('a', 'p'), point('a', 'w'), point('b', 'q')])).toEqual(['Model A, plain', 'Model A, wide', 'Model B']);
    expect(names([point('b', 'q'), point('b', 'q')])).toEqual(['Model B, usual (1)', 'Model B, usual (2)']);
  });
});

describe('the files of a study', () => {
  it('are known by their names, with what the study says of all of them and of each', () => {
    const { data, options } = filesOfStudy(
      {
        files: [
          { path: 'folder/b.h5', role: 'background', rows: [0, 10] },
          { path: 'A.csv', role: 'signal', name: 'A to 4l', settings: { tree: 2 } },
        ],
        settings: { tree: 1, jets: 4 },
        label: { column: 'y', normal: 1 },
        cut: 'x > 1',
        trainOn: { column: 'z', normal: 0 },
      },
      'study.json',
    );
    expect(data.files).toEqual([
      {
        name: 'b.h5',
        role: 'background',
        className: 'background',
        choice: { rows: [0, 10], settings: { tree: 1, jets: 4 }, label: 'y', normalClass: '1' },
      },
      {
        name: 'A.csv',
        role: 'signal',
        className: 'A to 4l',
        choice: { settings: { tree: 2, jets: 4 }, label: 'y', normalClass: '1' },
      },
    ]);
    expect(options).toEqual({ cut: 'x > 1', trainedBy: { column: 'z', normal: '0' } });
  });

  it('are refused where only the runner can do what is asked', () => {
    const files = [{ path: 'a.csv' }];
    expect(() => filesOfStudy({ files, plantEmpty: 5 }, 's.json')).toThrow(/s\.json, data\.plantEmpty.*npm run study/);
    expect(() => filesOfStudy({ files, label: { certification: 'g.json', lists: 'good' } }, 's.json')).toThrow(
      /data\.label.*g\.json/,
    );
  });
});
