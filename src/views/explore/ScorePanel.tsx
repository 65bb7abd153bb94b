/** The score histogram with the threshold on top. */
import { useMemo } from 'react';
import { plotById } from '../../plots/registry.ts';
import { testProvenance } from '../../state/explore.ts';
import { FigurePanel } from '../FigurePanel.tsx';
import { formulaText } from '../frame/words.ts';
import { useOffshell } from '../use-store.ts';
import type { PanelInput } from './panel-input.ts';
import { useStale } from './use-stale.ts';
import { useThresholdControl } from './use-threshold.ts';

const plot = plotById('score-histogram');

export function ScorePanel({ view, signal, theme, colorOf, className }: PanelInput) {
  const data = useOffshell((s) => s.run.data);
  const threshold = useThresholdControl(view, signal);
  const stale = useStale(view.run);
  const results = useMemo(
    () => ({
      provenance: testProvenance(data, view),
      classes: view.classes,
      score: { name: view.name, formula: view.formula, unit: view.unit },
      test: view.test,
    }),
    [data, view],
  );
  return (
    <FigurePanel
      plot={plot}
      results={results as never}
      theme={theme}
      colorOf={colorOf}
      threshold={threshold}
      revision={`${view.run} ${view.score}`}
      context={`${view.name}: ${formulaText(view.formula)}${view.sign === -1 ? '; turned round, so that higher is more anomalous' : ''}`}
      fileName="score"
      stale={stale}
      className={className}
    />
  );
}
