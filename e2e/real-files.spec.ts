/** A physicist drops real files, trains two models for real, drags the threshold, and recounts the confusion matrix. */
import {
  downloaded,
  downloadScores,
  dropAndTrain,
  expectSameAucs,
  type Results,
  recount,
  runStudyFile,
  thresholdOf,
} from './analysis.ts';
import { expect, hasSharedData, open, sharedData, test } from './support.ts';

test.describe('real files (need ../shared/data)', () => {
  test.skip(!hasSharedData, 'no ../shared/data on this machine');

  test('train a dense autoencoder and PCA, move the threshold, recount', async ({ page }) => {
    await open(page, '?backend=wasm');
    await dropAndTrain(page, { epochs: 5 });
    await page.getByRole('tab', { name: 'Explore' }).click();
    await expect(page.getByRole('slider', { name: 'Threshold' })).toBeVisible({ timeout: 120_000 });
    await expect(page.getByRole('region', { name: 'Training' })).toHaveCount(0, { timeout: 120_000 });

    const scores = await downloadScores(page);
    expect(scores.length).toBeGreaterThan(1000);
    await recount(page, scores, 'stlp');

    // drag the handle to the right, then recount
    const slider = page.getByRole('slider', { name: 'Threshold' });
    const before = await thresholdOf(page);
    const box = await slider.boundingBox();
    if (!box) throw new Error('the threshold handle is not on the screen');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    for (let i = 1; i <= 10; i++) await page.mouse.move(box.x + box.width / 2 + 8 * i, box.y + box.height / 2);
    await page.mouse.up();
    await expect.poll(() => thresholdOf(page)).toBeGreaterThan(before);
    await recount(page, scores, 'stlp');

    // and by keyboard: one distinct score at a time
    const dragged = await thresholdOf(page);
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => thresholdOf(page)).toBeLessThan(dragged);
    await recount(page, scores, 'stlp');

    // a cell opens its events, and an event shows input against reconstruction
    await page.getByRole('button', { name: /true positives: stlp/ }).click();
    await expect(page.getByRole('table', { name: /events/i }).first()).toBeVisible();

    // PCA, the second model, answers too
    const model = page.getByLabel('Model', { exact: true });
    await model.selectOption(await model.locator('option', { hasText: /^PCA/ }).first().getAttribute('value'));
    await expect(slider).toBeVisible();
    await recount(page, await downloadScores(page), 'stlp');

    // the study runner repeats the page's numbers
    await page.getByRole('button', { name: 'Share', exact: true }).click();
    const study = await downloaded(page, 'Download the study');
    const fromPage = JSON.parse(await downloaded(page, 'Download the results')) as Results;
    const fromRunner = runStudyFile(study, sharedData('adc-like-derived'));
    expectSameAucs(fromPage, fromRunner);
  });
});
