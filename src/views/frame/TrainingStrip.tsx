/** The strip at the bottom, only while something trains: what, how far, how fast, how long, and the means to pause or stop it. */
import { Pause, Play, Square } from 'lucide-react';
import { Button } from '../parts/Button.tsx';
import { ProgressBar } from '../parts/ProgressBar.tsx';
import { useOffshell } from '../use-store.ts';
import style from './TrainingStrip.module.css';
import { trainedShare } from './training-words.ts';
import { leftText, modelText, speedText } from './words.ts';

export function TrainingStrip() {
  const training = useOffshell((s) => s.run.training);
  const done = useOffshell((s) => s.run.runs.length);
  const waiting = useOffshell((s) => s.run.queue.length);
  const models = useOffshell((s) => s.run.models);
  const { pause, resume, stop } = useOffshell((s) => s.actions);
  if (!training) return null;
  const { request, progress, paused } = training;
  const name = models.find(({ id }) => id === request.model)?.name ?? request.model;
  return (
    <section className={style.strip} aria-label="Training">
      <ProgressBar
        className={style.bar ?? ''}
        label={`Training ${name}, seed ${request.seed}`}
        value={progress && trainedShare(progress)}
      />
      <p className={style.what} title={modelText(request, models)}>
        {paused ? 'Paused at' : 'Training'} {done + 1} of {done + 1 + waiting}: <b>{name}</b>, seed {request.seed}
      </p>
      {progress ? (
        <p className={style.numbers}>
          {progress.stages > 1 && (
            <span>
              stage {progress.stage + 1} / {progress.stages}
            </span>
          )}
          <span>
            epoch {progress.epoch} / {progress.epochs}
          </span>
          {!paused && <span className={style.speed}>{speedText(progress.eventsPerSecond)}</span>}
          {!paused && <span className={style.left}>{leftText(progress.secondsLeft)}</span>}
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
        <Button kind="quiet" icon={Square} title="Ends this training and keeps its best weights" onClick={stop}>
          Stop
        </Button>
      </div>
    </section>
  );
}
