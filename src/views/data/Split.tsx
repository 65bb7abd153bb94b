/** How the rows are divided: a labelled bar per class, the rule in words, and the fractions and seed behind it. */
import { useEffect, useState } from 'react';
import { capital } from '../../base/nouns.ts';
import { formatCount } from '../../plots/format.ts';
import { dataNoun } from '../../state/explore.ts';
import { trains } from '../../state/run.ts';
import type { StudySplit } from '../../study/schema.ts';
import { sentence } from '../frame/words.ts';
import { NumberField } from '../ParamForm.tsx';
import { largestSeed } from '../parse.ts';
import { Button } from '../parts/Button.tsx';
import { ClassKey } from '../parts/ClassKey.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Select } from '../parts/Select.tsx';
import { useOffshell } from '../use-store.ts';
import { RunLists } from './RunLists.tsx';
import { runsFault } from './run-lists.ts';
import style from './Split.module.css';
import {
  learningWords,
  type SignalTraining,
  type SplitRow,
  signalTrainingOf,
  splitFault,
  splitRows,
  withSignalTraining,
} from './split-words.ts';

const parts = [
  { key: 'training', name: 'training' },
  { key: 'validation', name: 'validation' },
  { key: 'test', name: 'test' },
] as const satisfies readonly { key: keyof SplitRow; name: string }[];

export function Split() {
  const data = useOffshell((s) => s.run.data);
  if (!data) return null;
  const rows = splitRows(data);
  return (
    <Panel
      title="How is it divided?"
      context={sentence(data.split.words.replaceAll(' %', '\u00a0%').replace(/seed (\d)/, 'seed\u00a0$1'))}
    >
      <table className={style.table}>
        <caption className="visually-hidden">{capital(dataNoun(data).several)} of each class in each part</caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">share of each part</span>
            </th>
            {parts.map(({ key, name }) => (
              <th key={key} scope="col">
                <span className={`${style.swatch} ${style[key]}`} aria-hidden="true" />
                {name}
              </th>
            ))}
          </tr>
        </thead>
        {rows.map((row) => (
          <tbody key={row.name}>
            <tr>
              <th scope="rowgroup" colSpan={4}>
                <ClassKey classes={data.classes} index={row.index} />
              </th>
            </tr>
            <tr>
              <td className={style.barCell}>
                <span className={style.bar}>
                  {parts.map(
                    ({ key }) => row[key] > 0 && <span key={key} className={style[key]} style={{ flexGrow: row[key] }} />,
                  )}
                  {row.rest > 0 && <span className={style.rest} style={{ flexGrow: row.rest }} />}
                </span>
              </td>
              {parts.map(({ key }) => (
                <td key={key} className={row[key] === 0 ? style.zero : undefined}>
                  {row[key] === 0 ? '–' : formatCount(row[key])}
                </td>
              ))}
            </tr>
          </tbody>
        ))}
      </table>
      <p className={style.words}>{learningWords(data.split.spec)}</p>
      <SplitForm />
    </Panel>
  );
}

function SplitForm() {
  const split = useOffshell((s) => s.session.split);
  const busy = useOffshell((s) => s.run.loading !== null || trains(s.run));
  const runs = useOffshell((s) => s.run.runs.length);
  const { setSplit } = useOffshell((s) => s.actions);
  const [draft, setDraft] = useState<StudySplit>(split);
  useEffect(() => setDraft(split), [split]);
  const noun = useOffshell((s) => dataNoun(s.run.data));
  const timed = useOffshell((s) => s.run.data?.timed === true);
  const named = draft.by === 'run' ? draft.runs : undefined;
  const byShares = draft.by === 'event' || (draft.by === 'run' && !named);
  const fault = byShares ? splitFault(draft) : named ? runsFault(named) : null;
  const changed = JSON.stringify(draft) !== JSON.stringify(split);
  const percent = (share: number) => Number((share * 100).toFixed(4));
  const signal = signalTrainingOf(draft);
  const field = (key: 'train' | 'validation' | 'test', label: string) => (
    <NumberField
      label={label}
      unit="%"
      spec={{ min: 0, max: 100 }}
      value={percent(draft[key])}
      onChange={(value) => setDraft((now) => ({ ...now, [key]: value / 100 }))}
    />
  );
  return (
    <div className={style.form}>
      <Select
        label="Divide"
        value={named ? 'named' : draft.by}
        options={[
          { value: 'event', label: `${noun.several} at random` },
          ...(timed || draft.by === 'run'
            ? [
                { value: 'run', label: 'whole runs at random' },
                { value: 'named', label: 'the runs that I name' },
              ]
            : []),
          { value: 'parity', label: 'even rows train, odd rows test' },
          { value: 'file', label: 'by file, as chosen for each' },
        ]}
        onChange={(by) =>
          setDraft(({ runs: _runs, ...now }) =>
            by === 'named' ? { ...now, by: 'run', runs: { train: [] } } : { ...now, by: by as StudySplit['by'] },
          )
        }
      />
      {named && <RunLists runs={named} onChange={(lists) => setDraft((now) => ({ ...now, runs: lists }))} />}
      {byShares && (
        <div className={style.three}>
          {field('train', 'Training')}
          {field('validation', 'Validation')}
          {field('test', 'Test')}
        </div>
      )}
      <Select
        label="Signal in training"
        value={signal}
        options={[
          { value: 'none', label: 'none, background alone trains' },
          ...(byShares ? [{ value: 'labelled', label: 'a share, for models that see labels' }] : []),
          { value: 'all', label: 'all of it, as if it were unlabelled' },
        ]}
        onChange={(wanted) => setDraft((now) => withSignalTraining(now, wanted as SignalTraining))}
      />
      {signal === 'labelled' && (
        <NumberField
          label="Share of the signal for models that see labels"
          help="Supervised, not anomaly detection: these events train a ceiling and are judged by nobody."
          unit="%"
          spec={{ min: 0.01, max: 99 }}
          value={percent(draft.signalTrain ?? 0)}
          onChange={(value) => setDraft((now) => ({ ...now, signalTrain: value / 100 }))}
        />
      )}
      <div className={style.last}>
        <NumberField
          label="Seed"
          spec={{ min: 1, max: largestSeed, integer: true }}
          value={draft.seed}
          onChange={(seed) => setDraft((now) => ({ ...now, seed }))}
        />
        <Button disabled={!changed || fault !== null || busy} onClick={() => void setSplit(draft)}>
          Divide again
        </Button>
      </div>
      {fault && (
        <p className={style.fault} role="alert">
          {fault}.
        </p>
      )}
      {changed && !fault && runs > 0 && <p className={style.note}>Runs on the present split will be put away.</p>}
    </div>
  );
}
