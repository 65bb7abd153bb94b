/** Mean and spread of every bin of good against bad lumisections: what there is to be found, before any model is asked. */
import { useMemo } from 'react';
import { plotById } from '../../plots/registry.ts';
import { testProvenance } from '../../state/explore.ts';
import { FigurePanel } from '../FigurePanel.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import type { PanelInput } from './panel-input.ts';

const plot = plotById('bin-spread');

export function BinsPanel({ view, signal, theme, className }: PanelInput) {
  const data = useOffshell((s) => s.run.data);
  const binSpread = useOffshell((s) => s.run.binSpread);
  const results = useMemo(
    () =>
      binSpread && {
        provenance: testProvenance(data, view),
        classes: view.classes,
        signal,
        binSpread: { ...binSpread, ...(data?.histogram ? { axis: data.histogram } : {}) },
      },
    [data, view, signal, binSpread],
  );
  const filled = binSpread?.sides.some(({ lumisections }) => lumisections > 0);
  if (!results || !filled) {
    return (
      <Panel title={plot.title} className={className}>
        {results ? (
          <EmptyState title="Every test histogram is empty: there is no mean." />
        ) : (
          <Working message="Averaging the histograms" done={null} />
        )}
      </Panel>
    );
  }
  return (
    <FigurePanel
      plot={plot}
      results={results as never}
      theme={theme}
      revision={String(signal)}
      context="Mean share of entries with a band of 1 σ of single lumisections; good and bad by the labels"
      fileName="bin-spread"
      className={className}
    />
  );
}
