/** Studies and sweeps that are under way: how far each is, how long it will take, and the means to pause or stop it. */
import { Pause, Play, Square, StepForward, Trash2 } from 'lucide-react';
import { type Sweep, sweepState } from '../../state/sweeps.ts';
import { secondsLeft } from '../../state/time-left.ts';
import { Button } from '../parts/Button.tsx';
import { Panel } from '../parts/Panel.tsx';
import { ProgressBar } from '../parts/ProgressBar.tsx';
import { useOffshell } from '../use-store.ts';
import { studyWords } from './model-words.ts';
import style from './Studies.module.css';

export function Studies() {
  const sweeps = useOffshell((s) => s.session.sweeps);
  if (sweeps.length === 0) return null;
  return (
    <Panel title="Which studies?" scroll className={style.panel ?? ''}>
      <ul className={style.list} aria-label="Studies">
        {[...sweeps].reverse().map((sweep) => (
          <li key={sweep.id} className={style.item}>
            <p className={style.name} title={sweep.name}>
              {sweep.name}
            </p>
            <StudyState sweep={sweep} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** One line: the bar, `7 of 15 done, about 6 min left`, and the buttons. */
export function StudyState({ sweep }: { sweep: Sweep }) {
  const runs = useOffshell((s) => s.run.runs);
  const queue = useOffshell((s) => s.run.queue);
  const training = useOffshell((s) => s.run.training);
  const held = useOffshell((s) => s.run.held);
  const requests = useOffshell((s) => s.session.requests);
  const { pause, pauseQueue, resume, stopSweep, removeSweep } = useOffshell((s) => s.actions);
  const own = new Set(sweep.points.flatMap((point) => point.runs));
  const beside = training?.beside.map(({ request }) => request) ?? [];
  const { total, done, pending } = sweepState(sweep, runs, [...queue, ...beside]);
  // between two trainings, the next one
  const now = training || held !== null ? beside : queue.slice(0, 1);
  const trains = now.some(({ id }) => own.has(id));
  const waiting = queue.filter(({ id }) => own.has(id));
  const paused = (trains && training?.paused === true) || (!training && held !== null);
  const seconds = secondsLeft(waiting, requests, runs, trains ? training : null);
  const what = sweep.kind === 'study' ? 'study' : 'sweep';
  return (
    <div className={style.state}>
      {pending > 0 && (
        <ProgressBar className={style.bar ?? ''} label={`${what} ${sweep.name}`} value={total > 0 ? done / total : null} />
      )}
      <span className={style.words} role="status">
        {studyWords(done, total, pending, seconds, paused)}
        {trains && !paused && held !== null && waiting.length > 0 && '; pauses when this run is done'}
      </span>
      <span className={style.buttons}>
        {pending > 0 && paused && (
          <Button kind="quiet" icon={Play} onClick={resume}>
            Resume
          </Button>
        )}
        {trains && !paused && (
          <Button kind="quiet" icon={Pause} title="At once; a reload goes on from there" onClick={pause}>
            Pause
          </Button>
        )}
        {trains && !paused && held !== null && (
          <Button kind="quiet" icon={StepForward} title="What waits follows what trains now" onClick={resume}>
            Go on after this run
          </Button>
        )}
        {trains && !paused && waiting.length > 0 && held === null && (
          <Button kind="quiet" icon={StepForward} title="What trains now is finished, the rest waits" onClick={pauseQueue}>
            Pause after this run
          </Button>
        )}
        {pending > 0 ? (
          <Button kind="quiet" icon={Square} onClick={() => stopSweep(sweep.id)}>
            {`Stop the ${what}`}
          </Button>
        ) : (
          <Button kind="quiet" icon={Trash2} title="Its runs stay" onClick={() => removeSweep(sweep.id)}>
            {`Remove the ${what}`}
          </Button>
        )}
      </span>
    </div>
  );
}
