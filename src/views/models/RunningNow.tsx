/** What trains now, with its live loss. When nothing trains: the loss of a finished run. */
import { Activity } from 'lucide-react';
import { useMemo, useState } from 'react';
import lossCurves from '../../plots/loss-curves.ts';
import { provenanceOf } from '../../state/explore.ts';
import { FigurePanel } from '../FigurePanel.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Segmented } from '../parts/Segmented.tsx';
import { useOffshell } from '../use-store.ts';
import { useFigureTheme } from '../use-theme.ts';
import { presentStage, shownHistory, stageHistory } from './histories.ts';
import style from './RunningNow.module.css';

export function RunningNow() {
  const data = useOffshell((s) => s.run.data);
  const training = useOffshell((s) => s.run.training);
  const runs = useOffshell((s) => s.run.runs);
  const shownRun = useOffshell((s) => s.session.view.run);
  const models = useOffshell((s) => s.run.models);
  const theme = useFigureTheme();
  const history = useMemo(() => shownHistory(training, runs, shownRun), [training, runs, shownRun]);
  /** What was chosen for one run; another run follows its own stages. */
  const [chosen, setChosen] = useState<{ key: string; stage: number } | null>(null);
  const stage = history ? (chosen?.key === history.key ? chosen.stage : presentStage(history)) : 0;
  const results = useMemo(
    () =>
      data &&
      history && {
        provenance: provenanceOf(data, 'training', data.split.training),
        training: stageHistory(history, stage),
      },
    [data, history, stage],
  );
  const name = models.find(({ id }) => id === history?.request.model)?.name ?? history?.request.model;
  const several = history !== null && history.stages.length > 1;
  const inStage = several ? `, stage ${stage + 1} of ${history.stages.length}: ${history.stages[stage]?.name}` : '';
  const context = history ? `${name}, seed ${history.request.seed}${inStage}` : undefined;
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
      context={<span title={history.stages[stage]?.loss}>{context}</span>}
      controls={
        several && (
          <Segmented
            label="Stage"
            value={String(stage)}
            segments={history.stages.map(({ name: title }, i) => ({
              value: String(i),
              label: `Stage ${i + 1}`,
              title,
              disabled: !history.epochs.some((record) => record.stage === i),
            }))}
            onChange={(value) => setChosen({ key: history.key, stage: Number(value) })}
          />
        )
      }
      fileName={`loss-${history.request.model}-seed-${history.request.seed}`}
      revision={`${history.key} ${stage}`}
      className={style.panel ?? ''}
    />
  );
}
