/** The page is closed in the middle of a study: what was trained is there again, the rest waits for a word, and it can be cleared. */
import { expect, keptIn, open, test } from './support.ts';

test('a study of several models and seeds survives a reload, goes on when told to, and can be cleared', async ({ page }) => {
  await open(page, '?backend=wasm');
  const card = page.getByRole('article', { name: /Collider events/ });
  await card.getByText('Load it with other settings').click();
  await card.getByLabel('Events').fill('3000');
  await card.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(page.getByRole('main')).toContainText('electron 1', { timeout: 60_000 });

  // one model that is done soon, with three seeds and the baselines
  await page.getByRole('tab', { name: 'Models' }).click();
  await page.getByLabel(/^Epochs/).fill('2');
  await page.getByLabel(/^Seeds/).fill('1-3');
  await page.getByLabel(/^Seeds/).press('Enter');
  const train = page.getByRole('button', { name: /^Train/ }).first();
  await train.click();
  const strip = page.getByRole('region', { name: 'Training' });
  await expect(strip).toHaveCount(0, { timeout: 120_000 });
  // and one that takes long, which the reload finds under way and paused
  await page.getByLabel(/^Seeds/).fill('4');
  await page.getByLabel(/^Seeds/).press('Enter');
  await page.getByLabel(/^Epochs/).fill('9000');
  await page.getByLabel(/^Early stop after/).fill('0');
  await train.click();
  await expect(strip).toContainText(/epoch \d/, { timeout: 60_000 });
  // away from the loss curve, which is drawn four times a second with more and more epochs
  await page.getByRole('tab', { name: 'Compare' }).click();
  await strip.getByRole('button', { name: 'Pause' }).click();
  await expect(strip).toContainText('Paused');
  const table = page.getByRole('table', { name: 'Runs compared' });
  await expect(table).toContainText(/[123] [123] [123]/);
  const aucs = async (): Promise<string[]> =>
    (await table.getByRole('row').allTextContents()).flatMap((text) => text.match(/0\.\d+(?= ±|±|\u2009±|\u00a0±)/g) ?? []);
  const before = (await aucs()).sort();
  // the pause is noted, and everything that was asked for before it is kept
  await expect
    .poll(async () => {
      const { runs, session } = await keptIn(page);
      return session?.paused === true && runs === session.requests.length - 1;
    })
    .toBe(true);

  await page.reload();
  await expect(page.getByRole('tab', { name: 'Compare', selected: true })).toBeVisible({ timeout: 60_000 });
  await expect(table).toContainText(/[123] [123] [123]/, { timeout: 60_000 });
  expect((await aucs()).sort()).toEqual(before);
  await expect(strip).toContainText('1 training waits');
  await strip.getByRole('button', { name: 'Resume' }).click();
  await expect(strip).toContainText(/epoch \d/, { timeout: 60_000 });
  await strip.getByRole('button', { name: 'Stop' }).click();
  await expect(strip).toHaveCount(0, { timeout: 60_000 });

  await page.getByRole('tab', { name: 'Models' }).click();
  await page.getByRole('button', { name: 'What is kept on this machine' }).click();
  const said = page.getByRole('dialog', { name: 'What is kept on this machine' });
  await expect(said).toContainText('the oldest of other analyses give way first');
  await said.getByRole('button', { name: 'Clear stored runs' }).click();
  await expect(said).toHaveCount(0);
  // what was cleared is not asked for again
  await expect.poll(async () => (await keptIn(page)).session?.requests).toEqual([]);
  await page.reload();
  await expect(page.getByRole('button', { name: /^Data: collider-events/ })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('main')).toContainText('Finished runs will be here');
  await expect(strip).toHaveCount(0);
});
