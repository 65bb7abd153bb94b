/** What a physicist looks at in events: why one stands out, and which copies of it a contrastive model learns from. */
import type { Page } from '@playwright/test';
import { expect, open, test } from './support.ts';

/** Of a copy that is described as `... MET 71.6 → 132 GeV` or `MET stays 71.6 GeV`, the last number. */
const metIn = (text: string): number => Number(text.replaceAll('\u202f', '').match(/MET (?:stays |.*→ )([\d.]+)/)?.[1]);

const chooseModel = (page: Page, name: RegExp) => page.getByRole('radio', { name }).first().check({ force: true });

test('the copies that AnomalyCLR learns from, by keyboard: drawn anew, with other settings, and as a table', async ({ page }) => {
  await open(page, '?backend=wasm');
  const shelf = page.getByRole('article', { name: /Collider events/ });
  await shelf.getByText('Load it with other settings').click();
  await shelf.getByLabel('Events').fill('1000');
  await shelf.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(page.getByRole('main')).toContainText('electron 1', { timeout: 60_000 });
  await page.getByRole('tab', { name: 'Models' }).click();
  await chooseModel(page, /AnomalyCLR/);

  await page.getByRole('button', { name: 'See the copies it learns from' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: /Copies that AnomalyCLR learns from/ });
  const card = (name: string) => dialog.getByRole('listitem', { name });
  await expect(dialog.getByRole('listitem').filter({ has: page.getByRole('heading') })).toHaveCount(8);
  for (const figure of await dialog.getByRole('figure').all()) await expect(figure.locator('svg').first()).toBeVisible();

  // physics leaves MET as it was, whatever the draw; new objects are balanced by it
  const original = metIn(await card('Rotated in φ').innerText());
  expect(original).toBeGreaterThan(0);
  expect(metIn(await card('Physics copy, as in training').innerText())).toBe(original);
  expect(metIn(await card('Anomaly A2: objects split').innerText())).toBe(original);
  const added = card('Anomaly A1: objects added');
  await expect(added).toContainText(/more; MET .* → .* GeV/);
  const first = await added.innerText();
  const draw = dialog.getByRole('button', { name: 'New draw' });
  await draw.focus();
  await page.keyboard.press('Enter');
  await expect(dialog).toContainText('seed 1, draw 2');
  await expect.poll(() => added.innerText()).not.toBe(first);

  // what is switched off is gone, and the rest says its settings
  await dialog.getByRole('switch', { name: /add objects/ }).focus();
  await page.keyboard.press('Space');
  await expect(added).toHaveCount(0);
  await dialog.getByLabel(/^Smear eta and phi/).fill('5');
  await expect(card('Smeared in η and φ')).toContainText('width 5.0 × 0.028');

  // another event, and the numbers behind the pictures
  await dialog.getByRole('button', { name: 'Next event' }).focus();
  await page.keyboard.press('Enter');
  await expect(dialog).toContainText(/2 of \d+ for training/);
  await dialog.getByRole('radio', { name: 'Tables' }).check({ force: true });
  await expect(card('Rotated in φ').getByRole('table')).toContainText('MET');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  // the settings are those of the model
  await expect(page.getByRole('main').getByLabel(/^Smear eta and phi/)).toHaveValue('5');
});
