/** What counts as data among histograms, and how many neighbouring lumisections make a row. Applied in one go, as the split is. */
import { useEffect, useState } from 'react';
import { trains } from '../../state/run.ts';
import type { StudyLumisections } from '../../worker/api.ts';
import { typeset } from '../frame/words.ts';
import { NumberField } from '../ParamForm.tsx';
import { Button } from '../parts/Button.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Select } from '../parts/Select.tsx';
import { useOffshell } from '../use-store.ts';
import { noDataSentence, plainChoice } from './lumisection-words.ts';
import style from './Split.module.css';

export function Lumisections() {
  const data = useOffshell((s) => s.run.data);
  const applied = useOffshell((s) => s.session.lumisections);
  const busy = useOffshell((s) => s.run.loading !== null || trains(s.run));
  const runs = useOffshell((s) => s.run.runs.length);
  const { setLumisections } = useOffshell((s) => s.actions);
  const [draft, setDraft] = useState<StudyLumisections>(applied);
  useEffect(() => setDraft(applied), [applied]);
  if (data?.kind !== 'histograms') return null;
  const wanted = plainChoice(draft);
  const changed = JSON.stringify(wanted) !== JSON.stringify(plainChoice(applied));
  const set = (part: StudyLumisections) => setDraft((now) => ({ ...now, ...part }));
  return (
    <Panel title="What counts as data?" context={typeset(noDataSentence(data))}>
      <div className={style.fields}>
        <NumberField
          label="Fewest entries of a histogram"
          help="Below it a histogram is no data; 0: only one without any entry"
          spec={{ min: 0, max: 1e12 }}
          value={draft.minEntries ?? 0}
          onChange={(minEntries) => set({ minEntries })}
        />
        <Select
          label="Histograms without data"
          value={draft.noData ?? 'leave-out'}
          options={[
            { value: 'leave-out', label: 'leave out' },
            { value: 'count', label: 'count like the others' },
          ]}
          onChange={(noData) => set({ noData: noData as 'leave-out' | 'count' })}
        />
        {data.timed && (
          <NumberField
            label="Neighbouring lumisections in a row"
            help="Of one run and with data, in order; bad if any of them is bad. 1: each by itself"
            spec={{ min: 1, max: 1000, integer: true }}
            value={draft.together ?? 1}
            onChange={(together) => set({ together })}
          />
        )}
        {(draft.together ?? 1) > 1 && (
          <Select
            label="Their histograms are"
            value={draft.combine ?? 'sum'}
            options={[
              { value: 'sum', label: 'added up' },
              { value: 'mean', label: 'averaged' },
            ]}
            onChange={(combine) => set({ combine: combine as 'sum' | 'mean' })}
          />
        )}
        <Button disabled={!changed || busy} onClick={() => void setLumisections(wanted)}>
          Take them so
        </Button>
        {changed && runs > 0 && <p className={style.note}>Runs on the present rows will be put away.</p>}
      </div>
    </Panel>
  );
}
