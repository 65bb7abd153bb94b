/**
 * The strip at the bottom, only while something trains: what, how far, how fast, how long, and the means to pause or stop it. It stays
 * from the first training of the queue to the last; between two of them it names the next.
 */
import { Pause, Play, Square, Trash2 } from 'lucide-react';
import { dataNoun } from '../../state/explore.ts';
import { Button } from '../parts/Button.tsx';
import { ProgressBar } from '../parts/ProgressBar.tsx';
import { useOffshell } from '../use-store.ts';
import style from './TrainingStrip.module.css';
import { togetherOf } from './training-words.ts';
import { leftText, modelText, speedText } from './words.ts';

export function TrainingStrip() {
  const training = useOffshell((s) => s.run.training);
  const done = useOffshell((s) => s.run.runs.length);
  const waiting = useOffshell((s) => s.run.queue.length);
  const next = useOffshell((s) => s.run.queue[0]);
  const models = useOffshell((s) => s.run.models);
  const { pause, resume, stop } = useOffshell((s) => s.actions);
  const noun = useOffshell((s) => dataNoun(s.run.data));
  const held = useOffshell((s) => s.run.held);
  if (!training && held) return <Held waiting={waiting} closed={held === 'closed'} />;
  const shown = training ?? (next && { request: next, progress: null, paused: false, beside: [] });
  if (!shown) return null;
  const { request, paused, beside } = shown;
  const { progress, seeds, share, eventsPerSecond, secondsLeft, count } = togetherOf(shown);
  const name = models.find(({ id }) => id === request.model)?.name ?? request.model;
  return (
    <section className={style.strip} aria-label="Training">
      <ProgressBar className={style.bar ?? ''} label={`Training ${name}, ${seeds}`} value={share} />
      <p className={style.what} title={modelText(request, models)}>
        {paused ? 'Paused at' : 'Training'} {done + 1}
        {count > 1 && ` to ${done + count}`} of {done + beside.length + waiting}: <b>{name}</b>, {seeds}
      </p>
      {progress ? (
        <p className={style.numbers}>
          {progress.stages > 1 && (
            <span title={progress.stageName}>
              stage {progress.stage + 1} of {progress.stages}
            </span>
          )}
          <span>
            epoch {progress.epoch} / {progress.epochs}
          </span>
          {!paused && <span className={style.speed}>{speedText(eventsPerSecond, noun)}</span>}
          {!paused && <span className={style.left}>{leftText(secondsLeft)}</span>}
        </p>
      ) : (
        <p className={style.numbers}>preparing</p>
      )}
      <div className={style.buttons}>
        {paused ? (
          <Button kind="quiet" icon={Play} onClick={resume}>
            Resume
          </Button>
        ) : (
          <Button kind="quiet" icon={Pause} onClick={pause}>
            Pause
          </Button>
        )}
        <Button
          kind="quiet"
          icon={Square}
          disabled={!training}
          title="Ends what trains now and keeps its best weights"
          onClick={stop}
        >
          Stop
        </Button>
      </div>
    </section>
  );
}

/** Trainings that an earlier visit left undone: nothing trains before the user says so. */
function Held({ waiting, closed }: { waiting: number; closed: boolean }) {
  const { resume, discardWaiting } = useOffshell((s) => s.actions);
  return (
    <section className={style.strip} aria-label="Training">
      <p className={style.what}>
        <b>
          {waiting} {waiting === 1 ? 'training waits' : 'trainings wait'}
        </b>{' '}
        {closed ? 'since the page was closed; what was finished is back' : 'until you resume'}
      </p>
      <span className={style.numbers} />
      <div className={style.buttons}>
        <Button kind="quiet" icon={Play} onClick={resume}>
          Resume
        </Button>
        <Button kind="quiet" icon={Trash2} onClick={discardWaiting}>
          Discard
        </Button>
      </div>
    </section>
  );
}
