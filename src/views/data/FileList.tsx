/** The dropped files: what each was recognised as, its role and class, and the step that loads them together. */
import { FileText, TriangleAlert, X } from 'lucide-react';
import { formatCount } from '../../plots/format.ts';
import type { Run } from '../../state/run.ts';
import type { FileChoice } from '../../worker/api.ts';
import { sizeText } from '../frame/words.ts';
import { Button } from '../parts/Button.tsx';
import { Field, inputClass } from '../parts/Field.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { Panel } from '../parts/Panel.tsx';
import { ProblemNotice } from '../parts/ProblemNotice.tsx';
import { Select } from '../parts/Select.tsx';
import { useOffshell } from '../use-store.ts';
import { DropZone } from './DropZone.tsx';
import style from './FileList.module.css';
import { readable, showsUse, whatIsMissing, whatIsUseful } from './files.ts';

type File = Run['files'][number];

export function FileList() {
  const files = useOffshell((s) => s.run.files);
  const busy = useOffshell((s) => s.run.loading !== null || s.run.training !== null);
  const { loadFiles } = useOffshell((s) => s.actions);
  const missing = whatIsMissing(files);
  const useful = missing ? null : whatIsUseful(files);
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
          <li key={file.report.file}>
            <FileCard file={file} />
          </li>
        ))}
      </ul>
      <DropZone small />
    </Panel>
  );
}

const roles: readonly { value: FileChoice['role']; label: string }[] = [
  { value: 'background', label: 'background' },
  { value: 'signal', label: 'signal' },
  { value: 'unlabelled', label: 'unlabelled' },
];

function FileCard({ file: { report, choice } }: { file: File }) {
  const { chooseFile, removeFile } = useOffshell((s) => s.actions);
  const splitBy = useOffshell((s) => s.session.split.by);
  const change = (part: Parameters<typeof chooseFile>[1]) => chooseFile(report.file, part);
  return (
    <article className={style.file} aria-label={report.name}>
      <div className={style.head}>
        <FileText aria-hidden="true" />
        <div className={style.words}>
          <p className={style.name}>{report.name}</p>
          <p className={style.quiet}>
            {sizeText(report.size)}
            {report.rows !== undefined && `, ${formatCount(report.rows)} ${report.kind === 'objects' ? 'events' : 'rows'}`}
          </p>
          {report.words && <p className={style.quiet}>{report.words}</p>}
        </div>
        <IconButton icon={X} tipText="Remove" label={`Remove ${report.name}`} onClick={() => removeFile(report.file)} />
      </div>
      {report.problem ? (
        <ProblemNotice plain problem={report.problem} />
      ) : (
        <div className={style.choices}>
          {report.columns && report.columns.length > 0 && (
            <Select
              label="Class of each row"
              value={choice.label ?? ''}
              options={[
                { value: '', label: 'the same for the whole file' },
                ...report.columns.map((name) => ({ value: name, label: `column ${name}` })),
              ]}
              onChange={(label) => change({ label })}
            />
          )}
          {choice.label ? (
            <Field label={`Value of ${choice.label} that means background`}>
              {(control) => (
                <input
                  {...control}
                  className={inputClass}
                  placeholder="0, or background"
                  value={choice.normalClass ?? ''}
                  onChange={(event) => change({ normalClass: event.currentTarget.value })}
                />
              )}
            </Field>
          ) : (
            <>
              <Select
                label="Role"
                value={choice.role}
                options={roles}
                onChange={(role) => change({ role: role as FileChoice['role'] })}
              />
              <Field label="Class name">
                {(control) => (
                  <input
                    {...control}
                    className={inputClass}
                    value={choice.name}
                    onChange={(event) => change({ name: event.currentTarget.value })}
                  />
                )}
              </Field>
            </>
          )}
          {showsUse(splitBy) && (
            <Select
              label="Used for"
              value={choice.use ?? 'train'}
              options={[
                { value: 'train', label: 'training' },
                { value: 'test', label: 'test' },
              ]}
              onChange={(use) => change({ use: use as 'train' | 'test' })}
            />
          )}
        </div>
      )}
    </article>
  );
}
