/** The store with the real engine behind it, in Node on WASM: what the user can do, in the order in which it happens. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { flaggedAt, rowReaching, totalOf } from '../metrics/ranking.ts';
import { droppedFile, labelledTable } from '../testing/tables.ts';
import type { EngineApi, RunSummary } from '../worker/api.ts';
import { createEngine } from '../worker/engine.ts';
import { createActions, type Surroundings } from './actions.ts';
import { trains } from './run.ts';
import { initialSession } from './session.ts';
import { createOffshellStore, type OffshellStore } from './store.ts';

const events = 1500;

/** The pictures of the shelf, drawn by the first engine that is asked: they take longer than everything else an engine does here. */
const pictures = new Map<string, ReturnType<EngineApi['shelfPicture']>>();

function newEngine(): EngineApi {
  const real = createEngine();
  const shelfPicture: EngineApi['shelfPicture'] = (id) => {
    const picture = pictures.get(id) ?? real.shelfPicture(id);
    pictures.set(id, picture);
    return picture;
  };
  return { ...real, shelfPicture };
}

function storeWith(engine: EngineApi, change: Partial<Surroundings> = {}): OffshellStore {
  return createOffshellStore(
    createActions(engine, {
      hash: '',
      query: '?backend=wasm',
      address: 'https://offshell.test/',
      writeClipboard: async () => undefined,
      storage: null,
      ...change,
    }),
  );
}

let engine: EngineApi;
let store: OffshellStore;
const run = () => store.getState().run;
const session = () => store.getState().session;
const act = () => store.getState().actions;

/** Resolves when a condition holds; fails the test if it does not within a minute. */
function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    if (condition()) return resolve();
    const timer = setTimeout(() => reject(new Error(`not reached: ${condition}`)), 60_000);
    const stop = store.subscribe(() => {
      if (!condition()) return;
      clearTimeout(timer);
      stop();
      resolve();
    });
  });
}
/** Nothing trains and nothing waits. */
const idle = () => until(() => run().training === null && run().queue.length === 0 && run().scoreView !== null);
const problems = () => run().problems.map(({ problem }) => problem);
const shown = () => run().runs.find((r) => r.id === session().view.run) as RunSummary;
const load = (seed = 1) => act().loadSample('collider-events', events, seed, {});

describe('the model that is offered', () => {
  beforeAll(async () => {
    store = storeWith(newEngine());
    await act().begin();
  });

  it('follows the kind of the data, and stays where it was chosen for data of that kind', async () => {
    await act().loadSample('tracker-histograms', 600, 1, {});
    expect(session().draft.model).toBe('histogram-autoencoder');
    await act().selectModel('pca');
    await act().loadSample('tracker-histograms', 600, 2, {});
    expect(session().draft.model).toBe('pca');
    await act().loadSample('collider-events', 600, 1, {});
    expect(session().draft.model).toBe('dense-autoencoder');
  });
});

describe('from nothing to a moving threshold', () => {
  beforeAll(async () => {
    engine = newEngine();
    store = storeWith(engine);
    await act().begin();
    await load();
    act().setEpochs(1);
    await act().trainDraft();
    await idle();
  });

  it('the shelf is there with its picture, and the backend runs', () => {
    expect(run().shelf.map((s) => s.id)).toContain('collider-events');
    expect(run().pictures['collider-events']?.classes.length).toBeGreaterThan(1);
    expect(run().compute).toMatchObject({ backend: 'wasm', chosen: true });
    expect(problems()).toEqual([]);
  });

  it('the draft trained, and every baseline once', async () => {
    const asked = session().requests.map((r) => `${r.model}/${r.preset}`);
    expect(asked[0]).toMatch(/^dense-autoencoder/);
    expect(asked).toContain('pca/pca-3');
    expect(asked).toContain('feature-cut/ht');
    expect(run().runs.map((r) => r.id)).toEqual(session().requests.map((r) => r.id));
    const before = asked.length;
    await act().trainDraft();
    await idle();
    expect(session().requests).toHaveLength(before + 1);
  });

  it('the model that was asked for is shown, not a baseline', () => {
    expect(shown().model).toBe('dense-autoencoder');
    expect(run().scoreView).toMatchObject({ run: session().view.run, score: session().view.score });
    expect(run().latent?.row.length).toBeGreaterThan(0);
    expect(run().data?.classes[session().view.signal ?? -1]?.role).toBe('signal');
  });

  it('the event with the highest score is open until another is chosen, and stays closed once it is closed', async () => {
    const { test } = run().scoreView as NonNullable<ReturnType<typeof run>['scoreView']>;
    const [first] = (await act().ranked('highest')) ?? [];
    expect(first?.score).toBe(test.threshold[0]);
    expect(run()).toMatchObject({ opened: 'highest', event: { row: first?.row } });
    const { score } = session().view;
    const other = run()
      .runs.find(({ id }) => id === session().view.run)
      ?.scores.find((id) => id !== score) as string;
    await act().selectScore(other);
    const [highest] = (await act().ranked('highest')) ?? [];
    expect(run()).toMatchObject({ opened: 'highest', event: { row: highest?.row } });
    const [lowest] = (await act().ranked('lowest')) ?? [];
    await act().openEvent(lowest?.row as number);
    await act().selectScore(score as string);
    expect(run()).toMatchObject({ opened: 'chosen', event: { row: lowest?.row } });
    act().closeEvent();
    await act().selectScore(other);
    expect(run()).toMatchObject({ opened: 'closed', event: null });
    await act().selectScore(score as string);
  });

  it('an event carries the usual size of each error among the background that was trained on', async () => {
    const [first] = (await act().ranked('highest')) ?? [];
    await act().openEvent(first?.row as number);
    const { event } = run();
    expect(event?.spread?.of).toHaveLength(event?.input.length ?? -1);
    expect(event?.spread?.events).toBe(Math.min(2000, run().data?.split.training ?? 0));
    const known = event?.spread?.of.filter((spread) => spread > 0) ?? [];
    expect(known.length).toBeGreaterThan(10);
    act().closeEvent();
  });

  it('each threshold rule gives a number, or says why not', () => {
    const { test, validation, classes } = run().scoreView as NonNullable<ReturnType<typeof run>['scoreView']>;
    const background = classes.flatMap((c, i) => (c.role === 'background' ? [i] : []));
    act().setThreshold({ rule: 'value', value: 0.5 });
    expect(run()).toMatchObject({ threshold: 0.5, thresholdProblem: null });
    act().setThreshold({ rule: 'best-f1' });
    expect(run().thresholdWords).toMatch(/best F1 on validation/);
    act().setThreshold({ rule: 'background-efficiency', value: 0.1 });
    const n = totalOf(validation, background);
    const flagged = flaggedAt(validation, background, run().threshold);
    expect(flagged).toBeLessThanOrEqual(0.1 * (n + 1));
    expect(flagged).toBeGreaterThan(0.1 * (n + 1) - 2);
    act().setThreshold({ rule: 'background-efficiency', value: 1e-5 });
    expect(run().thresholdProblem).toMatch(/needs at least 99.999 background events/);
    expect(Number.isFinite(run().threshold)).toBe(true);
    expect(totalOf(test, background)).toBeGreaterThan(n);
  });

  it('a step moves by one distinct score of the test events', () => {
    const { test } = run().scoreView as NonNullable<ReturnType<typeof run>['scoreView']>;
    const start = test.threshold[rowReaching(test, [0], 20)] as number;
    act().setThreshold({ rule: 'value', value: start });
    act().stepThreshold(1);
    expect(run().threshold).toBe(test.threshold[test.threshold.indexOf(start) - 1]);
    act().stepThreshold(-1);
    expect(run().threshold).toBe(start);
  });

  it('a cell lists as many events as the matrix counts, and one of them opens', async () => {
    const { test } = run().scoreView as NonNullable<ReturnType<typeof run>['scoreView']>;
    await act().openCell('falsePositives');
    expect(run().cell?.total).toBe(flaggedAt(test, [0], run().threshold));
    expect(run().event?.row).toBe(run().cell?.rows[0]?.row);
    expect(run().event?.reconstruction).toHaveLength(run().event?.input.length ?? -1);
    act().closeCell();
    act().closeEvent();
    expect(run()).toMatchObject({ cell: null, event: null });
  });

  it('curves are fetched by key, and keys that mean nothing are left alone', async () => {
    const key = `${shown().id}/${session().view.score}/${run().data?.classes[1]?.name}`;
    await act().fetchCurves([key, 'run-99/reconstruction-mse/A', 'nonsense']);
    expect(Object.keys(run().curves)).toEqual([key]);
    expect(run().curves[key]?.fpr.at(-1)).toBe(1);
    expect(problems()).toEqual([]);
  });

  it('of two quick choices of a score the later one stays', async () => {
    const [first, second] = shown().scores.filter((s) => s !== session().view.score) as [string, string];
    await Promise.all([act().selectScore(first), act().selectScore(second)]);
    expect(session().view.score).toBe(second);
    expect(run().scoreView?.score).toBe(second);
  });

  it('the session holds choices and no data', () => {
    const text = JSON.stringify(session());
    expect(text.length).toBeLessThan(4000);
    expect(JSON.parse(text)).toEqual(session());
  });

  it('the study file carries the threshold rule and the name of the data', async () => {
    act().setThreshold({ rule: 'background-efficiency', value: 0.05 });
    const study = JSON.parse(await act().studyFile());
    expect(study).toMatchObject({ name: 'collider-events', threshold: { rule: 'background-efficiency', value: 0.05 } });
    const { runs } = JSON.parse(await act().resultsFile());
    expect(runs[0].operatingPoint.backgroundEfficiency).toBeGreaterThan(0);
  });

  it('a load that fails leaves data and runs as they were, and says why once', async () => {
    const before = run();
    await act().loadSample('unicorns', 100, 1, {});
    expect(problems()).toHaveLength(1);
    expect(problems()[0]?.found).toBe('"unicorns"');
    expect(run().data).toBe(before.data);
    expect(run().runs).toBe(before.runs);
    expect(run().scoreView).toBe(before.scoreView);
    expect(session().data).toMatchObject({ sample: 'collider-events' });
    act().dismiss(run().problems[0]?.id ?? -1);
    expect(problems()).toEqual([]);
  });

  it('a split that cannot be made is not kept', async () => {
    await act().setSplit({ by: 'event', train: 0.9, validation: 0.9, test: 0.2, seed: 1 });
    expect(problems()[0]?.expected).toMatch(/add up to 1/);
    expect(session().split).toEqual(initialSession.split);
    act().dismiss(run().problems[0]?.id ?? -1);
  });

  it('a link repeats the analysis: same AUC, same run, same typed threshold', async () => {
    act().setThreshold({ rule: 'value', value: 1.25 });
    const link = await act().copyLink();
    const [first, before, view] = [run().runs, shown(), session().view];
    store = storeWith(newEngine(), { hash: new URL(link).hash });
    await act().begin();
    await idle();
    expect(run().runs.map((r) => r.results.map((x) => x.auc))).toEqual(first.map((r) => r.results.map((x) => x.auc)));
    expect(shown().id).toBe(before.id);
    expect(session().view).toEqual(view);
    expect(run().threshold).toBe(1.25);
    expect(session().workspace).toBe('explore');
  });

  it('a mean of any number of largest errors comes without training, and with its results', async () => {
    const { id, training } = shown();
    await act().selectScore('reconstruction-mse-top7');
    expect(run().scoreView).toMatchObject({
      run: id,
      score: 'reconstruction-mse-top7',
      name: 'Mean of the seven largest squared errors',
    });
    expect(shown().scores).toContain('reconstruction-mse-top7');
    expect(shown().results.some(({ score }) => score === 'reconstruction-mse-top7')).toBe(true);
    expect(shown().training).toEqual(training);
    // another run gives it when it is shown, as after a link
    const other = run().runs.find((r) => r.id !== id && r.scores.includes('reconstruction-mse-top10'));
    if (other) {
      await act().selectRun(other.id);
      expect(run().scoreView).toMatchObject({ run: other.id, score: 'reconstruction-mse-top7' });
      await act().selectRun(id);
    }
    expect(problems()).toEqual([]);
  });
});

describe('the queue', () => {
  beforeEach(async () => {
    engine = newEngine();
    store = storeWith(engine);
    await act().begin();
    await load();
  });

  it('gives up what waits, and a removed run makes room for another one', async () => {
    act().setEpochs(1);
    act().setSeeds([1, 2]);
    await act().trainDraft();
    const waiting = run().queue.find((r) => r.model === 'pca');
    act().unqueue(waiting?.id ?? '');
    await idle();
    expect(run().runs.map((r) => r.model)).not.toContain('pca');
    expect(session().requests.map((r) => r.model)).not.toContain('pca');
    const first = shown().id;
    act().removeRun(first);
    await until(() => run().scoreView !== null && run().scoreView?.run !== first);
    expect(session().view.run).not.toBe(first);
    for (const { id } of run().runs) act().removeRun(id);
    await Promise.resolve();
    expect(run()).toMatchObject({ runs: [], scoreView: null, latent: null, cell: null });
    expect(session().view.run).toBeNull();
  });

  it('refuses other data and another backend while something trains; a stop keeps the run', async () => {
    act().setEpochs(5000);
    act().setParam('patience', 0);
    await act().trainDraft();
    await until(() => (run().training?.progress?.epoch ?? 0) >= 1);
    const { data } = run();
    await load(2);
    expect(problems()[0]).toMatchObject({ where: 'sample collider-events', found: 'a model that trains' });
    await act().setBackend('cpu');
    expect(problems()[0]).toMatchObject({ where: 'compute', found: 'a model that trains' });
    expect(run().data).toBe(data);
    act().pause();
    act().pause();
    expect(run().training?.paused).toBe(true);
    act().resume();
    act().stop();
    await idle();
    const dense = run().runs.find((r) => r.model === 'dense-autoencoder');
    expect(dense?.training?.epochs).toBeLessThan(5000);
    expect(dense?.results[0]?.auc).toBeGreaterThan(0);
  });

  it('keeps runs and results in the order in which they were asked for, whichever ends first', async () => {
    const { train } = engine;
    const ended: number[] = [];
    let first: () => void = () => undefined;
    const other = new Promise<void>((resolve) => {
      first = resolve;
    });
    // each by itself, so that what was asked for first begins and ends last
    engine.train = async (request, onProgress) => {
      if (request.seed === 2) await other;
      const summary = await train(request, onProgress);
      ended.push(request.seed);
      first();
      return summary;
    };
    const pca = { label: 'PCA', value: null, model: 'pca', preset: 'pca-3', params: {}, epochs: null };
    act().startSweep({ kind: 'study', name: 'two seeds', variable: 'model', seeds: [2, 1], points: [pca] });
    await idle();
    expect(ended).toEqual([1, 2]);
    expect(run().runs.map(({ seed }) => seed)).toEqual([2, 1]);
    const { runs }: { runs: { seed: number }[] } = JSON.parse(await act().resultsFile());
    expect([...new Set(runs.map(({ seed }) => seed))]).toEqual([2, 1]);
  });

  it('is busy between two trainings, and a pause there holds back what waits until it is discarded', async () => {
    const { scoreView } = engine;
    let shown: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      shown = resolve;
    });
    // the first result takes its time to be shown
    engine.scoreView = async (...query) => {
      await held;
      return scoreView(...query);
    };
    act().setEpochs(1);
    await act().trainDraft();
    await until(() => run().runs.length === 1 && run().training === null);
    expect(run().queue.length).toBeGreaterThan(0);
    expect(trains(run())).toBe(true);
    act().pause();
    expect(trains(run())).toBe(false);
    shown();
    await until(() => run().scoreView !== null);
    act().discardWaiting();
    expect(run()).toMatchObject({ queue: [], held: null });
    expect(session().requests.map(({ id }) => id)).toEqual(run().runs.map(({ id }) => id));
  });

  it('goes on after a model that cannot be built', async () => {
    act().setParam('learningRate', 1e6);
    await act().trainDraft();
    await idle();
    expect(problems().some((p) => p.where.includes('"learningRate"') && p.found === '1000000')).toBe(true);
    expect(run().runs.map((r) => r.model)).toContain('pca');
    expect(session().requests.map((r) => r.model)).not.toContain('dense-autoencoder');
  });
});

describe('files', () => {
  beforeEach(async () => {
    engine = newEngine();
    store = storeWith(engine);
    await act().begin();
  });

  it('with a column of classes load, and a loss that overflows ends the run with epoch, step and cause', async () => {
    await act().addFiles([droppedFile('huge.csv', labelledTable(800, 6, 1e25)), droppedFile('broken.csv', 'a,b\n1')]);
    expect(run().files.map((f) => f.report.problem !== undefined)).toEqual([false, true]);
    const file = run().files[0]?.report.file ?? -1;
    act().chooseFile(file, { label: 'kind', normalClass: '0' });
    await act().loadFiles();
    expect(run().data?.classes.map((c) => [c.role, c.rows])).toEqual([
      ['background', 600],
      ['signal', 200],
    ]);
    act().selectModel('dense-autoencoder');
    act().setParam('scaling', 'raw');
    act().setEpochs(2);
    await act().trainDraft();
    await idle();
    const lost = problems().find((p) => p.expected === 'a finite loss');
    expect(lost?.where).toMatch(/epoch 1, step 1/);
    expect(lost?.found).toMatch(/(Infinity|NaN); probable cause: unscaled input, "x\d" reaches/);
    expect(run().runs.map((r) => r.model)).toContain('pca');
    expect(session().requests.map((r) => r.model)).not.toContain('dense-autoencoder');
  });

  it('a table of one column trains without a PCA beside it', async () => {
    await act().addFiles([droppedFile('one.csv', labelledTable(400, 1))]);
    act().chooseFile(run().files[0]?.report.file ?? -1, { label: 'kind', normalClass: '0' });
    await act().loadFiles();
    act().setEpochs(1);
    await act().trainDraft();
    act().selectModel('pca');
    await act().trainDraft();
    await idle();
    expect(problems()).toEqual([]);
    expect(run().runs.map((r) => `${r.model}/${r.preset}`)).toContain('pca/pca-0');
    expect(run().runs.find((r) => r.model === 'pca')?.hasLatent).toBe(false);
  });
});

describe('a load', () => {
  beforeEach(async () => {
    engine = newEngine();
    store = storeWith(engine);
    await act().begin();
    await load();
  });

  it('that the user cancels leaves the earlier data and no notice', async () => {
    const { data } = run();
    const pending = act().loadSample('collider-events', 20_000, 2, {});
    await until(() => run().loading !== null);
    act().cancelLoad();
    await pending;
    expect(run()).toMatchObject({ loading: null, problems: [] });
    expect(run().data).toBe(data);
    expect(session().data).toMatchObject({ seed: 1 });
  });

  it('gives way to a later one', async () => {
    await Promise.all([act().loadSample('collider-events', 4000, 2, {}), act().loadSample('collider-events', 2000, 3, {})]);
    expect(run().data?.rows).toBe(2000);
    expect(session().data).toMatchObject({ seed: 3 });
    expect(problems()).toEqual([]);
  });

  it('closes a look into a file whose answer comes after the data', async () => {
    const preview = engine.previewFile;
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    engine.previewFile = async (...wanted) => {
      await held;
      return preview(...wanted);
    };
    await act().addFiles([droppedFile('one.csv', labelledTable(400, 1))]);
    const file = run().files[0]?.report.file ?? -1;
    act().chooseFile(file, { label: 'kind', normalClass: '0' });
    const look = act().lookInto(file);
    expect(run().look).toMatchObject({ busy: true });
    await act().loadFiles();
    expect(run()).toMatchObject({ data: { rows: 400 }, look: null });
    answer();
    await look;
    expect(run().look).toBeNull();
  });

  it('is over when it is over, even if a message of its progress comes late', async () => {
    let late: () => void = () => undefined;
    const real = newEngine();
    store = storeWith({
      ...real,
      loadSample: (data, split, onProgress) => {
        late = () => onProgress(0.9, 'almost');
        return real.loadSample(data, split, onProgress);
      },
    });
    await act().begin();
    await load();
    late();
    expect(run().loading).toBeNull();
  });

  it('keeps what was set for a model if the data are alike', async () => {
    act().setParam('latent', 5);
    await load(2);
    expect(session().draft.params.latent).toBe(5);
  });
});

describe('without a click', () => {
  it('files are named from the moment they are dropped until the engine has looked at them', async () => {
    const real = newEngine();
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    store = storeWith({ ...real, inspect: (...files) => asked.then(() => real.inspect(...files)) });
    const one = act().addFiles([droppedFile('a.csv', 'x,y\n1,2\n3,4\n')]);
    const others = act().addFiles([droppedFile('b.csv', 'x,y\n1,2\n'), droppedFile('a.csv', 'x,y\n5,6\n')]);
    expect(run()).toMatchObject({ inspecting: ['a.csv', 'b.csv', 'a.csv'], files: [] });
    answer();
    await Promise.all([one, others]);
    expect(run().inspecting).toEqual([]);
    expect(
      run()
        .files.map(({ report }) => report.name)
        .toSorted(),
    ).toEqual(['a.csv', 'a.csv', 'b.csv']);
  });

  it('a cancel before the backend has started ends the wait', async () => {
    store = storeWith(newEngine());
    const pending = load();
    await until(() => run().loading !== null);
    act().cancelLoad();
    await pending;
    expect(run()).toMatchObject({ loading: null, data: null, problems: [] });
  });

  it('the pictures of the shelf are drawn once the backend runs, so that nothing waits for them', async () => {
    const real = newEngine();
    const running: boolean[] = [];
    const shelfPicture: EngineApi['shelfPicture'] = (id) => {
      running.push(run().compute !== null);
      return real.shelfPicture(id);
    };
    store = storeWith({ ...real, shelfPicture });
    await act().begin();
    const ids = run().shelf.map(({ id }) => id);
    expect(running).toEqual(ids.map(() => true));
    expect(Object.keys(run().pictures)).toEqual(ids);
  });

  it('a link that cannot be read is a problem, and the page opens all the same', async () => {
    store = storeWith(newEngine(), { hash: '#s=%%%' });
    await act().begin();
    expect(run().shelf.length).toBeGreaterThan(0);
    expect(problems()).toHaveLength(1);
  });

  it('one click loads, trains and opens Explore; a failing one does not', async () => {
    store = storeWith(newEngine());
    await act().begin();
    act().setEpochs(1);
    const { shelf } = run();
    store.setState({ run: { ...run(), shelf: shelf.map((s) => ({ ...s, defaultEvents: s.maxEvents + 1 })) } });
    await act().quickStart('collider-events');
    expect(problems()[0]?.expected).toMatch(/^at most/);
    expect(session().workspace).toBe('data');
    store.setState({ run: { ...run(), shelf: shelf.map((s) => ({ ...s, defaultEvents: events })) } });
    await act().quickStart('collider-events');
    expect(session().workspace).toBe('explore');
    act().stop();
    await idle();
  });
});

describe('another backend', () => {
  it('takes the finished runs over', async () => {
    engine = newEngine();
    store = storeWith(engine);
    await act().begin();
    await load();
    act().setEpochs(1);
    await act().trainDraft();
    await idle();
    const ids = run().runs.map((r) => r.id);
    await act().setBackend('cpu');
    expect(run().compute?.backend).toBe('cpu');
    expect(run().runs.map((r) => r.id)).toEqual(ids);
    expect(run().queue).toEqual([]);
    expect(problems()).toEqual([]);
    await act().setBackend('wasm');
  });

  it('follows when graphics devices go away: another one, then WASM, each said once, the training repeated, the queue gone on with', async () => {
    const real = newEngine();
    const choices: string[] = [];
    const trained: string[] = [];
    let onLost: ((reason: string) => void) | undefined;
    let losses = 0;
    engine = {
      ...real,
      start: async (choice, lost) => {
        choices.push(choice);
        onLost = lost;
        // the third device goes away before anything trains on it
        if (choices.length === 3) onLost?.('unplugged again');
        return real.start('wasm');
      },
      train: async (request, onProgress) => {
        if (++losses <= 1) {
          onLost?.('unplugged');
          throw new Error('the device was lost');
        }
        trained.push(request.id);
        return real.train(request, onProgress);
      },
    };
    store = storeWith(engine);
    await act().begin();
    await act().setBackend('webgpu');
    expect(choices).toEqual(['wasm', 'webgpu']);
    await act().loadSample('collider-events', 400, 1, {});
    act().setEpochs(1);
    await act().trainDraft();
    await idle();
    expect(choices).toEqual(['wasm', 'webgpu', 'webgpu', 'wasm']);
    expect(session().backend).toBe('wasm');
    const told = problems()
      .filter(({ where }) => where === 'the graphics device')
      .reverse();
    expect(told.map(({ found }) => found)).toEqual([
      'it was lost (unplugged)',
      'it was lost for the second time in a minute (unplugged again)',
    ]);
    expect(told[1]!.fix).toMatch(/^WASM takes over until another backend is chosen.* goes on from its last checkpoint/);
    expect(trained).toHaveLength(new Set(trained).size);
    expect(trained.sort()).toEqual(
      session()
        .requests.map(({ id }) => id)
        .sort(),
    );
    expect(run().runs).toHaveLength(trained.length);
    expect(run().runs.some((r) => r.model === 'dense-autoencoder')).toBe(true);
    expect(run().queue).toEqual([]);
    // a choice by hand begins anew
    await act().setBackend('webgpu');
    onLost?.('once more');
    await idle();
    expect(choices.slice(4)).toEqual(['webgpu', 'webgpu']);
    await act().setBackend('wasm');
  });
});
