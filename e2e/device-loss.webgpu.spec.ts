/**
 * The graphics device is lost in mid-training: the page says so, training goes on from its last checkpoint on a new device, and
 * the results are those of a run that nothing disturbed. On the same adapter they are equal to 1e-6 in AUC; where another
 * backend takes over they differ by its rounding.
 */
import { downloaded, type Results } from './analysis.ts';
import { expect, open, test } from './support.ts';

test('a lost graphics device costs two seconds of training and no result', async ({ page }) => {
  await open(page, '?backend=webgpu');
  await expect(page.getByRole('button', { name: /^Compute backend/ })).toContainText('WebGPU');
  const card = page.getByRole('article', { name: /Collider events/ });
  await card.getByText('Load it with other settings').click();
  await card.getByLabel('Events').fill('4000');
  await card.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(page.getByRole('main')).toContainText('electron 1', { timeout: 60_000 });
  await page.getByRole('tab', { name: 'Models' }).click();
  await page.getByLabel(/^Epochs/).fill('20');
  const train = page.getByRole('button', { name: /^Train/ }).first();
  const strip = page.getByRole('region', { name: 'Training' });
  const epoch = async (): Promise<number> => Number(((await strip.textContent()) ?? '').match(/epoch (\d+)/)?.[1] ?? 0);

  await train.click();
  const started = Date.now();
  await expect.poll(epoch, { timeout: 120_000 }).toBeGreaterThan(3);
  // the first checkpoint is made after two seconds of work
  await page.waitForTimeout(Math.max(0, started + 2600 - Date.now()));
  const before = await epoch();
  expect(before).toBeLessThan(20);
  for (const worker of page.workers()) {
    await worker.evaluate(() => {
      const { createCommandEncoder } = GPUDevice.prototype;
      GPUDevice.prototype.createCommandEncoder = function (this: GPUDevice, ...args) {
        GPUDevice.prototype.createCommandEncoder = createCommandEncoder;
        this.destroy();
        return createCommandEncoder.apply(this, args);
      };
    });
  }
  await expect(page.getByText(/goes on from its last checkpoint/).first()).toBeVisible();
  await expect.poll(epoch, { timeout: 120_000 }).toBeGreaterThan(0);
  expect(await epoch()).toBeGreaterThan(1);
  await expect(strip).toHaveCount(0, { timeout: 180_000 });
  await expect(page.getByRole('button', { name: /^Compute backend/ })).toContainText('WebGPU');

  // the same run again, undisturbed
  await train.click();
  await expect(strip).toHaveCount(1);
  await expect(strip).toHaveCount(0, { timeout: 180_000 });
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const { runs } = JSON.parse(await downloaded(page, 'Download the results')) as Results;
  const ours = runs.filter((run) => run.model === 'dense-autoencoder');
  expect(ours.length).toBeGreaterThan(3);
  for (const run of ours) {
    const twins = ours.filter((other) => other.score === run.score && other.signal === run.signal);
    expect(twins).toHaveLength(2);
    expect(Math.abs((twins[0]?.auc ?? Number.NaN) - (twins[1]?.auc ?? Number.NaN))).toBeLessThan(1e-6);
  }
});
