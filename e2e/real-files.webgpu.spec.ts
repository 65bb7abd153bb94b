/** The journey of `real-files.spec.ts` on WebGPU. The adapter is software here, so the model takes two steps and no more. */
import { dropAndTrain, exploreAndRecount } from './analysis.ts';
import { expect, hasSharedData, open, test } from './support.ts';

test.describe('real files on WebGPU (need ../shared/data)', () => {
  test.skip(!hasSharedData, 'no ../shared/data on this machine');

  test('train a tiny dense autoencoder and PCA, move the threshold, recount', async ({ page }) => {
    await open(page, '?backend=webgpu');
    await expect(page.getByRole('button', { name: /^Compute backend/ })).toContainText('WebGPU');
    await dropAndTrain(page, { epochs: 2, batchSize: 512 });
    await exploreAndRecount(page);
  });
});
