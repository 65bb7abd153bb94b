/**
 * Three histograms of one lumisection: each has a double autoencoder of its own, and together they have one score. The number of
 * largest errors that a score takes is typed, not trained.
 */
import { expect, open, test } from './support.ts';

test('three histograms with a double autoencoder each: stages, curves, one score, any number of largest errors', async ({
  page,
}) => {
  await open(page, '?backend=wasm');
  const card = page.getByRole('article', { name: /Tracker histograms/i });
  await card.getByText('Load it with other settings').click();
  await card.getByLabel(/^Events/).fill('1500');
  await card.getByLabel('Histograms', { exact: true }).selectOption('all');
  await card.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(page.getByRole('region', { name: 'How is it divided?' })).toBeVisible({ timeout: 60_000 });
  await page.getByRole('tab', { name: 'Models' }).click();
  await page
    .getByRole('radio', { name: /Histogram autoencoder/i })
    .first()
    .check({ force: true });
  await page.getByLabel('Preset', { exact: true }).selectOption('double');
  await page.getByLabel(/^Epochs, at most/).fill('4');
  await page.getByText(/^Show 5 more parameters/).click();
  await page.getByLabel(/^Epochs of the second stage/).fill('3');
  await page
    .getByRole('button', { name: /^Train/ })
    .first()
    .click();
  await expect(page.getByRole('region', { name: 'Training', exact: true })).toHaveCount(0, { timeout: 200_000 });

  // two networks for each of three histograms, 4 and 3 epochs each
  await expect(page.getByText('seed 1, 21 epochs').first()).toBeVisible();
  await page.getByRole('tab', { name: 'Explore' }).click();
  const score = page.getByLabel('Score', { exact: true });
  await expect(score).toHaveValue('combined-half-normal', { timeout: 60_000 });
  for (const id of ['combined-gaussian', 'combined-kernels', 'combined-kernels-summed']) {
    await expect(score.locator(`option[value="${id}"]`)).toBeAttached();
  }

  await score.selectOption('reconstruction-mse-top10');
  const count = page.getByLabel('Largest errors', { exact: true });
  await count.fill('500');
  await expect(page.getByRole('alert')).toContainText('from 1 to 176');
  await count.fill('25');
  await count.press('Enter');
  await expect(score).toHaveValue('reconstruction-mse-top25');
  await expect(score.locator('option:checked')).toHaveText('Mean of the 25 largest squared errors');
  await expect(page.getByRole('figure', { name: /^When did it happen\?/ })).toBeVisible();
});
