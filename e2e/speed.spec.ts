/**
 * How fast it feels, with the browser's own clock: page to live ROC, and frames while a threshold is dragged over two million
 * scores. The numbers go to `test-results/timings.json` for `npm run bench`; here only that it happened is asserted.
 */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, open, test } from './support.ts';

const report = fileURLToPath(new URL('../test-results/timings.json', import.meta.url));

function note(name: string, value: unknown): void {
  mkdirSync(join(report, '..'), { recursive: true });
  let known: Record<string, unknown> = {};
  try {
    known = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    // the first note of this run
  }
  writeFileSync(report, `${JSON.stringify({ ...known, [name]: value }, null, 2)}\n`);
}

test('the shelf sample of 50 000 events leads to a live ROC', async ({ page }) => {
  await open(page, '?backend=wasm');
  const started = Date.now();
  await page
    .getByRole('article', { name: /Collider events/ })
    .getByRole('button', { name: 'Start', exact: true })
    .click();
  await expect(page.getByRole('slider', { name: 'Threshold' })).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole('figure', { name: /better than chance/i })).toBeVisible({ timeout: 60_000 });
  note('shelf sample of 50 000 events to live ROC, s', (Date.now() - started) / 1000);
});

test('the threshold moves over two million scores', async ({ page }) => {
  test.setTimeout(200_000);
  // one column that is its own score: a feature cut ranks it
  const rows = 2_050_000;
  const lines: string[] = ['mass_like,label'];
  let state = 12345;
  for (let i = 0; i < rows; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const signal = i % 20 === 0;
    lines.push(`${((state / 2 ** 32) ** 2 * 100 + (signal ? 20 : 0)).toFixed(5)},${signal ? 1 : 0}`);
  }
  const path = join(mkdtempSync(join(tmpdir(), 'offshell-speed-')), 'two-million.csv');
  writeFileSync(path, `${lines.join('\n')}\n`);

  await open(page, '?backend=wasm');
  await page.getByLabel('Event files', { exact: true }).setInputFiles(path);
  await page.getByRole('button', { name: 'Load 1 file' }).click();
  await expect(page.getByRole('main')).toContainText('mass_like', { timeout: 120_000 });
  await page
    .getByLabel(/^Training/)
    .first()
    .fill('1');
  await page
    .getByLabel(/^Validation/)
    .first()
    .fill('1');
  await page.getByLabel(/^Test/).first().fill('98');
  await page.getByRole('button', { name: 'Divide again' }).click();
  await expect(page.getByRole('main')).toContainText('98 % test', { timeout: 60_000 });
  await page.getByRole('tab', { name: 'Models' }).click();
  await page.getByRole('radio', { name: /Feature cut/ }).check({ force: true });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByRole('tab', { name: 'Explore' }).click();
  const slider = page.getByRole('slider', { name: 'Threshold' });
  await expect(slider).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('region', { name: 'Training' })).toHaveCount(0, { timeout: 60_000 });
  await page.waitForTimeout(6000);

  const box = await slider.boundingBox();
  if (!box) throw new Error('the threshold handle is not on the screen');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.evaluate(() => {
    const frames: number[] = [];
    let last = performance.now();
    const tick = (now: number): void => {
      frames.push(now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    Object.assign(window, { frames });
  });
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.evaluate(() => (window as unknown as { frames: number[] }).frames.splice(0));
  for (let i = 0; i < 240; i++) await page.mouse.move(x + 150 * Math.sin(i / 20), y);
  const frames = await page.evaluate(() => (window as unknown as { frames: number[] }).frames.slice(1));
  await page.mouse.up();
  const sorted = [...frames].sort((a, b) => a - b);
  const quantile = (p: number): number => Number((sorted[Math.floor(p * (sorted.length - 1))] ?? Number.NaN).toFixed(1));
  note('threshold drag over two million scores, ms per frame', {
    scores: 'test split of 2 050 000 rows',
    frames: frames.length,
    median: quantile(0.5),
    p95: quantile(0.95),
    longest: quantile(1),
  });
  expect(frames.length).toBeGreaterThan(20);
});
