/** The threshold as a number: typed, or stepped by one distinct score. Follows the store on every frame while nobody types. */
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { formatThreshold } from '../../plots/format.ts';
import { parseThreshold } from '../parse.ts';
import { Field, numberClass } from '../parts/Field.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Operating.module.css';

export function ThresholdField({ unit }: { unit: string }) {
  const threshold = useOffshell((s) => s.run.threshold);
  const actions = useOffshell((s) => s.actions);
  const [typed, setTyped] = useState<string | null>(null);
  const wrong = typed !== null && typed !== '' && Number.isNaN(parseThreshold(typed));
  const commit = () => {
    if (typed !== null && Number.isFinite(parseThreshold(typed)))
      actions.setThreshold({ rule: 'value', value: parseThreshold(typed) });
    setTyped(null);
  };
  return (
    <div className={style.value}>
      <Field label="Threshold" error={wrong ? 'A number, such as 3.42' : null} unit={unit}>
        {(control) => (
          <input
            {...control}
            className={numberClass}
            inputMode="decimal"
            autoComplete="off"
            value={typed ?? (Number.isNaN(threshold) ? '' : formatThreshold(threshold, 5))}
            onChange={(event) => setTyped(event.currentTarget.value)}
            onBlur={commit}
            onKeyDown={(event) => {
              if (event.key === 'Enter') commit();
              else if (event.key === 'Escape') setTyped(null);
              else if (typed === null && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
                event.preventDefault();
                actions.stepThreshold((event.key === 'ArrowUp' ? 1 : -1) * (event.shiftKey ? 10 : 1));
              }
            }}
          />
        )}
      </Field>
      <IconButton icon={ChevronLeft} label="One score lower" onClick={() => actions.stepThreshold(-1)} />
      <IconButton icon={ChevronRight} label="One score higher" onClick={() => actions.stepThreshold(1)} />
    </div>
  );
}
