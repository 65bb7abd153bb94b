/** The Data workspace: before any data the shelf and the drop zone; then files at the left, columns in the middle, split at the right. */
import { Plus, TableProperties } from 'lucide-react';
import { useEffect, useState } from 'react';
import { sizeText } from '../frame/words.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import { Arrive } from './Arrive.tsx';
import { Classes } from './Classes.tsx';
import { Columns } from './Columns.tsx';
import style from './Data.module.css';
import { FileList } from './FileList.tsx';
import { readable, whatIsMissing } from './files.ts';
import { Look } from './Look.tsx';
import { Lumisections } from './Lumisections.tsx';
import { MeanImages } from './MeanImages.tsx';
import { Origins } from './Origins.tsx';
import { Preparation } from './Preparation.tsx';
import { DuplicatesPanel } from './Relations.tsx';
import { Split } from './Split.tsx';

export function Data() {
  const data = useOffshell((s) => s.run.data);
  const files = useOffshell((s) => s.run.files);
  const loading = useOffshell((s) => s.run.loading);
  const generation = data?.generation ?? 0;
  const look = useOffshell((s) => s.run.look);
  const columns = useOffshell((s) => s.run.columns.length > 0);
  const [choosing, setChoosing] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new data or new files end the choosing
  useEffect(() => setChoosing(false), [generation, files.length]);

  if (loading && !data) return <Loading />;
  if (choosing || (!data && files.length === 0)) return <Arrive onBack={() => setChoosing(false)} />;
  // before anything is loaded the first readable file is looked into; later only what the user opens
  const looked = files.find(({ report }) => report.file === look?.file) ?? (data ? undefined : readable(files)[0]);
  return (
    <div className={style.workspace}>
      <div className={style.left}>
        {data && <Origins />}
        {data && <Classes />}
        {files.length > 0 && <FileList />}
        <Button icon={Plus} wide onClick={() => setChoosing(true)}>
          Load other data
        </Button>
      </div>
      {loading ? (
        <div className={style.middle}>
          <Loading />
        </div>
      ) : looked ? (
        <div className={`${style.middle} ${style.wide}`}>
          <Look key={looked.report.file} file={looked} />
        </div>
      ) : data ? (
        <>
          <div className={style.middle}>
            {data.kind === 'images' && <MeanImages />}
            {(data.kind !== 'images' || columns) && <Columns />}
          </div>
          <div className={style.right}>
            <Split />
            <Lumisections />
            <Preparation />
            <DuplicatesPanel />
          </div>
        </>
      ) : (
        <div className={`${style.middle} ${style.wide}`}>
          <Panel title="What is in the columns?" className={style.fill ?? ''}>
            <EmptyState
              icon={TableProperties}
              title="Ranges, histograms, missing values and padding of every column will be here"
            >
              {whatIsMissing(files) ?? 'Load the files to see them'}.
            </EmptyState>
          </Panel>
        </div>
      )}
    </div>
  );
}

function Loading() {
  const loading = useOffshell((s) => s.run.loading);
  const { cancelLoad } = useOffshell((s) => s.actions);
  const bytes = loading?.bytes;
  return (
    <Working
      message={loading?.message ?? ''}
      done={loading?.done ?? null}
      {...(bytes ? { left: `${sizeText(bytes.done)} of ${sizeText(bytes.total)}` } : {})}
      onCancel={cancelLoad}
    />
  );
}
