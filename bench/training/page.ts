/** The page that `npm run bench` opens: an engine in the page, or in a worker with `?worker`, where the app has it. */
import { wrap } from 'comlink';
import type * as engine from './engine.ts';

declare global {
  interface Window {
    /** Set once the engine can be called. */
    engine?: Pick<typeof engine, 'start' | 'prepare' | 'losses' | 'timed' | 'counted'>;
  }
}

window.engine = location.search.includes('worker')
  ? (wrap(new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })) as unknown as typeof engine)
  : await import('./engine.ts');
