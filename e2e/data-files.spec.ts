/** From a dropped file to a loaded dataset, for every kind of file that people have: recognised in words, looked into, corrected, loaded. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { encode } from 'fast-png';
import h5wasm from 'h5wasm/node';
import { expect, hasSharedData, open, sharedData, test } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'offshell-data-'));
const written = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const drop = (page: Page, ...files: string[]) => page.getByLabel('Event files', { exact: true }).setInputFiles(files);
const card = (page: Page, name: string) => page.getByRole('article', { name });
const tab = (page: Page, name: RegExp) =>
  page.getByRole('group', { name: 'What to look at' }).getByRole('radio', { name }).check();
const loaded = (page: Page, text: string | RegExp) =>
  expect(page.getByRole('table', { name: 'Columns of the dataset' })).toContainText(text, { timeout: 60_000 });

/** Rows with their class; signal has a larger x. */
const table = `mjj,x y,z,nJet,label\n${Array.from({ length: 3000 }, (_, i) => {
  const signal = i % 5 === 0 ? 1 : 0;
  return `${3000 + (i % 700)},${((i * 37) % 101) / 10 + 4 * signal},${(i * 53) % 97},${i % 4},${signal}`;
}).join('\n')}\n`;

test('a table is looked into, sampled, cut, renamed, prepared and trained on', async ({ page }) => {
  await open(page);
  await drop(page, written('events.csv', table));
  const main = page.getByRole('main');
  await expect(card(page, 'events.csv')).toContainText('3\u202f000 rows');
  await expect(page.getByRole('heading', { name: 'What is in events.csv?' })).toBeVisible();
  await expect(page.getByRole('table', { name: 'First rows of the file' })).toContainText('label = 1');

  // the role of a column
  await tab(page, /^Columns/);
  await page.getByRole('combobox', { name: 'Role of nJet' }).selectOption('spectator');

  // rows: a seeded sample, and a cut that is wrong before it is right
  await tab(page, /^Rows kept/);
  await page.getByRole('textbox', { name: /^Draw a sample of/ }).fill('2000');
  const cut = page.getByRole('textbox', { name: 'Keep rows with' });
  await cut.fill('njet >= 1');
  await expect(page.getByRole('alert')).toContainText(/character 1: .*expected one of nJet/);
  await cut.fill('nJet >= 1 and mjj < 3600');
  await expect(main).toContainText(/of 2\u202f000 drawn rows pass: .* of background, .* of label = 1/);
  await page.getByRole('textbox', { name: 'label = 1 (signal)' }).fill('bump');
  await page.getByRole('textbox', { name: 'label = 1 (signal)' }).press('Tab');
  await page.getByRole('button', { name: 'Load 1 file' }).click();
  await loaded(page, 'x y');
  await expect(main).toContainText('2\u202f000 of 3\u202f000 rows, seed 1');
  await expect(main).toContainText(/cut nJet >= 1 and mjj < 3600: .* bump pass/);
  await expect(main).toContainText('Spectators, never an input of a model: mjj, nJet');

  // facts that are asked for
  await page.getByRole('button', { name: 'Look for duplicates' }).click();
  await expect(main).toContainText(/rows of validation or test also stand in training/);
  await page.getByRole('button', { name: 'Correlation' }).click();
  const window = page.getByRole('dialog', { name: 'Which columns go together?' });
  await expect(window.getByText('Offshell', { exact: false }).first()).toBeVisible({ timeout: 60_000 });
  await window.getByRole('button', { name: 'Close' }).click();

  // steps by keyboard and mouse
  const steps = page.getByRole('region', { name: 'Preprocessing steps' });
  await steps.getByRole('combobox', { name: 'Add a step' }).selectOption('standardise');
  await steps.getByRole('combobox', { name: 'Add a step' }).selectOption('log');
  await steps.getByRole('button', { name: 'Move Logarithm up' }).press('Enter');
  await expect(steps.getByRole('listitem').first()).toContainText('Logarithm');
  await steps.getByRole('button', { name: 'Apply the steps' }).click();
  await expect(steps.getByRole('button', { name: 'Apply the steps' })).toHaveCount(0);
  await expect(main).toContainText(/ln\(1 \+ \|x\| \/ 1\) of 2 columns, then each of 2 numbers minus its mean/, {
    timeout: 60_000,
  });

  await page.getByRole('tab', { name: 'Models' }).click();
  await page
    .getByRole('spinbutton', { name: /^Epochs/ })
    .or(page.getByRole('textbox', { name: /^Epochs/ }))
    .fill('2');
  await page
    .getByRole('button', { name: /^Train/ })
    .first()
    .click();
  await page.getByRole('tab', { name: 'Explore' }).click();
  await expect(page.getByRole('slider', { name: 'Threshold' })).toBeVisible({ timeout: 120_000 });

  // and the memory comes back
  await expect(page.getByRole('region', { name: 'Training' })).toHaveCount(0, { timeout: 120_000 });
  await page.getByRole('tab', { name: 'Data' }).click();
  await page.getByRole('button', { name: 'Close events and free its memory' }).click();
  await expect(page.getByRole('button', { name: 'Load 1 file' })).toBeEnabled();
});

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

  test('NanoAOD is read into slots that the user sets', async ({ page }) => {
    await open(page);
    await drop(page, sharedData('coffea-nanoaod/nano_dy.root'));
    await expect(card(page, 'nano_dy.root')).toContainText('NanoAOD: 40 events', { timeout: 60_000 });
    await tab(page, /^Settings/);
    await page.getByLabel(/^Jet slots/).fill('6');
    await page.getByLabel(/^Photon slots/).fill('2');
    await page.getByRole('button', { name: 'Load 1 file' }).click();
    await loaded(page, /photon 2/);
    await expect(page.getByRole('table', { name: 'Columns of the dataset' })).not.toContainText('jet 7');
  });

  test('dark-shower images of two classes load together', async ({ page }) => {
    await open(page);
    await drop(
      page,
      sharedData('codae/n_tracks/test/qcd_gensim_104_8.npz'),
      sharedData('codae/n_tracks/test/svj_2100_34484_8.npz'),
    );
    await expect(card(page, 'qcd_gensim_104_8.npz')).toContainText('337 images', { timeout: 60_000 });
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

test('a folder of images is one data set, with a class for each folder inside', async ({ page }) => {
  const folder = join(mkdtempSync(join(tmpdir(), 'offshell-images-')), 'cameras');
  for (const [name, level] of [
    ['good', 40],
    ['bad', 200],
  ] as const) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let i = 0; i < 12; i++) {
      const data = Uint8Array.from({ length: 12 * 10 }, (_, at) => (at * 7 + i * 13 + level) % 256);
      writeFileSync(join(folder, name, `${i}.png`), encode({ width: 12, height: 10, data, channels: 1 }));
    }
  }
  await open(page, '?backend=wasm');
  await page.getByLabel('Folder of event files').setInputFiles(folder);
  await expect(page.getByRole('main')).toContainText('images of 10 × 12 pixels: 24 images');
  await page.getByLabel('Class of each row').selectOption({ label: 'column class' });
  await page.getByRole('button', { name: 'Load 1 file' }).click();
  await expect(page.getByRole('button', { name: /^Close cameras/ })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('main')).toContainText('good');
  await expect(page.getByRole('main')).toContainText('bad');
});

test('an HDF5 file behind an address is read by the ranges that are needed', async ({ page }) => {
  await h5wasm.ready;
  const path = join(mkdtempSync(join(tmpdir(), 'offshell-address-')), 'events.h5');
  const file = new h5wasm.File(path, 'w');
  const rows = 4000;
  const data = Float32Array.from({ length: rows * 5 }, (_, i) => (i % 5 === 4 ? Math.floor(i / 5) % 2 : ((i * 37) % 1009) / 10));
  file.create_dataset({ name: 'events', data, shape: [rows, 5] });
  file.create_dataset({ name: 'pictures', data: new Float32Array(6_000_000), shape: [6_000_000] });
  file.close();
  const bytes = readFileSync(path);
  let served = 0;
  const server = createServer((request, response) => {
    const cors = {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Headers': 'Range',
      'Access-Control-Expose-Headers': 'Content-Range',
    };
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
    if (request.method === 'OPTIONS' || from === undefined) return void response.writeHead(204, cors).end();
    const part = bytes.subarray(Number(from), Number(to) + 1);
    served += part.length;
    response.writeHead(206, { ...cors, 'Content-Range': `bytes ${from}-${to}/${bytes.length}`, 'Content-Length': part.length });
    response.end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await open(page, '?backend=wasm');
    await page
      .getByLabel('Or the address of a file')
      .fill(`http://localhost:${(server.address() as AddressInfo).port}/events.h5`);
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await expect(page.getByRole('main')).toContainText('read from its address', { timeout: 60_000 });
    await expect(page.getByRole('region', { name: /What is in events.h5/ })).toContainText('in memory', { timeout: 60_000 });
    expect(served).toBeGreaterThan(0);
    expect(served).toBeLessThan(bytes.length / 2);
  } finally {
    server.close();
  }
});
