/** One column as a full figure, with axes and legend, over the page. */
import { useMemo, useState } from 'react';
import columnHistogram from '../../plots/column-histogram.ts';
import { provenanceOf } from '../../state/explore.ts';
import type { ColumnSummary } from '../../worker/api.ts';
import { Figure } from '../Figure.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { PhysicsName } from '../parts/PhysicsName.tsx';
import { Segmented } from '../parts/Segmented.tsx';
import { useOffshell } from '../use-store.ts';
import { useFigureTheme } from '../use-theme.ts';
import style from './ColumnFigure.module.css';
import { meanText, outsideText, shareText } from './column-words.ts';

export function ColumnFigure({ column, onClose }: { column: ColumnSummary; onClose(): void }) {
  const data = useOffshell((s) => s.run.data);
  const theme = useFigureTheme();
  const { feature, counts, edges } = column;
  const [scale, setScale] = useState<'linear' | 'log'>(feature.quantity === 'pT' ? 'log' : 'linear');
  const results = useMemo(
    () =>
      data && {
        provenance: provenanceOf(data, 'all splits', data.rows),
        classes: data.classes,
        column: { feature, edges, counts },
      },
    [data, feature, edges, counts],
  );
  const params = useMemo(() => ({ log: scale === 'log' }), [scale]);
  if (!results) return null;
  return (
    <Dialog title={<PhysicsName name={feature.name} />} onClose={onClose} size="wide">
      <div className={style.body}>
        <div className={style.line}>
          <p className={style.words}>
            mean {meanText(column)} {feature.unit}; missing {shareText(column.missing)}; padding {shareText(column.padding)}; zero{' '}
            {shareText(column.zeros)}; outside the axis {outsideText(column)}
          </p>
          <Segmented
            label="Vertical axis"
            value={scale}
            onChange={setScale}
            segments={[
              { value: 'linear', label: 'linear' },
              { value: 'log', label: 'log' },
            ]}
          />
        </div>
        <div className={style.figure}>
          <Figure
            plot={columnHistogram}
            results={results}
            params={params}
            theme={theme}
            label={`Histogram of ${feature.name} per class`}
          />
        </div>
      </div>
    </Dialog>
  );
}
