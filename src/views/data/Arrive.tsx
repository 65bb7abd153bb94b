/** Before any data: the shelf and the drop zone, side by side. One click from here to a moving threshold. */
import { ArrowLeft } from 'lucide-react';
import { Button } from '../parts/Button.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Arrive.module.css';
import { DropZone } from './DropZone.tsx';
import { KeptAnalyses } from './KeptAnalyses.tsx';
import { Shelf } from './Shelf.tsx';

const order = [
  ['Data', 'which events, which role, which columns'],
  ['Models', 'what learns to describe background'],
  ['Explore', 'one threshold, and all that follows from it'],
  ['Compare', 'models, seeds and signals with their intervals'],
] as const;

/** @param onBack leads back to the data that is loaded */
export function Arrive({ onBack }: { onBack?: (() => void) | undefined }) {
  const data = useOffshell((s) => s.run.data);
  const wanted = useOffshell((s) => s.session.data);
  const missing = !data && wanted && 'files' in wanted ? wanted.files : [];
  return (
    <div className={style.arrive}>
      <header className={style.head}>
        <div>
          <h1>Find what does not look like background</h1>
          <p className={style.lead}>
            Train an anomaly detector on collider events in this tab, move one threshold and see what it flags. Nothing is
            uploaded.
          </p>
        </div>
        {data && onBack && (
          <Button icon={ArrowLeft} onClick={onBack}>
            Back to {data.name}
          </Button>
        )}
      </header>
      {missing.length > 0 && (
        <div className={style.again} role="status">
          <p>
            This analysis was made with files, which neither a link nor this browser keeps. Drop them again to go on; runs that
            were trained on the same rows in this browser come back with them:
          </p>
          <ul>
            {missing.map(({ name, role, className }) => (
              <li key={name}>
                {name} <span className={style.quiet}>as {role === className ? role : `${role} "${className}"`}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      <div className={style.ways}>
        <section aria-label="Samples on the shelf" className={style.shelf}>
          <Shelf />
        </section>
        <DropZone />
      </div>
      <KeptAnalyses />
      <ol className={style.order} aria-label="The order of an analysis">
        {order.map(([name, words], index) => (
          <li key={name}>
            <span className={style.number}>{index + 1}</span>
            <span>
              {name} <span className={style.quiet}>{words}</span>
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
