/**
 * Two kinds of unit tests. `*.test.ts` run in Node. `*.webgpu.test.ts` run in a headless Chromium on its software WebGPU
 * adapter, which computes like a graphics card, only slowly: kernels of ours are checked there on every machine. Both have the
 * same `describe`, `it` and `expect`, and one file runs alone with `npx vitest run src/path/file.webgpu.test.ts`.
 */
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { findBrowser } from './scripts/browser.mjs';
import { browserArguments, softwareWebGpu } from './scripts/browser-arguments.mjs';

const executablePath = await findBrowser();
const limits = { testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['src/**/*.test.{ts,tsx}'],
          exclude: ['src/**/*.webgpu.test.ts'],
          environment: 'node',
          ...limits,
        },
      },
      {
        // prepared beforehand, because a dependency that is found in mid-test reloads the page
        optimizeDeps: { include: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu'] },
        test: {
          name: 'webgpu',
          include: ['src/**/*.webgpu.test.ts'],
          fileParallelism: false,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(executablePath ? { executablePath } : {}),
                args: [...browserArguments, ...softwareWebGpu],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
          ...limits,
        },
      },
    ],
  },
});
