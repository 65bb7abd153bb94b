/**
 * What Explore shows: the chosen run, score and signal, the threshold that follows from them, and the events behind it. A later choice
 * overtakes the answers to an earlier one.
 */
import { topErrorsOf } from '../base/top-errors.ts';
import { nextThreshold } from '../metrics/ranking.ts';
import type { DataSummary, EventView, RunSummary } from '../worker/api.ts';
import type { Means } from './means.ts';
import type { Run } from './run.ts';
import { initialSession, type Session } from './session.ts';
import type { Actions, Engine } from './store.ts';
import { thresholdOf } from './threshold.ts';

const latentPoints = 4000;
const cellRows = 200;
const rankedRows = 100;
const trendPoints = 4000;
const curvePoints = 600;

/** What of `run` belongs to the run on show. */
const nothingShown = {
  scoreView: null,
  latent: null,
  trend: null,
  walk: null,
  cell: null,
  event: null,
  opened: null,
} satisfies Partial<Run>;

export interface Showing {
  actions: Pick<
    Actions,
    | 'selectRun'
    | 'selectScore'
    | 'selectSignal'
    | 'setThreshold'
    | 'stepThreshold'
    | 'openCell'
    | 'closeCell'
    | 'openEvent'
    | 'closeEvent'
    | 'replay'
    | 'ranked'
    | 'traverse'
    | 'price'
    | 'fetchCurves'
  >;
  show(run: string): Promise<void>;
  /** A run has ended: it is shown if it is the one that a link asks for, or if there is no better one on show. */
  arrived(summary: RunSummary): Promise<void>;
  /** The run is gone: another one is shown, or none. */
  gone(run: string): void;
  /** What a link wants to be shown once it has been trained; forgotten as soon as the user chooses. */
  want(view: Session['view']): void;
  /** Other data, or none: answers that are still under way come too late. */
  forget(): void;
}

/** @param note the session has changed in a way that a reload should find, but not at once */
export function createShowing(engine: Engine, { get, set, setRun, setSession, attempt }: Means, note: () => void): Showing {
  let ticket = 0;
  let wanted: Session['view'] | null = null;

  /** Fetches what Explore shows for the chosen run and score. */
  const refresh = async (): Promise<void> => {
    const own = ++ticket;
    const { run, score } = get().session.view;
    const summary = get().run.runs.find((r) => r.id === run);
    if (!summary || !score) return;
    await attempt(summary.modelName, async () => {
      if (!summary.scores.includes(score)) {
        const wider = await engine.addScore(summary.id, score);
        setRun({ runs: get().run.runs.map((r) => (r.id === wider.id && r.generation === wider.generation ? wider : r)) });
      }
      const scoreView = await engine.scoreView(summary.id, score);
      if (own !== ticket) return;
      const { threshold, words, problem } = thresholdOf(scoreView, get().session.view.threshold, get().session.view.signal);
      setRun({ scoreView, threshold, thresholdWords: words, thresholdProblem: problem, cell: null });
      const latent = summary.hasLatent ? await engine.latent(summary.id, score, latentPoints) : null;
      if (own === ticket) setRun({ latent });
      await openHighest(own);
      const { event: shown, opened } = get().run;
      // what a score loses with each part of an event is another for another score
      if (shown?.leftOut && opened === 'chosen' && own === ticket) await openRow(shown.row, 'chosen');
      await refreshTrend(summary.id, score, own);
    });
  };
  /** Bins and trend of histograms. */
  const refreshTrend = async (run: string, score: string, own: number): Promise<void> => {
    const { data } = get().run;
    if (data?.kind !== 'histograms') return;
    if (!get().run.binSpread) {
      const binSpread = await engine.binSpread();
      if (get().run.data === data) setRun({ binSpread });
    }
    if (!data.timed || own !== ticket) return;
    const trend = await engine.trend(run, score, trendPoints);
    if (own !== ticket) return;
    setRun({ trend });
    const { event } = get().run;
    if (event) await replayAround(event);
  };

  const openRow = async (row: number, opened: 'chosen' | 'highest'): Promise<void> => {
    const { run, score } = get().session.view;
    if (run === null) return;
    const event = await attempt('event', () => engine.event(run, row, score ?? undefined));
    if (!event || get().session.view.run !== run) return;
    // what was chosen meanwhile stays
    if (opened === 'highest' && !waitsForHighest()) return;
    setRun({ event, opened });
    await replayAround(event);
  };
  /** The run of a lumisection, unless it is there already. */
  const replayAround = async (event: EventView): Promise<void> => {
    const { trend, walk } = get().run;
    const { run, score } = get().session.view;
    if (!trend || run === null || score === null || event.run === undefined || walk?.run === event.run) return;
    const next = await attempt('the replay', () => engine.walk(run, score, event.row));
    if (next && get().run.event?.row === event.row && get().session.view.score === score) setRun({ walk: next });
  };
  const waitsForHighest = (): boolean => get().run.opened === null || get().run.opened === 'highest';
  /** Until somebody chooses an event, the one with the highest score is on show. */
  const openHighest = async (own: number): Promise<void> => {
    const { run, score } = get().session.view;
    if (own !== ticket || run === null || score === null || !waitsForHighest()) return;
    const [first] = await engine.ranked(run, { score, threshold: get().run.threshold, place: 'highest', limit: 1 });
    if (!first || own !== ticket || !waitsForHighest() || get().run.event?.row === first.row) return;
    await openRow(first.row, 'highest');
  };

  const applyThreshold = (): void => {
    const { scoreView } = get().run;
    const { threshold: choice, signal } = get().session.view;
    if (!scoreView) return;
    const { threshold, words, problem } = thresholdOf(scoreView, choice, signal);
    setRun({ threshold, thresholdWords: words, thresholdProblem: problem });
  };

  const show = async (id: string): Promise<void> => {
    const summary = get().run.runs.find((r) => r.id === id);
    if (!summary) return;
    const { view } = get().session;
    const score = view.score && gives(summary, view.score) ? view.score : summary.defaultScore;
    const signal = view.signal ?? firstSignal(get().run.data);
    // a typed value belongs to one score; on another run it means nothing
    const threshold = view.threshold.rule === 'value' && view.run !== id ? initialSession.view.threshold : view.threshold;
    setSession({ view: { ...view, run: id, score, signal, threshold } });
    setRun(nothingShown);
    await refresh();
  };

  const actions: Showing['actions'] = {
    selectRun: (id) => {
      wanted = null;
      return show(id);
    },
    selectScore: async (score) => {
      wanted = null;
      const { view } = get().session;
      const threshold = view.threshold.rule === 'value' ? initialSession.view.threshold : view.threshold;
      setSession({ view: { ...view, score, threshold } });
      setRun({ scoreView: null, trend: null, walk: null, cell: null });
      await refresh();
    },
    selectSignal: (signal) => {
      wanted = null;
      setSession({ view: { ...get().session.view, signal } });
      setRun({ cell: null });
      applyThreshold();
    },
    setThreshold: (choice) => {
      wanted = null;
      set((s) => ({ session: { ...s.session, view: { ...s.session.view, threshold: choice } } }));
      note();
      applyThreshold();
    },
    stepThreshold: (steps) => {
      const { scoreView, threshold } = get().run;
      if (!scoreView) return;
      actions.setThreshold({ rule: 'value', value: nextThreshold(scoreView.test, threshold, steps) });
    },
    openCell: async (cell) => {
      const { view } = get().session;
      const { threshold } = get().run;
      if (view.run === null || view.score === null || view.signal === null) return;
      const query = { run: view.run, score: view.score, threshold, signal: view.signal, cell, offset: 0, limit: cellRows };
      const answer = await attempt('events', () => engine.events(query));
      const now = get().session.view;
      if (!answer || now.run !== view.run || now.score !== view.score || now.signal !== view.signal) return;
      setRun({ cell: { cell, threshold, ...answer } });
      const first = answer.rows[0];
      if (first) await actions.openEvent(first.row);
    },
    closeCell: () => setRun({ cell: null }),
    openEvent: (row) => openRow(row, 'chosen'),
    closeEvent: () => setRun({ event: null, opened: 'closed' }),
    replay: async (number) => {
      const { trend } = get().run;
      const first = trend?.runs.find(({ run }) => run === number)?.first;
      const { run, score } = get().session.view;
      if (!trend || first === undefined || run === null || score === null) return;
      // thinning may have left the first lumisection out; any one of the run leads to all of them
      const near = trend.run.indexOf(number);
      if (near < 0) return;
      const walk = await attempt('the replay', () => engine.walk(run, score, trend.row[near] as number));
      if (!walk || get().session.view.score !== score) return;
      setRun({ walk });
      if (walk.row[0] !== undefined) await actions.openEvent(walk.row[0]);
    },
    ranked: async (place) => {
      const { run, score } = get().session.view;
      const { threshold } = get().run;
      if (run === null || score === null) return null;
      return attempt('events', () => engine.ranked(run, { score, threshold, place, limit: rankedRows }));
    },
    traverse: async (row, at) => {
      const { run } = get().session.view;
      return run === null ? null : attempt('the latent space', () => engine.traverse(run, row, at));
    },
    price: async () => {
      const { run, score } = get().session.view;
      return run === null || score === null ? null : attempt('the price of the score', () => engine.price(run, score));
    },
    fetchCurves: async (keys) => {
      for (const key of keys) {
        if (get().run.curves[key]) continue;
        const [run, score, ...signalName] = key.split('/');
        const signal = get().run.data?.classes.findIndex((c) => c.name === signalName.join('/')) ?? -1;
        if (!score || signal < 0 || !get().run.runs.some((r) => r.id === run)) continue;
        const curve = await attempt('curves', () => engine.curve(run as string, score, signal, curvePoints));
        if (curve && get().run.runs.some((r) => r.id === run)) setRun({ curves: { ...get().run.curves, [key]: curve } });
      }
    },
  };

  return {
    actions,
    show,
    async arrived(summary) {
      const { view } = get().session;
      if (wanted?.run === summary.id) {
        const { score } = wanted;
        const known = score !== null && gives(summary, score);
        setSession({ view: known ? wanted : { ...wanted, score: summary.defaultScore } });
        wanted = null;
        setRun(nothingShown);
        await refresh();
        return;
      }
      const shown = get().run.runs.find((r) => r.id === view.run);
      // the first run is shown; a baseline gives way to the first model that was asked for
      if (!shown || (shown.baseline && !summary.baseline)) await show(summary.id);
    },
    gone(run) {
      const { view } = get().session;
      if (view.run !== run) return;
      const next = get().run.runs[0];
      if (next) {
        void actions.selectRun(next.id);
        return;
      }
      ticket += 1;
      setSession({ view: { ...view, run: null, score: null } });
      setRun({ ...nothingShown, threshold: Number.NaN });
    },
    want(view) {
      wanted = view;
    },
    forget() {
      ticket += 1;
      wanted = null;
    },
  };
}

/** Whether a run has a score, or gives it when asked. */
function gives({ scores }: RunSummary, score: string): boolean {
  return scores.includes(score) || (topErrorsOf(score) !== undefined && scores.some((id) => topErrorsOf(id) !== undefined));
}

function firstSignal(data: DataSummary | null): number | null {
  const index = data?.classes.findIndex((c) => c.role === 'signal') ?? -1;
  return index < 0 ? null : index;
}
