/**
 * The Explore workspace: choices at the left, consequences on the canvas. One threshold drives every panel; each panel reads what
 * it needs from the store, so that moving the threshold renders only numbers.
 */
import { ChartLine, ChartScatter, Grid2x2, ScanSearch, SlidersHorizontal } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { inNouns } from '../../base/nouns.ts';
import { classStyles } from '../../plots/theme.ts';
import { dataNoun } from '../../state/explore.ts';
import type { ScoreView } from '../../worker/api.ts';
import { plainPhysics, runText } from '../frame/words.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import { useFigureTheme } from '../use-theme.ts';
import { BinsPanel } from './BinsPanel.tsx';
import { Choices } from './Choices.tsx';
import { ConfusionPanel } from './ConfusionPanel.tsx';
import { CurvePanel } from './CurvePanel.tsx';
import { EventPanel } from './EventPanel.tsx';
import style from './Explore.module.css';
import { ImagePanel } from './ImagePanel.tsx';
import { LatentPanel } from './LatentPanel.tsx';
import { OperatingBar } from './OperatingBar.tsx';
import { OperatingPanel } from './OperatingPanel.tsx';
import { ScorePanel } from './ScorePanel.tsx';
import { TrendPanel } from './TrendPanel.tsx';

export function Explore() {
  const runs = useOffshell((s) => s.run.runs);
  const view = useOffshell((s) => s.run.scoreView);
  const signal = useOffshell((s) => s.session.view.signal);
  return runs.length === 0 || view === null ? <Waiting /> : <Canvas view={view} signal={signal ?? -1} />;
}

function Canvas({ view, signal }: { view: ScoreView; signal: number }) {
  const theme = useFigureTheme();
  const histograms = useOffshell((s) => s.run.data?.kind === 'histograms');
  const timed = useOffshell((s) => s.run.data?.kind === 'histograms' && s.run.data.timed);
  const images = useOffshell((s) => s.run.data?.kind === 'images');
  const [drawer, setDrawer] = useState(false);
  useEffect(() => {
    if (!drawer) return;
    // a dialog over the drawer closes first
    const onEscape = (event: KeyboardEvent) =>
      event.key === 'Escape' && !document.querySelector('dialog[open]') && setDrawer(false);
    document.addEventListener('keydown', onEscape);
    return () => document.removeEventListener('keydown', onEscape);
  }, [drawer]);
  const colorOf = useCallback(
    (className: string) => {
      const index = view.classes.findIndex(({ name }) => name === className);
      return classStyles(view.classes, theme)[index]?.color ?? '';
    },
    [view.classes, theme],
  );
  const common = { view, signal, theme, colorOf };
  return (
    <div className={style.explore}>
      <div className={style.opener}>
        <Button icon={SlidersHorizontal} aria-expanded={drawer} onClick={() => setDrawer(!drawer)}>
          Choices
        </Button>
        <Summary view={view} signal={signal} />
      </div>
      <aside className={`${style.choices} ${drawer ? style.open : ''}`} aria-label="Choices">
        <Choices view={view} signal={signal} />
        <OperatingPanel view={view} signal={signal} />
      </aside>
      <div className={`${style.canvas} ${timed ? style.timed : histograms ? style.binned : images ? style.images : ''}`}>
        {timed && <TrendPanel {...common} className={style.trend ?? ''} />}
        <ScorePanel {...common} className={style.score ?? ''} />
        <div className={style.side}>
          <ConfusionPanel {...common} className={style.confusion ?? ''} />
          {images ? (
            <CurvePanel {...common} start="roc" className={style.curve ?? ''} />
          ) : (
            <EventPanel {...common} className={style.event ?? ''} />
          )}
        </div>
        {images ? (
          <ImagePanel {...common} className={style.event ?? ''} />
        ) : (
          <CurvePanel {...common} start={histograms ? 'threshold-metrics' : 'roc'} className={style.curve ?? ''} />
        )}
        {histograms && <BinsPanel {...common} className={style.bins ?? ''} />}
        <LatentPanel {...common} className={style.latent ?? ''} />
      </div>
      <OperatingBar view={view} signal={signal} />
    </div>
  );
}

/** What the drawer holds, while it is closed. */
function Summary({ view, signal }: { view: ScoreView; signal: number }) {
  const runs = useOffshell((s) => s.run.runs);
  const models = useOffshell((s) => s.run.models);
  const run = runs.find(({ id }) => id === view.run);
  const name = run && plainPhysics([run.modelName, runText(run, runs, models)].filter(Boolean).join(', '));
  return (
    <p className={style.summary}>
      {run ? `${name}, seed ${run.seed}` : ''}, {view.name}, {view.classes[signal]?.name ?? 'no signal'}
    </p>
  );
}

const places = {
  score: {
    title: 'How anomalous?',
    what: 'The score of every test event, and the threshold that flags them.',
    icon: ChartLine,
    area: 'score',
  },
  confusion: {
    title: 'What does the cut do?',
    what: 'Flagged and kept events of each class, with intervals.',
    icon: Grid2x2,
    area: 'confusion',
  },
  curve: {
    title: 'Is it better than chance?',
    what: 'ROC, precision and recall, significance improvement.',
    icon: ChartLine,
    area: 'curve',
  },
  latent: { title: 'Where do they live?', what: 'The latent space of the model.', icon: ChartScatter, area: 'latent' },
  event: {
    title: 'Why this event?',
    what: 'One event: what came in, and what the model gave back.',
    icon: ScanSearch,
    area: 'event',
  },
} as const;

function Place({ title, what, icon, area, children }: (typeof places)[keyof typeof places] & { children?: ReactNode }) {
  return (
    <Panel title={title} className={style[area] ?? ''}>
      {children ?? <EmptyState icon={icon} title={what} />}
    </Panel>
  );
}

/** Before there is a score: what will be where, and the one action that brings it. */
function Waiting() {
  const data = useOffshell((s) => s.run.data);
  const runs = useOffshell((s) => s.run.runs);
  const training = useOffshell((s) => s.run.training);
  const noun = useOffshell((s) => dataNoun(s.run.data));
  const go = useOffshell((s) => s.actions.go);
  const first =
    runs.length > 0 ? (
      <Working message={inNouns('Scoring the test events', noun)} done={null} />
    ) : training ? (
      <Working
        message={`Training; the first result appears here when it is done`}
        done={training.progress ? (training.progress.epoch - 1 + training.progress.share) / training.progress.epochs : null}
      />
    ) : (
      <EmptyState
        icon={ChartLine}
        title={places.score.what}
        action={
          <Button kind="primary" onClick={() => go(data ? 'models' : 'data')}>
            {data ? 'Choose a model' : 'Choose data'}
          </Button>
        }
      >
        {data ? 'Nothing has been trained on these data yet.' : 'No data are loaded yet.'}
      </EmptyState>
    );
  return (
    <div className={`${style.explore} ${style.waiting}`}>
      <div className={style.canvas}>
        <Place {...places.score}>{first}</Place>
        <div className={style.side}>
          <Place {...places.confusion} />
          <Place {...places.event} />
        </div>
        <Place {...places.curve} />
        <Place {...places.latent} />
      </div>
    </div>
  );
}
