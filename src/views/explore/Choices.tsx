/** Which run, which score, which signal. */
import { formatCount, formatDuration, formatNumber } from '../../plots/format.ts';
import { runGroups, signalsOf } from '../../state/explore.ts';
import type { ScoreView } from '../../worker/api.ts';
import { Panel } from '../parts/Panel.tsx';
import { Segmented } from '../parts/Segmented.tsx';
import { Select } from '../parts/Select.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Choices.module.css';

export function Choices({ view, signal }: { view: ScoreView; signal: number }) {
  const runs = useOffshell((s) => s.run.runs);
  const scores = useOffshell((s) => s.run.scores);
  const actions = useOffshell((s) => s.actions);
  const groups = runGroups(runs);
  const group = groups.find((candidate) => candidate.runs.some(({ id }) => id === view.run));
  const run = group?.runs.find(({ id }) => id === view.run);
  const signals = signalsOf(view);
  if (!group || !run) return null;
  return (
    <Panel title="Run">
      <div className={style.fields}>
        <Select
          label="Model"
          value={group.key}
          options={groups.map(({ key, name, runs: members }) => ({
            value: key,
            label: name,
            group: members[0]?.baseline ? 'Baselines' : 'Models',
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
            segments={group.runs.map(({ id, seed }) => ({ value: id, label: String(seed) }))}
            onChange={(id) => void actions.selectRun(id)}
          />
        )}
        {group.runs.length > 5 && (
          <Select
            label="Seed"
            value={run.id}
            options={group.runs.map(({ id, seed }) => ({ value: id, label: String(seed) }))}
            onChange={(id) => void actions.selectRun(id)}
          />
        )}
        <Select
          label="Score"
          value={view.score}
          options={run.scores.map((id) => ({ value: id, label: scores.find((score) => score.id === id)?.name ?? id }))}
          onChange={(score) => void actions.selectScore(score)}
          disabled={run.scores.length < 2}
        />
        {signals.length > 0 && (
          <Select
            label="Signal"
            value={String(signal)}
            options={signals.map(({ label, name }) => ({ value: String(label), label: name }))}
            onChange={(label) => actions.selectSignal(Number(label))}
            disabled={signals.length < 2}
          />
        )}
        <p className={style.facts}>
          {formatCount(run.parameters)} parameters
          {run.training && `, ${run.training.epochs} epochs, ${formatNumber(run.training.eventsPerSecond)} events/s`}
          {`, ${formatDuration(run.seconds)} on ${run.backend}`}
        </p>
        {run.warnings.map((warning) => (
          <p key={warning} className={style.warning}>
            {warning}
          </p>
        ))}
      </div>
    </Panel>
  );
}
