/** The comparisons that a model's paper makes: one click queues all trainings of one, and Compare draws it. */
import { ChartSpline } from 'lucide-react';
import type { Comparison } from '../../models/contract.ts';
import { comparisonPlan } from '../../state/comparisons.ts';
import type { ModelSpec } from '../../worker/api.ts';
import { Button } from '../parts/Button.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Comparisons.module.css';

export function Comparisons({ spec, comparisons }: { spec: ModelSpec; comparisons: readonly Comparison[] }) {
  const draft = useOffshell((s) => s.session.draft);
  const models = useOffshell((s) => s.run.models);
  const ready = useOffshell((s) => s.run.data !== null && s.run.loading === null);
  const { startSweep } = useOffshell((s) => s.actions);
  return (
    <ul className={style.list}>
      {comparisons.map((comparison) => {
        const plan = comparisonPlan(spec, comparison, draft, models);
        return (
          <li key={comparison.id} className={style.item}>
            <div className={style.words}>
              <p>{comparison.name.replace(`${spec.name}: `, '')}</p>
              <p className={style.question}>{comparison.question}</p>
            </div>
            <Button
              icon={ChartSpline}
              disabled={!ready}
              onClick={() => startSweep(plan)}
              aria-label={`Compare ${comparison.name}`}
            >
              {`${plan.points.length * plan.seeds.length} trainings`}
            </Button>
          </li>
        );
      })}
    </ul>
  );
}
