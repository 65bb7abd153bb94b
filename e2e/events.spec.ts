/** What a physicist looks at in events: why one stands out, and which copies of it a contrastive model learns from. */
import type { Page } from '@playwright/test';
import { downloadScores, dropEvents, recount, thresholdOf } from './analysis.ts';
import { expect, hasSharedData, open, test } from './support.ts';

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

test.describe('files in the form of ADC2021 (need ../shared/data)', () => {
  test.skip(!hasSharedData, 'no ../shared/data on this machine');

  test('the whole path of AnomalyCLR: two stages, a threshold, why an event stands out, and its copies', async ({ page }) => {
    await open(page, '?backend=wasm');
    await dropEvents(page);

    // a small encoder
    await page.getByRole('tab', { name: 'Models' }).click();
    await chooseModel(page, /AnomalyCLR/);
    const main = page.getByRole('main');
    await main.getByLabel(/^Representation width d/).fill('8');
    await main.getByLabel(/^Transformer blocks/).fill('1');
    await main.getByLabel(/^Epochs, autoencoder/).fill('5');
    await page.getByLabel(/^Epochs, at most/).fill('2');
    await page
      .getByRole('button', { name: /^Train/ })
      .first()
      .click();

    // the curve of each stage, of its own length
    const curves = page.getByRole('region', { name: /still learning/ });
    await expect(curves.getByRole('radio', { name: 'Stage 2' })).toBeEnabled({ timeout: 120_000 });
    await expect(page.getByRole('region', { name: 'Training' })).toHaveCount(0, { timeout: 120_000 });
    const rows = curves.getByRole('table').getByRole('row');
    for (const [stage, epochs] of [
      ['Stage 1', 2],
      ['Stage 2', 5],
    ] as const) {
      // a baseline that starts or ends meanwhile makes a panel of its own
      await expect(async () => {
        await curves.getByRole('radio', { name: stage }).check({ force: true });
        if ((await rows.count()) === 0) await curves.getByRole('button', { name: 'Show as table' }).click();
        // the row of names, then one for each epoch
        await expect(rows).toHaveCount(1 + epochs, { timeout: 2000 });
      }).toPass({ timeout: 60_000 });
    }

    // scores of the representation; the matrix counts them
    await page.getByRole('tab', { name: 'Explore' }).click();
    const slider = page.getByRole('slider', { name: 'Threshold' });
    await expect(slider).toBeVisible({ timeout: 120_000 });
    const model = page.getByLabel('Model', { exact: true });
    // no other run stands beside it; its name says what was changed of the preset all the same
    const own = model.locator('option', { hasText: /^AnomalyCLR/ }).first();
    await expect(own).toContainText(/Representation width d 8, Transformer blocks 1/);
    await model.selectOption(await own.getAttribute('value'));
    await expect(page.getByRole('main')).toContainText(/Error on the representation/);
    const scores = await downloadScores(page);
    await recount(page, scores, 'stlp');
    const before = await thresholdOf(page);
    await slider.focus();
    for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowLeft');
    await expect.poll(() => thresholdOf(page)).toBeLessThan(before);
    await recount(page, scores, 'stlp');

    // nobody chose an event yet: it is the one with the highest score, and it says what the score loses without each object
    const panel = page.getByRole('region', { name: 'Why this event?' });
    await expect(panel).toContainText('The event with the highest score');
    await expect(panel).toContainText('restores no numbers');
    const highest = Math.max(...scores.map(({ score }) => score));
    const show = (name: string) => panel.getByRole('radio', { name, exact: true }).check({ force: true });
    await show('Losses');
    const asTable = panel.getByRole('button', { name: 'Show as table' });
    await asTable.click();
    const caption = panel.getByRole('table').locator('caption');
    await expect(caption).toContainText('Score of the event and what it loses without it');
    const said = Number((await caption.innerText()).replaceAll('\u202f', '').match(/([\d.]+) in all/)?.[1]);
    expect(Math.abs(said / highest - 1)).toBeLessThan(0.006);
    await asTable.click();
    for (const view of ['η–φ', 'Transverse']) {
      await show(view);
      await expect(panel.getByRole('figure').locator('svg').first()).toBeVisible();
      await expect(panel.getByRole('figure')).toContainText('MET');
    }

    // an event of a cell, with its copies
    await page.getByRole('button', { name: /true positives: stlp/ }).click();
    await expect(panel.getByRole('table', { name: /events/i }).first()).toBeVisible();
    await panel.getByRole('button', { name: 'Copies' }).click();
    const dialog = page.getByRole('dialog', { name: /Copies that AnomalyCLR learns from/ });
    await expect(dialog).toContainText(/stlp, event .*; seed 1, draw 1/);
    await expect(dialog.getByRole('listitem', { name: 'Anomaly A3: pT and MET shifted' })).toContainText(
      /pT of objects × [\d.]+; MET/,
    );
    await page.keyboard.press('Escape');

    // a model that restores numbers says which of them stand out
    await model.selectOption(await model.locator('option', { hasText: /^PCA/ }).first().getAttribute('value'));
    await expect(panel).toContainText('summed squared error');
    await show('Errors');
    await panel.getByRole('button', { name: 'Show as table' }).click();
    await expect(panel.getByRole('table').locator('caption')).toContainText(/usual sizes from \d+ training background events/);
  });
});
