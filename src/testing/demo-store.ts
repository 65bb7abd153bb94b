/**
 * A store with seeded runs and no engine behind it, for looking at Explore and Compare and for timing them. Scores are drawn, not
 * trained; everything that is measured on them is measured for real.
 */
import { delong } from '../metrics/auc-error.ts';
import { supports } from '../metrics/floor.ts';
import { averagePrecision } from '../metrics/precision-recall.ts';
import { nextThreshold } from '../metrics/ranking.ts';
import { interpolatedFpr, rocCurve, tprAtFpr } from '../metrics/roc.ts';
import { maxSic } from '../metrics/sic.ts';
import { Cursor } from '../numeric/random.ts';
import { fixedEfficiencies } from '../state/compare.ts';
import type { Session } from '../state/session.ts';
import type { OffshellStore, Store } from '../state/store.ts';
import { thresholdOf } from '../state/threshold.ts';
import type { RunResult } from '../study/results.ts';
import type { Cell, EventRow, EventView, RunSummary, ScoreView } from '../worker/api.ts';
import { frameStore } from './frame-store.ts';
import { classes, eventOf, latentOf, rankingOf, type ScoredEvents, scoredEvents } from './plot-fixtures.ts';

const machines = [
  {
    model: 'dense-autoencoder',
    name: 'dense autoencoder',
    preset: 'adc2021',
    seeds: [1, 2, 3],
    quality: 1,
    parameters: 5308,
    baseline: false,
  },
  {
    model: 'dense-autoencoder',
    name: 'dense autoencoder',
    preset: 'hackathon',
    seeds: [1],
    quality: 0.88,
    parameters: 3989,
    baseline: false,
  },
  { model: 'pca', name: 'PCA', preset: '', seeds: [1], quality: 0.68, parameters: 168, baseline: true },
  { model: 'feature-cut', name: 'HT', preset: '', seeds: [1], quality: 0.52, parameters: 0, baseline: true },
] as const;

interface Made {
  summary: RunSummary;
  events: ScoredEvents;
  view: ScoreView;
}

/** @param perClass test events of background, two signals and unlabelled data */
export function demoStore(perClass: readonly number[], start: Partial<Session> = {}): OffshellStore {
  const store = frameStore('finished', 2000, { workspace: 'explore', ...start });
  const made = new Map<string, Made>();
  const template = store.getState().run.runs[0] as RunSummary;
  for (const machine of machines) {
    for (const seed of machine.seeds) {
      const id = `${machine.model}-${machine.preset}-${seed}`;
      made.set(id, make(id, machine, seed, perClass, template));
    }
  }
  const first = [...made.values()][0] as Made;
  const set = (part: Partial<Store['run']>) => store.setState((s) => ({ run: { ...s.run, ...part } }));
  const setView = (part: Partial<Session['view']>) =>
    store.setState((s) => ({ session: { ...s.session, view: { ...s.session.view, ...part } } }));
  const setThreshold: Store['actions']['setThreshold'] = (threshold) => {
    const { scoreView } = store.getState().run;
    if (!scoreView) return;
    setView({ threshold });
    const answer = thresholdOf(scoreView, threshold, store.getState().session.view.signal);
    set({ threshold: answer.threshold, thresholdProblem: answer.problem });
  };
  const show = (id: string) => {
    const run = made.get(id) as Made;
    setView({ run: id, score: run.view.score });
    set({ scoreView: run.view, latent: latentView(id, run.events), cell: null, event: null });
    setThreshold(store.getState().session.view.threshold);
  };
  store.setState((s) => ({
    session: {
      ...s.session,
      view: { run: first.summary.id, score: 'masked-mse', signal: 1, threshold: { rule: 'background-efficiency', value: 1e-2 } },
    },
    run: {
      ...s.run,
      runs: [...made.values()].map(({ summary }) => summary),
      data: s.run.data && { ...s.run.data, classes: classes.map((entry, i) => ({ ...entry, rows: perClass[i] ?? 0 })) },
      scores: [
        {
          id: 'masked-mse',
          name: 'masked mean squared error',
          formula: 'mean of (x − x̂)² over numbers that exist',
          unit: '',
          paper: { text: '' },
          needs: ['reconstruction'],
          orientation: 'fixed',
        },
      ],
    },
    actions: {
      ...s.actions,
      selectRun: async (id) => show(id),
      selectScore: async () => {},
      selectSignal: (signal) => {
        setView({ signal });
        setThreshold(store.getState().session.view.threshold);
      },
      setThreshold,
      stepThreshold: (steps) => {
        const { scoreView, threshold } = store.getState().run;
        if (scoreView) setThreshold({ rule: 'value', value: nextThreshold(scoreView.test, threshold, steps) });
      },
      openCell: async (cell) => {
        const { scoreView, threshold } = store.getState().run;
        const run = scoreView && made.get(scoreView.run);
        if (!run) return;
        const rows = cellRows(run.events, cell, threshold, store.getState().session.view.signal ?? 1);
        set({ cell: { cell, threshold, total: rows.length, rows: rows.slice(0, 200) } });
        if (rows[0]) set({ event: eventView(rows[0].row, run.events) });
      },
      closeCell: () => set({ cell: null }),
      openEvent: async (row) => {
        const run = made.get(store.getState().session.view.run ?? '');
        if (run) set({ event: eventView(row, run.events) });
      },
      closeEvent: () => set({ event: null, opened: 'closed' }),
      fetchCurves: async (keys) => {
        const curves = { ...store.getState().run.curves };
        for (const key of keys) {
          const [id = '', , signal] = key.split('/');
          const run = made.get(id);
          if (!run || key in curves) continue;
          const { fpr, tpr } = rocCurve(
            run.view.test,
            classes.findIndex(({ name }) => name === signal),
            0,
            800,
          );
          curves[key] = { fpr, tpr };
        }
        set({ curves });
      },
    },
  }));
  show(first.summary.id);
  return store;
}

function make(
  id: string,
  machine: (typeof machines)[number],
  seed: number,
  perClass: readonly number[],
  template: RunSummary,
): Made {
  const quality = machine.quality * (1 + 0.03 * (seed - 2));
  const events = scoredEvents(perClass, seed, quality);
  const test = rankingOf(events);
  const validation = rankingOf(
    scoredEvents(
      perClass.map((count) => Math.ceil(count * 0.4)),
      seed + 50,
      quality,
    ),
  );
  const view: ScoreView = {
    run: id,
    score: 'masked-mse',
    name: machine.model === 'feature-cut' ? 'HT' : 'masked mean squared error',
    formula: machine.model === 'feature-cut' ? 'scalar sum of jet pT' : 'mean of (x − x̂)² over numbers that exist',
    unit: machine.model === 'feature-cut' ? 'GeV' : '',
    sign: 1,
    classes,
    test,
    validation,
  };
  const results = [1, 2].flatMap((signal): RunResult[] => {
    if ((perClass[signal] ?? 0) === 0) return [];
    const { auc, error } = delong(test, signal, 0);
    const background = test.total[0] as number;
    const tpr = fixedEfficiencies.map((name) => [
      name,
      supports(Number(name), background) === 'refused' ? null : tprAtFpr(test, signal, 0, Number(name)),
    ]);
    return [
      {
        model: machine.model,
        preset: machine.preset,
        seed,
        score: 'masked-mse',
        signal: classes[signal]?.name ?? '',
        parameters: machine.parameters,
        auc,
        aucError: error,
        averagePrecision: averagePrecision(test, signal, 0),
        fprAt40: interpolatedFpr(test, signal, 0, 0.4),
        tprAtFpr: Object.fromEntries(tpr) as RunResult['tprAtFpr'],
        floor: 10 / background,
        maxSic: maxSic(test, signal, 0)?.sic ?? null,
        bestF1: null,
        signalEvents: test.total[signal] as number,
        backgroundEvents: background,
        trainSeconds: machine.baseline ? 0.21 : 3.1 + 0.2 * seed,
        eventsPerSecond: machine.baseline ? 0 : 401_000,
        epochs: 38,
        finalLoss: null,
        validationLoss: null,
        backend: 'wasm',
      },
    ];
  });
  const summary: RunSummary = {
    ...template,
    id,
    model: machine.model,
    modelName: machine.name,
    preset: machine.preset,
    seed,
    baseline: machine.baseline,
    seesLabels: false,
    parameters: machine.parameters,
    training: machine.baseline ? null : template.training,
    scores: ['masked-mse'],
    defaultScore: 'masked-mse',
    hasLatent: machine.model !== 'feature-cut',
    hasReconstruction: machine.model !== 'feature-cut',
    results,
  };
  return { summary, events, view };
}

/** At most 6000 events, rare classes last. */
function latentView(run: string, { score, label }: ScoredEvents) {
  const every = Math.max(1, Math.ceil(score.length / 6000));
  const rows = Uint32Array.from(
    Array.from(score.keys()).filter((row) => row % every === 0 || (label[row] === 1 && row % 3 === 0)),
  );
  const events = {
    score: Float64Array.from(rows, (row) => score[row] as number),
    label: Uint8Array.from(rows, (row) => label[row] as number),
  };
  return { run, row: rows, ...latentOf(events, 3) };
}

function cellRows({ score, label }: ScoredEvents, cell: Cell, threshold: number, signal: number): EventRow[] {
  const truth = cell === 'truePositives' || cell === 'falseNegatives' ? signal : 0;
  const flagged = cell === 'truePositives' || cell === 'falsePositives';
  const rows: EventRow[] = [];
  for (let row = 0; row < score.length; row++) {
    if (label[row] !== truth || (score[row] as number) >= threshold !== flagged) continue;
    const cursor = new Cursor(row + 1, 'sample');
    const summary = [
      { name: 'MET', value: cursor.exponential(40), unit: 'GeV' },
      { name: 'HT', value: 80 + cursor.exponential(120), unit: 'GeV' },
    ];
    rows.push({ row, label: truth, score: score[row] as number, origin: 'demo', summary });
  }
  return rows.sort((a, b) => b.score - a.score);
}

function eventView(row: number, { label }: ScoredEvents): EventView {
  const { className: _, ...numbers } = eventOf(row + 1);
  return { row, label: label[row] as number, ...numbers };
}
