/** What every journey shares: a page whose console must stay clean and that may talk to its own server only; data files. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test as base, expect, type Page } from '@playwright/test';

/** Real files for development; absent on most machines, and then the journeys that need them say so. */
const shared = fileURLToPath(new URL('../../shared/data/', import.meta.url));
export const sharedData = (path: string): string => `${shared}${path}`;
export const hasSharedData = existsSync(shared);

export const test = base.extend<{ quiet: undefined }>({
  quiet: [
    async ({ page }, use) => {
      const faults: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text());
      });
      page.on('pageerror', (error) => faults.push(String(error)));
      page.on('request', (request) => {
        const url = new URL(request.url());
        if (!['blob:', 'data:'].includes(url.protocol) && url.hostname !== 'localhost')
          faults.push(`foreign request: ${request.url()}`);
      });
      await use(undefined);
      expect(faults, 'console errors and foreign requests').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Opens the page and waits until the engine has chosen a backend. */
export async function open(page: Page, query = ''): Promise<void> {
  await page.goto(`/${query}`);
  await expect(page.getByRole('button', { name: /^Compute backend/ })).toContainText(/WASM|WebGPU|WebGL|CPU/);
}

/**
 * What a reload would find: the runs in the browser's database, and the session that the tab has noted. Both are written in the
 * background, so a journey that reloads waits for them.
 */
export function keptIn(page: Page): Promise<{ runs: number; session: { requests: unknown[]; paused: boolean } | null }> {
  return page.evaluate(async () => {
    const runs = await new Promise<number>((resolve, reject) => {
      const opening = indexedDB.open('offshell-runs');
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const entries = opening.result.transaction('entries').objectStore('entries').getAll();
        entries.onsuccess = () => {
          opening.result.close();
          resolve((entries.result as { kind: string }[]).filter(({ kind }) => kind === 'run').length);
        };
      };
    });
    return { runs, session: JSON.parse(sessionStorage.getItem('offshell-analysis') ?? '{}').session ?? null };
  });
}
