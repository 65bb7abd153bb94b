/** What takes a while and is asked for: rows that occur twice, and columns that go together. */
import { CopyCheck, Grid3x3, TriangleAlert } from 'lucide-react';
import { useMemo } from 'react';
import correlationPlot from '../../plots/correlation.ts';
import { formatCount } from '../../plots/format.ts';
import { sourceOf } from '../../state/explore.ts';
import { FigurePanel } from '../FigurePanel.tsx';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import { useFigureTheme } from '../use-theme.ts';
import style from './Relations.module.css';

/** Rows that occur more than once, above all in training and in test. */
export function DuplicatesPanel() {
  const duplicates = useOffshell((s) => s.run.duplicates);
  const { fetchDuplicates } = useOffshell((s) => s.actions);
  return (
    <Panel title="Does a row occur twice?" context="Rows whose numbers are all the same">
      {duplicates === null ? (
        <Button icon={CopyCheck} onClick={() => void fetchDuplicates()}>
          Look for duplicates
        </Button>
      ) : typeof duplicates === 'number' ? (
        <Working message="Comparing rows" done={duplicates} />
      ) : (
        <ul className={style.facts}>
          <li>
            {duplicates.rows === 0 ? 'No row equals another.' : `${formatCount(duplicates.rows)} rows equal an earlier one.`}
          </li>
          {duplicates.leaked > 0 && (
            <li className={style.look}>
              <TriangleAlert aria-hidden="true" />
              {formatCount(duplicates.leaked)} rows of validation or test also stand in training: a model is judged by what it has
              learnt. Remove them, or split by file or run.
            </li>
          )}
          {duplicates.contradicting > 0 && (
            <li className={style.look}>
              <TriangleAlert aria-hidden="true" />
              {formatCount(duplicates.contradicting)} rows have the numbers of a row of another class.
            </li>
          )}
          {duplicates.between.map(({ first, second, rows }) => (
            <li key={`${first} ${second}`}>
              {formatCount(rows)} rows of {second} stand in {first}.
            </li>
          ))}
          {duplicates.empty > 0 && (
            <li>{formatCount(duplicates.empty)} rows hold nothing but zeros; they are all alike and not counted.</li>
          )}
        </ul>
      )}
    </Panel>
  );
}

/** The correlation of all columns, as a figure over the page. */
export function CorrelationDialog({ onClose }: { onClose(): void }) {
  const data = useOffshell((s) => s.run.data);
  const correlation = useOffshell((s) => s.run.correlation);
  const theme = useFigureTheme();
  const ready = correlation !== null && typeof correlation !== 'number' ? correlation : null;
  const results = useMemo(
    () =>
      data && ready
        ? {
            provenance: { source: sourceOf(data), sample: `background, ${formatCount(ready.rows)} rows` },
            correlation: ready,
          }
        : null,
    [data, ready],
  );
  return (
    <Dialog title="Which columns go together?" onClose={onClose} size="wide">
      {results ? (
        <div className={style.figure}>
          <FigurePanel
            plot={correlationPlot}
            results={results}
            theme={theme}
            context={
              ready && ready.hidden > 0
                ? `Pearson, in the background; ${formatCount(ready.hidden)} more columns are not shown`
                : 'Pearson, in the background, over rows in which both numbers exist'
            }
            fileName="correlation"
          />
        </div>
      ) : (
        <Working message="Correlating columns" done={typeof correlation === 'number' ? correlation : null} />
      )}
    </Dialog>
  );
}

export function CorrelationButton({ onOpen }: { onOpen(): void }) {
  return (
    <Button kind="quiet" icon={Grid3x3} onClick={onOpen}>
      Correlation
    </Button>
  );
}
