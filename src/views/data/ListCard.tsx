/** A certification JSON among the files: what its ranges mean, which does not stand in it, and what it decides. */
import { ListChecks, X } from 'lucide-react';
import { useState } from 'react';
import type { FileReport } from '../../worker/api.ts';
import { sizeText, typeset } from '../frame/words.ts';
import { IconButton } from '../parts/IconButton.tsx';
import { Select } from '../parts/Select.tsx';
import { useOffshell } from '../use-store.ts';
import style from './FileList.module.css';

type Meaning = 'good' | 'bad' | 'detector-on' | '';
type Decides = 'judged' | 'kept' | 'trained';

export function ListCard({ report }: { report: FileReport }) {
  const { judgedBy, keptBy, trainedBy } = useOffshell((s) => s.run.filesOptions);
  const { removeFile, setFilesOptions } = useOffshell((s) => s.actions);
  const judges = judgedBy?.file === report.file ? judgedBy : undefined;
  const keeps = keptBy?.file === report.file ? keptBy : undefined;
  const trains = trainedBy && 'file' in trainedBy && trainedBy.file === report.file ? trainedBy : undefined;
  const [decides, setDecides] = useState<Decides>(judges ? 'judged' : keeps ? 'kept' : trains ? 'trained' : 'judged');
  const meaning: Meaning = (judges ?? keeps ?? trains)?.lists ?? '';
  const choose = (what: Decides, lists: Meaning) => {
    setDecides(what);
    const list = lists === '' ? undefined : { file: report.file, lists };
    setFilesOptions({
      judgedBy: what === 'judged' ? list : judges ? undefined : judgedBy,
      keptBy: what === 'kept' ? list : keeps ? undefined : keptBy,
      trainedBy: what === 'trained' ? list : trains ? undefined : trainedBy,
    });
  };
  return (
    <article className={style.file} aria-label={report.name}>
      <div className={style.head}>
        <ListChecks aria-hidden="true" />
        <div className={style.words}>
          <p className={style.name}>{report.name}</p>
          <p className={style.quiet}>{sizeText(report.size)}</p>
          <p className={style.quiet}>{typeset(report.list?.words ?? '')}</p>
        </div>
        <IconButton icon={X} tipText="Remove" label={`Remove ${report.name}`} onClick={() => removeFile(report.file)} />
      </div>
      <div className={style.choices}>
        <Select
          label="It lists"
          className={style.across ?? ''}
          value={meaning}
          options={[
            ...(meaning === '' ? [{ value: '', label: 'choose' }] : []),
            { value: 'good', label: 'good lumisections' },
            { value: 'bad', label: 'bad lumisections' },
            { value: 'detector-on', label: 'detector on' },
          ]}
          onChange={(lists) => choose(decides, lists as Meaning)}
        />
        <Select
          label="It decides"
          className={style.across ?? ''}
          value={decides}
          options={[
            { value: 'judged', label: 'what rows are judged as' },
            { value: 'trained', label: 'which rows may train' },
            { value: 'kept', label: 'which rows are loaded at all' },
          ]}
          onChange={(what) => choose(what as Decides, meaning)}
        />
      </div>
    </article>
  );
}
