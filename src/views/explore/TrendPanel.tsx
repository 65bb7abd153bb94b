/** Scores in the order of data taking, by lumisection or by run, and a replay that walks one run lumisection by lumisection. */
import { ChevronLeft, ChevronRight, Pause, Play } from 'lucide-react';
import { type KeyboardEvent, useEffect, useMemo, useState } from 'react';
import { formatCount } from '../../plots/format.ts';
import { plotById } from '../../plots/registry.ts';
import { testProvenance } from '../../state/explore.ts';
import { FigurePanel } from '../FigurePanel.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Segmented } from '../parts/Segmented.tsx';
import { Select } from '../parts/Select.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import type { PanelInput } from './panel-input.ts';
import style from './Trend.module.css';
import { useStale } from './use-stale.ts';
import { useThresholdControl } from './use-threshold.ts';

type Tab = 'score-trend' | 'run-trend';

/** Between two lumisections of a replay, ms. */
const beat = 350;

export function TrendPanel({ view, signal, theme, colorOf, className }: PanelInput) {
  const [tab, setTab] = useState<Tab>('score-trend');
  const data = useOffshell((s) => s.run.data);
  const trend = useOffshell((s) => s.run.trend);
  const walk = useOffshell((s) => s.run.walk);
  const event = useOffshell((s) => s.run.event);
  const openEvent = useOffshell((s) => s.actions.openEvent);
  const threshold = useThresholdControl(view, signal);
  const stale = useStale(view.run);
  const step = walk && event ? walk.row.indexOf(event.row) : -1;
  const results = useMemo(() => {
    if (!trend) return null;
    const at =
      walk && step >= 0
        ? {
            place: walk.first + step,
            run: walk.run,
            lumisection: walk.lumisection[step] as number,
            score: walk.score[step] as number,
          }
        : null;
    return {
      provenance: testProvenance(data, view),
      classes: view.classes,
      score: { name: view.name, formula: view.formula, unit: view.unit },
      trend: { ...trend, at },
    };
  }, [data, view, trend, walk, step]);
  const plot = plotById(tab);
  if (!results || results.trend.total === 0) {
    return (
      <Panel title={plot.title} className={className}>
        {results ? (
          <EmptyState title="No test lumisection has a score." />
        ) : (
          <Working message="Fetching the scores in order" done={null} />
        )}
      </Panel>
    );
  }
  return (
    <FigurePanel
      plot={plot}
      results={results as never}
      theme={theme}
      colorOf={colorOf}
      threshold={threshold}
      revision={`${view.run} ${view.score}`}
      context={
        results.trend.neighbours > 1
          ? `${formatCount(results.trend.total)} lumisections; of ${formatCount(results.trend.neighbours)} neighbours the lowest and highest`
          : undefined
      }
      onRow={(row) => void openEvent(row)}
      controls={
        <>
          <Segmented<Tab>
            label="Trend"
            value={tab}
            segments={[
              { value: 'score-trend', label: 'Lumisections' },
              { value: 'run-trend', label: 'Runs' },
            ]}
            onChange={setTab}
          />
          <Replay step={step} />
        </>
      }
      fileName={tab}
      stale={stale}
      className={className}
    />
  );
}

/** Chooses a run and walks through it; the arrow keys do the same while one of its controls has the focus. */
function Replay({ step }: { step: number }) {
  const trend = useOffshell((s) => s.run.trend);
  const walk = useOffshell((s) => s.run.walk);
  const openEvent = useOffshell((s) => s.actions.openEvent);
  const replay = useOffshell((s) => s.actions.replay);
  const [playing, setPlaying] = useState(false);
  const last = walk ? walk.row.length - 1 : -1;
  const to = (next: number) => {
    const row = walk?.row[Math.min(last, Math.max(0, next))];
    if (row !== undefined) void openEvent(row);
  };
  useEffect(() => {
    if (!playing) return;
    const row = step >= 0 ? walk?.row[step + 1] : walk?.row[0];
    if (row === undefined) {
      setPlaying(false);
      return;
    }
    // the next one is asked for when this one is on the screen
    const timer = setTimeout(() => void openEvent(row), beat);
    return () => clearTimeout(timer);
  }, [playing, step, walk, openEvent]);
  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.target as Element).tagName === 'SELECT') return;
    if (event.key === 'ArrowRight') to(step + 1);
    else if (event.key === 'ArrowLeft') to(step - 1);
    else return;
    event.preventDefault();
  };
  const runs = trend?.runs ?? [];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the buttons inside, which carry the names
    <div className={style.replay} onKeyDown={onKeyDown}>
      <Select
        label="Replay run"
        hideLabel
        value={walk && step >= 0 ? String(walk.run) : ''}
        options={[
          { value: '', label: 'Replay a run' },
          ...runs.map(({ run, good, bad }) => ({
            value: String(run),
            label: `${run}: ${formatCount((good?.lumisections ?? 0) + (bad?.lumisections ?? 0))}${bad ? `, ${formatCount(bad.lumisections)} bad` : ''}`,
          })),
        ]}
        onChange={(run) => {
          setPlaying(false);
          if (run !== '') void replay(Number(run));
        }}
      />
      <IconButton icon={ChevronLeft} label="Previous lumisection" disabled={step <= 0} onClick={() => to(step - 1)} />
      <IconButton
        icon={playing ? Pause : Play}
        label={playing ? 'Pause the replay' : 'Play the run'}
        disabled={!walk || (step >= last && !playing)}
        onClick={() => setPlaying(!playing)}
      />
      <IconButton icon={ChevronRight} label="Next lumisection" disabled={!walk || step >= last} onClick={() => to(step + 1)} />
      {walk && step >= 0 && (
        <span className={style.place}>
          lumisection {walk.lumisection[step]}, {formatCount(step + 1)} of {formatCount(last + 1)}
        </span>
      )}
    </div>
  );
}
