/** Whatever is dropped, the message says what to do, what was loaded stays, and the runner says the same with exit code 1. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from '@playwright/test';
import { expect, hasSharedData, open, sharedData, test } from './support.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'offshell-problems-'));
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const rows = (n: number, shift = 0): string =>
  Array.from({ length: n }, (_, i) => `${(i % 7) + shift},${(i % 5) * 2}`).join('\n');

/** Runs a study in Node and returns its exit code and message. */
function runner(study: unknown): { status: number | null; message: string } {
  const path = file('study.json', JSON.stringify(study));
  const { status, stderr } = spawnSync(process.execPath, ['scripts/run.mjs', 'study', path, '--out', join(folder, 'out.json')], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, message: stderr.trim() };
}

/** The page says what the runner's one line says: where, expected, found and what to do. */
async function expectTold(place: Locator, message: string): Promise<void> {
  const [, where, expected, found] = /^(.*?): expected (.*); found (.*?)\. [A-Z]/s.exec(message) ?? [];
  const plain = (text: string): string => text.replace(/[\s\u202f\u00a0]+/g, '');
  const shown = async (): Promise<string> => plain((await place.textContent()) ?? '');
  for (const part of [where, expected, found]) await expect.poll(shown).toContain(plain(part as string));
}

const filesStudy = (...paths: string[]) => ({
  version: 1,
  data: { files: paths.map((path, i) => ({ path, role: i === 0 ? 'background' : 'signal' })) },
  models: [{ id: 'pca' }],
});

async function loadGoodData(page: Page): Promise<void> {
  await page
    .getByLabel('Event files', { exact: true })
    .setInputFiles([file('good-background.csv', `a,b\n${rows(400)}\n`), file('good-signal.csv', `a,b\n${rows(60, 3)}\n`)]);
  await page.getByRole('button', { name: 'Load 2 files' }).click();
  await expect(page.getByRole('main')).toContainText('good-background.csv');
  await expect(page.getByRole('button', { name: /good-background/ }).first()).toBeVisible();
}

const broken: { what: string; path: () => string; says: RegExp }[] = [
  {
    what: 'an HDF5 file that is none',
    path: () => file('fake.h5', 'this is not HDF5 at all, but a text of some length\n'.repeat(20)),
    says: /HDF5/,
  },
  { what: 'an empty file', path: () => file('empty.csv', ''), says: /empty|no bytes|0 bytes/i },
  { what: 'a CSV with a ragged row', path: () => file('ragged.csv', `a,b\n${rows(30)}\n1,2,3\n${rows(5)}\n`), says: /line 32/ },
];

for (const { what, path, says } of broken) {
  test(`${what} is told clearly, in the page and in the runner`, async ({ page }) => {
    await open(page, '?backend=wasm');
    await loadGoodData(page);
    const bad = path();
    await page.getByLabel('Event files', { exact: true }).first().setInputFiles(bad);
    await expect(page.getByRole('main')).toContainText(says);
    await expect(page.getByRole('main')).toContainText(/expected/i);
    const { status, message } = runner(filesStudy(bad));
    expect(status).toBe(1);
    expect(message).toMatch(says);
    expect(message).toMatch(/expected .* found /s);
    expect(message.split('\n')).toHaveLength(1);
    await expectTold(page.getByRole('main'), message);
    // what was loaded is still there
    await expect(page.getByRole('button', { name: /good-background/ }).first()).toBeVisible();
  });
}

test('text in a number column names the line and the value', async ({ page }) => {
  const bad = file('text.csv', `a,b\n${rows(300)}\n4,oops\n${rows(5)}\n`);
  await open(page, '?backend=wasm');
  await loadGoodData(page);
  await page.getByLabel('Event files', { exact: true }).first().setInputFiles(bad);
  const problem = page.getByText(/oops/).first();
  await page.getByRole('button', { name: /^Load \d files?$/ }).click();
  await expect(problem).toBeVisible();
  await expect(page.getByRole('button', { name: /good-background/ }).first()).toBeVisible();
  const { status, message } = runner(filesStudy(bad, file('good-signal.csv', `a,b\n${rows(60, 3)}\n`)));
  expect(status).toBe(1);
  expect(message).toMatch(/oops/);
  expect(message).toMatch(/302/);
});

test('data of one class cannot be judged, and a batch cannot be larger than the data', async ({ page }) => {
  const background = file('one-class.csv', `a,b\n${rows(300)}\n`);
  const { status, message } = runner(filesStudy(background));
  expect(status).toBe(1);
  expect(message).toMatch(/signal/);
  const batch = runner({
    ...filesStudy(background, file('good-signal.csv', `a,b\n${rows(60, 3)}\n`)),
    models: [{ id: 'dense-autoencoder', params: { batchSize: 4096 } }],
  });
  expect(batch.status).toBe(1);
  expect(batch.message).toMatch(/4.?096/);

  await open(page, '?backend=wasm');
  await page.getByLabel('Event files', { exact: true }).setInputFiles(background);
  await page.getByRole('button', { name: 'Load 1 file' }).click();
  await page.getByRole('tab', { name: 'Models' }).click();
  await page
    .getByRole('button', { name: /^Train/ })
    .first()
    .click();
  const problems = page.getByRole('region', { name: 'Problems' });
  await expect(problems).toContainText(/signal/);
  await expectTold(problems, message);

  // with a signal it trains, but not in batches larger than the data; what is loaded stays
  await page.getByRole('tab', { name: 'Data' }).click();
  await page
    .getByLabel('Event files', { exact: true })
    .first()
    .setInputFiles(file('good-signal.csv', `a,b\n${rows(60, 3)}\n`));
  await page.getByRole('button', { name: 'Load 2 files' }).click();
  await expect(page.getByRole('main')).toContainText('good-signal');
  await expect(page.getByRole('button', { name: 'Divide again' })).toBeVisible();
  await page.getByRole('tab', { name: 'Models' }).click();
  await page.getByLabel(/^Batch size/).fill('4096');
  await page
    .getByRole('button', { name: /^Train/ })
    .first()
    .click();
  await expect(problems).toContainText(/4.?096/);
  await expectTold(problems, batch.message);
  await expect(page.getByRole('button', { name: /^Data: one-class/ })).toBeVisible();
});

test.describe('HDF5 (needs ../shared/data)', () => {
  test.skip(!hasSharedData, 'no ../shared/data on this machine');
  test('a truncated file, and one without the expected array', async ({ page }) => {
    const whole = readFileSync(sharedData('adc-like-derived/cms2012_singlemu_data.h5'));
    const truncated = file('truncated.h5', whole.subarray(0, whole.length >> 1));
    await open(page, '?backend=wasm');
    await loadGoodData(page);
    await page.getByLabel('Event files', { exact: true }).first().setInputFiles(truncated);
    await expect(page.getByRole('main')).toContainText(/truncated/i);
    await expect(page.getByRole('button', { name: /good-background/ }).first()).toBeVisible();
    const cut = runner(filesStudy(truncated));
    expect(cut.status).toBe(1);
    expect(cut.message).toMatch(/truncated/i);
    await expectTold(page.getByRole('main'), cut.message);
  });
});

test('an HDF5 file without the expected array is told by what it holds', async ({ page }) => {
  const path = join(folder, 'other.h5');
  const { default: h5wasm } = await import('h5wasm/node');
  await h5wasm.ready;
  const h5 = new h5wasm.File(path, 'w');
  h5.create_dataset({ name: 'calibration', data: new Float32Array(24), shape: [2, 3, 2, 2] });
  h5.close();
  await open(page, '?backend=wasm');
  await loadGoodData(page);
  await page.getByLabel('Event files', { exact: true }).first().setInputFiles(path);
  await expect(page.getByRole('main')).toContainText(/calibration/);
  await expect(page.getByRole('button', { name: /good-background/ }).first()).toBeVisible();
  const { status, message } = runner(filesStudy(path));
  expect(status).toBe(1);
  expect(message).toMatch(/expected one of ADC2021 particle table/);
  await expectTold(page.getByRole('main'), message);
  expect(message).toMatch(/calibration/);
});
