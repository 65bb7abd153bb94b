/** Steps of an analysis that several journeys take, in the words of the page. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { expect, sharedData } from './support.ts';

const files = [
  'adc-like-derived/cms2012_singlemu_data.h5',
  'adc-like-derived/darkmachines_stlp_st1000_lepton23.h5',
  'adc-like-derived/darkmachines_stop2b1000_lepton23.h5',
].map(sharedData);

interface Scored {
  className: string;
  score: number;
}

/** Downloads the scores that Explore shows. */
export async function downloadScores(page: Page): Promise<Scored[]> {
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the scores' }).click(),
  ]);
  const [, ...lines] = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\n');
  await page.getByRole('tab', { name: 'Explore' }).click();
  return lines.map((line) => {
    const cells = line.split(',');
    return { className: cells.at(-2) as string, score: Number(cells.at(-1)) };
  });
}

/** The number in a confusion cell, from its accessible name. */
async function countIn(page: Page, cell: string, className: string): Promise<number> {
  const name = await page.getByRole('button', { name: new RegExp(`${cell}: ${className},`) }).getAttribute('aria-label');
  return Number((name ?? '').replace(/ (true|false) .*/, '').replace(/\D/g, ''));
}

/** Full precision of the present threshold. */
export async function thresholdOf(page: Page): Promise<number> {
  return Number(await page.getByRole('slider', { name: 'Threshold' }).getAttribute('aria-valuenow'));
}

export async function recount(page: Page, scores: readonly Scored[], signal: string): Promise<void> {
  const threshold = await thresholdOf(page);
  const count = (className: string, flagged: boolean): number =>
    scores.filter((s) => s.className === className && s.score >= threshold === flagged).length;
  expect(await countIn(page, 'true positives', signal)).toBe(count(signal, true));
  expect(await countIn(page, 'false negatives', signal)).toBe(count(signal, false));
  expect(await countIn(page, 'false positives', 'background')).toBe(count('background', true));
  expect(await countIn(page, 'true negatives', 'background')).toBe(count('background', false));
}

/** Drops three files in the form of ADC2021, real background and two simulated signals, and loads them. */
export async function dropEvents(page: Page): Promise<void> {
  await page.getByLabel('Event files', { exact: true }).setInputFiles(files);
  const cards = page.getByRole('article');
  await expect(cards).toHaveCount(3);
  await expect(cards.nth(0)).toContainText('ADC2021 particle table, 19 × 4, MET first: 770 events');
  await cards.nth(0).getByLabel('Role').selectOption('background');
  await cards.nth(1).getByLabel('Role').selectOption('signal');
  await cards.nth(1).getByLabel('Class name').fill('stlp');
  await cards.nth(2).getByLabel('Role').selectOption('signal');
  await cards.nth(2).getByLabel('Class name').fill('stop2b');
  await page.getByRole('button', { name: 'Load 3 files' }).click();
  await expect(page.getByRole('main')).toContainText('electron 1', { timeout: 60_000 });
}

export async function dropAndTrain(page: Page, options: { epochs: number; batchSize?: number }): Promise<void> {
  await dropEvents(page);
  await page.getByRole('tab', { name: 'Models' }).click();
  await page
    .getByRole('spinbutton', { name: /^Epochs/ })
    .or(page.getByRole('textbox', { name: /^Epochs/ }))
    .fill(String(options.epochs));
  if (options.batchSize !== undefined)
    await page
      .getByRole('group', { name: 'Parameters' })
      .or(page.getByRole('main'))
      .getByLabel(/^Batch size/)
      .first()
      .fill(String(options.batchSize));
  await page
    .getByRole('button', { name: /^Train/ })
    .first()
    .click();
}

export interface Results {
  runs: { model: string; preset: string; seed: number; score: string; signal: string; auc: number }[];
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** The text of a file that a button of Share saves. */
export async function downloaded(page: Page, button: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()]);
  return readFileSync(await download.path(), 'utf8');
}

/** Runs a study file in Node, as `npm run study` does. */
export function runStudyFile(study: string, dataFolder = '.'): Results {
  const folder = mkdtempSync(join(tmpdir(), 'offshell-study-'));
  writeFileSync(join(folder, 'study.json'), study);
  const out = join(folder, 'results.json');
  const { stderr } = spawnSync(
    process.execPath,
    ['scripts/run.mjs', 'study', join(folder, 'study.json'), '--out', out, '--data', dataFolder],
    { cwd: root, encoding: 'utf8' },
  );
  expect(stderr).toContain('results written');
  return JSON.parse(readFileSync(out, 'utf8')) as Results;
}

/** Every run of one is in the other, with the same AUC to 1e-6. */
export function expectSameAucs(a: Results, b: Results): void {
  expect(b.runs).toHaveLength(a.runs.length);
  for (const run of a.runs) {
    const twin = b.runs.find((r) =>
      (['model', 'preset', 'seed', 'score', 'signal'] as const).every((key) => r[key] === run[key]),
    );
    expect(Math.abs((twin?.auc ?? Number.NaN) - run.auc), `${run.model} ${run.preset} ${run.score} ${run.signal}`).toBeLessThan(
      1e-6,
    );
  }
}

/** In Explore: the confusion matrix equals a recount at every threshold, set by mouse or keyboard, for the model and for PCA. */
export async function exploreAndRecount(page: Page): Promise<void> {
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
}
