/** What trains now, with its live loss. When nothing trains: the loss of a finished run. */
import { Activity } from 'lucide-react';
import { useMemo } from 'react';
import lossCurves from '../../plots/loss-curves.ts';
import { provenanceOf } from '../../state/explore.ts';
import { FigurePanel } from '../FigurePanel.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Panel } from '../parts/Panel.tsx';
import { useOffshell } from '../use-store.ts';
import { useFigureTheme } from '../use-theme.ts';
import { shownHistory } from './histories.ts';
import style from './RunningNow.module.css';

export function RunningNow() {
  const data = useOffshell((s) => s.run.data);
  const training = useOffshell((s) => s.run.training);
  const runs = useOffshell((s) => s.run.runs);
  const shownRun = useOffshell((s) => s.session.view.run);
  const models = useOffshell((s) => s.run.models);
  const theme = useFigureTheme();
  const history = useMemo(() => shownHistory(training, runs, shownRun), [training, runs, shownRun]);
  const results = useMemo(
    () =>
      data &&
      history && {
        provenance: provenanceOf(data, 'training', data.split.training),
        training: { epochs: history.epochs, bestEpoch: history.bestEpoch, lossName: 'Loss' },
      },
    [data, history],
  );
  const name = models.find(({ id }) => id === history?.request.model)?.name ?? history?.request.model;
  const context = history ? `${name}, seed ${history.request.seed}` : undefined;
  if (!results || !history || history.epochs.length === 0) {
    return (
      <Panel title={lossCurves.title} context={context} className={style.panel ?? ''}>
        <EmptyState
          icon={Activity}
          title={training ? 'The first epoch is under way' : 'Training and validation loss will be here, epoch by epoch'}
        >
          {!training && 'Train the chosen model to see them.'}
        </EmptyState>
      </Panel>
    );
  }
  return (
    <FigurePanel
      plot={lossCurves}
      results={results}
      theme={theme}
      context={context}
      fileName={`loss-${history.request.model}-seed-${history.request.seed}`}
      revision={history.key}
      className={style.panel ?? ''}
    />
  );
}
