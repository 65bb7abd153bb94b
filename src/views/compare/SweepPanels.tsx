/** Sweeps in Compare: how far each is, the means to stop it, and what came out as a figure. */
import { useMemo } from 'react';
import { formatCount } from '../../plots/format.ts';
import plot from '../../plots/sweep.ts';
import { sourceOf } from '../../state/explore.ts';
import { type Sweep, sweepPoints, sweepState } from '../../state/sweeps.ts';
import { FigurePanel } from '../FigurePanel.tsx';
import { StudyState } from '../models/Studies.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import { useFigureTheme } from '../use-theme.ts';
import style from './SweepPanels.module.css';

export function SweepPanels() {
  const sweeps = useOffshell((s) => s.session.sweeps);
  return sweeps.filter(({ kind }) => kind !== 'study').map((sweep) => <SweepPanel key={sweep.id} sweep={sweep} />);
}

/** A study fills the table; of itself there is only how far it is. */
export function StudyLines() {
  const studies = useOffshell((s) => s.session.sweeps).filter(({ kind }) => kind === 'study');
  if (studies.length === 0) return null;
  return (
    <ul className={style.studies} aria-label="Studies">
      {studies.map((study) => (
        <li key={study.id} className={style.study}>
          <b>{study.name}</b>
          <StudyState sweep={study} />
        </li>
      ))}
    </ul>
  );
}

function SweepPanel({ sweep }: { sweep: Sweep }) {
  const runs = useOffshell((s) => s.run.runs);
  const data = useOffshell((s) => s.run.data);
  const theme = useFigureTheme();
  const results = useMemo(
    () => ({
      provenance: {
        source: sourceOf(data),
        sample: `test, ${formatCount((data?.split.test ?? []).reduce((sum, count) => sum + count, 0))} events`,
      },
      sweep: sweepPoints(sweep, runs),
    }),
    [data, sweep, runs],
  );
  const done = sweepState(sweep, runs, []).done;
  const state = <StudyState sweep={sweep} />;
  if (done === 0 || results.sweep.series.length === 0) {
    return (
      <Panel title={sweep.name} className={style.panel ?? ''}>
        {state}
        <Working message="The figure fills as trainings end" done={null} />
      </Panel>
    );
  }
  return (
    <FigurePanel
      plot={plot}
      title={sweep.name}
      context="One thing changed from training to training, each model by its own score"
      controls={state}
      results={results as never}
      theme={theme}
      revision={sweep.id}
      fileName="sweep"
      className={style.panel ?? ''}
    />
  );
}
