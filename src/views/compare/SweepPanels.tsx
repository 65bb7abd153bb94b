/** Sweeps in Compare: how far each is, the means to stop it, and what came out as a figure. */
import { Square, Trash2 } from 'lucide-react';
import { useMemo } from 'react';
import { formatCount } from '../../plots/format.ts';
import plot from '../../plots/sweep.ts';
import { sourceOf } from '../../state/explore.ts';
import { type Sweep, sweepPoints, sweepState } from '../../state/sweeps.ts';
import { FigurePanel } from '../FigurePanel.tsx';
import { Button } from '../parts/Button.tsx';
import { Panel } from '../parts/Panel.tsx';
import { ProgressBar } from '../parts/ProgressBar.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import { useFigureTheme } from '../use-theme.ts';
import style from './SweepPanels.module.css';

export function SweepPanels() {
  const sweeps = useOffshell((s) => s.session.sweeps);
  return sweeps.map((sweep) => <SweepPanel key={sweep.id} sweep={sweep} />);
}

function SweepPanel({ sweep }: { sweep: Sweep }) {
  const runs = useOffshell((s) => s.run.runs);
  const queue = useOffshell((s) => s.run.queue);
  const training = useOffshell((s) => s.run.training);
  const data = useOffshell((s) => s.run.data);
  const theme = useFigureTheme();
  const { stopSweep, removeSweep } = useOffshell((s) => s.actions);
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
  const pending = [...queue, ...(training?.beside.map(({ request }) => request) ?? [])];
  const { total, done, pending: left } = sweepState(sweep, runs, pending);
  const state = (
    <div className={style.state}>
      {left > 0 && (
        <ProgressBar className={style.bar ?? ''} label={`Sweep ${sweep.name}`} value={total > 0 ? done / total : null} />
      )}
      <span className={style.words}>
        {done} of {total} trainings done{left === 0 && done < total && ', the others were stopped'}
      </span>
      {left > 0 ? (
        <Button kind="quiet" icon={Square} onClick={() => stopSweep(sweep.id)}>
          Stop the sweep
        </Button>
      ) : (
        <Button kind="quiet" icon={Trash2} onClick={() => removeSweep(sweep.id)}>
          Remove the sweep
        </Button>
      )}
    </div>
  );
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
