/** A study of several models runs by itself in the page, is paused and reloaded in the middle, and fills Compare; a study file does the same. */
import type { Page } from '@playwright/test';
import { downloaded, expectSameAucs, type Results, runStudyFile } from './analysis.ts';
import { expect, keptIn, open, test } from './support.ts';

async function loadSample(page: Page, events: number): Promise<void> {
  const card = page.getByRole('article', { name: /Collider events/ });
  await card.getByText('Load it with other settings').click();
  await card.getByLabel('Events').fill(String(events));
  await card.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(page.getByRole('main')).toContainText('electron 1', { timeout: 60_000 });
}

test('five models with three seeds run unattended, survive a pause and a reload, and fill Compare', async ({ page }) => {
  test.setTimeout(360_000);
  const workers: string[] = [];
  page.on('worker', (worker) => workers.push(worker.url()));
  await open(page, '?backend=wasm');
  const cores = await page.evaluate(() => navigator.hardwareConcurrency);
  await loadSample(page, 2000);
  await page.getByRole('tab', { name: 'Models' }).click();
  await page.getByRole('button', { name: 'Several models' }).click();
  const form = page.getByRole('dialog', { name: 'A study of several models' });
  await form.getByLabel('Name').fill('Five models');
  while ((await form.getByRole('combobox', { name: /^Model \d/ }).count()) < 5) {
    await form.getByRole('button', { name: 'Add a model' }).click();
  }
  const models = [
    'dense-autoencoder',
    'dense-variational-autoencoder',
    'convolutional-autoencoder',
    'convolutional-variational-autoencoder',
    'event-siamese',
  ];
  for (const [i, model] of models.entries()) {
    await form.getByRole('combobox', { name: `Model ${i + 1}`, exact: true }).selectOption(model);
  }
  await form.getByLabel(/^Seeds/).fill('1-3');
  await form.getByLabel(/^Epochs/).fill('2');
  await form.getByRole('button', { name: 'Queue 15 trainings' }).click();
  const studies = page.getByRole('list', { name: 'Studies' });
  await expect(studies).toContainText('Five models');
  await expect(studies).toContainText(/[3-9] of 15 done, about .* left/, { timeout: 120_000 });

  // paused in the middle, wherever that is
  await studies.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(studies).toContainText('paused');
  const count = async (): Promise<number> => Number(/(\d+) of 15/.exec(await studies.innerText())?.[1]);
  const paused = await count();
  await expect.poll(async () => (await keptIn(page)).session?.paused).toBe(true);
  await expect.poll(async () => (await keptIn(page)).runs).toBeGreaterThanOrEqual(paused);
  await page.reload();
  await expect(studies).toContainText(/\d of 15 done, paused/, { timeout: 60_000 });
  // a run that was being scored when the pause came may have ended since
  const before = await count();
  expect(before).toBeGreaterThanOrEqual(paused);
  await page.waitForTimeout(1000);
  await expect(studies).toContainText(`${before} of 15 done, paused`);
  await studies.getByRole('button', { name: 'Resume' }).click();
  await expect(studies).not.toContainText('paused');

  // reloaded while it trains: it goes on without a word
  await expect(studies).toContainText(
    new RegExp(`(${Array.from({ length: 15 - before - 1 }, (_, i) => before + 1 + i).join('|')}) of 15`),
    {
      timeout: 120_000,
    },
  );
  await expect.poll(async () => (await keptIn(page)).session?.paused).toBe(false);
  await page.reload();
  await expect(studies).toContainText('15 trainings done', { timeout: 240_000 });
  // the convolutional ones had workers with a TF.js of their own, which run the engine's script
  if (cores > 1) expect(workers.filter((url) => url === workers[0]).length).toBeGreaterThan(3);

  // Compare: one row per model, four signals, the seeds of each under it in their order
  await page.getByRole('tab', { name: 'Compare' }).click();
  await page.getByLabel('Runs', { exact: true }).selectOption({ label: 'Five models' });
  const table = page.getByRole('table', { name: 'Models and signals compared' });
  await expect(table.getByRole('row')).toHaveCount(6);
  for (const signal of ['A to 4l', 'LQ to b tau', 'h0 to tau tau', 'h+ to tau nu']) {
    await expect(table.getByRole('columnheader', { name: signal })).toBeVisible();
  }
  await expect(table.getByText(/0\.\d+.±.0\.\d+/)).toHaveCount(20);
  await expect(table.getByText(/^0\.\d+ to [01]\.\d+$/)).toHaveCount(20);
  await table.getByRole('button', { name: 'Seeds of Convolutional autoencoder' }).click();
  await expect(table.getByText(/^seed \d$/)).toHaveText(['seed 1', 'seed 2', 'seed 3']);
  await expect(page.getByRole('region', { name: 'How do models and signals compare?' }).locator('.js-plotly-plot')).toBeVisible();
});

test('a study file that is opened on the page gives what the page saved', async ({ page }) => {
  const study = {
    version: 1,
    name: 'two in a file',
    data: { sample: 'collider-events', events: 2000, seed: 4 },
    models: [
      { id: 'pca', preset: 'pca-3' },
      { id: 'dense-autoencoder', seeds: [2, 1], epochs: 2 },
    ],
  };
  const drop = (name: string, content: unknown) =>
    page
      .getByLabel('Event files', { exact: true })
      .setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(content)) });
  await open(page, '?backend=wasm');
  await drop('slip.json', { ...study, models: [{ id: 'pca', preset: 'pca-3', params: { componets: 2 } }] });
  await expect(page.getByRole('alert').or(page.getByRole('status')).filter({ hasText: 'componets' }).first()).toBeVisible({
    timeout: 60_000,
  });
  await page.getByRole('tab', { name: 'Data' }).click();
  await page.getByRole('button', { name: /^Close collider-events/ }).click();
  await drop('study.json', study);
  const table = page.getByRole('table', { name: 'Models and signals compared' });
  await expect(table).toContainText('Dense autoencoder', { timeout: 120_000 });
  await expect(page.getByRole('region', { name: 'Training' })).toHaveCount(0, { timeout: 120_000 });
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const saved = JSON.parse(await downloaded(page, 'Download the study'));
  expect(saved).toMatchObject({
    data: study.data,
    models: [{ id: 'pca' }, { id: 'dense-autoencoder', seeds: [2, 1], epochs: 2 }],
  });
  const first = JSON.parse(await downloaded(page, 'Download the results')) as Results;
  expect(first.runs.filter(({ model }) => model === 'dense-autoencoder').length).toBeGreaterThan(0);
  expectSameAucs(first, runStudyFile(JSON.stringify(study)));
});
