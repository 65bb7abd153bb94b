/** Images: from the shelf, and from a dropped folder of NPZ files, to a decoder that is dragged through its latent plane. */
import { readdirSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, hasSharedData, open, sharedData, test } from './support.ts';

async function loadSample(page: Page, name: RegExp, events: number): Promise<void> {
  const card = page.getByRole('article', { name });
  await card.getByText('Load it with other settings').click();
  await card.getByLabel('Events').fill(String(events));
  await card.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(page.getByRole('tab', { name: 'Models' })).toBeEnabled({ timeout: 60_000 });
  await expect(page.getByRole('main')).toContainText('images', { timeout: 60_000 });
}

async function train(page: Page, epochs: number): Promise<void> {
  await page.getByRole('tab', { name: 'Models' }).click();
  await page.getByLabel(/^Epochs/).fill(String(epochs));
  await page
    .getByRole('button', { name: /^Train/ })
    .first()
    .click();
  await page.getByRole('tab', { name: 'Explore' }).click();
  await expect(page.getByRole('slider', { name: 'Threshold' })).toBeVisible({ timeout: 240_000 });
  await expect(page.getByRole('region', { name: 'Training' })).toHaveCount(0, { timeout: 240_000 });
}

/** Input, reconstruction, residual and cost of the highest score; then a point of the latent plane. */
async function lookAndDrag(page: Page): Promise<void> {
  const panel = page.getByRole('region', { name: 'Why this event?' });
  await panel.getByLabel('Events to look at').selectOption({ label: 'highest scores' });
  for (const name of ['Input', 'Reconstruction', 'Reconstruction − input', 'Cost of each pixel'])
    await expect(panel.getByRole('img', { name: new RegExp(`^${name}:`) })).toBeVisible();
  await expect(panel).toContainText(/pixels lit/);
  await expect(panel).toContainText('highest scores, 1 of');
  await panel.getByRole('button', { name: 'Next event' }).click();
  await expect(panel).toContainText('highest scores, 2 of');

  await panel.getByRole('radio', { name: 'Drag the code' }).check({ force: true });
  const decoded = panel.getByRole('img', { name: /^Decoder:/ });
  await expect(decoded).toBeVisible();
  const picture = () => decoded.evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const before = await picture();
  const point = panel.getByRole('slider', { name: 'Point in the latent plane' });
  await point.focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press('Shift+ArrowRight');
  await expect.poll(picture).not.toBe(before);
  await panel.getByRole('button', { name: 'Back to the event' }).click();
  await expect.poll(picture).toBe(before);

  await panel.getByRole('radio', { name: 'Class means' }).check({ force: true });
  await expect(panel.getByRole('img', { name: /^QCD:/ })).toBeVisible();
  await expect(panel.getByRole('figure', { name: /Spectrum: number of tracks/ })).toBeVisible();
}

async function moveThreshold(page: Page): Promise<void> {
  const matrix = page.getByRole('region', { name: 'What does the cut do?' });
  const before = await matrix.textContent();
  await page.getByRole('slider', { name: 'Threshold' }).focus();
  for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowLeft');
  await expect(matrix).not.toHaveText(before ?? '');
  await matrix.getByRole('button', { name: /false positives: QCD/ }).click();
  await expect(page.getByRole('region', { name: 'Why this event?' })).toContainText(/background, flagged/);
}

test('detector images from the shelf: look at events, drag the code, move the threshold', async ({ page }) => {
  await open(page, '?backend=wasm');
  await loadSample(page, /Detector images/, 400);
  await train(page, 2);
  await expect(page.getByText('Does this score only count hits?')).toBeAttached();
  await lookAndDrag(page);
  await moveThreshold(page);
});

test('dark-shower images from a folder of NPZ files', async ({ page }) => {
  test.skip(!hasSharedData, 'needs ../shared/data');
  const folders = ['train', 'test'].map((part) => sharedData(`codae/n_tracks/${part}/`));
  const paths = folders.flatMap((folder) => readdirSync(folder).map((name) => `${folder}${name}`));
  const chosen = paths.filter((path) => /qcd_gensim_10[12]_|qcd_gensim_104|h200|h400_.*_6|svj_2100_34484/.test(path));
  await open(page, '?backend=wasm');
  await page.getByLabel('Event files', { exact: true }).setInputFiles(chosen);
  await page.getByRole('button', { name: /^Load \d+ files/ }).click({ timeout: 60_000 });
  await expect(page.getByRole('main')).toContainText('SUEP 200 GeV', { timeout: 120_000 });
  await train(page, 2);
  await expect(page.getByText(/with lit pixels, tracker/)).toBeAttached();
  await lookAndDrag(page);
  await moveThreshold(page);
});
