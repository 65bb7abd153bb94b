/** The models: recommended ones first as cards, then the rest by family, then those for other data. One of them is chosen. */
import { Check, ListPlus } from 'lucide-react';
import { useState } from 'react';
import { inNouns, nounOf } from '../../base/nouns.ts';
import type { ModelSpec } from '../../worker/api.ts';
import { sentence, typeset } from '../frame/words.ts';
import { Button } from '../parts/Button.tsx';
import { Panel } from '../parts/Panel.tsx';
import { PhysicsName } from '../parts/PhysicsName.tsx';
import { useOffshell } from '../use-store.ts';
import style from './ModelList.module.css';
import { StudyDialog } from './StudyDialog.tsx';

const trainsOnWords: Readonly<Record<ModelSpec['trainsOn'], string>> = {
  background: 'background only',
  pairs: 'pairs of background events',
  labelled: 'labelled events',
  nothing: 'nothing; it is not trained',
};

export function ModelList() {
  const models = useOffshell((s) => s.run.models);
  const [study, setStudy] = useState(false);
  const anything = useOffshell((s) => s.run.data === null);
  const fitting = models.filter((m) => anything || m.usable);
  const recommended = fitting.filter((m) => m.recommended).sort((a, b) => (a.recommended ?? 0) - (b.recommended ?? 0));
  const rest = fitting.filter((m) => !m.recommended);
  const others = models.filter((m) => !fitting.includes(m));
  const families = [...new Set(rest.map(({ family }) => family))];
  return (
    <Panel
      title="Which model?"
      scroll
      toolsAlwaysShown
      tools={
        <Button kind="quiet" icon={ListPlus} disabled={anything} onClick={() => setStudy(true)}>
          Several models
        </Button>
      }
      className={style.panel ?? ''}
    >
      {study && <StudyDialog onClose={() => setStudy(false)} />}
      <fieldset className={style.list}>
        <legend className="visually-hidden">Model</legend>
        {recommended.length > 0 && <h3 className={style.family}>Recommended</h3>}
        {recommended.map((spec) => (
          <Card key={spec.id} spec={spec} full />
        ))}
        {families.map((family) => (
          <div key={family} className={style.group}>
            <h3 className={style.family}>{family}</h3>
            {rest
              .filter((m) => m.family === family)
              .map((spec) => (
                <Card key={spec.id} spec={spec} />
              ))}
          </div>
        ))}
        {others.length > 0 && (
          <div className={style.group}>
            <h3 className={style.family}>For other data</h3>
            {others.map((spec) => (
              <Card key={spec.id} spec={spec} />
            ))}
          </div>
        )}
      </fieldset>
    </Panel>
  );
}

function Card({ spec, full = false }: { spec: ModelSpec; full?: boolean }) {
  const chosen = useOffshell((s) => s.session.draft.model === spec.id);
  const data = useOffshell((s) => s.run.data);
  const { selectModel } = useOffshell((s) => s.actions);
  const unfit = data !== null && !spec.usable;
  // a model that suits other data is told in the words of those
  const noun = nounOf(unfit ? null : data?.kind);
  return (
    <label className={`${style.card} ${chosen ? style.chosen : ''} ${unfit ? style.unfit : ''}`}>
      <input
        type="radio"
        name="model"
        className={style.radio}
        value={spec.id}
        checked={chosen}
        disabled={unfit}
        onChange={() => selectModel(spec.id)}
      />
      <span className={style.head}>
        <span className={style.name}>{spec.name}</span>
        {spec.baseline && <span className={style.tag}>baseline</span>}
        {spec.trainsOn === 'labelled' && <span className={style.tag}>sees labels</span>}
        {chosen && <Check aria-hidden="true" className={style.check} />}
      </span>
      <span className={style.summary}>
        <PhysicsName name={inNouns(sentence(spec.summary), noun)} />
      </span>
      {unfit && (
        <span className={style.quiet}>
          Needs {spec.accepts.join(' or ')}; these data are {data.kind}.
        </span>
      )}
      {full && !unfit && (
        <span className={style.facts}>
          <span>Cost</span>
          <span>{inNouns(typeset(spec.cost.replace(/\.$/, '')), noun)}</span>
          <span>Trains on</span>
          <span>{inNouns(trainsOnWords[spec.trainsOn], noun)}</span>
        </span>
      )}
    </label>
  );
}
