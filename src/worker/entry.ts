/** The worker: the engine, exposed to the page. */
import { expose } from 'comlink';
import type { EngineApi } from './api.ts';
import { createEngine } from './engine.ts';
import { Keeper } from './keep/keeper.ts';
import { carryProblems, moved } from './transfer.ts';

carryProblems();
const keeper = new Keeper(async () => (await import('./keep/browser-store.ts')).openBrowserStore());
const engine = createEngine({ keeper });
const api: EngineApi = {
  ...engine,
  previewFile: async (choice, options) => moved(await engine.previewFile(choice, options)),
  scoreView: async (run, score) => moved(await engine.scoreView(run, score)),
  curve: async (run, score, signal, points) => moved(await engine.curve(run, score, signal, points)),
  latent: async (run, score, limit) => moved(await engine.latent(run, score, limit)),
};
expose(api);
