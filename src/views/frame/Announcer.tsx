/** Speaks what an eye would notice: data that has arrived, a training that has ended. Polite, so it never interrupts. */
import { useEffect, useRef, useState } from 'react';
import { counted } from '../../base/nouns.ts';
import { formatDuration } from '../../plots/format.ts';
import { dataNoun } from '../../state/explore.ts';
import { useOffshell } from '../use-store.ts';

export function Announcer() {
  const [words, setWords] = useState('');
  const data = useOffshell((s) => s.run.data);
  const runs = useOffshell((s) => s.run.runs);
  const known = useRef(runs);
  useEffect(() => {
    if (data) setWords(`Loaded ${data.name}, ${counted(data.rows, dataNoun(data))}${data.synthetic ? ', synthetic' : ''}.`);
  }, [data]);
  useEffect(() => {
    const before = new Set(known.current.map(({ id }) => id));
    known.current = runs;
    // one that began first may end last
    const last = runs.filter(({ id }) => !before.has(id)).at(-1);
    if (last) setWords(`Trained ${last.modelName}, seed ${last.seed}, in ${formatDuration(last.seconds)}.`);
  }, [runs]);
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {words}
    </div>
  );
}
