/**
 * Coming back: what the page notes of its analysis, and how it finds its runs again after a reload or from the list of what is kept.
 * A shelf sample is generated again; files have to be dropped again, and their runs return only if rows, split and steps are the same.
 */
import { Problem } from '../base/problem.ts';
import { readSession, writeSession } from './kept-session.ts';
import type { LoadSample } from './loading.ts';
import type { Means } from './means.ts';
import type { Session } from './session.ts';
import type { Engine } from './store.ts';

/** Under which name the tab keeps its analysis. */
const noteName = 'offshell-analysis';
/** After the last change, ms. */
const NOTE_MS = 300;

/** What else of the page coming back needs. */
interface Steps {
  show(run: string): Promise<void>;
  loadSample: LoadSample;
  refreshPreview(): Promise<void>;
  /** Lets the queue go on. */
  goOn(): void;
}

export interface Keeping {
  /** Writes the session down soon; called after every change. */
  note(): void;
  /** The analysis that this tab showed before it was reloaded. */
  before(): Session | null;
  comeBack(session: Session): Promise<void>;
  /** Files are loaded: if they were asked for again, their runs come back. */
  filesLoaded(): Promise<void>;
  /** The analysis is closed; a reload starts from the shelf. */
  close(): void;
  /** Asks what is kept on this machine. */
  refresh(): Promise<void>;
  open(analysis: string): Promise<void>;
  forget(analyses?: readonly string[]): Promise<void>;
}

export function createKeeping(
  engine: Engine,
  surroundings: { hash: string; tab?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> },
  { get, setRun, setSession, report }: Means,
  { show, loadSample, refreshPreview, goOn }: Steps,
): Keeping {
  const { tab, hash } = surroundings;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** While an analysis comes back, what is on the screen is not yet worth noting. */
  let coming = false;
  /** Whose files were asked for again. */
  let awaited: Session | null = null;
  /** Finished runs whose kept copies were removed: a reload does not ask for them again. */
  const forgotten = new Set<string>();

  const refresh = async (): Promise<void> => {
    try {
      setRun({ kept: await engine.kept() });
    } catch (error) {
      report(error, 'kept runs');
    }
  };

  const write = async (): Promise<void> => {
    const { session, run } = get();
    if (coming || !run.data || !session.data) return;
    const requests = session.requests.filter(({ id }) => !forgotten.has(id));
    const sweeps = session.sweeps.filter(({ points }) => !points.some(({ runs }) => runs.some((id) => forgotten.has(id))));
    const text = writeSession({ ...session, requests, sweeps }, hash);
    try {
      tab?.setItem(noteName, text);
    } catch {
      // a full or forbidden storage takes nothing from the analysis
    }
    if (run.runs.every(({ id }) => forgotten.has(id))) return;
    await engine.keepSession(text).catch(() => undefined);
    await refresh();
  };

  /** The data are there again: what was trained on them returns, and what was not done waits for a word. */
  const bringBack = async (session: Session): Promise<number> => {
    const back = await engine.restore(session.requests);
    const found = new Set(back.map(({ id }) => id));
    const waiting = session.requests.filter(({ id }) => !found.has(id));
    const usable = get().run.models.find(({ id }) => id === session.draft.model)?.usable;
    const { requests, sweeps, draft, view, workspace } = session;
    setSession({ requests, sweeps, view: { ...view, run: null }, workspace, ...(usable ? { draft } : {}) });
    setRun({ runs: back, queue: waiting, held: waiting.length > 0 ? 'closed' : null });
    const shown = back.find(({ id }) => id === view.run) ?? back[0];
    if (shown) {
      setSession({ view: { ...view, run: shown.id } });
      await show(shown.id);
    }
    await refreshPreview();
    // a study is meant to run unattended; anything else waits for a word
    const waits = new Set(waiting.map(({ id }) => id));
    const unattended = sweeps.some(
      ({ kind, points }) => kind === 'study' && points.some(({ runs }) => runs.some((id) => waits.has(id))),
    );
    if (unattended && !session.paused) goOn();
    else setSession({ paused: session.paused && waiting.length > 0 });
    return back.length;
  };

  const during = async (step: () => Promise<void>): Promise<void> => {
    coming = true;
    try {
      await step();
    } catch (error) {
      report(error, 'the analysis of before');
    } finally {
      coming = false;
      keeping.note();
    }
  };

  const keeping: Keeping = {
    note() {
      if (coming) return;
      clearTimeout(timer);
      timer = setTimeout(() => void write(), NOTE_MS);
    },
    before() {
      try {
        return readSession(tab?.getItem(noteName), hash);
      } catch {
        return null;
      }
    },
    comeBack: (session) =>
      during(async () => {
        const { data, split, preprocessing, lumisections, draft } = session;
        setSession({ split, preprocessing, lumisections, draft });
        if (data && 'sample' in data) {
          const { sample, events, seed, params, classNames } = data;
          if (await loadSample(sample, events, seed, params, classNames, { preprocessing, lumisections }))
            await bringBack(session);
          return;
        }
        awaited = session;
        setSession({ data, workspace: 'data' });
      }),
    filesLoaded: () => {
      const { data } = get().session;
      const names = (of: Session['data']) => (of && 'files' in of ? of.files.map(({ name }) => name).sort() : []);
      const session = awaited;
      if (!session || names(session.data).join('\n') !== names(data).join('\n')) return Promise.resolve();
      return during(async () => {
        const back = await bringBack({ ...session, workspace: get().session.workspace });
        if (back > 0 || session.requests.length === 0) {
          awaited = null;
          return;
        }
        setRun({ queue: [], held: null });
        setSession({ requests: [], sweeps: [] });
        throw new Problem({
          where: 'the files that were dropped again',
          expected: 'the rows, roles, split and steps that the kept runs were trained on',
          found: 'others, or runs that are not kept any more',
          fix: 'Choose the same roles and cut as before and load again to get the runs back, or train on what is loaded now',
        });
      });
    },
    close() {
      clearTimeout(timer);
      awaited = null;
      try {
        tab?.removeItem(noteName);
      } catch {
        // what cannot be removed cannot be read either
      }
    },
    refresh,
    async open(analysis) {
      const found = get().run.kept?.analyses.find(({ id }) => id === analysis);
      const session = readSession(found?.session);
      // another day: nothing trains before the user says so
      if (session) return keeping.comeBack({ ...session, paused: true });
      report(
        new Problem({
          where: 'kept runs',
          expected: 'an analysis that can be opened again',
          found: found ? 'one that another version of Offshell wrote' : 'none',
          fix: 'Remove it from the list, and train again',
        }),
        'kept runs',
      );
    },
    async forget(analyses) {
      await engine.forgetKept(analyses).catch((error: unknown) => report(error, 'kept runs'));
      if (!analyses) {
        for (const { id } of get().run.runs) forgotten.add(id);
        keeping.note();
      }
      await refresh();
    },
  };
  return keeping;
}
