/**
 * `npm run screenshots`: builds and serves the page, takes the shelf sample through a whole analysis (seed 1 beside the baselines,
 * then three seeds of the dense autoencoder, one event opened) and writes docs/screenshots/{data,models,explore,compare,share}-
 * {light,dark}.png at 1440 x 900.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { findBrowser } from './browser.mjs';
import { buildPage } from './build.mjs';
import { installPackages, root } from './install.mjs';

installPackages();
buildPage();

const folder = join(root, 'docs', 'screenshots');
mkdirSync(folder, { recursive: true });
const { preview } = await import('vite');
const server = await preview({ root, preview: { port: 4174, host: 'localhost' }, logLevel: 'warn' });
const address = server.httpServer.address();
const port = typeof address === 'object' && address ? address.port : 4174;
const executablePath = await findBrowser();
const browser = await chromium.launch({
  ...(executablePath ? { executablePath } : {}),
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-background-networking'],
});

/** A figure is drawn a moment after its panel has its size; a screenshot waits for that. */
const settle = (page) => page.waitForTimeout(2500);

async function idle(page) {
  await page.getByRole('region', { name: 'Training', exact: true }).waitFor({ state: 'detached', timeout: 300_000 });
}

try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  const open = (name) => page.getByRole('tab', { name }).click();
  const take = async (name) => {
    await page.mouse.move(720, 24);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await settle(page);
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
    }
    await page.emulateMedia({ colorScheme: 'light' });
  };

  await page.goto(`http://localhost:${port}/?backend=wasm`);
  await page
    .getByRole('article', { name: /Collider events/ })
    .getByRole('button', { name: 'Start', exact: true })
    .click();
  await page.getByRole('slider', { name: 'Threshold' }).first().waitFor({ timeout: 300_000 });
  await idle(page);

  await open('Models');
  await page.getByLabel('Seeds', { exact: true }).fill('2-3');
  await page.getByRole('button', { name: /^Train two seeds/ }).click();
  await page.getByRole('region', { name: 'Training', exact: true }).waitFor();
  await idle(page);
  await page.getByLabel('Seeds', { exact: true }).fill('1-3');
  await take('models');

  await open('Data');
  await take('data');

  await open('Explore');
  await page.getByRole('button', { name: /true positives/ }).click();
  const events = page.getByRole('table', { name: 'Events of the chosen cell' });
  await events.locator('tbody tr').nth(1).click();
  await take('explore');

  await open('Compare');
  await take('compare');

  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await page.getByRole('button', { name: 'Show the study file' }).click();
  await take('share');
  console.log(`Ten pictures are in ${folder}`);
} finally {
  await browser.close();
  await server.close();
}
