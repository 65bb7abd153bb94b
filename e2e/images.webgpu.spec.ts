/** A tiny image model on WebGPU. The adapter is software here, so it takes a few steps on a few images and no more. */
import { expect, open, test } from './support.ts';

test('crystals of electrons and photons on WebGPU: train, look at a shower, move the threshold', async ({ page }) => {
  await open(page, '?backend=webgpu');
  await expect(page.getByRole('button', { name: /^Compute backend/ })).toContainText('WebGPU');
  const card = page.getByRole('article', { name: /Electron and photon images/ });
  await card.getByText('Load it with other settings').click();
  await card.getByLabel('Events').fill('300');
  await card.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(page.getByRole('main')).toContainText('300 images', { timeout: 60_000 });
  await page.getByRole('tab', { name: 'Models' }).click();
  await page
    .getByRole('radio', { name: /^Image autoencoder/ })
    .first()
    .check({ force: true });
  await page.getByLabel('Preset', { exact: true }).selectOption({ label: 'Strided 16-32' });
  await page.getByLabel(/^Epochs/).fill('2');
  await page
    .getByRole('button', { name: /^Train/ })
    .first()
    .click();

  await page.getByRole('tab', { name: 'Explore' }).click();
  await expect(page.getByRole('slider', { name: 'Threshold' })).toBeVisible({ timeout: 200_000 });
  await expect(page.getByRole('region', { name: 'Training' })).toHaveCount(0, { timeout: 200_000 });
  const panel = page.getByRole('region', { name: 'Why this event?' });
  await panel.getByLabel('Events to look at').selectOption({ label: 'highest scores' });
  for (const name of ['Input', 'Reconstruction', 'Cost of each pixel'])
    await expect(panel.getByRole('img', { name: new RegExp(`^${name}:`) })).toBeVisible();

  const matrix = page.getByRole('region', { name: 'What does the cut do?' });
  const before = await matrix.textContent();
  await page.getByRole('slider', { name: 'Threshold' }).focus();
  for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowLeft');
  await expect(matrix).not.toHaveText(before ?? '');
});
