/**
 * Finds a Chromium-family browser for the journeys: OFFSHELL_BROWSER, an installed Chromium, Chrome or Edge, playwright's own;
 * if there is none, tries playwright's download and then Debian's package, and says so.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { bin, run } from './install.mjs';

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'microsoft-edge-stable',
];
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Path of an installed browser, or undefined. */
export async function findBrowser() {
  if (process.env.OFFSHELL_BROWSER) return process.env.OFFSHELL_BROWSER;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) if (folder && existsSync(join(folder, name))) return join(folder, name);
  }
  for (const place of places) if (existsSync(place)) return place;
  const { chromium } = await import('@playwright/test');
  const own = chromium.executablePath();
  return existsSync(own) ? own : undefined;
}

/** As findBrowser, but installs one if there is none. */
export async function ensureBrowser() {
  const found = await findBrowser();
  if (found) return found;
  console.log('No Chromium, Chrome or Edge found; asking playwright for its own ...');
  run(bin('playwright'), ['install', 'chromium']);
  const downloaded = await findBrowser();
  if (downloaded) return downloaded;
  if (spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0) {
    console.log("That did not work; installing Debian's chromium package ...");
    const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
    const call = (...args) =>
      run([...sudo, ...args][0], [...sudo, ...args].slice(1), { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    call('apt-get', 'update', '-qq');
    call('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core');
  }
  const installed = await findBrowser();
  if (!installed) {
    console.error(
      'No browser for the journeys: expected Chromium, Chrome or Edge. Install one, or set OFFSHELL_BROWSER to its path.',
    );
    process.exit(1);
  }
  return installed;
}
