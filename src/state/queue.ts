/**
 * The queue of trainings: what was asked for trains in its order, the seeds of one model side by side, until the queue is empty or held.
 * Sweeps and studies are made of the same requests. What a run gives is put into `run.runs`; showing it is not done here.
 */
import { proxy } from 'comlink';
import { inGroups } from '../base/together.ts';
import type { RunRequest, RunSummary } from '../worker/api.ts';
import type { DeviceLoss } from './device-loss.ts';
import type { Means } from './means.ts';
import type { Run } from './run.ts';
import type { Actions, Engine } from './store.ts';
import { planned } from './sweeps.ts';

type Beside = NonNullable<Run['training']>['beside'];

export interface Queue {
  actions: Pick<
    Actions,
    | 'pause'
    | 'pauseQueue'
    | 'resume'
    | 'stop'
    | 'unqueue'
    | 'discardWaiting'
    | 'removeRun'
    | 'startSweep'
    | 'stopSweep'
    | 'removeSweep'
  >;
  /** Puts requests behind what waits, and lets the queue go on if it was held. */
  add(requests: readonly RunRequest[]): void;
  /** Asks for trainings, and for the baselines that were not asked for yet unless told otherwise. */
  train(wanted: readonly Omit<RunRequest, 'id'>[], options?: { baselines: boolean }): void;
  /** Resolves when the queue is empty or held and its last run is on the screen. */
  idle(): Promise<void>;
}

interface Surroundings {
  device: DeviceLoss;
  /** A run has ended and is among `run.runs`. */
  arrived(summary: RunSummary): Promise<void>;
  /** A run was removed from `run.runs`. */
  gone(run: string): void;
  /** The session has changed in a way that a reload should find, but not at once. */
  note(): void;
}

export function createQueue(
  engine: Engine,
  { get, setRun, setSession, report, attempt }: Means,
  { device, arrived, gone, note }: Surroundings,
): Queue {
  let count = 0;
  let working = false;
  let worked: Promise<void> = Promise.resolve();

  /** Never one that is or was taken, by a link or before a reload either. */
  const nextNumber = (): number => {
    const { requests, sweeps } = get().session;
    count = Math.max(count, lastNumber([...requests, ...sweeps])) + 1;
    return count;
  };
  const nextId = (): string => `run-${nextNumber()}`;

  const add = (requests: readonly RunRequest[]): void => {
    count = Math.max(count, lastNumber(requests));
    setSession({ requests: [...get().session.requests, ...requests], paused: get().run.training?.paused ?? false });
    setRun({ queue: [...get().run.queue, ...requests], held: null });
    if (!working) worked = work();
  };
  /** The baselines that neither were asked for before nor are now. */
  const missingBaselines = (wanted: readonly RunRequest[]): RunRequest[] => {
    const asked = [...get().session.requests, ...wanted];
    return get().run.models.flatMap((model) =>
      model.baselinePresets
        .filter((preset) => !asked.some((r) => r.model === model.id && r.preset === preset))
        .map((preset): RunRequest => ({ id: nextId(), model: model.id, preset, seed: 1 })),
    );
  };
  /** A queue that is empty waits for nothing. */
  const setQueue = (queue: Run['queue']): void => setRun({ queue, held: queue.length > 0 ? get().run.held : null });
  const forget = (gone: (request: RunRequest) => boolean): void =>
    setSession({ requests: get().session.requests.filter((request) => !gone(request)) });

  /** Takes requests from the queue until it is empty or held, the seeds of one model together. */
  const work = async (): Promise<void> => {
    working = true;
    try {
      for (;;) {
        const { queue, held } = get().run;
        const [group] = inGroups(queue);
        if (!group || held) return;
        setSession({ paused: false });
        setTraining(
          group.map((request) => ({ request, progress: null })),
          false,
        );
        setRun({ queue: queue.slice(group.length) });
        const ids = group.map(({ id }) => id);
        await Promise.all(group.map((request) => trainOne(request, ids)));
        device.goOn();
      }
    } finally {
      working = false;
    }
  };
  /** What trains now; the first with news is the one whose loss is shown, and stays it. */
  const setTraining = (beside: Beside, paused: boolean): void => {
    const { training } = get().run;
    const shown =
      beside.find(({ request, progress }) => progress && request.id === training?.request.id) ??
      beside.find(({ progress }) => progress) ??
      beside[0];
    setRun({ training: shown ? { ...shown, paused, beside } : null });
  };
  const changeBeside = (next: (beside: Beside) => Beside): void => {
    const { training } = get().run;
    if (training) setTraining(next(training.beside), training.paused);
  };
  const trainOne = async (now: RunRequest, together: readonly string[]): Promise<void> => {
    const own = ({ request }: Beside[number]): boolean => request.id === now.id;
    let summary: RunSummary | null = null;
    try {
      summary = await engine.train(
        now,
        proxy((progress) => changeBeside((all) => all.map((one) => (own(one) ? { ...one, progress } : one)))),
        together,
      );
    } catch (error) {
      if (!device.brokeOff(now.id)) report(error, `run ${now.model}, seed ${now.seed}`);
    }
    await device.recovered();
    changeBeside((all) => all.filter((one) => !own(one)));
    if (summary) {
      take(summary);
      await arrived(summary);
    } else if (!get().run.queue.some(({ id }) => id === now.id)) forget(({ id }) => id === now.id);
  };
  /** Seeds that train side by side end in any order; they stand in the order in which they were asked for. */
  const take = (summary: RunSummary): void => {
    const { requests } = get().session;
    const place = ({ id }: RunSummary): number => requests.findIndex((request) => request.id === id);
    const others = get().run.runs.filter(({ id }) => id !== summary.id);
    setRun({ runs: [...others, summary].sort((a, b) => place(a) - place(b)) });
    note();
  };

  const actions: Queue['actions'] = {
    pause: () => {
      const { training, held } = get().run;
      if (!training) {
        // between two trainings the next one waits
        if (!held) actions.pauseQueue();
        return;
      }
      setRun({ training: { ...training, paused: true } });
      setSession({ paused: true });
      void attempt('pause', () => engine.pause());
    },
    pauseQueue: () => {
      if (get().run.queue.length === 0) return;
      setRun({ held: 'paused' });
      setSession({ paused: true });
    },
    resume: () => {
      const { training, held } = get().run;
      if (held) add([]);
      if (!training) return;
      setRun({ training: { ...training, paused: false } });
      setSession({ paused: false });
      void attempt('resume', () => engine.resume());
    },
    stop: () => void attempt('stop', () => engine.stop()),
    unqueue: (id) => {
      setQueue(get().run.queue.filter((r) => r.id !== id));
      forget((request) => request.id === id);
    },
    discardWaiting: () => {
      const waiting = new Set(get().run.queue.map(({ id }) => id));
      setRun({ queue: [], held: null });
      forget(({ id }) => waiting.has(id));
    },
    removeRun: (id) => {
      setRun({ runs: get().run.runs.filter((r) => r.id !== id) });
      forget((request) => request.id === id);
      void attempt('runs', () => engine.removeRun(id));
      gone(id);
    },
    startSweep: (plan) => {
      const id = `sweep-${nextNumber()}`;
      const { requests, deviceRows } = get().session;
      const points = plan.points.map((point) => ({ deviceRows, ...point }));
      const { sweep, wanted } = planned({ ...plan, points }, id, requests, nextId);
      setSession({
        sweeps: [...get().session.sweeps, sweep],
        ...(plan.kind === 'study' ? {} : { workspace: 'compare' as const }),
      });
      add([...wanted, ...(plan.baselines ? missingBaselines(wanted) : [])]);
    },
    stopSweep: (id) => {
      const sweep = get().session.sweeps.find((one) => one.id === id);
      const own = new Set(sweep?.points.flatMap(({ runs }) => runs));
      const { queue, training } = get().run;
      const waiting = new Set(queue.filter((request) => own.has(request.id)).map((request) => request.id));
      setQueue(queue.filter((request) => !waiting.has(request.id)));
      forget((request) => waiting.has(request.id));
      if (training?.beside.some(({ request }) => own.has(request.id))) actions.stop();
    },
    removeSweep: (id) => {
      actions.stopSweep(id);
      setSession({ sweeps: get().session.sweeps.filter((sweep) => sweep.id !== id) });
    },
  };

  return {
    actions,
    add,
    train(choices, { baselines } = { baselines: true }) {
      const { deviceRows } = get().session;
      const rows = deviceRows === 'auto' ? {} : { deviceRows };
      const wanted = choices.map((choice) => ({ id: nextId(), ...rows, ...choice }));
      add([...wanted, ...(baselines ? missingBaselines(wanted) : [])]);
    },
    idle: () => worked,
  };
}

/** The largest number in ids such as `run-12`. */
function lastNumber(list: readonly { id: string }[]): number {
  return Math.max(0, ...list.map(({ id }) => Number(id.replace(/\D/g, '')) || 0));
}
