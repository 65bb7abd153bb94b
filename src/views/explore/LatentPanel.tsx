/**
 * The latent space of the model: two numbers with live marks, three to turn round, or every pair of a few; and for variational models
 * whether the numbers say anything.
 */
import { ChartScatter } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { Params } from '../../base/params.ts';
import { plotById } from '../../plots/registry.ts';
import { allLatentPoints, dataNoun, divergenceText, latentPoints, latentProvenance } from '../../state/explore.ts';
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
const pairs = plotById('latent-pairs');

export function LatentPanel({ view, signal, theme, colorOf, className }: PanelInput) {
  const data = useOffshell((s) => s.run.data);
  const latent = useOffshell((s) => s.run.latent);
  const hasLatent = useOffshell((s) => s.run.runs.find(({ id }) => id === view.run)?.hasLatent ?? false);
  const openEvent = useOffshell((s) => s.actions.openEvent);
  const threshold = useThresholdControl(view, signal);
  const settled = useSettledThreshold();
  const stale = useStale(view.run);
  const [dimensions, setDimensions] = useState<'2' | '3' | 'pairs'>('2');
  const [axes, setAxes] = useState({ x: 1, y: 2 });
  const all = useMemo(() => latent && allLatentPoints(latent), [latent]);
  const projected = useMemo(() => latent && latentPoints(latent), [latent]);
  const paired = dimensions === 'pairs' && (all !== null || (latent?.dimensions ?? 0) > 2);
  const points = paired ? (all ?? projected) : projected;
  const three = dimensions === '3' && (latent?.dimensions ?? 0) > 2;
  const at = three || paired ? settled : Number.NaN;
  const results = useMemo(
    () => latent && { provenance: latentProvenance(data, latent), classes: view.classes, latent: points, threshold: at },
    [data, latent, points, view.classes, at],
  );
  const chosen = useMemo((): Params => (three || paired ? {} : axes), [three, paired, axes]);
  const noun = dataNoun(data);
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
      key={paired ? 'pairs' : three ? 'three' : 'two'}
      plot={paired ? pairs : three ? deep : flat}
      results={results as never}
      theme={theme}
      colorOf={colorOf}
      {...(three || paired ? {} : { threshold })}
      title={flat.title}
      context={
        latent.posterior && (
          <>
            {latent.posterior.words} {divergenceText(latent.posterior, noun)}
          </>
        )
      }
      fixedParams={chosen}
      revision={`${view.run} ${axes.x} ${axes.y}`}
      onRow={(index) => void openEvent(latent.row[index] as number)}
      controls={
        <>
          {latent.dimensions > 2 && (
            <Segmented<'2' | '3' | 'pairs'>
              label="Dimensions"
              value={dimensions}
              segments={[
                { value: '2', label: '2-D' },
                { value: '3', label: '3-D' },
                { value: 'pairs', label: 'Pairs' },
              ]}
              onChange={setDimensions}
            />
          )}
          {!three && !paired && latent.dimensions > 2 && (
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
