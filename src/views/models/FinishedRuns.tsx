/** Finished runs with their AUC for each signal, drawn on one axis; from here a run opens in Explore. */
import { ChartScatter, HardDrive, ListChecks, Trash2, TriangleAlert } from 'lucide-react';
import { aucInterval } from '../../metrics/auc-error.ts';
import { formatAuc } from '../../plots/format.ts';
import type { RunSummary } from '../../worker/api.ts';
import { keptWords } from '../frame/kept-words.ts';
import { backendNames, runText, tookText } from '../frame/words.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { IconPopover } from '../parts/IconPopover.tsx';
import { Panel } from '../parts/Panel.tsx';
import { useOffshell } from '../use-store.ts';
import { aucBar } from './auc-bar.ts';
import style from './FinishedRuns.module.css';

export function FinishedRuns() {
  const runs = useOffshell((s) => s.run.runs);
  return (
    <Panel
      title="What has been trained?"
      context={
        runs.length > 0 ? 'AUC of each signal against background on test, with one standard error; scale 0.5 to 1' : undefined
      }
      scroll
      flush
      tools={<KeptHere />}
      toolsAlwaysShown
      className={style.panel ?? ''}
    >
      {runs.length === 0 ? (
        <EmptyState icon={ListChecks} title="Finished runs will be here, with their AUC for each signal" />
      ) : (
        <ul>
          {[...runs].reverse().map((run) => (
            <li key={run.id}>
              <RunRow run={run} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** Where finished runs stay when the page is closed, and the way to be rid of them. */
function KeptHere() {
  const kept = useOffshell((s) => s.run.kept);
  const { forgetKept } = useOffshell((s) => s.actions);
  if (!kept) return null;
  return (
    <IconPopover icon={HardDrive} label="What is kept on this machine">
      {(close) => (
        <div className={style.kept}>
          <p>{keptWords(kept)}</p>
          <Button icon={Trash2} disabled={kept.bytes === 0} onClick={() => void forgetKept().then(close)}>
            Clear stored runs
          </Button>
        </div>
      )}
    </IconPopover>
  );
}

function RunRow({ run }: { run: RunSummary }) {
  const models = useOffshell((s) => s.run.models);
  const shown = useOffshell((s) => s.session.view.run === run.id);
  const { selectRun, removeRun, go } = useOffshell((s) => s.actions);
  const runs = useOffshell((s) => s.run.runs);
  const name = [run.modelName, runText(run, runs, models)].filter(Boolean).join(', ');
  const results = run.results.filter(({ score }) => score === run.defaultScore);
  const open = () => {
    go('explore');
    void selectRun(run.id);
  };
  return (
    <article className={style.run} aria-label={`${name}, seed ${run.seed}`}>
      <div className={style.head}>
        <p className={style.name} title={name}>
          {name}
        </p>
        {run.baseline && <span className={style.tag}>baseline</span>}
        {run.seesLabels && <span className={style.tag}>has seen labels</span>}
        {run.kept && (
          <span className={style.tag} title="Trained before and brought back; nothing was trained again">
            kept
          </span>
        )}
        {shown && <span className={style.tag}>in Explore</span>}
      </div>
      <p className={style.facts}>
        seed {run.seed}
        {run.training &&
          `, ${run.training.epochs} ${run.training.epochs === 1 ? 'epoch' : 'epochs'}${endings[run.training.ended]}`}
        , {tookText(run.seconds)} on {backendNames[run.backend]}
      </p>
      {results.length > 0 ? (
        <table className={style.results}>
          <caption className="visually-hidden">AUC by signal</caption>
          <tbody>
            {results.map((result) => {
              const { signal } = result;
              const bar = aucBar(result.auc, aucInterval(result));
              return (
                <tr key={signal}>
                  <th scope="row" title={signal}>
                    {signal}
                  </th>
                  <td className={style.axis} aria-hidden="true">
                    <span className={style.interval} style={{ left: `${bar.low}%`, width: `${bar.high - bar.low}%` }} />
                    <span className={style.dot} style={{ left: `${bar.at}%` }} />
                  </td>
                  <td className={style.number}>{formatAuc(result)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      ) : (
        <p className={style.facts}>No signal in the test split, so there is no AUC.</p>
      )}
      {run.warnings.map((warning) => (
        <p key={warning} className={style.warning}>
          <TriangleAlert aria-hidden="true" />
          <span>{warning}</span>
        </p>
      ))}
      <div className={style.buttons}>
        <Button kind="quiet" icon={ChartScatter} onClick={open}>
          Open in Explore
        </Button>
        <IconButton icon={Trash2} tipText="Remove" label={`Remove ${name}, seed ${run.seed}`} onClick={() => removeRun(run.id)} />
      </div>
    </article>
  );
}

const endings = { complete: '', 'early-stop': ' (stopped early)', stopped: ' (stopped by you)' } as const;
