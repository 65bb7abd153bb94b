/** The Compare workspace: every run, score and signal in one table with intervals, and the curves of the same rows beside it. */
import { ChartLine } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { formatCount } from '../../plots/format.ts';
import { plotById } from '../../plots/registry.ts';
import sweepPlot from '../../plots/sweep.ts';
import {
  compareRows,
  curvesOf,
  keysOf,
  type Merit,
  matrixPoints,
  matrixRows,
  merits,
  signalsCompared,
  variantOf,
} from '../../state/compare.ts';
import { dataNoun, sourceOf } from '../../state/explore.ts';
import { FigurePanel } from '../FigurePanel.tsx';
import { plainPhysics, runText } from '../frame/words.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Segmented } from '../parts/Segmented.tsx';
import { Select } from '../parts/Select.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import { useFigureTheme } from '../use-theme.ts';
import style from './Compare.module.css';
import { CompareTable } from './CompareTable.tsx';
import { MatrixTable } from './MatrixTable.tsx';
import { meritOptions, namesOf } from './matrix-words.ts';
import { StudyLines, SweepPanels } from './SweepPanels.tsx';

const plot = plotById('compare-roc');
/** In place of a signal's name; no class can be called so. */
const allSignals = '';

/** The same curves twice, in the dialect of triggers and in that of searches; either can be changed. */
const pictures = [
  { title: plot.title, area: 'curves', startParams: { dialect: 'trigger' } },
  { title: 'How much background does it reject?', area: 'rejection', startParams: { dialect: 'lhco' } },
] as const;

export function Compare() {
  const runs = useOffshell((s) => s.run.runs);
  const training = useOffshell((s) => s.run.training);
  const data = useOffshell((s) => s.run.data);
  const go = useOffshell((s) => s.actions.go);
  const signals = useMemo(() => signalsCompared(runs), [runs]);
  if (runs.length === 0 || signals.length === 0) {
    const why = runs.length === 0 ? 'Nothing has been trained yet.' : 'No run has test events of a signal to be compared on.';
    return (
      <div className={`${style.compare} ${style.waiting}`}>
        <Panel title="Which is better?">
          {training && runs.length === 0 ? (
            <Working message="Training; each run appears here when it is done" done={null} />
          ) : (
            <EmptyState
              icon={ChartLine}
              title="Every model, seed, score and signal in one table, with intervals, and the curves beside it."
              action={
                <Button kind="primary" onClick={() => go(data ? 'models' : 'data')}>
                  {data ? 'Choose a model' : 'Choose data'}
                </Button>
              }
            >
              {why}
            </EmptyState>
          )}
        </Panel>
      </div>
    );
  }
  return <Comparison signals={signals} />;
}

function Comparison({ signals }: { signals: readonly string[] }) {
  const theme = useFigureTheme();
  const allRuns = useOffshell((s) => s.run.runs);
  const sweeps = useOffshell((s) => s.session.sweeps);
  const scores = useOffshell((s) => s.run.scores);
  const models = useOffshell((s) => s.run.models);
  const data = useOffshell((s) => s.run.data);
  const curves = useOffshell((s) => s.run.curves);
  const noun = dataNoun(data);
  const fetchCurves = useOffshell((s) => s.actions.fetchCurves);
  const viewSignal = useOffshell((s) =>
    s.session.view.signal === null ? null : (s.run.data?.classes[s.session.view.signal]?.name ?? null),
  );
  const [asked, setSignal] = useState<string | null>(() =>
    sweeps.some(({ kind }) => kind === 'study') ? allSignals : viewSignal,
  );
  const [study, setStudy] = useState('');
  const [meritId, setMerit] = useState<string>('auc');
  const [which, setWhich] = useState<'default' | 'all'>('default');
  const [seedsTogether, setSeedsTogether] = useState(true);
  const [highlighted, setHighlighted] = useState<ReadonlySet<string>>(new Set());
  const together = asked === allSignals && signals.length > 1;
  const signal = asked !== null && signals.includes(asked) ? asked : (signals[0] as string);
  const runs = useMemo(() => {
    const own = sweeps.find(({ id }) => id === study)?.points.flatMap((point) => point.runs);
    const chosen = own ? allRuns.filter(({ id }) => own.includes(id)) : allRuns;
    return chosen.length > 0 ? chosen : allRuns;
  }, [allRuns, sweeps, study]);
  const rows = useMemo(
    () =>
      compareRows(runs, { signal: together ? null : signal, defaultScores: which === 'default', seedsTogether }).map((row) => {
        const run = runs.find(({ id }) => id === row.runs[0]);
        if (!run) return row;
        const words = { preset: runText(run, runs, models), changes: variantOf(run, runs, models) };
        return { ...row, preset: plainPhysics(words.preset), changes: plainPhysics(words.changes) };
      }),
    [runs, models, together, signal, which, seedsTogether],
  );
  const scoreName = useMemo(() => new Map(scores.map(({ id, name }) => [id, name])), [scores]);
  const keys = useMemo(() => (together ? [] : keysOf(rows)), [together, rows]);
  useEffect(() => {
    void fetchCurves(keys);
  }, [fetchCurves, keys]);
  const results = useMemo(
    () => ({
      provenance: {
        source: sourceOf(data),
        sample: `test, ${formatCount(rows[0]?.backgroundEvents ?? 0)} + ${formatCount(rows[0]?.signalEvents ?? 0)} ${noun.several}`,
        noun,
      },
      curves: curvesOf(rows, curves, highlighted),
      backgroundEvents: rows[0]?.backgroundEvents ?? 0,
    }),
    [data, noun, rows, curves, highlighted],
  );
  const merit = merits.find(({ id }) => id === meritId) ?? (merits[0] as Merit);
  const choices = [
    ...(signals.length > 1 ? [{ value: allSignals, label: 'All' }] : []),
    ...signals.map((name) => ({ value: name, label: name })),
  ];
  const matrixResults = useMemo(() => {
    const matrix = matrixRows(rows, merit);
    const names = namesOf(matrix, scoreName);
    return {
      provenance: {
        source: sourceOf(data),
        sample: `test, ${formatCount(rows[0]?.backgroundEvents ?? 0)} background ${noun.several}`,
        noun,
      },
      sweep: matrixPoints(matrix, rows, names),
    };
  }, [rows, merit, scoreName, data, noun]);
  const missing = keys.filter((key) => !(key in curves)).length;
  const toggle = (key: string) =>
    setHighlighted((present) => {
      const next = new Set(present);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  const longer = together || sweeps.length > 0;
  const studies = sweeps.some(({ kind }) => kind === 'study');
  return (
    <div className={`${style.compare} ${longer ? style.longer : ''} ${studies ? style.withStudies : ''}`}>
      <StudyLines />
      <Panel
        title="Which is better?"
        context={
          together
            ? `Test ${noun.several}. Median over seeds ± standard error of the finite test sample; below it the seeds from lowest to highest, drawn on one axis for each signal. Bold and tied: by AUC.`
            : `Test ${noun.several}. Bold: the largest AUC; tied: within 1.96 combined standard errors of it. Choose rows to bring out their curves.`
        }
        flush
        className={style.table ?? ''}
      >
        <div className={style.inside}>
          <div className={style.controls}>
            {signals.length > 4 ? (
              <Select label="Signal" inline value={together ? allSignals : signal} options={choices} onChange={setSignal} />
            ) : (
              <Segmented<string> label="Signal" value={together ? allSignals : signal} segments={choices} onChange={setSignal} />
            )}
            <Segmented<'default' | 'all'>
              label="Scores"
              value={which}
              segments={[
                { value: 'default', label: 'One score each' },
                { value: 'all', label: 'All scores' },
              ]}
              onChange={setWhich}
            />
            <Segmented<'together' | 'apart'>
              label="Seeds"
              value={seedsTogether ? 'together' : 'apart'}
              segments={[
                { value: 'together', label: 'Median of seeds' },
                { value: 'apart', label: 'Each seed' },
              ]}
              onChange={(value) => setSeedsTogether(value === 'together')}
            />
            {together && <Select label="Figure of merit" inline value={meritId} options={meritOptions} onChange={setMerit} />}
            {sweeps.length > 0 && (
              <Select
                label="Runs"
                inline
                value={study}
                options={[
                  { value: '', label: 'all' },
                  ...sweeps.map(({ id, name }) => ({ value: id, label: plainPhysics(name) })),
                ]}
                onChange={setStudy}
              />
            )}
            {highlighted.size > 0 && (
              <Button kind="quiet" onClick={() => setHighlighted(new Set())}>
                Clear highlight
              </Button>
            )}
          </div>
          <div className={style.scroll}>
            {together ? (
              <MatrixTable rows={rows} signals={signals} merit={merit} scoreName={scoreName} />
            ) : (
              <CompareTable
                rows={rows}
                scoreName={scoreName}
                theme={theme}
                noun={noun}
                highlighted={highlighted}
                onToggle={toggle}
              />
            )}
          </div>
        </div>
      </Panel>
      {together && (
        <FigurePanel
          key={merit.id}
          plot={sweepPlot}
          title="How do models and signals compare?"
          context="Each model by its own score; sideways is the model, colour and marker are the signal"
          results={matrixResults as never}
          theme={theme}
          fixedParams={{ metric: merit.id }}
          fileName="compare-models"
          className={style.models ?? ''}
        />
      )}
      {!together &&
        pictures.map(({ title, area, startParams }) =>
          results.curves.length > 0 ? (
            <FigurePanel
              key={area}
              plot={plot}
              title={title}
              results={results as never}
              theme={theme}
              startParams={startParams}
              revision={signal}
              context={`${signal}${missing > 0 ? `; ${missing} ${missing === 1 ? 'curve is' : 'curves are'} being fetched` : ''}`}
              fileName={`compare-${area}`}
              className={style[area] ?? ''}
            />
          ) : (
            <Panel key={area} title={title} className={style[area] ?? ''}>
              <Working message="Fetching the curves" done={null} />
            </Panel>
          ),
        )}
      <SweepPanels />
    </div>
  );
}
