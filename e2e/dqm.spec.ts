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

/** Three runs of 40 lumisections whose own label calls all of them good; the first five of the third run are empty. */
function labelledTable(): string {
  const bins = Array.from({ length: 12 }, (_, i) => `bin_${i}`);
  const lines = [1001, 1002, 1003].flatMap((run) =>
    Array.from({ length: 40 }, (_, i) => {
      const cells = bins.map((_, bin) => (run === 1003 && i < 5 ? 0 : 50 + ((7 * i + 13 * bin + run) % 23)));
      return [run, i + 1, ...cells, 1].join(',');
    }),
  );
  return `fromrun,fromlumi,${bins.join(',')},y\n${lines.join('\n')}\n`;
}

test('classes come from the dropped lists, whatever the file says of itself; empties and neighbours are the user\u2019s choice', async ({
  page,
}) => {
  await open(page, '?backend=wasm');
  const text = (name: string, content: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(content) });
  const golden = text('golden.json', '{"1001": [[1, 40]], "1002": [[1, 20]]}');
  const on = text('dcs_only.json', '{"1001": [-1], "1002": [[1, 40]], "1003": [[1, 30]]}');
  await page.getByLabel('Event files', { exact: true }).setInputFiles([text('charge.csv', labelledTable()), golden, on]);
  // beside the golden list, the one of the detector being on says which rows are loaded
  await expect(page.getByRole('article', { name: 'golden.json' }).getByLabel('It decides')).toHaveValue('judged');
  await expect(page.getByRole('article', { name: 'dcs_only.json' }).getByLabel('It decides')).toHaveValue('kept');
  await page.getByRole('button', { name: /^Load 1 file/ }).click();
  const classes = page.getByRole('region', { name: 'Which classes are in it?' });
  await expect(classes).toContainText(/good lumisection\D*60/, { timeout: 60_000 });
  await expect(classes).toContainText(/bad lumisection\D*50/);
  const data = page.getByRole('region', { name: 'What counts as data?' });
  await expect(data).toContainText('5 of 110 histograms are empty: no data. They are left out');
  await expect(data).toContainText('5 of 50 "bad lumisection"');
  // fives of the two good halves and of the bad ones; each empty one by itself
  await data.getByLabel('Neighbouring lumisections in a row').fill('5');
  await data.getByRole('button', { name: 'Take them so' }).click();
  await expect(classes).toContainText(/good lumisection\D*12/);
  await expect(classes).toContainText(/bad lumisection\D*14/);
  await data.getByLabel('Fewest entries of a histogram').fill('1e9');
  await data.getByRole('button', { name: 'Take them so' }).click();
  await expect(data).toContainText('110 of 110 histograms have fewer than 1');
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
