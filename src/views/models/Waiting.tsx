/** What waits behind the present training, first in front; each can still be taken out. */
import { X } from 'lucide-react';
import { paramWords } from '../../state/param-words.ts';
import { modelText } from '../frame/words.ts';
import { IconButton } from '../parts/IconButton.tsx';
import { Panel } from '../parts/Panel.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Waiting.module.css';

export function Waiting() {
  const queue = useOffshell((s) => s.run.queue);
  const models = useOffshell((s) => s.run.models);
  const { unqueue } = useOffshell((s) => s.actions);
  if (queue.length === 0) return null;
  return (
    <Panel title="What waits?" scroll className={style.panel ?? ''}>
      <ol aria-label="Waiting">
        {queue.map((request) => {
          const specs = models.find(({ id }) => id === request.model)?.params ?? {};
          const model = [modelText(request, models), paramWords(request.params ?? {}, specs)].filter(Boolean).join(', ');
          const name = `${model}, seed ${request.seed}`;
          return (
            <li key={request.id} className={style.row}>
              <span className={style.name} title={name}>
                {model}
              </span>
              <span className={style.seed}>seed {request.seed}</span>
              <IconButton
                icon={X}
                label={`Remove from the queue: ${name}`}
                tipText="Remove"
                onClick={() => unqueue(request.id)}
              />
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}
