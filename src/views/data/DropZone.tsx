/** Where files come in: dropped anywhere on the page, or chosen here. */
import { FileInput } from 'lucide-react';
import { useRef } from 'react';
import { Button } from '../parts/Button.tsx';
import { useOffshell } from '../use-store.ts';
import style from './DropZone.module.css';

/** Endings that the file picker offers; any file may be dropped, and is recognised by its content. */
const endings = '.h5,.hdf5,.hdf,.csv,.tsv,.txt';

const formats = [
  ['HDF5', 'particle tables of ADC2021, N × 19 × 3 or 4, MET first; any length'],
  ['CSV, TSV', 'a header and one row of numbers per event; the class may be a column'],
] as const;

/** @param small one line, for a list that already holds files */
export function DropZone({ small = false }: { small?: boolean }) {
  const { addFiles } = useOffshell((s) => s.actions);
  const input = useRef<HTMLInputElement>(null);
  const picker = (
    <>
      <input
        ref={input}
        type="file"
        multiple
        accept={endings}
        className="visually-hidden"
        aria-label="Event files"
        tabIndex={-1}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = '';
          if (files.length > 0) void addFiles(files);
        }}
      />
      <Button icon={FileInput} wide={small} onClick={() => input.current?.click()}>
        {small ? 'Choose more files' : 'Choose files'}
      </Button>
    </>
  );
  if (small) return <div className={style.small}>{picker}</div>;
  return (
    <section className={style.zone} aria-labelledby="drop-title">
      <h2 id="drop-title" className={style.title}>
        Drop files here
      </h2>
      <p className={style.stay}>Files stay on this machine</p>
      {picker}
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
