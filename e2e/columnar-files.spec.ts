/** ROOT, RNTuple, Parquet and Arrow by drag and drop: each is said in words, and what it holds arrives as numbers. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeVector, Table, tableToIPC } from 'apache-arrow';
import { expect, hasSharedData, open, sharedData, test } from './support.ts';

test('an Arrow file is recognised and loaded', async ({ page }) => {
  const path = join(mkdtempSync(join(tmpdir(), 'offshell-arrow-')), 'jets.feather');
  const rows = Float64Array.from({ length: 1234 }, (_, i) => Math.sin(i));
  writeFileSync(path, tableToIPC(new Table({ mass: makeVector(rows), tau21: makeVector(rows.map((x) => x * x)) }), 'file'));
  await open(page);
  await page.getByLabel('Event files', { exact: true }).setInputFiles(path);
  await expect(page.getByRole('article', { name: 'jets.feather' })).toContainText(/1\D?234 rows/);
  await page.getByRole('button', { name: 'Load 1 file' }).click();
  await expect(page.getByRole('main')).toContainText('tau21');
});

test.describe('columnar files (need ../shared/data)', () => {
  test.skip(!hasSharedData, 'no ../shared/data on this machine');

  test('ROOT, RNTuple and Parquet are recognised; two compressions of one ROOT tree load', async ({ page }) => {
    await open(page);
    const files = {
      'uproot-Zmumu-lzma.root': /2\D?304 (rows|events)/,
      'uproot-Zmumu.root': /2\D?304 (rows|events)/,
      'Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root': /1\D?000 (rows|events)/,
      'nano_dimuon.parquet': /40 (rows|events)/,
    };
    const path = (name: string) => sharedData(`${name.endsWith('parquet') ? 'coffea-nanoaod' : 'scikit-hep-testdata'}/${name}`);
    await page.getByLabel('Event files', { exact: true }).setInputFiles(Object.keys(files).map(path));
    for (const [name, rows] of Object.entries(files)) {
      await expect(page.getByRole('article', { name })).toContainText(rows, { timeout: 60_000 });
    }
    for (const name of Object.keys(files).slice(2)) await page.getByRole('button', { name: `Remove ${name}` }).click();
    await page.getByRole('article', { name: 'uproot-Zmumu.root' }).getByLabel('Role').selectOption('signal');
    await page.getByRole('article', { name: 'uproot-Zmumu.root' }).getByLabel('Class name').fill('again');
    await page.getByRole('button', { name: 'Load 2 files' }).click();
    await expect(page.getByRole('main')).toContainText('again', { timeout: 60_000 });
    await expect(page.getByRole('main')).toContainText('pt1');
  });
});
