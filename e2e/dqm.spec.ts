/**
 * A shift: histograms per lumisection and a golden JSON in, three models, a threshold chosen on validation, the class named, and the
 * flagged lumisections out. What the exported list says is counted again from the exported scores.
 */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { downloaded } from './analysis.ts';
import { expect, hasSharedData, open, sharedData, test } from './support.ts';

interface Line {
  run: string;
  lumisection: number;
  className: string;
  score: number;
}

/** The scores that Share saves, one line per test lumisection. */
function parseScores(text: string): Line[] {
  const [head = '', ...lines] = text.trim().split('\n');
  const names = head.split(',');
  const at = (name: string) => names.indexOf(name);
  return lines.map((line) => {
    const cells = line.split(',');
    return {
      run: cells[at('run')] as string,
      lumisection: Number(cells[at('lumisection')]),
      className: cells[at('class')] as string,
      score: Number(cells[at('score')]),
    };
  });
}

/** Every lumisection of a certification list, as `run:lumisection`. */
function listed(text: string): Set<string> {
  const list = JSON.parse(text) as Record<string, [number, number][]>;
  const all = new Set<string>();
  for (const [run, ranges] of Object.entries(list)) {
    let before = -1;
    for (const [first, last] of ranges) {
      expect(first, `run ${run}: ranges ascend and do not touch`).toBeGreaterThan(before + 1);
      for (let lumisection = first; lumisection <= last; lumisection++) all.add(`${run}:${lumisection}`);
      before = last;
    }
  }
  return all;
}

async function train(page: Page, model: RegExp, epochs: string): Promise<void> {
  await page.getByRole('tab', { name: 'Models' }).click();
  await page.getByRole('radio', { name: model }).first().check({ force: true });
  await page.getByLabel(/^Epochs, at most/).fill(epochs);
  await page
    .getByRole('button', { name: /^Train/ })
    .first()
    .click();
  await expect(page.getByRole('region', { name: 'Training', exact: true })).toHaveCount(0, { timeout: 200_000 });
}

/** Trains, chooses a threshold, names the positive class, exports, and counts again. */
async function shift(page: Page, good: string, bad: string): Promise<void> {
  await train(page, /Histogram autoencoder/i, '4');
  await train(page, /LSTM autoencoder/i, '1');
  await page.getByRole('tab', { name: 'Explore' }).click();
  const model = page.getByLabel('Model', { exact: true });
  await expect(model.locator('option', { hasText: /LSTM/ })).toHaveCount(1);
  await expect(model.locator('option', { hasText: /^PCA/ }).first()).toBeAttached();
  await model.selectOption(
    await model
      .locator('option', { hasText: /^Histogram autoencoder/ })
      .first()
      .getAttribute('value'),
  );
  await page.getByRole('button', { name: /^Best F/ }).click();
  await expect(page.getByRole('button', { name: /^Best F/ })).toHaveAttribute('aria-pressed', 'true');

  // the trend, by lumisection and by run, with what is usual; rates against the threshold; the bins
  await expect(page.getByRole('figure', { name: /^When did it happen\?/ })).toContainText(/mean of [\d\u202f]+ good/);
  await page
    .getByRole('radio', { name: 'Runs' })
    .or(page.getByRole('button', { name: 'Runs', exact: true }))
    .first()
    .click();
  await expect(page.getByRole('figure', { name: /^Which runs stand out\?/ })).toContainText(/training (lumisections|runs)/);
  await expect(page.getByRole('figure', { name: /^Where should the cut be\?/ })).toContainText('on validation');
  await expect(page.getByRole('figure', { name: /^Where do good and bad differ\?/ })).toContainText('lumisections');

  // the class gets a name, and everything follows
  await page.getByRole('button', { name: 'Name the classes' }).click();
  const field = page.getByLabel('Positive class').first();
  await expect(field).toHaveValue(bad);
  await field.fill('not for physics');
  await field.press('Enter');
  const matrix = page.getByRole('table', { name: /^Confusion matrix/ });
  await expect(matrix).toContainText('not for physics');
  await page.keyboard.press('Escape');

  // every figure has the same threshold
  const handle = page.getByRole('slider', { name: 'Threshold' }).first();
  const threshold = Number(await handle.getAttribute('aria-valuenow'));
  const flaggedCell = async (cell: string, name: string) => {
    const label = await matrix.getByRole('button', { name: new RegExp(`${cell}: ${name},`) }).getAttribute('aria-label');
    return Number((label ?? '').replace(/ (true|false) .*/, '').replace(/\D/g, ''));
  };
  const found = await flaggedCell('true positives', 'not for physics');
  const alarms = await flaggedCell('false positives', good);

  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const scores = parseScores(await downloaded(page, 'Download the scores'));
  const flagged = listed(await downloaded(page, 'Download the flagged lumisections'));
  const kept = listed(await downloaded(page, 'Download good minus flagged'));
  const over = scores.filter(({ score }) => score >= threshold);
  expect(over.length).toBeGreaterThan(0);
  expect([...flagged].sort()).toEqual(over.map(({ run, lumisection }) => `${run}:${lumisection}`).sort());
  expect(over.filter(({ className }) => className === 'not for physics')).toHaveLength(found);
  expect(over.filter(({ className }) => className === good)).toHaveLength(alarms);
  for (const { run, lumisection, className, score } of scores) {
    if (className === good && score < threshold) expect(kept).toContain(`${run}:${lumisection}`);
    if (score >= threshold) expect(kept).not.toContain(`${run}:${lumisection}`);
  }
  expect(await downloaded(page, 'Download the study')).toContain('"not for physics"');
}

test('a shift on the shelf sample: train, choose, name, export, recount', async ({ page }) => {
  await open(page, '?backend=wasm');
  const card = page.getByRole('article', { name: /Tracker histograms/i });
  await card.getByText('Load it with other settings').click();
  await card.getByLabel(/^Events/).fill('1500');
  await card.getByRole('button', { name: 'Load', exact: true }).click();
  // too few runs for every fault to be in each part: lumisections are divided at random here, runs in the journey below
  await expect(page.getByRole('region', { name: 'How is it divided?' })).toBeVisible({ timeout: 60_000 });
  await shift(page, 'good', 'gain shift');
});

test.describe('real histograms and a golden JSON (need ../shared/data)', () => {
  test.skip(!hasSharedData, 'no ../shared/data on this machine');

  test('a shift on them: split by run, train, choose, name, export, recount', async ({ page }) => {
    await open(page, '?backend=wasm');
    const golden = sharedData('cms-certification-json/golden_2017_promptreco.json');
    await page
      .getByLabel('Event files', { exact: true })
      .setInputFiles([sharedData('cms-dqm-charge-inner-2017b/chargeInner_PXLayer_1_2017B_labelled.csv'), golden]);
    expect(Object.keys(JSON.parse(readFileSync(golden, 'utf8')) as object).length).toBeGreaterThan(100);
    await page.getByRole('button', { name: /^Load 1 file/ }).click();
    await page.getByLabel('Divide', { exact: true }).selectOption('named', { timeout: 60_000 });
    await page.getByLabel('Runs to train on').fill('297178');
    await page.getByLabel('Runs for validation').fill('297050, 297047');
    await page.getByRole('button', { name: 'Divide again' }).click();
    await expect(page.getByRole('region', { name: 'How is it divided?' })).toContainText(/by run: 1 training/i, {
      timeout: 30_000,
    });
    await expect(page.getByRole('main')).toContainText('bad lumisection');
    await shift(page, 'good lumisection', 'bad lumisection');
  });
});
