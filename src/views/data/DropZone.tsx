/** Where files come in: dropped anywhere on the page, or chosen here. */
import { FileInput, FolderInput } from 'lucide-react';
import { useRef } from 'react';
import { Button } from '../parts/Button.tsx';
import { useOffshell } from '../use-store.ts';
import { Address } from './Address.tsx';
import style from './DropZone.module.css';

const formats = [
  ['HDF5, ROOT, Parquet, Arrow', 'only the columns and rows that are needed are read'],
  ['CSV, TSV, NPY, NPZ, JSON', 'the class may be a column; many files become one dataset'],
  ['Certification JSON', 'beside lumisections: which of them are good'],
  ['Study file (JSON)', 'a whole analysis, which is run here'],
] as const;

/** Any file may be dropped: it is recognised by its content. @param small for a list that already holds files */
export function DropZone({ small = false }: { small?: boolean }) {
  const { addFiles } = useOffshell((s) => s.actions);
  const input = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const picker = (
    <>
      <input
        ref={input}
        type="file"
        multiple
        className="visually-hidden"
        aria-label="Event files"
        tabIndex={-1}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = '';
          if (files.length > 0) void addFiles(files);
        }}
      />
      <input
        ref={folder}
        type="file"
        multiple
        // an attribute that only browsers know
        {...{ webkitdirectory: '' }}
        className="visually-hidden"
        aria-label="Folder of event files"
        tabIndex={-1}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])].filter(({ name }) => !name.startsWith('.'));
          const paths = files.map((file) => file.webkitRelativePath || file.name);
          event.currentTarget.value = '';
          if (files.length > 0) void addFiles(files, paths);
        }}
      />
      <div className={style.buttons}>
        <Button icon={FileInput} onClick={() => input.current?.click()}>
          {small ? 'Choose more files' : 'Choose files'}
        </Button>
        <Button kind="quiet" icon={FolderInput} onClick={() => folder.current?.click()}>
          {small ? 'A folder' : 'Choose a folder'}
        </Button>
      </div>
    </>
  );
  if (small)
    return (
      <div className={style.small}>
        {picker}
        <Address />
      </div>
    );
  return (
    <section className={style.zone} aria-labelledby="drop-title">
      <h2 id="drop-title" className={style.title}>
        Drop files here
      </h2>
      <p className={style.stay}>Files stay on this machine</p>
      {picker}
      <Address />
      <dl className={style.formats}>
        {formats.map(([name, words]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
