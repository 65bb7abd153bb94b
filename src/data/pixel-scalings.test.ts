import { expect, it } from 'vitest';
import { tablePiece } from '../testing/datasets.ts';
import { join } from './join.ts';
import { applyScaling, fitScaling, invertScaling, makeBatch } from './preprocess.ts';
import type { TrainingRows } from './split.ts';

/** Two images of 1 x 2 pixels with two channels each. */
const images = join([
  {
    name: 'images',
    part: {
      kind: 'images',
      rows: 2,
      shape: [1, 2, 2],
      features: [],
      image: { channels: ['tracker', 'ECAL'] },
      values: Float32Array.of(3, 9, 0, 7, -1, 0, Number.NaN, 1),
      classes: [{ name: 'QCD', role: 'background' }],
      label: new Uint8Array(2),
      words: 'made by hand',
      remarks: [],
    },
  },
]);
const training = Uint32Array.of(0, 1) as TrainingRows;

it('the mask is 1 where the first channel is above 0, and has that channel alone', () => {
  const fitted = fitScaling(images, training, 'mask');
  expect([...applyScaling(fitted, images, [0, 1])]).toEqual([1, 0, 0, 0]);
  expect(fitted.pipeline?.shape).toEqual([1, 2, 1]);
  expect(fitted.words).toBe('1 where the tracker is above 0, else 0; nothing is fitted');
  const batch = makeBatch(images, [1], fitted, fitted);
  expect(batch.width).toBe(2);
  expect([...batch.mask]).toEqual([1, 0]);
});

it('on the way back the other channels are missing', () => {
  const fitted = fitScaling(images, training, 'mask');
  expect([...invertScaling(fitted, [0.25, 0.5])]).toEqual([0.25, Number.NaN, 0.5, Number.NaN]);
});

it('the first channel alone, and over the largest of the training rows', () => {
  const alone = fitScaling(images, training, 'first-channel');
  expect([...applyScaling(alone, images, [0, 1])]).toEqual([3, 0, -1, 0]);
  expect(alone.words).toBe('The tracker of each pixel alone, not scaled; nothing is fitted');
  const first = fitScaling(images, Uint32Array.of(0) as TrainingRows, 'first-over-maximum');
  expect([...applyScaling(first, images, [0, 1])]).toEqual([1, 0, Math.fround(-1 / 3), 0]);
  expect([...invertScaling(first, [1, 0.5])]).toEqual([3, Number.NaN, 1.5, Number.NaN]);
  expect(first.words).toContain('over 3, the largest of the training events');
  const dark = fitScaling(images, Uint32Array.of(1) as TrainingRows, 'first-over-maximum');
  expect([...applyScaling(dark, images, [0])]).toEqual([3, 0]);
  expect(dark.remarks[0]).toContain('nothing in the training events is above 0');
});

it('each pixel of the first channel standardised, there and back; a constant one is 0', () => {
  const fitted = fitScaling(images, training, 'first-standardised');
  // the first pixel is 3 and -1: mean 1, deviation 2; the second one exists once
  expect([...applyScaling(fitted, images, [0, 1])]).toEqual([1, 0, -1, 0]);
  expect([...invertScaling(fitted, [2, 1])]).toEqual([5, Number.NaN, 0, Number.NaN]);
});

it('channels are added up, cut off at 0 and 2,000', () => {
  const fitted = fitScaling(images, training, 'channel-sum');
  // 3 + 9, 0 + 7; -1 + 0 is cut off, a missing channel makes the pixel 0
  expect([...applyScaling(fitted, images, [0, 1])]).toEqual([12, 7, 0, 0].map((sum) => Math.fround(sum / 2000)));
  expect([...invertScaling(fitted, [0.5, 1])]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
});

it('only images have one', () => {
  const table = join([tablePiece('background', 'background', [[1, 2]])]);
  expect(() => fitScaling(table, Uint32Array.of(0) as TrainingRows, 'mask')).toThrow(/expected images.*found data of kind table/);
});

it('over the maximum of the training rows, there and back, and unchanged where there is nothing above 0', () => {
  const table = join([
    tablePiece('background', 'background', [
      [1, 4],
      [3, -8],
      [16, 2],
    ]),
  ]);
  const fitted = fitScaling(table, Uint32Array.of(0, 1) as TrainingRows, 'over-maximum');
  expect([...applyScaling(fitted, table, [1, 2])]).toEqual([0.75, -2, 4, 0.5]);
  expect([...invertScaling(fitted, [0.75, -2])]).toEqual([3, -8]);
  const dark = join([tablePiece('background', 'background', [[0, -1]])]);
  expect([...applyScaling(fitScaling(dark, Uint32Array.of(0) as TrainingRows, 'over-maximum'), dark, [0])]).toEqual([0, -1]);
});
