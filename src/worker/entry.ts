/**
 * The worker: the engine, exposed to the page. The engine starts more workers of this same script, under another name, which train
 * members of an ensemble: they have the code that is loaded already.
 */
import { expose } from 'comlink';
import { membersStartBy } from '../training/crew.ts';
import type { FromMember, ToMember } from '../training/crew-contract.ts';
import type { EngineApi } from './api.ts';
import { createEngine } from './engine.ts';
import { Keeper } from './keep/keeper.ts';
import { carryProblems, moved } from './transfer.ts';

const memberName = 'offshell-member';

if (self.name === memberName) serveAsMember().catch((error) => self.postMessage({ unfit: String(error) } satisfies FromMember));
else serveThePage();

function serveThePage(): void {
  carryProblems();
  membersStartBy(() => new Worker(self.location.href, { type: 'module', name: memberName }));
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
}

async function serveAsMember(): Promise<void> {
  const { serve } = await import('./heavy.ts');
  await serve({
    post: (message) => self.postMessage(message),
    onMessage: (hear) => {
      self.onmessage = ({ data }: MessageEvent<ToMember>) => hear(data);
    },
  });
}
