/** The dropped files: what each was recognised as, its role and class, and the step that loads them together. */
import { TriangleAlert } from 'lucide-react';
import { trains } from '../../state/run.ts';
import { Button } from '../parts/Button.tsx';
import { Panel } from '../parts/Panel.tsx';
import { useOffshell } from '../use-store.ts';
import { DropZone } from './DropZone.tsx';
import { FileCard } from './FileCard.tsx';
import style from './FileList.module.css';
import { readable, whatIsMissing, whatIsUseful } from './files.ts';
import { ListCard } from './ListCard.tsx';

export function FileList() {
  const files = useOffshell((s) => s.run.files);
  const options = useOffshell((s) => s.run.filesOptions);
  const busy = useOffshell((s) => s.run.loading !== null || trains(s.run));
  const { loadFiles } = useOffshell((s) => s.actions);
  const missing = whatIsMissing(files, options);
  const useful = missing ? null : whatIsUseful(files, options);
  const good = readable(files).length;
  return (
    <Panel
      title="Files"
      context="They stay on this machine"
      scroll
      className={style.panel ?? ''}
      footer={
        <div className={style.load}>
          {(missing ?? useful) && (
            <p className={style.missing}>
              <TriangleAlert aria-hidden="true" />
              <span>{missing ?? useful}.</span>
            </p>
          )}
          <Button kind="primary" wide disabled={missing !== null || busy} onClick={() => void loadFiles()}>
            Load {good} {good === 1 ? 'file' : 'files'}
          </Button>
        </div>
      }
    >
      <ul className={style.files}>
        {files.map((file) => (
          <li key={file.report.file}>{file.report.list ? <ListCard report={file.report} /> : <FileCard file={file} />}</li>
        ))}
      </ul>
      <DropZone small />
    </Panel>
  );
}
