/** What happens to the numbers before a model sees them, as an ordered list in words. */
import { formatCount } from '../../plots/format.ts';
import { dataNoun } from '../../state/explore.ts';
import { modelText, sentence } from '../frame/words.ts';
import { Panel } from '../parts/Panel.tsx';
import { PhysicsName } from '../parts/PhysicsName.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Preparation.module.css';
import { StepList } from './StepList.tsx';

export function Preparation() {
  const data = useOffshell((s) => s.run.data);
  const columns = useOffshell((s) => s.run.columns);
  const preview = useOffshell((s) => s.run.preview);
  const models = useOffshell((s) => s.run.models);
  const draft = useOffshell((s) => s.session.draft);
  if (!data) return null;
  const angles = data.features.some(({ periodic }) => periodic);
  const padded = columns.some(({ padding }) => padding > 0);
  const missing = columns.some((column) => column.missing > 0);
  return (
    <Panel title="What does a model see?" context="In this order, the same for training, validation and test">
      <ol className={style.steps}>
        <li>Physical units as they are in the data{units(data.features.map(({ unit }) => unit))}.</li>
        <li>
          Scaled as the model asks; all constants are fitted on the {formatCount(data.split.training)} training background{' '}
          {dataNoun(data).several} and on nothing else.{' '}
          {preview && (
            <>
              {modelText(draft, models)}: <PhysicsName name={sentence(preview.scaling)} />
            </>
          )}
        </li>
        {(padded || missing) && (
          <li>
            {[padded && 'Empty slots', missing && 'missing values'].filter(Boolean).join(' and ')} are masked: where a model masks
            padding, they count neither in its loss nor in a masked score.
          </li>
        )}
        {angles && !preview?.scaling.includes('phi enters') && (
          <li>
            <i>φ</i> enters as a linear number unless a model says otherwise: −π and π are the same direction, but a dense network
            does not know it.
          </li>
        )}
      </ol>
      <StepList />
    </Panel>
  );
}

function units(all: readonly string[]): string {
  const named = [...new Set(all.filter(Boolean))];
  return named.length > 0 ? ` (${named.join(', ')})` : '';
}
