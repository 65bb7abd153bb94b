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
  const known = useRef(0);
  useEffect(() => {
    if (data) setWords(`Loaded ${data.name}, ${counted(data.rows, dataNoun(data))}${data.synthetic ? ', synthetic' : ''}.`);
  }, [data]);
  useEffect(() => {
    const last = runs.at(-1);
    if (last && runs.length > known.current)
      setWords(`Trained ${last.modelName}, seed ${last.seed}, in ${formatDuration(last.seconds)}.`);
    known.current = runs.length;
  }, [runs]);
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {words}
    </div>
  );
}
