/** A student opens the page, presses one button and has a moving threshold; the link and the study file repeat it. */
import { downloaded, expectSameAucs, type Results, runStudyFile } from './analysis.ts';
import { expect, open, test } from './support.ts';

test('from the shelf to a threshold, a link that repeats it, and the same AUC from the study runner', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, '?backend=wasm');
  const card = page.getByRole('article', { name: /Collider events/ });
  await expect(card).toContainText('synthetic');
  await card.getByText('Load it with other settings').click();
  await card.getByLabel('Events').fill('4000');
  await card.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(page.getByRole('main')).toContainText('electron 1', { timeout: 60_000 });

  await page.getByRole('tab', { name: 'Models' }).click();
  await page.getByLabel(/^Epochs/).fill('2');
  await page
    .getByRole('button', { name: /^Train/ })
    .first()
    .click();
  await page.getByRole('tab', { name: 'Explore' }).click();
  await expect(page.getByRole('slider', { name: 'Threshold' })).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole('region', { name: 'Training' })).toHaveCount(0, { timeout: 120_000 });

  // all results of the page, and the study that made them
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const study = await downloaded(page, 'Download the study');
  const fromPage = JSON.parse(await downloaded(page, 'Download the results')) as Results;
  expect(fromPage.runs.length).toBeGreaterThan(10);
  expectSameAucs(fromPage, runStudyFile(study));

  // the link opens the same analysis
  await page.getByRole('button', { name: 'Copy the link' }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await page.goto('about:blank');
  await page.goto(link);
  await expect(page.getByRole('slider', { name: 'Threshold' })).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole('region', { name: 'Training' })).toHaveCount(0, { timeout: 120_000 });
  await page.getByRole('tab', { name: 'Compare' }).click();
  const auc =
    fromPage.runs.find((r) => r.model === 'pca' && r.score === 'reconstruction-mse' && r.signal === 'A to 4l')?.auc ?? Number.NaN;
  await expect(page.getByRole('table', { name: 'Runs compared' })).toContainText(auc.toFixed(3));
});

test('training can be paused, resumed and stopped, and keeps what it has', async ({ page }) => {
  await open(page, '?backend=wasm');
  const card = page.getByRole('article', { name: /Collider events/ });
  await card.getByText('Load it with other settings').click();
  await card.getByLabel('Events').fill('20000');
  await card.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(page.getByRole('main')).toContainText('electron 1', { timeout: 60_000 });
  await page.getByRole('tab', { name: 'Models' }).click();
  // long enough to be stopped on any machine
  await page.getByLabel(/^Epochs/).fill('10000');
  await page.getByLabel(/^Early stop after/).fill('0');
  await page
    .getByRole('button', { name: /^Train/ })
    .first()
    .click();
  const strip = page.getByRole('region', { name: 'Training' });
  await expect(strip).toContainText(/epoch [2-9]|epoch \d\d/, { timeout: 60_000 });
  await strip.getByRole('button', { name: 'Pause' }).click();
  await expect(strip.getByRole('button', { name: 'Resume' })).toBeVisible();
  const epoch = async (): Promise<string> => ((await strip.textContent()) ?? '').match(/epoch (\d+)/)?.[1] ?? '';
  // a step that is under way when the pause comes is finished; then nothing moves for many epochs' time
  let paused = '';
  await expect(async () => {
    paused = await epoch();
    await page.waitForTimeout(1500);
    expect(await epoch()).toBe(paused);
  }).toPass({ timeout: 30_000 });
  await strip.getByRole('button', { name: 'Resume' }).click();
  await expect.poll(epoch).not.toBe(paused);
  await strip.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('tab', { name: 'Explore' }).click();
  await expect(page.getByRole('slider', { name: 'Threshold' })).toBeVisible({ timeout: 60_000 });
});
