/** What data is loaded, always in sight: name, number of events, and "synthetic" where it applies. */
import { Database } from 'lucide-react';
import { formatCount } from '../../plots/format.ts';
import { dataNoun } from '../../state/explore.ts';
import { Button } from '../parts/Button.tsx';
import { ClassKey } from '../parts/ClassKey.tsx';
import { Popover } from '../parts/Popover.tsx';
import { useOffshell } from '../use-store.ts';
import style from './DataChip.module.css';
import { sentence, shapeText } from './words.ts';

export function DataChip() {
  const data = useOffshell((s) => s.run.data);
  const { go } = useOffshell((s) => s.actions);
  if (!data) return <span className={style.none}>no data</span>;
  const count = formatCount(data.rows);
  const noun = dataNoun(data)[data.rows === 1 ? 'one' : 'several'];
  return (
    <Popover
      className={style.chip ?? ''}
      label={`Data: ${data.name}, ${count} ${noun}${data.synthetic ? ', synthetic' : ''}`}
      button={
        <>
          <Database aria-hidden="true" className={style.icon} />
          <span className={style.name}>{data.name}</span>
          <span className={style.count}>{count}</span>
          {data.synthetic && <span className={style.synthetic}>synthetic</span>}
        </>
      }
    >
      {(close) => (
        <div className={style.card}>
          <h2>{data.name}</h2>
          <p className={style.quiet}>
            {count} {noun}, {shapeText(data)}
            {data.synthetic && '; synthetic, made by a generator'}
          </p>
          <ul className={style.classes}>
            {data.classes.map((c, k) => (
              <li key={c.name}>
                <ClassKey classes={data.classes} index={k} />
                <span className={style.number}>{formatCount(c.rows)}</span>
              </li>
            ))}
          </ul>
          <p className={style.quiet}>{sentence(data.split.words)}</p>
          <Button
            onClick={() => {
              go('data');
              close();
            }}
          >
            Open Data
          </Button>
        </div>
      )}
    </Popover>
  );
}
