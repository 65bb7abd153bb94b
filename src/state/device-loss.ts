/**
 * A graphics device that goes away: it is started again, on WASM after two losses in a minute, and what was training on it goes to the
 * front of the queue and on from its last checkpoint.
 */
import { proxy } from 'comlink';
import { Problem } from '../base/problem.ts';
import type { Means } from './means.ts';
import type { Engine } from './store.ts';

/** Two losses within this time, ms, leave the rest to WASM. */
const OFTEN_MS = 60_000;

export interface DeviceLoss {
  /** For the engine, which calls it with the reason. */
  lost: (reason: string) => void;
  /** Was this run training on a device that went away? Its end is no fault of its own, and the loss has been told. */
  brokeOff(run: string): boolean;
  /** Those that were broken off are about to train again. */
  goOn(): void;
  /** Resolves when a backend runs again, whatever goes away meanwhile; at once if none is away. */
  recovered(): Promise<void>;
  /** A backend that is chosen by hand begins anew: earlier losses count no more. */
  forgive(): void;
}

export function createDeviceLoss(engine: Engine, { get, setRun, setSession, report, attempt }: Means): DeviceLoss {
  /** When graphics devices went away, ms. */
  let losses: number[] = [];
  /** The runs that were training when the device went away. */
  const brokenOff = new Set<string>();
  let recovery: Promise<void> = Promise.resolve();

  const lost = proxy((reason: string) => {
    const repeats = (get().run.training?.beside ?? []).map(({ request }) => request);
    for (const { id } of repeats) brokenOff.add(id);
    const now = Date.now();
    losses = [...losses.filter((time) => now - time < OFTEN_MS), now];
    const often = losses.length > 1;
    const next = often ? 'WASM takes over until another backend is chosen' : 'The backend is started again';
    const goesOn = '; the training under way goes on from its last checkpoint, about two seconds back';
    report(
      new Problem({
        where: 'the graphics device',
        expected: 'it to stay',
        found: `it was lost${often ? ' for the second time in a minute' : ''} (${reason})`,
        fix: `${next} and finished models are kept${repeats.length > 0 ? goesOn : ''}`,
      }),
      'compute',
    );
    const again = new Set(repeats.map(({ id }) => id));
    recovery = recovery
      .then(() =>
        attempt('compute', async () => {
          const choice = often ? 'wasm' : get().session.backend;
          setSession({ backend: choice });
          setRun({ compute: await engine.start(choice, lost) });
          setRun({ queue: [...repeats, ...get().run.queue.filter(({ id }) => !again.has(id))] });
        }),
      )
      .then(() => undefined);
  });

  return {
    lost,
    brokeOff: (run) => brokenOff.has(run),
    goOn: () => brokenOff.clear(),
    async recovered() {
      // another device may go away while the first is being replaced
      for (let waited: typeof recovery | null = null; waited !== recovery; ) {
        waited = recovery;
        await waited;
      }
    },
    forgive() {
      losses = [];
    },
  };
}
