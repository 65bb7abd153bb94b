/** Where the loaded rows came from, in words, and what is worth knowing about them. */
import { HardDrive, Info, X } from 'lucide-react';
import { counted } from '../../base/nouns.ts';
import { formatCount } from '../../plots/format.ts';
import { dataNoun } from '../../state/explore.ts';
import { shapeText, sizeText, typeset } from '../frame/words.ts';
import { IconButton } from '../parts/IconButton.tsx';
import { Panel } from '../parts/Panel.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Origins.module.css';

export function Origins() {
  const data = useOffshell((s) => s.run.data);
  const { closeData } = useOffshell((s) => s.actions);
  if (!data) return null;
  return (
    <Panel
      title={data.name}
      toolsAlwaysShown
      tools={
        <IconButton icon={X} tipText="Close" label={`Close ${data.name} and free its memory`} onClick={() => void closeData()} />
      }
      context={`${counted(data.rows, dataNoun(data))}, ${shapeText(data)}${data.synthetic ? ', synthetic' : ''}`}
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
      <p className={style.remark}>
        <HardDrive aria-hidden="true" />
        <span>
          {sizeText(data.bytes)} in memory{data.packing && `: ${data.packing}`}
        </span>
      </p>
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
