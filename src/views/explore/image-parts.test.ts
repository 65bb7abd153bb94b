import { expect, it } from 'vitest';
import { channelOf, imageParts, imageWords } from './image-parts.ts';

const data = { shape: [1, 2, 2], image: { unit: 'GeV' } };

it('takes a channel apart, and the residual and the cost of each pixel by the score', () => {
  const event = { input: [4, 9, 0, 9], reconstruction: [3, 9, 0.5, 9] };
  const parts = imageParts(data, event, 'reconstruction-mse', 0);
  expect([...parts.input]).toEqual([4, 0]);
  expect([...(parts.residual ?? [])]).toEqual([-1, 0.5]);
  expect([...(parts.cost ?? [])]).toEqual([1, 0.25]);
  expect([...(imageParts(data, event, 'reconstruction-l1', 0).cost ?? [])]).toEqual([1, 0.5]);
  expect([...channelOf(event.input, 1, 2)]).toEqual([9, 9]);
  expect(imageWords(parts)).toBe('1 of 2 pixels lit, sum 4.00 GeV');
});

it('a model of masks is shown the mask, and what it says nothing of is not shown as restored', () => {
  const event = { input: [4, 9, 0, 9], reconstruction: [0.5, Number.NaN, 0.25, Number.NaN], masked: true };
  const parts = imageParts(data, event, 'reconstruction-bce', 0);
  expect([...parts.input]).toEqual([1, 0]);
  expect(parts.unit).toBe('');
  expect(parts.cost?.[0]).toBeCloseTo(Math.LN2, 12);
  expect(parts.cost?.[1]).toBeCloseTo(-Math.log(0.75), 12);
  expect(imageParts(data, event, 'reconstruction-bce', 1).restored).toBeUndefined();
});
