/** The chosen model: preset, parameters, seeds, layers, and the button that trains it. */
import { BookOpen, Copy, Play, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { inNouns } from '../../base/nouns.ts';
import { dataNoun } from '../../state/explore.ts';
import { trains } from '../../state/run.ts';
import type { ModelSpec } from '../../worker/api.ts';
import { CopiesDialog, learnsFromCopies } from '../copies/CopiesDialog.tsx';
import { signalTrainingOf, withSignalTraining } from '../data/split-words.ts';
import { sentence } from '../frame/words.ts';
import { NumberField, ParamForm, TextField } from '../ParamForm.tsx';
import { parseSeeds, seedsText } from '../parse.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { heldByField } from '../parts/invalid.ts';
import { Panel } from '../parts/Panel.tsx';
import { PhysicsName } from '../parts/PhysicsName.tsx';
import { Select } from '../parts/Select.tsx';
import { useOffshell } from '../use-store.ts';
import style from './ChosenModel.module.css';
import { Comparisons } from './Comparisons.tsx';
import { LayerStrip } from './LayerStrip.tsx';
import { differsFromPreset, trainText } from './model-words.ts';
import { SweepForm } from './SweepForm.tsx';

export function ChosenModel({ spec }: { spec: ModelSpec }) {
  const draft = useOffshell((s) => s.session.draft);
  const data = useOffshell((s) => s.run.data);
  const { setParam } = useOffshell((s) => s.actions);
  const noun = dataNoun(data);
  const [explain, setExplain] = useState(false);
  const [copies, setCopies] = useState(false);
  return (
    <Panel
      title={spec.name}
      context={
        <>
          <PhysicsName name={inNouns(sentence(spec.summary), noun)} />{' '}
          {spec.paper.url ? (
            <a href={spec.paper.url} target="_blank" rel="noreferrer">
              {spec.paper.text}
            </a>
          ) : (
            spec.paper.text
          )}
        </>
      }
      scroll
      toolsAlwaysShown
      tools={<IconButton icon={BookOpen} label="Explain the parameters" pressed={explain} onClick={() => setExplain(!explain)} />}
      className={style.panel ?? ''}
      footer={<Train spec={spec} />}
    >
      <div className={style.body}>
        {data && spec.trainsOn === 'labelled' && <NeedsLabels />}
        {Object.keys(spec.presets).length > 0 && <PresetChoice spec={spec} />}
        <section aria-labelledby="layers-title" className={style.section}>
          <h3 id="layers-title">As it will be built</h3>
          <AsBuilt />
        </section>
        {Object.keys(spec.params).some((name) => name !== 'epochs') && (
          <section aria-labelledby="params-title" className={style.section}>
            <h3 id="params-title">Parameters</h3>
            {data?.kind === 'objects' && learnsFromCopies(spec) && (
              <div>
                <Button icon={Copy} onClick={() => setCopies(true)}>
                  See the copies it learns from
                </Button>
              </div>
            )}
            <ParamForm specs={spec.params} values={draft.params} onChange={setParam} explain={explain} omit={['epochs']} />
          </section>
        )}
        {spec.comparisons && (
          <section aria-labelledby="comparisons-title" className={style.section}>
            <h3 id="comparisons-title">Comparisons of the paper</h3>
            <Comparisons spec={spec} comparisons={spec.comparisons} />
          </section>
        )}
        {isTrained(spec) && (
          <section aria-labelledby="sweep-title" className={style.section}>
            <h3 id="sweep-title">Sweep one parameter</h3>
            <SweepForm spec={spec} />
          </section>
        )}
      </div>
      {copies && (
        <CopiesDialog
          spec={spec}
          params={draft.params}
          seed={draft.seeds[0] ?? 1}
          onChange={setParam}
          onClose={() => setCopies(false)}
        />
      )}
    </Panel>
  );
}

const isTrained = ({ trainsOn }: ModelSpec): boolean => trainsOn !== 'nothing';

/** Seeds, epochs and the button. */
function Train({ spec }: { spec: ModelSpec }) {
  const draft = useOffshell((s) => s.session.draft);
  const ready = useOffshell((s) => s.run.data !== null && s.run.loading === null);
  const { setSeeds, setEpochs, setParam, trainDraft } = useOffshell((s) => s.actions);
  const { epochs } = spec.params;
  return (
    <div className={style.train}>
      <div className={style.runFields}>
        <TextField
          label={
            <span title="Initial weights and the order of batches follow from it. Several seeds tell luck from skill.">
              Seeds
            </span>
          }
          text={seedsText(draft.seeds)}
          placeholder="1-5"
          parse={parseSeeds}
          onChange={setSeeds}
        />
        {isTrained(spec) && epochs?.kind === 'number' && (
          <NumberField
            label="Epochs, at most"
            title={epochs.help}
            spec={epochs}
            value={draft.epochs ?? Number(draft.params.epochs ?? epochs.default)}
            onChange={(value) => {
              if (draft.epochs !== null) setEpochs(null);
              setParam('epochs', value);
            }}
          />
        )}
      </div>
      <Button
        kind="primary"
        icon={Play}
        disabled={!ready}
        onClick={(event) => {
          if (!heldByField(event.currentTarget.closest('section'))) void trainDraft();
        }}
      >
        {trainText(draft.seeds.length, isTrained(spec))}
      </Button>
    </div>
  );
}

/** The preset, where it comes from, and what has been changed of it. */
function PresetChoice({ spec }: { spec: ModelSpec }) {
  const draft = useOffshell((s) => s.session.draft);
  const noun = useOffshell((s) => dataNoun(s.run.data));
  const { selectPreset } = useOffshell((s) => s.actions);
  const preset = spec.presets[draft.preset];
  const different = differsFromPreset(spec, draft.preset, draft.params);
  return (
    <div className={style.preset}>
      <Select
        label="Preset"
        value={draft.preset}
        options={[
          ...(preset ? [] : [{ value: draft.preset, label: 'none' }]),
          ...Object.entries(spec.presets).map(([value, { name }]) => ({ value, label: name })),
        ]}
        onChange={selectPreset}
      />
      <div className={style.origin}>
        <p>{inNouns(sentence(preset?.origin ?? spec.cost), noun)}</p>
        {different > 0 && (
          <p className={style.changed}>
            {different} {different === 1 ? 'parameter differs' : 'parameters differ'} from the preset.{' '}
            <button type="button" className={style.undo} onClick={() => selectPreset(draft.preset)}>
              Put it back
            </button>
          </p>
        )}
      </div>
    </div>
  );
}

/** The layers, how the input is scaled, and what should be known of it. */
function AsBuilt() {
  const data = useOffshell((s) => s.run.data);
  const preview = useOffshell((s) => s.run.preview);
  const go = useOffshell((s) => s.actions.go);
  const noun = dataNoun(data);
  if (!preview || !data) {
    return (
      <EmptyState
        title={data ? 'These parameters do not make a model' : 'The layers depend on the width of the data'}
        action={data ? undefined : <Button onClick={() => go('data')}>Choose data</Button>}
      />
    );
  }
  return (
    <>
      <LayerStrip inputShape={data.shape} preview={preview} />
      <p className={style.scaling}>
        Input: <PhysicsName name={inNouns(sentence(preview.scaling), noun)} />
      </p>
      {preview.remarks.map((remark) => (
        <p key={remark} className={style.remark}>
          <TriangleAlert aria-hidden="true" />
          <span>
            <PhysicsName name={inNouns(sentence(remark), noun)} />
          </span>
        </p>
      ))}
    </>
  );
}

/** A supervised model without signal to train on would fail: it says so before, with the one step that mends it. */
function NeedsLabels() {
  const split = useOffshell((s) => s.session.split);
  const noun = useOffshell((s) => dataNoun(s.run.data));
  const busy = useOffshell((s) => s.run.loading !== null || trains(s.run));
  const runs = useOffshell((s) => s.run.runs.length);
  const { setSplit } = useOffshell((s) => s.actions);
  if (signalTrainingOf(split) !== 'none' || split.by === 'file' || split.by === 'parity') return null;
  return (
    <p className={style.remark}>
      <TriangleAlert aria-hidden="true" />
      <span>
        This model sees labels, and the split gives it no signal {noun.several} to train on.{' '}
        <button
          type="button"
          className={style.undo}
          disabled={busy}
          onClick={() => void setSplit(withSignalTraining(split, 'labelled'))}
        >
          Give it half of them
        </button>
        {runs > 0 && ` (runs on the present split will be put away)`}
      </span>
    </p>
  );
}
