import { defineConfig } from '@playwright/test';
import { findBrowser } from './scripts/browser.mjs';
import { browserArguments, paintedByProcessor, softwareWebGpu } from './scripts/browser-arguments.mjs';

const executablePath = await findBrowser();
const port = Number(process.env.OFFSHELL_JOURNEY_PORT ?? 4199);

export default defineConfig({
  testDir: 'e2e',
  timeout: 240_000,
  expect: { timeout: 30_000 },
  // each journey has a page and files of its own, so two run beside each other, whatever file they stand in
  workers: 2,
  fullyParallel: true,
  outputDir: 'test-results/journeys',
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ? [['list'], ['json']] : [['list']],
  use: {
    // a step that finds no control fails soon, whatever the journey's own limit
    actionTimeout: 30_000,
    baseURL: `http://localhost:${port}/`,
    viewport: { width: 1440, height: 900 },
    headless: true,
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [...browserArguments, ...paintedByProcessor],
    },
  },
  projects: [
    { name: 'wasm', testIgnore: /\.webgpu\.spec\.ts$/ },
    {
      name: 'webgpu',
      // the software adapter takes several threads by itself
      workers: 1,
      testMatch: /\.webgpu\.spec\.ts$/,
      use: {
        launchOptions: {
          ...(executablePath ? { executablePath } : {}),
          args: [...browserArguments, ...paintedByProcessor, ...softwareWebGpu],
        },
      },
    },
  ],
  webServer: {
    command: `node scripts/start.mjs --port ${port}`,
    url: `http://localhost:${port}/`,
    reuseExistingServer: false,
    timeout: 180_000,
  },
});
