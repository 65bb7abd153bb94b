/** Several models with their presets and seeds, queued as one study that runs unattended. */
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { Param, TextField } from '../ParamForm.tsx';
import { parseNumber, parseSeeds, seedsText } from '../parse.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { Select } from '../parts/Select.tsx';
import { useOffshell } from '../use-store.ts';
import style from './StudyDialog.module.css';
import { firstRows, paramsOf, planOf, withOneMore } from './study-form.ts';

const epochsRange = { min: 1, max: 100_000, integer: true };

export function StudyDialog({ onClose }: { onClose(): void }) {
  const models = useOffshell((s) => s.run.models);
  const draft = useOffshell((s) => s.session.draft);
  const ready = useOffshell((s) => s.run.data !== null && s.run.loading === null);
  const sweeps = useOffshell((s) => s.session.sweeps);
  const { startSweep } = useOffshell((s) => s.actions);
  const [rows, setRows] = useState(() => firstRows(models, draft));
  const [name, setName] = useState(`Study ${sweeps.filter(({ kind }) => kind === 'study').length + 1}`);
  const [seeds, setSeeds] = useState<readonly number[]>(draft.seeds.length > 1 ? draft.seeds : [1, 2, 3]);
  const [epochs, setEpochs] = useState<number | null>(null);
  const [baselines, setBaselines] = useState(true);
  const usable = models.filter((m) => m.usable);
  const change = (key: number, part: { model?: string; preset?: string }) =>
    setRows(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  const trainings = rows.length * seeds.length;
  const queue = () => {
    startSweep(planOf(rows, models, draft, { name: name.trim() || 'Study', seeds, epochs, baselines }));
    onClose();
  };
  return (
    <Dialog
      title="A study of several models"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={!ready || rows.length === 0} onClick={queue}>
            {`Queue ${trainings} ${trainings === 1 ? 'training' : 'trainings'}`}
          </Button>
        </>
      }
    >
      <div className={style.form}>
        <p className={style.words}>
          One model after another, the seeds of each side by side where this machine can. It can be paused, goes on after a
          reload, and Compare fills as trainings end.
        </p>
        <TextField
          label="Name"
          text={name}
          parse={(text) => (text.trim() === '' ? { error: 'A name' } : { value: text })}
          onChange={setName}
        />
        <fieldset className={style.rows}>
          <legend>Models</legend>
          {rows.map((row, i) => {
            const spec = models.find(({ id }) => id === row.model);
            const changed = Object.keys(paramsOf(row, models, draft)).length;
            return (
              <div key={row.key} className={style.row}>
                <Select
                  label={`Model ${i + 1}`}
                  hideLabel
                  value={row.model}
                  options={usable.map(({ id, name: label }) => ({ value: id, label }))}
                  onChange={(model) =>
                    change(row.key, { model, preset: usable.find(({ id }) => id === model)?.suggestedPreset ?? '' })
                  }
                />
                <Select
                  label={`Preset ${i + 1}`}
                  hideLabel
                  value={row.preset}
                  options={Object.entries(spec?.presets ?? {}).map(([value, { name: label }]) => ({ value, label }))}
                  onChange={(preset) => change(row.key, { preset })}
                />
                <IconButton
                  icon={X}
                  label={`Remove model ${i + 1}`}
                  tipText="Remove"
                  onClick={() => setRows(rows.filter(({ key }) => key !== row.key))}
                />
                {changed > 0 && (
                  <p className={style.words}>
                    with the {changed} {changed === 1 ? 'parameter' : 'parameters'} that you changed
                  </p>
                )}
              </div>
            );
          })}
          <Button icon={Plus} onClick={() => setRows(withOneMore(rows, models, draft))}>
            Add a model
          </Button>
        </fieldset>
        <div className={style.fields}>
          <TextField label="Seeds" text={seedsText(seeds)} placeholder="1-5" parse={parseSeeds} onChange={setSeeds} />
          <TextField<number | null>
            label={<span title="Empty: the number of each preset">Epochs, at most</span>}
            text={epochs === null ? '' : String(epochs)}
            placeholder="as preset"
            inputMode="numeric"
            parse={(text) => (text.trim() === '' ? { value: null } : parseNumber(text, epochsRange))}
            onChange={setEpochs}
          />
          <Param
            spec={{
              kind: 'switch',
              label: 'Baselines beside them',
              help: 'Those that were not run on these data yet',
              default: true,
            }}
            value={baselines}
            explain={false}
            onChange={(value) => setBaselines(value === true)}
          />
        </div>
      </div>
    </Dialog>
  );
}
