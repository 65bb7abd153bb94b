/**
 * Two kinds of unit tests. `*.test.ts` run in Node, each file in a process of its own unless it stands in a room of pure functions.
 * `*.webgpu.test.ts` run in a headless Chromium on its software WebGPU adapter, which computes like a graphics card, only slowly:
 * kernels of ours are checked there on every machine. Both have the same `describe`, `it` and `expect`, and one file runs alone
 * with `npx vitest run src/path/file.webgpu.test.ts`.
 */
import { availableParallelism } from 'node:os';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { findBrowser } from './scripts/browser.mjs';
import { browserArguments, softwareWebGpu } from './scripts/browser-arguments.mjs';

const executablePath = await findBrowser();
/** Rooms that keep nothing between two calls, and whose tests replace nothing: no tensors, no databases, no stubs. */
const pure = ['base', 'data', 'numeric', 'metrics', 'plots', 'views'].map((room) => `src/${room}/**/*.test.{ts,tsx}`);
const limits = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // left to itself, vitest polls for one second, which a busy machine may take for anything
  expect: { poll: { timeout: 60_000 } },
};

/** Long files, which run first, so that no core waits for the last of them; the others as ever. */
const long = /\/contract(-\w+)?\.test\.ts$|\/state\/actions\.test\.ts$/;

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => long.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    // all of them: left to itself, vitest keeps one free for itself and runs one file at a time where there are two
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          name: 'node',
          include: ['src/**/*.test.{ts,tsx}'],
          exclude: ['src/**/*.webgpu.test.ts', ...pure],
          environment: 'node',
          ...limits,
        },
      },
      {
        // many short files, one after another in the same process: starting one for each takes longer than its tests
        test: { name: 'pure', include: pure, isolate: false, environment: 'node', ...limits },
      },
      {
        // prepared beforehand, because a dependency that is found in mid-test reloads the page
        optimizeDeps: {
          include: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu', 'hash-wasm', 'zod'],
        },
        test: {
          name: 'webgpu',
          include: ['src/**/*.webgpu.test.ts'],
          fileParallelism: false,
          isolate: false,
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
