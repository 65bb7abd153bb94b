/** Which run, which score, which signal. */
import { useState } from 'react';
import { topErrorsName, topErrorsOf } from '../../base/top-errors.ts';
import { formatCount } from '../../plots/format.ts';
import { dataNoun, runGroups, signalsOf } from '../../state/explore.ts';
import { countedThings, hitWords, smallSampleWords } from '../../state/hits.ts';
import type { RunSummary, ScoreView } from '../../worker/api.ts';
import { backendNames, plainPhysics, runText, speedText, tookText, typeset } from '../frame/words.ts';
import { Button } from '../parts/Button.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Segmented } from '../parts/Segmented.tsx';
import { Select } from '../parts/Select.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Choices.module.css';
import { PriceDialog } from './PriceDialog.tsx';
import { TopErrorsField } from './TopErrorsField.tsx';

/** A seed that was trained again is told from its first run. */
function seedLabels(runs: readonly RunSummary[]): { value: string; label: string }[] {
  return runs.map(({ id, seed }, i) => {
    const before = runs.slice(0, i).filter((run) => run.seed === seed).length;
    return { value: id, label: before === 0 ? String(seed) : `${seed}, run ${before + 1}` };
  });
}

export function Choices({ view, signal }: { view: ScoreView; signal: number }) {
  const runs = useOffshell((s) => s.run.runs);
  const scores = useOffshell((s) => s.run.scores);
  const models = useOffshell((s) => s.run.models);
  const actions = useOffshell((s) => s.actions);
  const noun = useOffshell((s) => dataNoun(s.run.data));
  const groups = runGroups(runs);
  const groupName = (first: RunSummary | undefined, otherwise: string) =>
    first ? plainPhysics([first.modelName, runText(first, runs, models)].filter(Boolean).join(', ')) : otherwise;
  const group = groups.find((candidate) => candidate.runs.some(({ id }) => id === view.run));
  const run = group?.runs.find(({ id }) => id === view.run);
  const signals = signalsOf(view);
  const data = useOffshell((s) => s.run.data);
  const [priced, setPriced] = useState(false);
  const nameOf = (id: string): string => {
    const n = topErrorsOf(id);
    return scores.find((score) => score.id === id)?.name ?? (n === undefined ? id : topErrorsName(n));
  };
  const result = run?.results.find((one) => one.score === view.score && one.signal === view.classes[signal]?.name);
  const hits = result ? hitWords(result) : null;
  if (!group || !run) return null;
  return (
    <Panel title="Run">
      <div className={style.fields}>
        <Select
          label="Model"
          value={group.key}
          options={groups.map(({ key, name, runs: members }) => ({
            value: key,
            label: groupName(members[0], name),
            group: members[0]?.seesLabels ? 'Have seen labels' : members[0]?.baseline ? 'Baselines' : 'Models',
          }))}
          onChange={(key) => {
            const next = groups.find((candidate) => candidate.key === key)?.runs;
            const chosen = next?.find(({ seed }) => seed === run.seed) ?? next?.[0];
            if (chosen) void actions.selectRun(chosen.id);
          }}
        />
        {group.runs.length > 1 && group.runs.length <= 5 && (
          <Segmented
            label="Seed"
            showLabel
            value={run.id}
            segments={seedLabels(group.runs)}
            onChange={(id) => void actions.selectRun(id)}
          />
        )}
        {group.runs.length > 5 && (
          <Select label="Seed" value={run.id} options={seedLabels(group.runs)} onChange={(id) => void actions.selectRun(id)} />
        )}
        <Select
          label="Score"
          value={view.score}
          options={[run.defaultScore, ...run.scores.filter((id) => id !== run.defaultScore)].map((id) => ({
            value: id,
            label: `${nameOf(id)}${id === run.defaultScore && run.scores.length > 1 ? ', default' : ''}`,
          }))}
          onChange={(score) => void actions.selectScore(score)}
          disabled={run.scores.length < 2}
        />
        {topErrorsOf(view.score) !== undefined && (
          <TopErrorsField score={view.score} width={data?.shape.reduce((product, n) => product * n, 1) ?? 1} />
        )}
        {signals.length > 0 && (
          <Select
            label="Signal"
            value={String(signal)}
            options={signals.map(({ label, name }) => ({ value: String(label), label: name }))}
            onChange={(label) => actions.selectSignal(Number(label))}
            disabled={signals.length < 2}
          />
        )}
        {run.seesLabels && (
          <p className={style.facts}>
            <b>Has seen labels</b> of signal in training: a reference for what the {noun.several} hold, no anomaly detector.
          </p>
        )}
        <p className={style.facts}>
          {formatCount(run.parameters)} {run.parameters === 1 ? 'parameter' : 'parameters'}
          {run.training &&
            `, ${run.training.epochs} ${run.training.epochs === 1 ? 'epoch' : 'epochs'}, ${speedText(run.training.eventsPerSecond, noun)}`}
          {`, ${tookText(run.seconds)} on ${backendNames[run.backend]}`}
        </p>
        {!run.baseline && (
          <Button wide onClick={() => setPriced(true)}>
            What would it cost in a trigger?
          </Button>
        )}
        {priced && <PriceDialog signal={view.classes[signal]?.name ?? ''} onClose={() => setPriced(false)} />}
        {result && hits && (
          <dl className={style.hits}>
            <dt>Does this score only count {countedThings[data?.kind ?? 'objects']}?</dt>
            <dd>
              <span className={hits.counts ? style.counts : undefined}>Spearman {hits.value}</span> with {result.hits?.counted},
              in {formatCount(result.hits?.events ?? 0)} background test {noun.several}. {hits.words}.
            </dd>
          </dl>
        )}
        {result && data?.kind === 'images' && smallSampleWords(result) && (
          <p className={style.facts}>{smallSampleWords(result)}.</p>
        )}
        {run.warnings.map((warning) => (
          <p key={warning} className={style.warning}>
            {typeset(warning)}
          </p>
        ))}
      </div>
    </Panel>
  );
}
