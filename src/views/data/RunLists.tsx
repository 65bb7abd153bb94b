/** Which runs train, which choose thresholds, which are judged: three lists of run numbers. */
import { useEffect, useState } from 'react';
import type { StudySplit } from '../../study/schema.ts';
import { Field, inputClass } from '../parts/Field.tsx';
import { runsFrom, runsText } from './run-lists.ts';

type Runs = NonNullable<StudySplit['runs']>;

export function RunLists({ runs, onChange }: { runs: Runs; onChange(runs: Runs): void }) {
  return (
    <>
      <List label="Runs to train on" runs={runs.train} onChange={(train) => onChange({ ...runs, train })} />
      <List label="Runs for validation" runs={runs.validation} onChange={(validation) => onChange({ ...runs, validation })} />
      <List
        label="Runs to test on"
        help="Empty: all others"
        runs={runs.test}
        onChange={(test) => {
          const { test: _before, ...others } = runs;
          onChange(test.length > 0 ? { ...others, test } : others);
        }}
      />
    </>
  );
}

function List({
  label,
  help,
  runs,
  onChange,
}: {
  label: string;
  help?: string;
  runs: readonly number[] | undefined;
  onChange(runs: number[]): void;
}) {
  const [typed, setTyped] = useState(runsText(runs));
  useEffect(() => {
    // what is being typed stays as it is while it means the same runs
    setTyped((now) => (runsFrom(now)?.join() === (runs ?? []).join() ? now : runsText(runs)));
  }, [runs]);
  const wrong = runsFrom(typed) === null;
  return (
    <Field label={label} {...(help ? { help } : {})} error={wrong ? 'Run numbers, such as 297050, 297056' : null}>
      {(control) => (
        <input
          {...control}
          className={inputClass}
          autoComplete="off"
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            const numbers = runsFrom(event.currentTarget.value);
            if (numbers) onChange(numbers);
          }}
        />
      )}
    </Field>
  );
}
