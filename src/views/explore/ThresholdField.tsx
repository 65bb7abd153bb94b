/** The threshold as a number: typed, or stepped by one distinct score. Follows the store on every frame while nobody types. */
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { formatNumber } from '../../plots/format.ts';
import { Field, numberClass } from '../parts/Field.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Operating.module.css';

/** Accepts what we print: a true minus, thin spaces, a decimal comma. */
function parse(text: string): number {
  const plain = text
    .trim()
    .replaceAll('−', '-')
    .replace(/[\s\u2009\u202f\u00a0]/g, '')
    .replace(/^(-?\d+),(\d+)$/, '$1.$2');
  return plain === '' ? Number.NaN : Number(plain);
}

export function ThresholdField({ unit }: { unit: string }) {
  const threshold = useOffshell((s) => s.run.threshold);
  const actions = useOffshell((s) => s.actions);
  const [typed, setTyped] = useState<string | null>(null);
  const wrong = typed !== null && typed !== '' && Number.isNaN(parse(typed));
  const commit = () => {
    if (typed !== null && Number.isFinite(parse(typed))) actions.setThreshold({ rule: 'value', value: parse(typed) });
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
            value={typed ?? (Number.isNaN(threshold) ? '' : formatNumber(threshold, 5))}
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
