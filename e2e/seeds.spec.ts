/** Several seeds of one model train together in the page, and the study runner finds the same numbers. */
import { downloaded, expectSameAucs, type Results, runStudyFile } from './analysis.ts';
import { expect, open, test } from './support.ts';

test('three seeds train side by side, with the numbers of the study runner', async ({ page }) => {
  await open(page, '?backend=wasm');
  const card = page.getByRole('article', { name: /Collider events/ });
  await card.getByText('Load it with other settings').click();
  await card.getByLabel('Events').fill('6000');
  await card.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(page.getByRole('main')).toContainText('electron 1', { timeout: 60_000 });
  await page.getByRole('tab', { name: 'Models' }).click();
  await page.getByLabel(/^Epochs/).fill('40');
  await page.getByLabel(/^Seeds/).fill('1, 2, 3');
  await page.getByLabel(/^Seeds/).press('Enter');
  await page
    .getByRole('button', { name: /^Train/ })
    .first()
    .click();
  const strip = page.getByRole('region', { name: 'Training' });
  await expect(strip).toContainText(/seeds \d, \d/, { timeout: 60_000 });
  await expect(strip).toHaveCount(0, { timeout: 120_000 });
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const study = await downloaded(page, 'Download the study');
  const fromPage = JSON.parse(await downloaded(page, 'Download the results')) as Results;
  expect(new Set(fromPage.runs.filter((r) => r.model === 'dense-autoencoder').map((r) => r.seed)).size).toBe(3);
  expectSameAucs(fromPage, runStudyFile(study));
});
