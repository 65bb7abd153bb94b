/** ROC, precision-recall, rates against the threshold, or significance improvement of the chosen signal; one tab at a time, the same threshold in each. */
import { useMemo, useState } from 'react';
import { formatAuc } from '../../plots/format.ts';
import { plotById } from '../../plots/registry.ts';
import { backgroundEvents, dataNoun, signalsOf, testProvenance } from '../../state/explore.ts';
import { FigurePanel } from '../FigurePanel.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Segmented } from '../parts/Segmented.tsx';
import { useOffshell } from '../use-store.ts';
import type { PanelInput } from './panel-input.ts';
import { useStale } from './use-stale.ts';
import { useThresholdControl } from './use-threshold.ts';

const tabs = [
  { value: 'roc', label: 'ROC' },
  { value: 'precision-recall', label: 'PR' },
  { value: 'threshold-metrics', label: 'Cut' },
  { value: 'sic', label: 'SIC' },
] as const;
type Tab = (typeof tabs)[number]['value'];

/** @param start the curve that is shown first, which is another one for each kind of data */
export function CurvePanel({ view, signal, theme, colorOf, className, start }: PanelInput & { start: Tab }) {
  const [tab, setTab] = useState<Tab>(start);
  const data = useOffshell((s) => s.run.data);
  const run = useOffshell((s) => s.run.runs.find(({ id }) => id === view.run));
  const threshold = useThresholdControl(view, signal);
  const stale = useStale(view.run);
  const plot = plotById(tab);
  const results = useMemo(
    () => ({
      provenance: testProvenance(data, view),
      classes: view.classes,
      signal,
      score: { name: view.name, formula: view.formula, unit: view.unit },
      test: view.test,
      validation: view.validation,
    }),
    [data, view, signal],
  );
  const signals = signalsOf(view);
  const signalName = view.classes[signal]?.name;
  const result = run?.results.find(({ score, signal: name }) => score === view.score && name === signalName);
  if (signals.length === 0 || backgroundEvents(view) === 0) {
    const missing = signals.length === 0 ? 'signal' : 'background';
    return (
      <Panel title={plotById('roc').title} className={className}>
        <EmptyState title={`A curve needs ${missing} ${dataNoun(data).several} in the test split; there are none.`}>
          Give a file the role {missing} in Data, or choose a split that keeps some for the test.
        </EmptyState>
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
      revision={`${view.run} ${view.score} ${signal}`}
      controls={
        <>
          <Segmented<Tab> label="Curve" value={tab} segments={tabs} onChange={setTab} />
          {result && (
            <span title="Area under the ROC curve, DeLong error; a 68 % bound where the classes are parted without an exchange">
              AUC <b>{formatAuc(result)}</b>
            </span>
          )}
        </>
      }
      fileName={tab}
      stale={stale}
      className={className}
    />
  );
}
