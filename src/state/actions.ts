/**
 * What the user can do, in terms of the engine. Every action leaves the store in a state that can be shown; failures become
 * entries in `run.problems` and never undo what was there before.
 */
import { proxy } from 'comlink';
import type { StoreApi } from 'zustand/vanilla';
import { defaultParams, type Params } from '../base/params.ts';
import { asProblem, Problem } from '../base/problem.ts';
import { inGroups } from '../base/together.ts';
import { topErrorsOf } from '../base/top-errors.ts';
import { nextThreshold } from '../metrics/ranking.ts';
import type { Study } from '../study/schema.ts';
import type { DataSummary, EngineApi, EventView, FileChoice, FileReport, RunRequest, RunSummary } from '../worker/api.ts';
import { choiceFor, guessOf, isData, layoutOf, withChange } from './files.ts';
import { createKeeping } from './keeping.ts';
import { decodeLink, encodeLink } from './link.ts';
import { createOpening, type LoadSample } from './opening.ts';
import { reportParts } from './report.ts';
import { initialRun, type Run, trains } from './run.ts';
import { initialSession, type Session } from './session.ts';
import type { Actions, Store } from './store.ts';
import { studyModels } from './study-models.ts';
import { planned } from './sweeps.ts';
import { thresholdOf } from './threshold.ts';

const latentPoints = 4000;
const cellRows = 200;
const rankedRows = 100;
const trendPoints = 4000;
/** For scores without a model: a few events for the rule that asks for training rows, the rest to calibrate and to judge. */
const scoresSplit: Session['split'] = { by: 'event', train: 0.02, validation: 0.18, test: 0.8, seed: 1 };

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
    let problemCount = 0;
    let requestCount = 0;
    let working = false;
    /** Resolves when the queue is empty and its last run is on the screen. */
    let worked: Promise<void> = Promise.resolve();
    /** Resolves when the first backend runs; models cannot be built before. */
    let backendStarted: () => void = () => undefined;
    const started = new Promise<void>((resolve) => {
      backendStarted = resolve;
    });

    const setRun = (change: Partial<Run>): void => set((s) => ({ run: { ...s.run, ...change } }));
    const setSession = (change: Partial<Session>): void => {
      set((s) => ({ session: { ...s.session, ...change } }));
      remember(get().session);
    };
    const remember = (session: Session): void => {
      const { theme, backend } = session;
      surroundings.storage?.setItem('offshell', JSON.stringify({ theme, backend }));
      keeping.note();
    };
    const report = (error: unknown, where: string): void =>
      set((s) => ({
        run: { ...s.run, problems: [{ id: ++problemCount, problem: asProblem(error, where) }, ...s.run.problems] },
      }));
    /** Runs a step; a failure is shown and the answer is null. */
    const attempt = async <T>(where: string, step: () => Promise<T>): Promise<T | null> => {
      try {
        return await step();
      } catch (error) {
        report(error, where);
        return null;
      }
    };
    // messages take another way than the answer and may come after it
    const progressOf = proxy((done: number, message: string, bytes?: { done: number; total: number }) => {
      if (present) setRun({ loading: { done, message, ...(bytes ? { bytes } : {}) } });
    });

    let viewTicket = 0;
    let lookTicket = 0;
    /** What a link wants to be shown; forgotten as soon as the user chooses. */
    let wantedView: Session['view'] | null = null;

    /** Everything that follows from a newly loaded dataset. */
    const settle = async (data: DataSummary): Promise<void> => {
      viewTicket += 1;
      // a look that was asked for before the data came would open over them
      lookTicket += 1;
      wantedView = null;
      const columns = await engine.columns();
      const models = await engine.models();
      const scores = await engine.scores();
      const steps = await engine.steps();
      const { compute, shelf, pictures, files, filesOptions, problems, loading, kept: stored, data: before } = get().run;
      const kept = { compute, shelf, pictures, files, filesOptions, problems, loading, kept: stored };
      setRun({ ...initialRun, ...kept, data, columns, models, scores, steps });
      setSession({
        preprocessing: data.preprocessing,
        lumisections: data.lumisections,
        requests: [],
        sweeps: [],
        view: { ...initialSession.view, threshold: get().session.view.threshold },
      });
      const { draft } = get().session;
      const alike = before?.kind === data.kind && before.features.length === data.features.length;
      if (alike && draft.preset !== '') return refreshPreview();
      // a model that was chosen for data of this kind, by hand or by a link, stays
      const byLink = get().session.data !== null;
      const chosen = before ? before.kind === data.kind : byLink || draft.model !== initialSession.draft.model;
      const fits = chosen && models.find((m) => m.id === draft.model)?.usable;
      await selectModel(fits ? draft.model : (models.find((m) => m.usable && m.recommended)?.id ?? draft.model));
    };

    /** Steps and lumisections stay where the data stay, and where a link brought them; other data start without. */
    const carried = (alike: boolean): Pick<Session, 'preprocessing' | 'lumisections'> => {
      const { preprocessing, lumisections } = alike || get().run.data === null ? get().session : initialSession;
      return { preprocessing, lumisections };
    };

    const sampleLoaded: LoadSample = async (sample, events, seed, params, classNames, chosen) => {
      const names = classNames ? { classNames: { ...classNames } } : {};
      const { split } = get().session;
      const known = get().session.data;
      const taken = chosen ?? carried(known !== null && 'sample' in known && known.sample === sample);
      const done = await load(`sample ${sample}`, () =>
        engine.loadSample({ sample, events, seed, params: { ...params }, ...names }, split, progressOf, taken),
      );
      if (done) setSession({ data: { sample, events, seed, params, ...names } });
      return done;
    };

    let present: { cancel: AbortController; done: Promise<boolean> } | null = null;
    /** True if a new dataset is there. A load takes the place of one that is under way. */
    const load = (where: string, step: () => Promise<DataSummary>): Promise<boolean> => {
      if (trains(get().run)) {
        report(busy(where), where);
        return Promise.resolve(false);
      }
      const earlier = present?.done;
      actions.cancelLoad();
      const cancel = new AbortController();
      const own = { cancel, done: Promise.resolve(false) };
      const run = async (): Promise<boolean> => {
        try {
          await earlier;
          cancel.signal.throwIfAborted();
          setRun({ loading: { done: 0, message: 'starting' } });
          await unlessCancelled(Promise.all([started, worked]), cancel.signal);
          await settle(await step());
          return true;
        } catch (error) {
          if (!cancel.signal.aborted) report(error, where);
          return false;
        } finally {
          if (present === own) {
            present = null;
            setRun({ loading: null });
          }
        }
      };
      present = own;
      own.done = run();
      return own.done;
    };

    /** Reports become files with choices: those of a link or of an earlier load, else what the recogniser guesses. */
    const received = (reports: readonly FileReport[]): void => {
      const known = get().run.files;
      const { data } = get().session;
      const remembered = data && 'files' in data ? data : null;
      const added: { report: FileReport; choice: FileChoice }[] = [];
      for (const r of reports) {
        const first = ![...known, ...added].some((f) => isData(f.report) && f.choice.role === 'background');
        const choice = choiceFor(r, first);
        const earlier = remembered?.files.find((f) => f.name === (r.url ?? r.name));
        const role = earlier?.role as FileChoice['role'] | undefined;
        added.push({
          report: r,
          choice: { ...choice, ...(earlier && role ? { role, name: earlier.className } : {}), ...earlier?.choice },
        });
      }
      const { filesOptions } = get().run;
      const lists = reports.flatMap(({ file, list }) => (list?.meaning ? [{ file, lists: list.meaning }] : []));
      // beside a list that judges, one of lumisections with the detector on says which of them are looked at
      const judge = filesOptions.judgedBy ?? lists.find((list) => list.lists !== 'detector-on') ?? lists[0];
      const mask = lists.find((list) => list.lists === 'detector-on' && list.file !== judge?.file);
      setRun({
        files: [...known, ...added],
        filesOptions: {
          ...(known.length === 0 ? remembered?.options : {}),
          ...filesOptions,
          // a list whose name says what it means is taken at once; the page shows it and can take it back
          ...(judge ? { judgedBy: judge } : {}),
          ...(mask && !filesOptions.keptBy ? { keptBy: mask } : {}),
        },
      });
      setSession({ workspace: 'data' });
    };

    let previewTicket = 0;
    const refreshPreview = async (): Promise<void> => {
      const ticket = ++previewTicket;
      if (!get().run.data) return;
      const { model, params, preset } = get().session.draft;
      try {
        const preview = await engine.preview(model, params, preset || undefined);
        if (ticket === previewTicket) setRun({ preview });
      } catch (error) {
        if (ticket === previewTicket) {
          setRun({ preview: null });
          report(error, 'model parameters');
        }
      }
    };
    const selectModel = async (model: string): Promise<void> => {
      const spec = get().run.models.find((m) => m.id === model);
      const preset = spec?.suggestedPreset ?? '';
      setSession({ draft: { ...get().session.draft, model, preset, params: draftParams(get(), model, preset), epochs: null } });
      await refreshPreview();
    };

    const enqueue = (requests: readonly RunRequest[]): void => {
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
          .map((preset): RunRequest => ({ id: `run-${++requestCount}`, model: model.id, preset, seed: 1 })),
      );
    };
    /** A queue that is empty waits for nothing. */
    const setQueue = (queue: Run['queue']): void => setRun({ queue, held: queue.length > 0 ? get().run.held : null });
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
          brokenOff.clear();
        }
      } finally {
        working = false;
      }
    };
    /** What trains now; the first with news is the one whose loss is shown, and stays it. */
    const setTraining = (beside: NonNullable<Run['training']>['beside'], paused: boolean): void => {
      const { training } = get().run;
      const shown =
        beside.find(({ request, progress }) => progress && request.id === training?.request.id) ??
        beside.find(({ progress }) => progress) ??
        beside[0];
      setRun({ training: shown ? { ...shown, paused, beside } : null });
    };
    const trainOne = async (now: RunRequest, together: readonly string[]): Promise<void> => {
      let summary: RunSummary | null = null;
      const change = (next: (beside: NonNullable<Run['training']>['beside']) => NonNullable<Run['training']>['beside']): void => {
        const { training } = get().run;
        if (training) setTraining(next(training.beside), training.paused);
      };
      try {
        summary = await engine.train(
          now,
          proxy((progress) => change((all) => all.map((one) => (one.request.id === now.id ? { ...one, progress } : one)))),
          together,
        );
      } catch (error) {
        // what a lost device broke off goes on by itself, and the loss has been told
        if (!brokenOff.has(now.id)) report(error, `run ${now.model}, seed ${now.seed}`);
      }
      // another device may go away while the first is being replaced
      for (let waited: typeof recovered | null = null; waited !== recovered; ) {
        waited = recovered;
        await waited;
      }
      change((all) => all.filter(({ request }) => request.id !== now.id));
      if (summary) await arrived(summary);
      else if (!get().run.queue.some(({ id }) => id === now.id)) {
        setSession({ requests: get().session.requests.filter((r) => r.id !== now.id) });
      }
    };
    /** When graphics devices went away, ms; a backend that is chosen by hand begins anew. */
    let losses: number[] = [];
    /** The runs that were training when the device went away. */
    const brokenOff = new Set<string>();
    /** Resolves when a backend runs again; the queue waits for it. */
    let recovered: Promise<void> = Promise.resolve();
    /** The graphics device went away: start again, on WASM after two losses in a minute, and go on with what was training. */
    const lost = proxy((reason: string) => {
      const repeats = (get().run.training?.beside ?? []).map(({ request }) => request);
      for (const { id } of repeats) brokenOff.add(id);
      const now = Date.now();
      losses = [...losses.filter((time) => now - time < 60_000), now];
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
      recovered = recovered
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
    const arrived = async (summary: RunSummary): Promise<void> => {
      const { requests } = get().session;
      const place = ({ id }: RunSummary): number => requests.findIndex((request) => request.id === id);
      const others = get().run.runs.filter((r) => r.id !== summary.id);
      // seeds that train side by side end in any order
      setRun({ runs: [...others, summary].sort((a, b) => place(a) - place(b)) });
      keeping.note();
      const { view } = get().session;
      if (wantedView?.run === summary.id) {
        const { score } = wantedView;
        const known = score !== null && gives(summary, score);
        setSession({ view: known ? wantedView : { ...wantedView, score: summary.defaultScore } });
        wantedView = null;
        setRun({ scoreView: null, latent: null, trend: null, walk: null, cell: null, event: null, opened: null });
        await refreshView();
        return;
      }
      const shown = get().run.runs.find((r) => r.id === view.run);
      // the first run is shown; a baseline gives way to the first model that was asked for
      if (!shown || (shown.baseline && !summary.baseline)) await show(summary.id);
    };

    /** Fetches what Explore shows for the chosen run and score. */
    const refreshView = async (): Promise<void> => {
      const ticket = ++viewTicket;
      const { run, score } = get().session.view;
      const summary = get().run.runs.find((r) => r.id === run);
      if (!summary || !score) return;
      await attempt(summary.modelName, async () => {
        if (!summary.scores.includes(score)) {
          const wider = await engine.addScore(summary.id, score);
          setRun({ runs: get().run.runs.map((r) => (r.id === wider.id && r.generation === wider.generation ? wider : r)) });
        }
        const scoreView = await engine.scoreView(summary.id, score);
        if (ticket !== viewTicket) return;
        const { threshold, words, problem } = thresholdOf(scoreView, get().session.view.threshold, get().session.view.signal);
        setRun({ scoreView, threshold, thresholdWords: words, thresholdProblem: problem, cell: null });
        const latent = summary.hasLatent ? await engine.latent(summary.id, score, latentPoints) : null;
        if (ticket === viewTicket) setRun({ latent });
        await openHighest(ticket);
        const { event: shown, opened } = get().run;
        // what a score loses with each part of an event is another for another score
        if (shown?.leftOut && opened === 'chosen' && ticket === viewTicket) await openRow(shown.row, 'chosen');
        const { data } = get().run;
        if (data?.kind !== 'histograms') return;
        if (!get().run.binSpread) {
          const binSpread = await engine.binSpread();
          if (get().run.data === data) setRun({ binSpread });
        }
        if (!data.timed || ticket !== viewTicket) return;
        const trend = await engine.trend(summary.id, score, trendPoints);
        if (ticket !== viewTicket) return;
        setRun({ trend });
        const { event } = get().run;
        if (event) await replayAround(event);
      });
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
    const openHighest = async (ticket: number): Promise<void> => {
      const { run, score } = get().session.view;
      if (ticket !== viewTicket || run === null || score === null || !waitsForHighest()) return;
      const [first] = await engine.ranked(run, { score, threshold: get().run.threshold, place: 'highest', limit: 1 });
      if (!first || ticket !== viewTicket || !waitsForHighest() || get().run.event?.row === first.row) return;
      await openRow(first.row, 'highest');
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
      setRun({ scoreView: null, latent: null, trend: null, walk: null, cell: null, event: null, opened: null });
      await refreshView();
    };
    const applyThreshold = (): void => {
      const { scoreView } = get().run;
      const { threshold: choice, signal } = get().session.view;
      if (!scoreView) return;
      const { threshold, words, problem } = thresholdOf(scoreView, choice, signal);
      setRun({ threshold, thresholdWords: words, thresholdProblem: problem });
    };

    const keeping = createKeeping(engine, surroundings, {
      get,
      set,
      setRun,
      setSession,
      show,
      sampleLoaded,
      report,
      refreshPreview,
      goOn: () => enqueue([]),
    });
    const opening = createOpening(engine, {
      get,
      setRun,
      setSession,
      report,
      loadSample: sampleLoaded,
      start: (plan) => actions.startSweep(plan),
    });

    const presentStudy = (): Promise<Study> => {
      const { requests, view } = get().session;
      return engine.study(studyModels(requests), view.threshold);
    };

    /** The pictures of the shelf, one after another, so that whatever the user asks for meanwhile waits for one of them at most. */
    const drawPictures = async (shelf: Run['shelf']): Promise<void> => {
      for (const { id } of shelf) {
        const picture = await attempt('the shelf', () => engine.shelfPicture(id));
        if (picture) setRun({ pictures: { ...get().run.pictures, [id]: picture } });
      }
    };

    const actions: Actions = {
      begin: async () => {
        restore();
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
        else if (shared) await repeat(shared);
        await drawn;
      },
      go: (workspace) => setSession({ workspace }),
      setTheme: (theme) => setSession({ theme }),
      setBackend: async (choice) => {
        if (trains(get().run)) {
          report(busy('compute'), 'compute');
          return;
        }
        await worked;
        // at the start a load waits for the backend; later the backend waits for the load
        if (get().run.compute) await present?.done;
        losses = [];
        setSession({ backend: choice });
        const compute = await attempt('compute', () => engine.start(choice, lost));
        if (!compute) return;
        setRun({ compute });
        backendStarted();
        const models = await attempt('models', () => engine.models());
        const scores = await attempt('scores', () => engine.scores());
        if (models && scores) setRun({ models, scores });
        if (models && get().session.draft.preset === '') await selectModel(get().session.draft.model);
        await refreshPreview();
      },

      addFiles: async (files, paths) => {
        const reports = await attempt('dropped files', () => engine.inspect(files, paths));
        if (!reports) return;
        const [study, ...others] = reports.filter((report) => report.study);
        const data = reports.filter((report) => !report.study);
        for (const { file } of others) void engine.forget(file);
        if (study) await opening.open(study, data.length > 0);
        if (data.length > 0) received(data);
      },
      addUrl: async (url) => {
        const found = await attempt('the address', () => engine.inspectUrl(url));
        if (found) received([found]);
        return found !== null;
      },
      removeFile: (file) => {
        const { filesOptions, look } = get().run;
        const { judgedBy, keptBy, trainedBy, ...others } = filesOptions;
        setRun({
          files: get().run.files.filter((f) => f.report.file !== file),
          filesOptions: {
            ...others,
            ...(judgedBy && judgedBy.file !== file ? { judgedBy } : {}),
            ...(keptBy && keptBy.file !== file ? { keptBy } : {}),
            ...(trainedBy && !('file' in trainedBy && trainedBy.file === file) ? { trainedBy } : {}),
          },
          look: look?.file === file ? null : look,
        });
        void attempt('files', () => engine.forget(file));
      },
      chooseFile: (file, change) =>
        setRun({
          files: get().run.files.map((f) => (f.report.file === file ? { ...f, choice: withChange(f, change) } : f)),
        }),
      chooseAlike: (file, change) => {
        const { files } = get().run;
        const model = files.find((f) => f.report.file === file);
        if (!model) return;
        const alike = (f: typeof model): boolean => layoutOf(f) === layoutOf(model);
        setRun({ files: files.map((f) => (alike(f) ? { ...f, choice: withChange(f, change) } : f)) });
      },
      setFilesOptions: (change) => {
        const next = { ...get().run.filesOptions, ...change };
        for (const key of Object.keys(next) as (keyof typeof next)[]) if (!next[key]) delete next[key];
        setRun({ filesOptions: next as Run['filesOptions'] });
      },
      lookInto: async (file) => {
        const ticket = ++lookTicket;
        const found = get().run.files.find((f) => f.report.file === file);
        if (file === null || !found) {
          setRun({ look: null });
          return;
        }
        const before = get().run.look;
        setRun({ look: { file, preview: before?.file === file ? before.preview : null, problem: null, busy: true } });
        try {
          const preview = await engine.previewFile(found.choice, get().run.filesOptions);
          if (ticket === lookTicket) setRun({ look: { file, preview, problem: null, busy: false } });
        } catch (error) {
          if (ticket === lookTicket)
            setRun({ look: { file, preview: null, problem: asProblem(error, found.report.name), busy: false } });
        }
      },
      cancelLoad: () => {
        if (!present || present.cancel.signal.aborted) return;
        present.cancel.abort();
        void attempt('data', () => engine.cancelLoad());
      },
      loadFiles: async () => {
        const chosen = get().run.files.filter((f) => !f.report.problem && !f.report.list);
        const { filesOptions } = get().run;
        const { data: before } = get().session;
        // scores of another program train nothing: nearly all of their events are judged
        const scoresOnly = chosen.length > 0 && chosen.every((f) => guessOf(f)?.purpose === 'scores');
        const split = scoresOnly ? scoresSplit : get().session.split;
        const same =
          before !== null &&
          'files' in before &&
          before.files.map((f) => f.name).join() === chosen.map((f) => f.report.name).join();
        const options = { ...filesOptions, ...carried(same) };
        const done = await load('files', () =>
          engine.loadFiles(
            chosen.map((f) => f.choice),
            split,
            progressOf,
            options,
          ),
        );
        if (!done) return;
        const { cut, classNames } = filesOptions;
        setSession({
          split,
          data: {
            files: chosen.map(({ choice: { file: _file, role, name, ...choice }, report: r }) => ({
              name: r.url ?? r.name,
              role,
              className: name,
              ...(Object.keys(choice).length > 0 ? { choice } : {}),
            })),
            ...(cut || classNames ? { options: { ...(cut ? { cut } : {}), ...(classNames ? { classNames } : {}) } } : {}),
          },
        });
        await keeping.filesLoaded();
        if (await opening.filesLoaded()) return;
        if (!scoresOnly || get().run.runs.length > 0) return;
        const preset = get().run.models.find((m) => m.id === 'feature-cut')?.suggestedPreset;
        enqueue([{ id: `run-${++requestCount}`, model: 'feature-cut', seed: 1, ...(preset ? { preset } : {}) }]);
        setSession({ workspace: 'explore' });
      },
      closeData: async () => {
        if (trains(get().run)) {
          report(busy('data'), 'data');
          return;
        }
        actions.cancelLoad();
        await present?.done;
        await attempt('data', () => engine.closeData());
        viewTicket += 1;
        const { compute, shelf, pictures, files, filesOptions, problems, kept } = get().run;
        setRun({ ...initialRun, compute, shelf, pictures, files, filesOptions, problems, kept });
        keeping.close();
        setSession({ data: null, preprocessing: [], lumisections: {}, requests: [], sweeps: [], view: initialSession.view });
        const models = await attempt('models', () => engine.models());
        const scores = await attempt('scores', () => engine.scores());
        if (models && scores) setRun({ models, scores });
      },
      setPreprocessing: async (preprocessing) => {
        const { preprocessing: before, draft } = get().session;
        setSession({ preprocessing });
        const params = { ...draft.params, ...scalingFor(get(), draft.model, draft.preset) };
        setSession({ draft: { ...draft, params } });
        if (!get().run.data) return;
        if (!(await load('preprocessing', () => engine.preprocess(preprocessing)))) setSession({ preprocessing: before, draft });
      },
      setLumisections: async (lumisections) => {
        const before = get().session.lumisections;
        setSession({ lumisections });
        if (!get().run.data) return;
        if (!(await load('lumisections', () => engine.takeLumisections(lumisections)))) setSession({ lumisections: before });
      },
      fetchCorrelation: async () => {
        const generation = get().run.data?.generation;
        const still = (): boolean => get().run.data?.generation === generation;
        setRun({ correlation: 0 });
        const told = proxy((done: number) => {
          if (still() && typeof get().run.correlation === 'number') setRun({ correlation: done });
        });
        const correlation = await attempt('correlation', () => engine.correlation(undefined, told));
        if (still()) setRun({ correlation });
      },
      fetchDuplicates: async () => {
        const generation = get().run.data?.generation;
        const still = (): boolean => get().run.data?.generation === generation;
        setRun({ duplicates: 0 });
        const told = proxy((done: number) => {
          if (still() && typeof get().run.duplicates === 'number') setRun({ duplicates: done });
        });
        const duplicates = await attempt('duplicates', () => engine.duplicates(told));
        if (still()) setRun({ duplicates });
      },
      loadSample: async (sample, events, seed, params) => {
        await sampleLoaded(sample, events, seed, params);
      },
      quickStart: async (sample) => {
        const spec = get().run.shelf.find((s) => s.id === sample);
        if (!spec) return;
        if (!(await sampleLoaded(sample, spec.defaultEvents, 1, defaultParams(spec.params)))) return;
        await actions.trainDraft();
        setSession({ workspace: 'explore' });
      },
      renameClass: async (from, to) => {
        const answer = await attempt(`the class ${from}`, () => engine.renameClass(from, to));
        if (!answer) return false;
        const { data, classNames, results } = answer;
        const { runs, scoreView, curves, filesOptions, binSpread } = get().run;
        const own = (name: string) => (name === from ? to.trim() : name);
        const named = <T extends { name: string }>(list: readonly T[]): T[] =>
          list.map((entry) => ({ ...entry, name: own(entry.name) }));
        setRun({
          data,
          runs: runs.map((run) => ({ ...run, results: results[run.id] ?? run.results })),
          scoreView: scoreView && { ...scoreView, classes: named(scoreView.classes) },
          binSpread: binSpread && { ...binSpread, sides: named(binSpread.sides) },
          curves: Object.fromEntries(
            Object.entries(curves).map(([key, curve]) => {
              const [run, score, ...signal] = key.split('/');
              return [[run, score, own(signal.join('/'))].join('/'), curve];
            }),
          ),
        });
        const { data: chosen } = get().session;
        if (chosen && 'sample' in chosen) setSession({ data: { ...chosen, classNames } });
        else if (chosen) {
          setRun({ filesOptions: { ...filesOptions, classNames } });
          setSession({ data: { ...chosen, options: { ...chosen.options, classNames } } });
        }
        return true;
      },
      setSplit: async (split) => {
        const before = get().session.split;
        setSession({ split });
        if (get().run.data && !(await load('split', () => engine.resplit(split)))) setSession({ split: before });
      },

      selectModel: (model) => void selectModel(model),
      selectPreset: (preset) => {
        const { draft } = get().session;
        setSession({ draft: { ...draft, preset, params: draftParams(get(), draft.model, preset), epochs: null } });
        void refreshPreview();
      },
      setParam: (name, value) => {
        const { draft } = get().session;
        setSession({ draft: { ...draft, params: { ...draft.params, [name]: value } } });
        void refreshPreview();
      },
      setSeeds: (seeds) => setSession({ draft: { ...get().session.draft, seeds } }),
      setEpochs: (epochs) => setSession({ draft: { ...get().session.draft, epochs } }),
      trainDraft: async () => {
        const { draft, requests } = get().session;
        const { data } = get().run;
        if (!data) {
          report(
            new Problem({
              where: 'training',
              expected: 'a loaded dataset',
              found: 'none',
              fix: 'Choose a sample or drop files first',
            }),
            'training',
          );
          return;
        }
        if (present) {
          report(
            new Problem({
              where: 'training',
              expected: 'data that stay the same',
              found: 'other data being loaded',
              fix: 'Wait until they are loaded, or cancel the load',
            }),
            'training',
          );
          return;
        }
        const changed = changedParams(get(), draft.model, draft.preset, draft.params);
        requestCount = Math.max(requestCount, lastNumber(requests));
        const wanted: RunRequest[] = draft.seeds.map((seed) => ({
          id: `run-${++requestCount}`,
          model: draft.model,
          preset: draft.preset,
          seed,
          ...(Object.keys(changed).length > 0 ? { params: changed } : {}),
          ...(draft.epochs !== null ? { epochs: draft.epochs } : {}),
        }));
        enqueue([...wanted, ...missingBaselines(wanted)]);
      },
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
        if (held) enqueue([]);
        if (!training) return;
        setRun({ training: { ...training, paused: false } });
        setSession({ paused: false });
        void attempt('resume', () => engine.resume());
      },
      stop: () => void attempt('stop', () => engine.stop()),
      unqueue: (id) => {
        setQueue(get().run.queue.filter((r) => r.id !== id));
        setSession({ requests: get().session.requests.filter((r) => r.id !== id) });
      },
      discardWaiting: () => {
        const waiting = new Set(get().run.queue.map(({ id }) => id));
        setRun({ queue: [], held: null });
        setSession({ requests: get().session.requests.filter(({ id }) => !waiting.has(id)) });
      },
      startSweep: (plan) => {
        const nextId = () => `run-${++requestCount}`;
        requestCount = Math.max(requestCount, lastNumber([...get().session.requests, ...get().session.sweeps]));
        const id = `sweep-${++requestCount}`;
        const { sweep, wanted } = planned(plan, id, get().session.requests, nextId);
        setSession({
          sweeps: [...get().session.sweeps, sweep],
          ...(plan.kind === 'study' ? {} : { workspace: 'compare' as const }),
        });
        enqueue([...wanted, ...(plan.baselines ? missingBaselines(wanted) : [])]);
      },
      stopSweep: (id) => {
        const sweep = get().session.sweeps.find((one) => one.id === id);
        const own = new Set(sweep?.points.flatMap(({ runs }) => runs));
        const { queue, training } = get().run;
        const waiting = new Set(queue.filter((request) => own.has(request.id)).map((request) => request.id));
        setQueue(queue.filter((request) => !waiting.has(request.id)));
        setSession({ requests: get().session.requests.filter((request) => !waiting.has(request.id)) });
        if (training?.beside.some(({ request }) => own.has(request.id))) actions.stop();
      },
      removeSweep: (id) => {
        actions.stopSweep(id);
        setSession({ sweeps: get().session.sweeps.filter((sweep) => sweep.id !== id) });
      },
      openKept: (id) => keeping.open(id),
      forgetKept: (analyses) => keeping.forget(analyses),
      removeRun: (id) => {
        setRun({ runs: get().run.runs.filter((r) => r.id !== id) });
        setSession({ requests: get().session.requests.filter((r) => r.id !== id) });
        void attempt('runs', () => engine.removeRun(id));
        if (get().session.view.run === id) {
          const next = get().run.runs[0];
          if (next) void actions.selectRun(next.id);
          else {
            viewTicket += 1;
            setSession({ view: { ...get().session.view, run: null, score: null } });
            setRun({ scoreView: null, latent: null, trend: null, walk: null, threshold: Number.NaN });
            setRun({ cell: null, event: null, opened: null });
          }
        }
      },

      selectRun: (id) => {
        wantedView = null;
        return show(id);
      },
      selectScore: async (score) => {
        wantedView = null;
        const { view } = get().session;
        const threshold = view.threshold.rule === 'value' ? initialSession.view.threshold : view.threshold;
        setSession({ view: { ...view, score, threshold } });
        setRun({ scoreView: null, trend: null, walk: null, cell: null });
        await refreshView();
      },
      selectSignal: (signal) => {
        wantedView = null;
        setSession({ view: { ...get().session.view, signal } });
        setRun({ cell: null });
        applyThreshold();
      },
      setThreshold: (choice) => {
        wantedView = null;
        set((s) => ({ session: { ...s.session, view: { ...s.session.view, threshold: choice } } }));
        keeping.note();
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
      closeEvent: () => setRun({ event: null, opened: 'closed' }),
      copies: (query) => attempt('the copies of an event', () => engine.copies(query)),
      imageClasses: () => attempt('the images', () => engine.imageClasses()),
      price: async () => {
        const { run, score } = get().session.view;
        return run === null || score === null ? null : attempt('the price of the score', () => engine.price(run, score));
      },
      leakage: (kind) => attempt('the lesson on leakage', () => engine.leakage(kind)),
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
      fetchCurves: async (keys) => {
        for (const key of keys) {
          if (get().run.curves[key]) continue;
          const [run, score, ...signalName] = key.split('/');
          const signal = get().run.data?.classes.findIndex((c) => c.name === signalName.join('/')) ?? -1;
          if (!score || signal < 0 || !get().run.runs.some((r) => r.id === run)) continue;
          const curve = await attempt('curves', () => engine.curve(run as string, score, signal, 600));
          if (curve && get().run.runs.some((r) => r.id === run)) setRun({ curves: { ...get().run.curves, [key]: curve } });
        }
      },

      copyLink: async () => {
        const link = `${surroundings.address}${await encodeLink(get().session)}`;
        await attempt('the clipboard', () => surroundings.writeClipboard(link));
        return link;
      },
      studyFile: async () => {
        const study = await attempt('the study file', presentStudy);
        return study ? `${JSON.stringify(study, null, 2)}\n` : '';
      },
      resultsFile: async () => {
        const runs = get().run.runs.map(({ id }) => id);
        const results = await attempt('the results', async () => engine.results(await presentStudy(), runs));
        return results ? `${JSON.stringify(results, null, 2)}\n` : '';
      },
      scoresFile: async () => {
        const { run, score } = get().session.view;
        return run && score ? attempt('scores', () => engine.scoresCsv(run, score)) : null;
      },
      flaggedFile: async (list) => {
        const { run, score } = get().session.view;
        const { threshold } = get().run;
        if (!run || !score || Number.isNaN(threshold)) return null;
        return attempt('the flagged lumisections', () => engine.flagged(run, score, threshold, list));
      },
      reportFile: async (figures) => {
        const { session, run: now } = get();
        const { run, score } = session.view;
        const summary = now.runs.find(({ id }) => id === run);
        if (!summary || !score || !now.scoreView || Number.isNaN(now.threshold)) return null;
        const link = `${surroundings.address}${await encodeLink(session)}`;
        const parts = reportParts({ ...now, summary, view: now.scoreView, signal: session.view.signal ?? -1, figures, link });
        return attempt('the shift report', () => engine.shiftReport(summary.id, score, parts));
      },
      dismiss: (id) => setRun({ problems: get().run.problems.filter((p) => p.id !== id) }),
    };

    const restore = (): void => {
      try {
        const kept = JSON.parse(surroundings.storage?.getItem('offshell') ?? '{}') as Partial<Session>;
        if (kept.theme) set((s) => ({ session: { ...s.session, theme: kept.theme as Session['theme'] } }));
        if (kept.backend) set((s) => ({ session: { ...s.session, backend: kept.backend as Session['backend'] } }));
      } catch {
        // an unreadable remainder of an earlier version is as good as none
      }
    };

    /** Repeats the analysis of a link, as far as it can without files. */
    const repeat = async (shared: Session): Promise<void> => {
      setSession({ split: shared.split, preprocessing: shared.preprocessing, lumisections: shared.lumisections });
      if (shared.data && 'sample' in shared.data) {
        const { sample, events, seed, params, classNames } = shared.data;
        if (!(await sampleLoaded(sample, events, seed, params, classNames))) return;
        setSession({ view: { ...initialSession.view, threshold: shared.view.threshold, signal: shared.view.signal } });
        wantedView = shared.view;
        requestCount = Math.max(requestCount, lastNumber(shared.requests));
        enqueue(shared.requests);
        setSession({ workspace: 'explore' });
      } else if (shared.data) {
        setSession({ data: shared.data });
        report(
          new Problem({
            where: 'the link',
            expected: `the files ${shared.data.files.map((f) => f.name).join(', ')}`,
            found: 'no files, since a link carries none',
            fix: 'Drop these files again: their roles and settings are remembered, models can then be chosen',
          }),
          'the link',
        );
      }
    };

    return actions;
  };
}

/** The largest number in ids such as `run-12`. */
function lastNumber(list: readonly { id: string }[]): number {
  return Math.max(0, ...list.map(({ id }) => Number(id.replace(/\D/g, '')) || 0));
}

function busy(where: string): Problem {
  return new Problem({
    where,
    expected: 'no training under way',
    found: 'a model that trains',
    fix: 'Stop the training or let it finish first',
  });
}

/** Waits, but not for longer than until the cancel. */
function unlessCancelled(step: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    step.then(resolve, reject);
  });
}

/** Whether a run has a score, or gives it when asked. */
function gives({ scores }: RunSummary, score: string): boolean {
  return scores.includes(score) || (topErrorsOf(score) !== undefined && scores.some((id) => topErrorsOf(id) !== undefined));
}

function firstSignal(data: DataSummary | null): number | null {
  const index = data?.classes.findIndex((c) => c.role === 'signal') ?? -1;
  return index < 0 ? null : index;
}

/** What a preprocessing list changes in a model's parameters: models that can follow the study's steps do, while there are any. */
function scalingFor(store: Store, model: string, preset: string): Params {
  const spec = store.run.models.find((m) => m.id === model)?.params.scaling;
  const can = spec?.kind === 'choice' && spec.options.some((option) => option.value === 'study');
  if (!can) return {};
  const usual = presetParams(store, model, preset).scaling;
  return store.session.preprocessing.length > 0 ? { scaling: 'study' } : usual !== undefined ? { scaling: usual } : {};
}

/** A preset's parameters as the draft starts with them. */
function draftParams(store: Store, model: string, preset: string): Params {
  const steps = store.session.preprocessing.length > 0 ? scalingFor(store, model, preset) : {};
  return { ...presetParams(store, model, preset), ...steps };
}

function presetParams(store: Store, model: string, preset: string): Params {
  const spec = store.run.models.find((m) => m.id === model);
  return spec ? { ...defaultParams(spec.params), ...spec.presets[preset]?.params } : {};
}

/** Parameters that differ from the preset: only these go into the request, the link and the study. */
function changedParams(store: Store, model: string, preset: string, params: Params): Params {
  const usual = presetParams(store, model, preset);
  return Object.fromEntries(
    Object.entries(params).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(usual[key])),
  );
}
