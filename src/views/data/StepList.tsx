/** The preprocessing list, edited in place: add, move, set, remove. Applied in one go, because trained runs are put away with it. */
import { ArrowDown, ArrowUp, Check, Undo2, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ParamValue } from '../../base/params.ts';
import { formatCount } from '../../plots/format.ts';
import type { StepSpec, StudyStep } from '../../worker/api.ts';
import { ParamForm } from '../ParamForm.tsx';
import { Button } from '../parts/Button.tsx';
import { Field, inputClass } from '../parts/Field.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { Select } from '../parts/Select.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Preparation.module.css';
import { columnsText, movedStep, patternsOf } from './step-words.ts';

export function StepList() {
  const applied = useOffshell((s) => s.session.preprocessing);
  const specs = useOffshell((s) => s.run.steps);
  const runs = useOffshell((s) => s.run.runs.length);
  const busy = useOffshell((s) => s.run.loading !== null || s.run.training !== null || s.run.queue.length > 0);
  const { setPreprocessing } = useOffshell((s) => s.actions);
  const [list, setList] = useState(applied);
  useEffect(() => setList(applied), [applied]);
  const changed = JSON.stringify(list) !== JSON.stringify(applied);
  const edit = (at: number, step: StudyStep | null) => setList(list.flatMap((own, i) => (i !== at ? [own] : step ? [step] : [])));
  return (
    <section aria-label="Preprocessing steps" className={style.editor}>
      <p className={style.quiet}>
        {list.length === 0
          ? 'No steps of your own: each model scales its input as its preset says.'
          : 'Models whose input scaling is “as the study says” see the numbers after these steps.'}
      </p>
      {list.length > 0 && (
        <ol className={style.list}>
          {list.map((step, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same step may stand in the list twice
            <li key={`${at} ${step.step}`}>
              <OneStep
                step={step}
                spec={specs.find(({ id }) => id === step.step)}
                onChange={(next) => edit(at, next)}
                onMove={(by) => setList(movedStep(list, at, by))}
                first={at === 0}
                last={at === list.length - 1}
              />
            </li>
          ))}
        </ol>
      )}
      <Select
        label="Add a step"
        value=""
        options={[
          { value: '', label: 'choose' },
          ...specs
            .filter(({ id }) => id !== 'none')
            .map(({ id, name, columns }) => ({
              value: id,
              label: name,
              disabled: columns.length === 0 && id !== 'l1-normalise',
            })),
        ]}
        onChange={(id) => id !== '' && setList([...list, { step: id }])}
      />
      {changed && (
        <div className={style.apply}>
          <Button kind="primary" icon={Check} disabled={busy} onClick={() => void setPreprocessing(list)}>
            Apply the steps
          </Button>
          <Button kind="quiet" icon={Undo2} onClick={() => setList(applied)}>
            Discard
          </Button>
          {runs > 0 && <p className={style.quiet}>The {formatCount(runs)} finished runs saw other numbers and are put away.</p>}
        </div>
      )}
    </section>
  );
}

function OneStep(props: {
  step: StudyStep;
  spec: StepSpec | undefined;
  first: boolean;
  last: boolean;
  onChange(step: StudyStep | null): void;
  onMove(by: -1 | 1): void;
}) {
  const { step, spec, first, last, onChange, onMove } = props;
  const { step: id, columns, ...params } = step;
  const name = spec?.name ?? id;
  const set = (key: string, value: ParamValue) => onChange({ ...step, [key]: value as number });
  return (
    <div className={style.step}>
      <div className={style.stepHead}>
        <span className={style.stepName}>{name}</span>
        <IconButton icon={ArrowUp} label={`Move ${name} up`} tipText="Up" disabled={first} onClick={() => onMove(-1)} />
        <IconButton icon={ArrowDown} label={`Move ${name} down`} tipText="Down" disabled={last} onClick={() => onMove(1)} />
        <IconButton icon={X} label={`Remove ${name}`} tipText="Remove" onClick={() => onChange(null)} />
      </div>
      <p className={style.quiet}>{spec?.help}</p>
      {spec && Object.keys(spec.params).length > 0 && (
        <ParamForm specs={spec.params} values={params as Record<string, number>} onChange={set} />
      )}
      <Field label={`Columns of ${name.toLowerCase()}`} help={columnsText(columns, spec?.columns ?? [])}>
        {(control) => (
          <input
            {...control}
            className={inputClass}
            defaultValue={(columns ?? []).join(', ')}
            placeholder="all that it suits"
            spellCheck={false}
            onBlur={(event) => {
              const patterns = patternsOf(event.currentTarget.value);
              const { columns: _old, ...others } = step;
              onChange((patterns.length > 0 ? { ...others, columns: patterns } : others) as StudyStep);
            }}
          />
        )}
      </Field>
    </div>
  );
}
