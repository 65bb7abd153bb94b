/** Images: from the shelf, and from a dropped folder of NPZ files, to a decoder that is dragged through its latent plane. */
import { readdirSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, hasSharedData, open, sharedData, test } from './support.ts';

async function loadSample(page: Page, name: RegExp, events: number): Promise<void> {
  const card = page.getByRole('article', { name });
  await card.getByText('Load it with other settings').click();
  // too few are refused where they were typed, and nothing else is loaded in their place
  await card.getByLabel('Events').fill('80');
  await card.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(card.getByRole('alert')).toContainText(/from 100 to .*found "80"/);
  await expect(card.getByLabel('Events')).toBeFocused();
  await card.getByLabel('Events').fill(String(events));
  await card.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(page.getByRole('tab', { name: 'Models' })).toBeEnabled({ timeout: 60_000 });
  await expect(page.getByRole('main')).toContainText('images', { timeout: 60_000 });
  const means = page.getByRole('region', { name: 'What is in the images?' });
  await expect(means.getByRole('img', { name: /^QCD:/ })).toBeVisible({ timeout: 60_000 });
}

interface Choice {
  /** Accessible name of the model and label of its preset; those that the page suggests if absent. */
  model?: RegExp;
  preset?: string;
  epochs: number;
}

async function train(page: Page, { model, preset, epochs }: Choice): Promise<void> {
  await page.getByRole('tab', { name: 'Models' }).click();
  if (model) await page.getByRole('radio', { name: model }).first().check({ force: true });
  if (preset) await page.getByLabel('Preset', { exact: true }).selectOption({ label: preset });
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
  await train(page, { epochs: 2 });
  await expect(page.getByText('Does this score only count hits?')).toBeAttached();
  await lookAndDrag(page);
  await moveThreshold(page);
});

/** Fewer bits, and the time of each network. */
async function readPrice(page: Page, networks: readonly string[]): Promise<void> {
  await page.getByRole('button', { name: 'What would it cost in a trigger?' }).click();
  const dialog = page.getByRole('dialog', { name: 'What would it cost in a trigger?' });
  const bits = dialog.getByRole('table', { name: /Weights with fewer bits/ });
  await expect(bits).toBeVisible({ timeout: 120_000 });
  const sizes: number[] = [];
  for (const name of ['32 bit', '16 bit', '8 bit']) {
    const row = bits.getByRole('row', { name: new RegExp(`^${name}`) });
    await expect(row).toContainText(/0\.\d+\s±\s0\.\d+/);
    sizes.push(Number((await row.getByRole('cell').first().textContent())?.replace(/[^\d.]/g, '')));
  }
  expect((sizes[0] as number) / (sizes[1] as number)).toBeCloseTo(2, 1);
  expect(sizes[1] as number).toBeGreaterThan(sizes[2] as number);
  const times = dialog.getByRole('table', { name: /Time of each network/ });
  for (const name of networks)
    await expect(times.getByRole('row', { name: new RegExp(`^${name} `) })).toContainText(/\d\s\(.*\d\)/);
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
}

test('dark-shower images from a folder of NPZ files: a small autoencoder, its memory and its price', async ({ page }) => {
  test.skip(!hasSharedData, 'needs ../shared/data');
  const folder = sharedData('codae/n_tracks/test/');
  const chosen = readdirSync(folder)
    .filter((name) => /qcd_gensim_104|h200_.*_210|h400_.*_6|svj_2100_34484/.test(name))
    .map((name) => `${folder}${name}`);
  await open(page, '?backend=wasm');
  await page.getByLabel('Event files', { exact: true }).setInputFiles(chosen);
  await page.getByRole('button', { name: /^Load \d+ files/ }).click({ timeout: 60_000 });
  await expect(page.getByRole('main')).toContainText('SUEP 200 GeV', { timeout: 120_000 });
  await expect(page.getByRole('main')).toContainText(/\d\sMB in memory: pixels that are not 0 alone, exact/);

  await train(page, { model: /^Image autoencoder/, preset: 'Strided 16-32', epochs: 2 });
  await expect(page.getByText(/with lit pixels \(tracker\)/)).toBeAttached();
  await lookAndDrag(page);
  await moveThreshold(page);

  await readPrice(page, ['encoder', 'decoder']);
});

test('dark-shower images from a folder of NPZ files: a small CoDAE', async ({ page }) => {
  test.skip(!hasSharedData, 'needs ../shared/data');
  const folder = sharedData('codae/n_tracks/test/');
  const chosen = readdirSync(folder)
    .filter((name) => /qcd_gensim_104|h200_.*_210|svj_2100_34484/.test(name))
    .map((name) => `${folder}${name}`);
  await open(page, '?backend=wasm');
  await page.getByLabel('Event files', { exact: true }).setInputFiles(chosen);
  await page.getByRole('button', { name: /^Load \d+ files/ }).click({ timeout: 60_000 });
  await expect(page.getByRole('main')).toContainText('SUEP 200 GeV', { timeout: 120_000 });
  await train(page, { model: /^CoDAE/, preset: 'CoDAE, two levels', epochs: 1 });
  await expect(page.getByRole('main')).toContainText('CoDAE');
  await lookAndDrag(page);
  await moveThreshold(page);

  await readPrice(page, ['encoder', 'conditioner', 'decoder']);
  // a number of Z_m needs its encoder and nothing else
  const score = page.getByLabel('Score', { exact: true });
  const names = await score.getByRole('option').allTextContents();
  await score.selectOption({ label: names.find((name) => /latent number 1/i.test(name)) ?? 'no latent number' });
  await page.getByRole('button', { name: 'What would it cost in a trigger?' }).click();
  const dialog = page.getByRole('dialog', { name: 'What would it cost in a trigger?' });
  await expect(dialog).toContainText(/This score needs conditioner: [\d.]+\s/, { timeout: 120_000 });
});
