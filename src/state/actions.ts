/**
 * What the user can do, in terms of the engine: the parts, each with its own concern, and the actions that go through several of them.
 * Every action leaves the store in a state that can be shown; failures become entries in `run.problems` and never undo what was there
 * before.
 */
import type { StoreApi } from 'zustand/vanilla';
import { defaultParams } from '../base/params.ts';
import { asProblem, Problem } from '../base/problem.ts';
import type { EngineApi } from '../worker/api.ts';
import { createDeviceLoss } from './device-loss.ts';
import { createDraft } from './draft.ts';
import { createDroppedFiles } from './dropped-files.ts';
import { createKeeping } from './keeping.ts';
import { decodeLink } from './link.ts';
import { busy, createLoading } from './loading.ts';
import type { Means } from './means.ts';
import { createOpening } from './opening.ts';
import { openLink } from './opening-link.ts';
import { createQueue } from './queue.ts';
import { type Run, trains } from './run.ts';
import type { Session } from './session.ts';
import { createSharing } from './sharing.ts';
import { createShowing } from './showing.ts';
import type { Actions, Store } from './store.ts';

/** What the page gives the actions besides the engine. */
export interface Surroundings {
  /** The address's hash and query at the start. */
  hash: string;
  query: string;
  /** Address of the page without hash. */
  address: string;
  writeClipboard(text: string): Promise<void>;
  /** Where a session survives a reload; null where there is no such place. */
  storage: Pick<Storage, 'getItem' | 'setItem'> | null;
  /** Where the analysis of this tab survives a reload; nothing comes back if absent. */
  tab?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

export function createActions(
  engine: EngineApi,
  surroundings: Surroundings,
): (set: StoreApi<Store>['setState'], get: () => Store) => Actions {
  return (set, get) => {
    const note = (): void => keeping.note();
    const means = createMeans(set, get, ({ theme, backend, deviceRows }) => {
      surroundings.storage?.setItem('offshell', JSON.stringify({ theme, backend, deviceRows }));
      note();
    });
    const { setRun, setSession, report, attempt } = means;

    /** Resolves when the first backend runs; models cannot be built before. */
    let backendStarted: () => void = () => undefined;
    const started = new Promise<void>((resolve) => {
      backendStarted = resolve;
    });

    const showing = createShowing(engine, means, note);
    const device = createDeviceLoss(engine, means);
    const queue = createQueue(engine, means, { device, arrived: showing.arrived, gone: showing.gone, note });
    const draft = createDraft(engine, means);
    const loading = createLoading(engine, means, {
      draft,
      ready: () => Promise.all([started, queue.idle()]),
      forget: () => {
        showing.forget();
        files.forgetLook();
      },
    });
    const opening = createOpening(engine, means, { loadSample: loading.loadSample, start: queue.actions.startSweep });
    const files = createDroppedFiles(engine, means, opening.open);
    const keeping = createKeeping(engine, surroundings, means, {
      show: showing.show,
      loadSample: loading.loadSample,
      refreshPreview: draft.refreshPreview,
      goOn: () => queue.add([]),
    });

    /** The pictures of the shelf, one after another, so that whatever the user asks for meanwhile waits for one of them at most. */
    const drawPictures = async (shelf: Run['shelf']): Promise<void> => {
      for (const { id } of shelf) {
        const picture = await attempt('the shelf', () => engine.shelfPicture(id));
        if (picture) setRun({ pictures: { ...get().run.pictures, [id]: picture } });
      }
    };

    const actions: Actions = {
      ...files.actions,
      ...loading.actions,
      ...draft.actions,
      ...queue.actions,
      ...showing.actions,
      ...createSharing(engine, means, surroundings),

      begin: async () => {
        restoreSettings(set, surroundings.storage);
        const before = keeping.before();
        const shared = before ? null : await attempt('the link in the address', () => decodeLink(surroundings.hash));
        const wanted = new URLSearchParams(surroundings.query).get('backend');
        if (wanted === 'webgpu' || wanted === 'webgl' || wanted === 'wasm' || wanted === 'cpu') setSession({ backend: wanted });
        const shelf = await attempt('the shelf', () => engine.shelf());
        if (shelf) setRun({ shelf });
        void keeping.refresh();
        await actions.setBackend(get().session.backend);
        // only now: they take seconds, in which nothing could be loaded or trained, and would disturb the timing of the backends
        const drawn = drawPictures(shelf ?? []);
        if (before) await keeping.comeBack(before);
        else if (shared) {
          await openLink(shared, means, { loadSample: loading.loadSample, train: queue.add, want: showing.want });
        }
        await drawn;
      },
      go: (workspace) => setSession({ workspace }),
      setTheme: (theme) => setSession({ theme }),
      setDeviceRows: (deviceRows) => setSession({ deviceRows }),
      setBackend: async (choice) => {
        if (trains(get().run)) {
          report(busy('compute'), 'compute');
          return;
        }
        await queue.idle();
        // at the start a load waits for the backend; later the backend waits for the load
        if (get().run.compute) await loading.done();
        device.forgive();
        setSession({ backend: choice });
        const compute = await attempt('compute', () => engine.start(choice, device.lost));
        if (!compute) return;
        setRun({ compute });
        backendStarted();
        const listed = await loading.refreshLists();
        if (listed && get().session.draft.preset === '') await draft.selectModel(get().session.draft.model);
        await draft.refreshPreview();
      },

      loadSample: async (sample, events, seed, params) => {
        await loading.loadSample(sample, events, seed, params);
      },
      loadFiles: async () => {
        const loaded = await loading.loadFiles();
        if (!loaded) return;
        await keeping.filesLoaded();
        if (await opening.filesLoaded()) return;
        if (!loaded.scoresOnly || get().run.runs.length > 0) return;
        const preset = get().run.models.find((m) => m.id === 'feature-cut')?.suggestedPreset;
        queue.train([{ model: 'feature-cut', seed: 1, ...(preset ? { preset } : {}) }], { baselines: false });
        setSession({ workspace: 'explore' });
      },
      closeData: async () => {
        if (!(await loading.close())) return;
        keeping.close();
        await loading.refreshLists();
      },
      quickStart: async (sample) => {
        const spec = get().run.shelf.find((s) => s.id === sample);
        if (!spec) return;
        if (!(await loading.loadSample(sample, spec.defaultEvents, 1, defaultParams(spec.params)))) return;
        await actions.trainDraft();
        setSession({ workspace: 'explore' });
      },

      selectModel: (model) => void draft.selectModel(model),
      trainDraft: async () => {
        const problem = !get().run.data ? noData() : loading.underWay() ? dataOnTheirWay() : null;
        if (problem) report(problem, 'training');
        else queue.train(draft.choices());
      },

      openKept: (id) => keeping.open(id),
      forgetKept: (analyses) => keeping.forget(analyses),

      copies: (query) => attempt('the copies of an event', () => engine.copies(query)),
      imageClasses: () => attempt('the images', () => engine.imageClasses()),
      leakage: (kind) => attempt('the lesson on leakage', () => engine.leakage(kind)),
      dismiss: (id) => setRun({ problems: get().run.problems.filter((p) => p.id !== id) }),
    };
    return actions;
  };
}

/** @param remember hears of every session that a reload should find */
function createMeans(set: StoreApi<Store>['setState'], get: () => Store, remember: (session: Session) => void): Means {
  let problems = 0;
  const report = (error: unknown, where: string): void =>
    set((s) => ({
      run: { ...s.run, problems: [{ id: ++problems, problem: asProblem(error, where) }, ...s.run.problems] },
    }));
  return {
    get,
    set,
    setRun: (change) => set((s) => ({ run: { ...s.run, ...change } })),
    setSession: (change) => {
      set((s) => ({ session: { ...s.session, ...change } }));
      remember(get().session);
    },
    report,
    attempt: async (where, step) => {
      try {
        return await step();
      } catch (error) {
        report(error, where);
        return null;
      }
    },
  };
}

/** Theme, backend and rows on the device of the last visit. */
function restoreSettings(set: StoreApi<Store>['setState'], storage: Surroundings['storage']): void {
  try {
    const kept = JSON.parse(storage?.getItem('offshell') ?? '{}') as Partial<Session>;
    const { theme, backend, deviceRows } = kept;
    const settings = { ...(theme ? { theme } : {}), ...(backend ? { backend } : {}), ...(deviceRows ? { deviceRows } : {}) };
    set((s) => ({ session: { ...s.session, ...settings } }));
  } catch {
    // an unreadable remainder of an earlier version is as good as none
  }
}

function noData(): Problem {
  return new Problem({
    where: 'training',
    expected: 'a loaded dataset',
    found: 'none',
    fix: 'Choose a sample or drop files first',
  });
}

function dataOnTheirWay(): Problem {
  return new Problem({
    where: 'training',
    expected: 'data that stay the same',
    found: 'other data being loaded',
    fix: 'Wait until they are loaded, or cancel the load',
  });
}
