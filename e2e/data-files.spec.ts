/** From a dropped file to a loaded dataset, for every kind of file that people have: recognised in words, looked into, corrected, loaded. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, hasSharedData, open, sharedData, test } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'offshell-data-'));
const written = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const drop = (page: Page, ...files: string[]) => page.getByLabel('Event files', { exact: true }).setInputFiles(files);
const card = (page: Page, name: string) => page.getByRole('article', { name });

test('a file of scores goes straight to a threshold', async ({ page }) => {
  const rows = Array.from({ length: 2000 }, (_, i) => {
    const label = i % 10 === 0 ? 1 : 0;
    return `${(((i * 7919) % 2000) / 2000 + 0.6 * label).toFixed(6)},${label}`;
  });
  await open(page);
  await drop(page, written('scores.csv', `score,label\n${rows.join('\n')}\n`));
  await expect(card(page, 'scores.csv')).toContainText('scores without a model');
  await page.getByRole('button', { name: 'Load 1 file' }).click();
  await expect(page.getByRole('slider', { name: 'Threshold' })).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole('button', { name: /true positives: label = 1,/ })).toBeVisible();
});

test('an address that cannot be read says why, and what to do', async ({ page }) => {
  await open(page);
  await page.getByRole('textbox', { name: 'Or the address of a file' }).fill('root://eospublic.cern.ch//eos/file.root');
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(page.getByRole('alert').first()).toContainText('a browser cannot speak');
});

test.describe('real files (need ../shared/data)', () => {
  test.skip(!hasSharedData, 'no ../shared/data on this machine');

  test('lumisections with a golden JSON are judged by it', async ({ page }) => {
    await open(page);
    await drop(
      page,
      sharedData('cms-dqm-charge-inner-2017b/chargeInner_PXLayer_1_2017B_labelled.csv'),
      sharedData('cms-certification-json/golden_2017_promptreco.json'),
    );
    const list = card(page, 'golden_2017_promptreco.json');
    await expect(list).toContainText('471 runs', { timeout: 60_000 });
    await expect(list.getByLabel('It lists')).toHaveValue('good');
    await expect(page.getByRole('img', { name: /^run 297056, lumisection 17: / })).toBeVisible();
    await page.getByRole('button', { name: 'Load 1 file' }).click();
    const main = page.getByRole('main');
    await expect(main).toContainText('3\u202f100', { timeout: 60_000 });
    // the list reproduces the file's own column good: 2 685 and 415
    await expect(main).toContainText('2\u202f685');
    await expect(main).toContainText('415');
  });

  test('dark-shower images of two classes load together', async ({ page }) => {
    await open(page);
    await drop(
      page,
      sharedData('codae/n_tracks/test/qcd_gensim_104_8.npz'),
      sharedData('codae/n_tracks/test/svj_2100_34484_8.npz'),
    );
    await expect(card(page, 'qcd_gensim_104_8.npz')).toContainText('337 rows', { timeout: 60_000 });
    await expect(page.getByRole('img', { name: /^image 1: sum/ })).toBeVisible({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Load 2 files' }).click();
    await expect(page.getByRole('main')).toContainText('430', { timeout: 60_000 });
  });

  test('the Blosc file and the ADC2021 tables load, and another layout can be chosen', async ({ page }) => {
    await open(page);
    await drop(page, sharedData('lhco-rd-tiny/events_anomalydetection_tiny.h5'));
    const lhco = card(page, 'events_anomalydetection_tiny.h5');
    await expect(lhco).toContainText('1\u202f000', { timeout: 60_000 });
    await page.getByRole('button', { name: 'Load 1 file' }).click();
    await expect(page.getByRole('table', { name: 'Columns of the dataset' })).toBeVisible({ timeout: 120_000 });
  });
});
