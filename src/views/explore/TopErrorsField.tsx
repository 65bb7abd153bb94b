/** How many of the largest errors a score takes: typed, and computed for the run that is shown without training it again. */
import { useState } from 'react';
import { topErrorsId, topErrorsOf } from '../../base/top-errors.ts';
import { formatCount } from '../../plots/format.ts';
import { Field, numberClass } from '../parts/Field.tsx';
import { useOffshell } from '../use-store.ts';

/** @param width numbers in a row of the data; more errors than that there are not */
export function TopErrorsField({ score, width }: { score: string; width: number }) {
  const actions = useOffshell((s) => s.actions);
  const [typed, setTyped] = useState<string | null>(null);
  const n = topErrorsOf(score) ?? 0;
  const most = Math.min(99_999, Math.max(1, width));
  const wanted = typed === null ? n : Number(typed.trim());
  const fits = Number.isInteger(wanted) && wanted >= 1 && wanted <= most;
  const commit = () => {
    if (fits && wanted !== n) void actions.selectScore(topErrorsId(wanted));
    setTyped(null);
  };
  return (
    <Field
      label="Largest errors"
      unit={`of ${formatCount(most)}`}
      help="So many of the largest squared errors of a row are averaged. Few find a fault in one place, many one that is everywhere."
      error={typed !== null && typed.trim() !== '' && !fits ? `A whole number from 1 to ${formatCount(most)}` : null}
    >
      {(control) => (
        <input
          {...control}
          className={numberClass}
          inputMode="numeric"
          autoComplete="off"
          value={typed ?? String(n)}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onBlur={commit}
          onKeyDown={(event) => {
            if (event.key === 'Enter') commit();
            else if (event.key === 'Escape') setTyped(null);
          }}
        />
      )}
    </Field>
  );
}
