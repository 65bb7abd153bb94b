/** Analyses whose trained runs are kept on this machine: open one again, or remove it. Empty where there are none. */
import { FolderOpen, Trash2 } from 'lucide-react';
import { formatCount } from '../../plots/format.ts';
import { keptWords, whenText } from '../frame/kept-words.ts';
import { sizeText } from '../frame/words.ts';
import { Button } from '../parts/Button.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { useOffshell } from '../use-store.ts';
import style from './KeptAnalyses.module.css';

export function KeptAnalyses() {
  const kept = useOffshell((s) => s.run.kept);
  const ready = useOffshell((s) => s.run.models.length > 0);
  const { openKept, forgetKept } = useOffshell((s) => s.actions);
  if (!kept || kept.analyses.length === 0) return null;
  return (
    <section aria-labelledby="kept-title" className={style.kept}>
      <header className={style.head}>
        <h2 id="kept-title">Trained here before</h2>
        <Button kind="quiet" icon={Trash2} onClick={() => void forgetKept()}>
          Clear stored runs
        </Button>
      </header>
      <ul>
        {kept.analyses.map(({ id, name, rows, synthetic, runs, bytes, used }) => (
          <li key={id} className={style.row}>
            <span className={style.name}>{name}</span>
            <span className={style.facts}>
              {formatCount(rows)} events{synthetic && ', synthetic'}; {runs} {runs === 1 ? 'run' : 'runs'}, {sizeText(bytes)};{' '}
              {whenText(used)}
            </span>
            <Button
              kind="quiet"
              icon={FolderOpen}
              disabled={!ready}
              onClick={() => void openKept(id)}
              aria-label={`Open ${name} again`}
            >
              Open again
            </Button>
            <IconButton
              icon={Trash2}
              label={`Remove the stored runs of ${name}`}
              tipText="Remove"
              onClick={() => void forgetKept([id])}
            />
          </li>
        ))}
      </ul>
      <p className={style.facts}>{keptWords(kept)}</p>
    </section>
  );
}
