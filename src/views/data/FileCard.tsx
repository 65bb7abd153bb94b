/** One dropped file: recognised as what, of which class, and the way to a closer look. */

import { Eye, FileText, X } from 'lucide-react';
import { counted, nounOf } from '../../base/nouns.ts';
import { formatCount } from '../../plots/format.ts';
import { guessOf } from '../../state/files.ts';
import type { Run } from '../../state/run.ts';
import type { FileChoice } from '../../worker/api.ts';
import { sizeText, typeset } from '../frame/words.ts';
import { Button } from '../parts/Button.tsx';
import { Field, inputClass } from '../parts/Field.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { ProblemNotice } from '../parts/ProblemNotice.tsx';
import { Select } from '../parts/Select.tsx';
import { useOffshell } from '../use-store.ts';
import style from './FileList.module.css';
import { showsUse } from './files.ts';

const roles: readonly { value: FileChoice['role']; label: string }[] = [
  { value: 'background', label: 'background' },
  { value: 'signal', label: 'signal' },
  { value: 'unlabelled', label: 'unlabelled' },
];

export function FileCard({ file }: { file: Run['files'][number] }) {
  const { report, choice } = file;
  const { chooseFile, removeFile, lookInto } = useOffshell((s) => s.actions);
  const splitBy = useOffshell((s) => s.session.split.by);
  const looked = useOffshell((s) => s.run.look?.file === report.file);
  const loaded = useOffshell((s) => s.run.data !== null);
  const judged = useOffshell((s) => s.run.filesOptions.judgedBy !== undefined);
  const change = (part: Parameters<typeof chooseFile>[1]) => chooseFile(report.file, part);
  const guess = guessOf(file);
  const labels = guess && guess.labels.length > 0 ? guess.labels : (report.columns ?? []);
  return (
    <article className={`${style.file} ${looked ? style.looked : ''}`} aria-label={report.name}>
      <div className={style.head}>
        <FileText aria-hidden="true" />
        <div className={style.words}>
          <p className={style.name}>{report.name}</p>
          <p className={style.quiet}>
            {sizeText(report.size)}
            {guess && `, ${counted(guess.rows, nounOf(guess.kind))}`}
            {report.url && ', read from its address'}
          </p>
          {guess && <p className={style.quiet}>{typeset(guess.words)}</p>}
          {choice.sample && (
            <p className={style.quiet}>
              sampled: {formatCount(choice.sample.rows)} rows, seed {choice.sample.seed}
            </p>
          )}
        </div>
        <IconButton icon={X} tipText="Remove" label={`Remove ${report.name}`} onClick={() => removeFile(report.file)} />
      </div>
      {report.problem ? (
        <ProblemNotice plain problem={report.problem} />
      ) : (
        <>
          {!judged && (
            <div className={style.choices}>
              {labels.length > 0 && (
                <Select
                  label="Class of each row"
                  className={style.across ?? ''}
                  value={choice.label ?? ''}
                  options={[
                    { value: '', label: 'the same for the whole file' },
                    ...labels.slice(0, 400).map((name) => ({ value: name, label: `column ${name}` })),
                  ]}
                  onChange={(label) => change({ label })}
                />
              )}
              {choice.label ? (
                <Field label={`Value of ${choice.label} that means background`} className={style.across ?? ''}>
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
            </div>
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
          <Button
            kind="quiet"
            icon={Eye}
            aria-pressed={looked}
            aria-label={`Look into ${report.name}`}
            onClick={() => void lookInto(looked && loaded ? null : report.file)}
          >
            {looked ? (loaded ? 'Close the look' : 'Shown beside') : 'Look inside and adjust'}
          </Button>
        </>
      )}
    </article>
  );
}
