/** The Models workspace: which models there are, the chosen one with all that can be set, and what is training or trained. */
import { Layers } from 'lucide-react';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import { ChosenModel } from './ChosenModel.tsx';
import { FinishedRuns } from './FinishedRuns.tsx';
import { ModelList } from './ModelList.tsx';
import style from './Models.module.css';
import { RunningNow } from './RunningNow.tsx';
import { Studies } from './Studies.tsx';
import { Waiting } from './Waiting.tsx';

export function Models() {
  const ready = useOffshell((s) => s.run.models.length > 0);
  const chosen = useOffshell((s) => s.run.models.find(({ id }) => id === s.session.draft.model));
  const { go } = useOffshell((s) => s.actions);
  if (!ready) return <Working message="Starting the compute backend" done={null} />;
  return (
    <div className={style.workspace}>
      <ModelList />
      {chosen ? (
        <ChosenModel key={chosen.id} spec={chosen} />
      ) : (
        <Panel title="Which model?">
          <EmptyState
            icon={Layers}
            title="Choose a model to see its parameters"
            action={<Button onClick={() => go('data')}>Open Data</Button>}
          />
        </Panel>
      )}
      <div className={style.right}>
        <Studies />
        <RunningNow />
        <Waiting />
        <FinishedRuns />
      </div>
    </div>
  );
}
