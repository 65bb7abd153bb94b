/** One parameter of the chosen model over several values, each with the seeds that are set: one click, one figure in Compare. */
import { ChartSpline } from 'lucide-react';
import { useState } from 'react';
import type { ParamValue } from '../../base/params.ts';
import { changedFrom } from '../../state/comparisons.ts';
import { valueText } from '../../state/param-words.ts';
import { suggestedValues } from '../../state/sweeps.ts';
import type { ModelSpec } from '../../worker/api.ts';
import { TextField } from '../ParamForm.tsx';
import { parseNumber } from '../parse.ts';
import { Button } from '../parts/Button.tsx';
import { Select } from '../parts/Select.tsx';
import { useOffshell } from '../use-store.ts';
import style from './SweepForm.module.css';

export function SweepForm({ spec }: { spec: ModelSpec }) {
  const draft = useOffshell((s) => s.session.draft);
  const data = useOffshell((s) => s.run.data);
  const loading = useOffshell((s) => s.run.loading !== null);
  const { startSweep } = useOffshell((s) => s.actions);
  const can = Object.entries(spec.params).filter(([, { kind }]) => ['number', 'choice', 'switch'].includes(kind));
  const [asked, setAsked] = useState(can[0]?.[0] ?? '');
  const [typed, setTyped] = useState<{ name: string; values: readonly number[] } | null>(null);
  const param = spec.params[asked];
  if (!param) return null;
  const suggested = suggestedValues(param, draft.params[asked] ?? param.default);
  const values: readonly ParamValue[] = typed?.name === asked ? typed.values : suggested;
  const label = (value: ParamValue) => valueText(value, param);
  const trainings = values.length * draft.seeds.length;
  const start = () =>
    startSweep({
      name: `${spec.name}: ${param.label}`,
      variable: param.label,
      seeds: draft.seeds,
      points: values.map((value) => ({
        label: label(value),
        value: typeof value === 'number' ? value : null,
        model: spec.id,
        preset: draft.preset,
        params: changedFrom(spec, draft.preset, { ...draft.params, [asked]: value }),
        epochs: draft.epochs,
      })),
    });
  return (
    <div className={style.form}>
      <Select
        label="Parameter"
        value={asked}
        options={can.map(([value, { label: text }]) => ({ value, label: text }))}
        onChange={setAsked}
      />
      {param.kind === 'number' ? (
        <TextField
          key={asked}
          label="Values"
          text={values.join(', ')}
          parse={(text) => {
            const parts = text.split(/[\s,;]+/).filter(Boolean);
            const parsed = parts.map((part) => parseNumber(part, param));
            const bad = parsed.find(({ error }) => error !== undefined);
            if (bad?.error !== undefined) return { error: bad.error };
            const numbers = [...new Set(parsed.map(({ value }) => value as number))].sort((a, b) => a - b);
            return numbers.length < 2 ? { error: 'two values at least' } : { value: numbers };
          }}
          onChange={(numbers: readonly number[]) => setTyped({ name: asked, values: numbers })}
        />
      ) : (
        <p className={style.values}>{values.map(label).join('; ')}</p>
      )}
      <Button icon={ChartSpline} disabled={!data || loading || values.length < 2} onClick={start}>
        {`Sweep: ${trainings} trainings`}
      </Button>
    </div>
  );
}
