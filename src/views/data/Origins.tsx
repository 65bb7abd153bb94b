/** Where the loaded rows came from, in words, and what is worth knowing about them. */
import { Info } from 'lucide-react';
import { formatCount } from '../../plots/format.ts';
import { shapeText, typeset } from '../frame/words.ts';
import { Panel } from '../parts/Panel.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Origins.module.css';

export function Origins() {
  const data = useOffshell((s) => s.run.data);
  if (!data) return null;
  return (
    <Panel
      title={data.name}
      context={`${formatCount(data.rows)} events, ${shapeText(data)}${data.synthetic ? ', synthetic' : ''}`}
    >
      <ul className={style.origins}>
        {data.origins.map(({ name, words, start, end }) => (
          <li key={`${name} ${start}`}>
            {data.origins.length > 1 && (
              <span className={style.name}>
                <span>{name}</span>
                <span className={style.count}>{formatCount(end - start)}</span>
              </span>
            )}
            <span className={style.words}>{typeset(words)}</span>
          </li>
        ))}
      </ul>
      {data.spectators.length > 0 && (
        <p className={style.remark}>
          <Info aria-hidden="true" />
          <span>Spectators, never an input of a model: {data.spectators.join(', ')}</span>
        </p>
      )}
      {data.remarks.map((remark) => (
        <p key={remark} className={style.remark}>
          <Info aria-hidden="true" />
          <span>{typeset(data.origins.length === 1 ? remark.replace(`${data.name}: `, '') : remark)}</span>
        </p>
      ))}
    </Panel>
  );
}
