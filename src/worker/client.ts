/**
 * The page's side: starts the worker and gives back its functions. Every call settles: if the worker dies, calls under way and
 * later ones fail with a problem that says so.
 */
import { type Remote, wrap } from 'comlink';
import { Problem } from '../base/problem.ts';
import type { EngineApi } from './api.ts';
import { carryProblems } from './transfer.ts';

export function connectEngine(): EngineApi {
  carryProblems();
  const worker = new Worker(new URL('./entry.ts', import.meta.url), { type: 'module', name: 'offshell-engine' });
  let die: (reason: Problem) => void = () => undefined;
  const death = new Promise<never>((_, reject) => {
    die = reject;
  });
  death.catch(() => undefined); // handled by whoever is waiting
  worker.addEventListener('error', (event) => {
    die(
      new Problem({
        where: 'the worker that trains and reads files',
        expected: 'it to keep running',
        found: event.message || 'it could not be loaded or ran out of memory',
        fix: 'Reload the page; choices are kept in the address, files must be dropped again',
      }),
    );
  });
  const remote = wrap<EngineApi>(worker) as Remote<EngineApi> & Record<string, (...args: unknown[]) => Promise<unknown>>;
  return new Proxy({} as EngineApi, {
    get: (_, name) =>
      typeof name === 'string' && name !== 'then'
        ? (...args: unknown[]) => Promise.race([(remote[name] as (...a: unknown[]) => Promise<unknown>)(...args), death])
        : undefined,
  });
}
