/**
 * A closer look at one file before it is loaded: what it was taken for and why, its first rows, pictures or histograms, what its
 * columns are for, and which rows are kept. Everything can be corrected here.
 */
import { ArrowLeft, CopyCheck } from 'lucide-react';
import { useEffect, useState } from 'react';
import { formatCount, formatPercent } from '../../plots/format.ts';
import { guessOf } from '../../state/files.ts';
import type { Run } from '../../state/run.ts';
import { sizeText, typeset } from '../frame/words.ts';
import { ParamForm } from '../ParamForm.tsx';
import { Button } from '../parts/Button.tsx';
import { Panel } from '../parts/Panel.tsx';
import { ProblemNotice } from '../parts/ProblemNotice.tsx';
import { Segmented } from '../parts/Segmented.tsx';
import { Select } from '../parts/Select.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import { Kept } from './Kept.tsx';
import style from './Look.module.css';
import { Mapping } from './Mapping.tsx';
import { PreviewHistograms } from './PreviewHistograms.tsx';
import { PreviewImages } from './PreviewImages.tsx';
import { PreviewTable } from './PreviewTable.tsx';

type Tab = 'first' | 'columns' | 'settings' | 'kept';

/** Milliseconds after the last keystroke before the file is looked into again. */
const patience = 350;

export function Look({ file }: { file: Run['files'][number] }) {
  const { report, choice } = file;
  const options = useOffshell((s) => s.run.filesOptions);
  const { lookInto, chooseFile, chooseAlike } = useOffshell((s) => s.actions);
  const several = useOffshell((s) => s.run.files.filter(({ report: r }) => !r.problem && !r.list).length > 1);
  const loaded = useOffshell((s) => s.run.data !== null);
  const [tab, setTab] = useState<Tab>('first');
  const guess = guessOf(file);
  // a changed choice shows at once what it does
  const none = useOffshell((s) => s.run.look === null);
  const wanted = JSON.stringify([choice, options, none]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the choices count, by value
  useEffect(() => {
    const timer = setTimeout(() => void lookInto(report.file), patience);
    return () => clearTimeout(timer);
  }, [wanted, report.file]);
  if (!guess) return null;
  const settings = Object.keys(guess.settings).length;
  const columns = guess.columns ?? [];
  const tabs: { value: Tab; label: string }[] = [
    { value: 'first', label: firstWords[guess.kind] },
    ...(columns.length > 0 ? [{ value: 'columns' as const, label: `Columns (${formatCount(columns.length)})` }] : []),
    ...(settings > 0 ? [{ value: 'settings' as const, label: 'Settings' }] : []),
    { value: 'kept', label: 'Rows kept' },
  ];
  const shown = tabs.some(({ value }) => value === tab) ? tab : 'first';
  return (
    <Panel
      title={`What is in ${report.name}?`}
      context={typeset(guess.words)}
      className={style.panel ?? ''}
      toolsAlwaysShown
      tools={
        loaded ? (
          <Button kind="quiet" icon={ArrowLeft} onClick={() => void lookInto(null)}>
            Back to the columns
          </Button>
        ) : undefined
      }
    >
      <div className={style.body}>
        <div className={style.taken}>
          <Select
            label="Read it as"
            value={guess.layout}
            options={(report.guesses ?? []).map(({ layout, name, confidence }) => ({
              value: layout,
              label: `${name} (${Math.round(100 * confidence)} % sure)`,
            }))}
            onChange={(layout) => chooseFile(report.file, { layout })}
          />
          <ul className={style.reasons} aria-label="Reasons">
            {guess.reasons.map((reason) => (
              <li key={reason}>{typeset(reason)}</li>
            ))}
          </ul>
        </div>
        <div className={style.bar}>
          <Segmented label="What to look at" value={shown} segments={tabs} onChange={setTab} />
          {several && (
            <Button
              kind="quiet"
              icon={CopyCheck}
              title="Layout, settings, column roles, rows and sample of this file for every file that is read as the same"
              onClick={() => {
                const { layout, settings: own, columns: roles, rows, sample } = choice;
                chooseAlike(report.file, { layout, settings: own, columns: roles, rows, sample });
              }}
            >
              Same for all files like it
            </Button>
          )}
        </div>
        <div className={style.view}>
          {shown === 'first' && <First />}
          {shown === 'columns' && <Mapping file={file} columns={columns} />}
          {shown === 'settings' && (
            <ParamForm
              explain
              specs={guess.settings}
              values={choice.settings ?? {}}
              onChange={(name, value) => chooseFile(report.file, { settings: { ...choice.settings, [name]: value } })}
            />
          )}
          {shown === 'kept' && <Kept file={file} rows={guess.rows} />}
        </div>
      </div>
    </Panel>
  );
}

const firstWords = {
  objects: 'First events',
  table: 'First rows',
  images: 'First images',
  histograms: 'First histograms',
} as const;

/** The first rows, or why there are none. */
function First() {
  const look = useOffshell((s) => s.run.look);
  if (look?.problem) return <ProblemNotice plain problem={look.problem} />;
  const preview = look?.preview;
  if (!preview) return <Working message="Reading the first rows" done={null} />;
  const { table, images, histograms } = preview;
  return (
    <div className={`${style.first} ${look.busy ? style.busy : ''}`}>
      <p className={style.facts}>
        {formatCount(preview.rows)} rows of {formatCount(preview.width)} numbers: {sizeText(preview.bytes)} in memory
        {preview.packing && ` (${preview.packing})`}.{' '}
        {preview.bytes > 2e9 && 'That is more than a tab may hold: draw a sample under “Rows kept”. '}
        {preview.classes
          .filter(({ rows }) => rows > 0)
          .map(({ name, rows }) => `${formatPercent(rows / preview.sampled)} ${name}`)
          .join(', ')}
        {preview.sampled < preview.rows && ` among ${formatCount(preview.sampled)} drawn rows`}.
      </p>
      {table && <PreviewTable table={table} summaries={preview.summaries} classes={preview.classes} />}
      {images && <PreviewImages images={images} />}
      {histograms && <PreviewHistograms histograms={histograms} />}
      {preview.remarks.length > 0 && (
        <ul className={style.remarks} aria-label="Remarks">
          {preview.remarks.map((remark) => (
            <li key={remark}>{typeset(remark)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
