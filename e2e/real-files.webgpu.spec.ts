/** The journey of `real-files.spec.ts` on WebGPU. The adapter is software here, so the model takes two steps and no more. */
import { downloadScores, dropAndTrain, recount, thresholdOf } from './analysis.ts';
import { expect, hasSharedData, open, test } from './support.ts';

test.describe('real files on WebGPU (need ../shared/data)', () => {
  test.skip(!hasSharedData, 'no ../shared/data on this machine');

  test('train a tiny dense autoencoder and PCA, move the threshold, recount', async ({ page }) => {
    await open(page, '?backend=webgpu');
    await expect(page.getByRole('button', { name: /^Compute backend/ })).toContainText('WebGPU');
    await dropAndTrain(page, { epochs: 2, batchSize: 512 });
    await page.getByRole('tab', { name: 'Explore' }).click();
    const slider = page.getByRole('slider', { name: 'Threshold' });
    await expect(slider).toBeVisible({ timeout: 180_000 });
    await expect(page.getByRole('region', { name: 'Training' })).toHaveCount(0, { timeout: 180_000 });
    await expect(page.getByText(/on webgpu/i).first()).toBeVisible();
    const scores = await downloadScores(page);
    await recount(page, scores, 'stlp');
    const before = await thresholdOf(page);
    await slider.focus();
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(() => thresholdOf(page)).toBeGreaterThan(before);
    await recount(page, scores, 'stlp');
  });
});
