import { expect, it } from 'vitest';
import { rowNouns } from '../../base/nouns.ts';
import { errorWords } from './event-words.ts';

const mse = { name: 'mean squared error', needs: ['reconstruction'] as const };

it('give the sum over what exists, and how much more lies in padding', () => {
  const event = { errors: [1, 2, 0.5], mask: [1, 1, 1], objectTypes: ['jet' as const] };
  expect(errorWords(event, mse, rowNouns.objects)).toBe(', summed squared error 3.50 in model units');
  expect(errorWords({ ...event, mask: [1, 0, 1] }, mse, rowNouns.objects)).toBe(
    ', summed squared error 1.50 in model units; 2.00 more in empty slots, which masked scores leave out',
  );
  expect(errorWords({ errors: [1, 1], mask: [1, 0] }, mse, rowNouns.table)).toContain('1.00 more in missing values');
});

it('say where the score is not made of these errors, and where there are none', () => {
  const latent = { name: 'KL divergence', needs: ['latentMean'] as const };
  expect(errorWords({ errors: [1], mask: [1] }, latent, rowNouns.table)).toContain(
    'the score “KL divergence” is not made of these errors',
  );
  const leftOut = { score: 12, without: [3], replaced: false };
  expect(errorWords({ mask: [1], leftOut }, latent, rowNouns.objects)).toBe(
    '; this model restores no numbers, so its score, 12.0, is asked again without each object',
  );
  expect(errorWords({ mask: [1] }, mse, rowNouns.objects)).toContain('reconstructs no numbers of the event');
});
