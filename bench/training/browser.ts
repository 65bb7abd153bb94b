/** Engines in this machine's Chromium: a small server with the headers that WASM threads need, and a browser per measurement. */
import { type CDPSession, chromium, type Page } from '@playwright/test';
import { createServer, type ViteDevServer } from 'vite';
import { findBrowser } from '../../scripts/browser.mjs';
import { browserArguments, softwareWebGpu } from '../../scripts/browser-arguments.mjs';
import type { BackendName } from '../../src/base/kinds.ts';
import type { Runner } from './contract.ts';
import type { Engine } from './engine.ts';

/** For as long as it takes to load the page and to start a backend, ms. */
const startMs = 60_000;

export interface BenchServer {
  address: string;
  close(): Promise<void>;
}

export async function serve(root: string): Promise<BenchServer> {
  const server: ViteDevServer = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    cacheDir: 'node_modules/.vite-bench',
    server: {
      ...{ port: 0, host: 'localhost', hmr: false, ws: false, watch: null },
      headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
    },
    // prepared beforehand, because a dependency that is found later reloads the page
    optimizeDeps: {
      include: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu', 'comlink'],
      entries: ['bench/training/page.html'],
    },
  });
  await server.listen();
  return { address: server.resolvedUrls?.local[0] as string, close: () => server.close() };
}

/** @throws Error if there is no browser or the backend does not start */
export async function openBrowser(server: BenchServer, engine: Engine, backend: BackendName, hardware: boolean): Promise<Runner> {
  const executablePath = await findBrowser();
  const software = hardware ? ['--no-sandbox', '--enable-unsafe-webgpu'] : [...browserArguments, ...softwareWebGpu];
  const browser = await chromium.launch({ ...(executablePath ? { executablePath } : {}), args: software });
  try {
    const page = await browser.newPage();
    // in a worker as in the app; on a GPU in the page, whose thread's time the browser tells
    const inWorker = backend === 'wasm';
    await page.goto(`${server.address}bench/training/page.html${inWorker ? '?worker' : ''}`, { timeout: startMs });
    await page.waitForFunction(() => window.engine !== undefined, undefined, { timeout: startMs });
    await page.evaluate(([side, name]) => window.engine?.start(side, name), [engine, backend] as const);
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Performance.enable');
    return {
      prepare: (...given) =>
        page.evaluate(([e, i, d, b]) => window.engine?.prepare(e, i, d, b) as Promise<string>, [engine, ...given] as const),
      losses: (count) => page.evaluate((n) => window.engine?.losses(n) as Promise<number[]>, count),
      timed: (seconds) => page.evaluate((s) => window.engine?.timed(s) as ReturnType<Runner['timed']>, seconds),
      ...(backend === 'webgpu' ? { perStep: (seconds: number) => perStep(page, cdp, seconds) } : {}),
      close: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/**
 * Steps of a submit on a graphics card that takes half a millisecond for each. A software adapter takes so long for a step that the loop
 * gives it one or two at a time, and the costs of a submit would be told as those of a step.
 */
const stepsAtOnce = 50;

/** Counting costs time itself, so the two are taken one after the other. */
async function perStep(page: Page, cdp: CDPSession, seconds: number) {
  const before = await threadSeconds(cdp);
  const free = await page.evaluate(([s, n]) => window.engine?.timed(s, n), [seconds, stepsAtOnce] as const);
  const busy = (await threadSeconds(cdp)) - before;
  const counts = await page.evaluate(([s, n]) => window.engine?.counted(s, n), [seconds, stepsAtOnce] as const);
  if (!free || !counts) throw new Error('the page has no engine');
  return {
    dispatches: counts.dispatches / counts.steps,
    submits: counts.submits / counts.steps,
    buffers: counts.buffers / counts.steps,
    scriptMs: (1000 * busy) / free.steps,
  };
}

/** Processor time of the page's thread. Its script time leaves out what a call from outside runs. */
async function threadSeconds(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'ThreadTime')?.value ?? Number.NaN;
}
