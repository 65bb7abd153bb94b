import { describe, expect, it } from 'vitest';
import { trainedShare } from '../../state/time-left.ts';
import type { ModelSpec } from '../../worker/api.ts';
import {
  backendText,
  formulaText,
  inspectingText,
  leftText,
  listed,
  modelText,
  plainPhysics,
  presetText,
  sentence,
  shapeText,
  sizeText,
  speedText,
  tookText,
} from './words.ts';

describe('the words of the frame', () => {
  it('name the backend, and its threads where there are several', () => {
    expect(backendText({ backend: 'wasm', threads: 2 })).toBe('WASM\u00a0×\u00a02');
    expect(backendText({ backend: 'wasm', threads: 1 })).toBe('WASM');
    expect(backendText({ backend: 'webgpu', threads: 8 })).toBe('WebGPU');
  });

  it('give speed, time and size as people say them', () => {
    expect(speedText(412_345)).toBe('412\u202f000 events/s');
    expect(speedText(1_204_000)).toBe('1.20 million events/s');
    expect(speedText(0)).toBe('');
    expect(leftText(38.2)).toBe('39\u00a0s left');
    expect(leftText(0)).toBe('');
    expect(sizeText(17_003_520)).toBe('17.0\u00a0MB');
    expect(sizeText(512)).toBe('512\u00a0B');
    expect(tookText(3.41)).toBe('3.41\u00a0s');
    expect(tookText(0.0032)).toBe('3.20\u00a0ms');
    expect(tookText(0.0002)).toBe('under 1\u00a0ms');
  });

  it('give the shape of a row as its kind has it', () => {
    expect(shapeText({ shape: [19, 3], kind: 'objects' })).toBe('19\u00a0×\u00a03, objects per event');
    expect(shapeText({ shape: [100], kind: 'histograms' })).toBe('histograms of 100 numbers');
    expect(shapeText({ shape: [72, 58, 3], kind: 'images' })).toBe('72\u00a0×\u00a058 pixels, 3 channels');
    expect(shapeText({ shape: [32, 32], kind: 'images' })).toBe('32\u00a0×\u00a032 pixels, 1 channel');
  });

  it('end a sentence once', () => {
    expect(sentence('It ranks events')).toBe('It ranks events.');
    expect(sentence('It ranks events.')).toBe('It ranks events.');
  });

  it('do not say the name of a model twice, and write lengths with ×', () => {
    const presets = { a: { name: 'CoDAE' }, b: { name: 'CoDAE, two levels' }, c: { name: 'QCD or What, 72 x 58' } };
    const models = [{ id: 'codae', name: 'CoDAE', presets }] as unknown as ModelSpec[];
    const text = (preset?: string) => presetText({ model: 'codae', preset }, models);
    expect([text('a'), text('b'), text('c'), text('old'), text()]).toEqual([
      '',
      'two levels',
      'QCD or What, 72\u00a0×\u00a058',
      'old',
      '',
    ]);
    expect(modelText({ model: 'codae', preset: 'b' }, models)).toBe('CoDAE, two levels');
  });

  it('set formulas as in print, and name several things in one sentence', () => {
    expect(formulaText('-Σ [x ln y + (1 - x) ln (1 - y)] over the pixels')).toBe(
      '−Σ [x ln y + (1 − x) ln (1 − y)] over the pixels',
    );
    expect(formulaText('cross-entropy of 2,000, and 1e-3 of 12,000')).toBe(
      'cross-entropy of 2\u202f000, and 1e-3 of 12\u202f000',
    );
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listed)).toEqual(['', 'a', 'a and b', 'a, b and c']);
  });

  it('name what is being looked at', () => {
    expect(inspectingText(['a.h5'], false)).toBe('Looking at a.h5');
    expect(inspectingText(['a.h5', 'b.h5'], true)).toBe('Starting the engine, then looking at 2 files, first a.h5');
  });

  it('write Greek where no markup is possible', () => {
    expect(plainPhysics('eta / 4, phi / π; beta')).toBe('η / 4, φ / π; beta');
  });
});

describe('how much of a training is behind us', () => {
  it('counts epochs, their shares and stages', () => {
    expect(trainedShare({ stage: 0, stages: 2, epoch: 3, epochs: 4, share: 0.5 })).toBe(0.3125);
    expect(trainedShare({ stage: 0, stages: 1, epoch: 1, epochs: 50, share: 0 })).toBe(0);
    expect(trainedShare({ stage: 0, stages: 1, epoch: 50, epochs: 50, share: 1 })).toBe(1);
  });
});
