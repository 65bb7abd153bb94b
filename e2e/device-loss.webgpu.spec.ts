/**
 * The graphics device is lost in mid-training: the page says so, training goes on from its last checkpoint on a new device, and
 * the results are those of a run that nothing disturbed: equal to 1e-6 in AUC. A second loss in the same minute leaves the rest to
 * WASM; then the results differ by the rounding of another backend, to 1e-3 in AUC.
 */
import type { Page } from '@playwright/test';
import { downloaded, type Results } from './analysis.ts';
import { expect, open, test } from './support.ts';

/** Of one training: enough that it is still under way when its first checkpoint is made. */
const EPOCHS = 20;

/** The worker that computes. Its helper threads sleep, and what is asked of them waits for ever. */
const engines = (page: Page) => page.workers().filter((worker) => !worker.url().startsWith('blob:'));

/** The next thing that a worker asks of its graphics device destroys it; waits until it has. */
async function loseDevice(page: Page): Promise<void> {
  for (const worker of engines(page)) {
    await worker.evaluate(() => {
      const { createCommandEncoder } = GPUDevice.prototype;
      Reflect.set(globalThis, 'deviceTaken', false);
      GPUDevice.prototype.createCommandEncoder = function (this: GPUDevice, ...args) {
        GPUDevice.prototype.createCommandEncoder = createCommandEncoder;
        Reflect.set(globalThis, 'deviceTaken', true);
        this.destroy();
        return createCommandEncoder.apply(this, args);
      };
    });
  }
  const taken = () => Promise.all(engines(page).map((worker) => worker.evaluate(() => Reflect.get(globalThis, 'deviceTaken'))));
  await expect.poll(taken).toContain(true);
}

test('a lost graphics device costs two seconds of training and no result, and so does a second one', async ({ page }) => {
  // three trainings, on software
  test.setTimeout(480_000);
  await open(page, '?backend=webgpu');
  const badge = page.getByRole('button', { name: /^Compute backend/ });
  await expect(badge).toContainText('WebGPU');
  const card = page.getByRole('article', { name: /Collider events/ });
  await card.getByText('Load it with other settings').click();
  await card.getByLabel('Events').fill('4000');
  await card.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(page.getByRole('main')).toContainText('electron 1', { timeout: 60_000 });
  await page.getByRole('tab', { name: 'Models' }).click();
  await page.getByLabel(/^Epochs/).fill(String(EPOCHS));
  const train = page.getByRole('button', { name: /^Train/ }).first();
  const strip = page.getByRole('region', { name: 'Training' });
  const epoch = async (): Promise<number> => {
    const text = (await strip.count()) > 0 ? await strip.textContent() : '';
    return Number(text?.match(/epoch (\d+)/)?.[1] ?? 0);
  };
  const ended = () => expect(strip).toHaveCount(0, { timeout: 180_000 });
  const told = page.getByText(/goes on from its last checkpoint/);

  /** Trains until there is a checkpoint, and takes the device away. */
  const trainAndLose = async (): Promise<void> => {
    await train.click();
    const started = Date.now();
    await expect.poll(epoch, { timeout: 120_000 }).toBeGreaterThan(3);
    // the first checkpoint is made after two seconds of work
    await page.waitForTimeout(Math.max(0, started + 2600 - Date.now()));
    expect(await epoch()).toBeLessThan(EPOCHS);
    await loseDevice(page);
    await expect(told.first()).toBeVisible();
    await expect.poll(epoch, { timeout: 120_000 }).toBeGreaterThan(0);
    expect(await epoch()).toBeGreaterThan(1);
  };

  // twice: on another device, then on WASM
  await trainAndLose();
  await expect(badge).toContainText('WebGPU');
  await loseDevice(page);
  await expect(page.getByText(/lost for the second time in a minute/).first()).toBeVisible();
  await expect(page.getByText(/WASM takes over until another backend is chosen/).first()).toBeVisible();
  await expect(badge).toContainText('WASM', { timeout: 60_000 });
  await ended();

  // a backend that is chosen by hand is used again, and once is no reason to leave it
  await badge.click();
  await page.getByRole('radio', { name: /^WebGPU/ }).click({ force: true });
  await page.keyboard.press('Escape');
  await expect(badge).toContainText('WebGPU', { timeout: 60_000 });
  await trainAndLose();
  await ended();
  await expect(badge).toContainText('WebGPU');

  // the same run again, undisturbed
  await train.click();
  await expect(strip).toHaveCount(1);
  await ended();

  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const { runs } = JSON.parse(await downloaded(page, 'Download the results')) as Results;
  const ours = runs.filter((run) => run.model === 'dense-autoencoder');
  expect(ours.length).toBeGreaterThan(3);
  for (const run of ours) {
    const same = ours.filter((other) => other.score === run.score && other.signal === run.signal);
    expect(same).toHaveLength(3);
    const [twice, once, never] = same.map(({ auc }) => auc ?? Number.NaN) as [number, number, number];
    expect(Math.abs(once - never)).toBeLessThan(1e-6);
    expect(Math.abs(twice - never)).toBeLessThan(1e-3);
  }
});
