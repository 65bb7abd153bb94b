/** The latent space of the model: two numbers with live marks, or three to turn round. */
import { ChartScatter } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { Params } from '../../base/params.ts';
import { plotById } from '../../plots/registry.ts';
import { latentPoints, latentProvenance } from '../../state/explore.ts';
import { FigurePanel } from '../FigurePanel.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Segmented } from '../parts/Segmented.tsx';
import { Select } from '../parts/Select.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import type { PanelInput } from './panel-input.ts';
import { useStale } from './use-stale.ts';
import { useSettledThreshold, useThresholdControl } from './use-threshold.ts';

const flat = plotById('latent-scatter');
const deep = plotById('latent-scatter-3d');

export function LatentPanel({ view, signal, theme, colorOf, className }: PanelInput) {
  const data = useOffshell((s) => s.run.data);
  const latent = useOffshell((s) => s.run.latent);
  const hasLatent = useOffshell((s) => s.run.runs.find(({ id }) => id === view.run)?.hasLatent ?? false);
  const openEvent = useOffshell((s) => s.actions.openEvent);
  const threshold = useThresholdControl(view, signal);
  const settled = useSettledThreshold();
  const stale = useStale(view.run);
  const [dimensions, setDimensions] = useState<'2' | '3'>('2');
  const [axes, setAxes] = useState({ x: 1, y: 2 });
  const points = useMemo(() => latent && latentPoints(latent), [latent]);
  const three = dimensions === '3' && (latent?.dimensions ?? 0) > 2;
  const at = three ? settled : Number.NaN;
  const results = useMemo(
    () => latent && { provenance: latentProvenance(data, latent), classes: view.classes, latent: points, threshold: at },
    [data, latent, points, view.classes, at],
  );
  const chosen = useMemo((): Params => (three ? {} : axes), [three, axes]);
  if (!hasLatent || !latent || !results) {
    return (
      <Panel title={flat.title} className={className}>
        {hasLatent ? (
          <Working message="Fetching the latent space" done={null} />
        ) : (
          <EmptyState icon={ChartScatter} title="This model has no latent space.">
            Autoencoders and PCA have one.
          </EmptyState>
        )}
      </Panel>
    );
  }
  const options = latent.axes.map((name, i) => ({ value: String(i + 1), label: name }));
  return (
    <FigurePanel
      key={three ? 'three' : 'two'}
      plot={three ? deep : flat}
      results={results as never}
      theme={theme}
      colorOf={colorOf}
      {...(three ? {} : { threshold })}
      title={flat.title}
      fixedParams={chosen}
      revision={`${view.run} ${axes.x} ${axes.y}`}
      onRow={(index) => void openEvent(latent.row[index] as number)}
      controls={
        <>
          {latent.dimensions > 2 && (
            <Segmented<'2' | '3'>
              label="Dimensions"
              value={dimensions}
              segments={[
                { value: '2', label: '2-D' },
                { value: '3', label: '3-D' },
              ]}
              onChange={setDimensions}
            />
          )}
          {!three && latent.dimensions > 2 && (
            <>
              <Select
                label="x axis"
                hideLabel
                value={String(axes.x)}
                options={options}
                onChange={(x) => setAxes({ ...axes, x: Number(x) })}
              />
              <Select
                label="y axis"
                hideLabel
                value={String(axes.y)}
                options={options}
                onChange={(y) => setAxes({ ...axes, y: Number(y) })}
              />
            </>
          )}
        </>
      }
      fileName="latent-space"
      stale={stale}
      className={className}
    />
  );
}
