/** Which rows of a file are kept: a range, a seeded sample of it, and a cut over the columns of all files; and names for classes. */
import { useState } from 'react';
import { problemText } from '../../base/problem.ts';
import { formatCount } from '../../plots/format.ts';
import type { Run } from '../../state/run.ts';
import { NumberField, TextField } from '../ParamForm.tsx';
import { largestSeed, parseNumber } from '../parse.ts';
import { Field, inputClass } from '../parts/Field.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Look.module.css';
import { cutExample, cutText } from './look-words.ts';

export function Kept({ file: { report, choice }, rows }: { file: Run['files'][number]; rows: number }) {
  const { chooseFile, setFilesOptions } = useOffshell((s) => s.actions);
  const { cut = '', classNames = {} } = useOffshell((s) => s.run.filesOptions);
  const look = useOffshell((s) => s.run.look);
  const [range, setRange] = useState<readonly [number, number]>(choice.rows ?? [0, rows]);
  const setRows = (next: readonly [number, number]) => {
    setRange(next);
    const whole = next[0] === 0 && next[1] === rows;
    if (next[0] < next[1]) chooseFile(report.file, { rows: whole ? undefined : next });
  };
  const span = (choice.rows?.[1] ?? rows) - (choice.rows?.[0] ?? 0);
  const preview = look?.preview;
  const verdict = preview?.cut && 'problem' in preview.cut ? preview.cut.problem : null;
  return (
    <div className={style.kept}>
      <section aria-label="Rows of this file">
        <h3>Rows of this file</h3>
        <div className={style.fields}>
          <NumberField
            label="First row"
            spec={{ min: 0, max: rows - 1, integer: true }}
            value={range[0]}
            onChange={(first) => setRows([first, range[1]])}
          />
          <NumberField
            label="Up to row"
            spec={{ min: 1, max: rows, integer: true }}
            value={range[1]}
            onChange={(last) => setRows([range[0], last])}
          />
          <TextField
            label="Draw a sample of"
            unit="rows"
            text={choice.sample ? String(choice.sample.rows) : ''}
            placeholder="all"
            inputMode="numeric"
            parse={(text) => (text.trim() === '' ? { value: 0 } : parseNumber(text, { min: 1, max: 1e9, integer: true }))}
            onChange={(count) =>
              chooseFile(report.file, { sample: count > 0 ? { rows: count, seed: choice.sample?.seed ?? 1 } : undefined })
            }
          />
          {choice.sample && (
            <NumberField
              label="Seed"
              spec={{ min: 1, max: largestSeed, integer: true }}
              value={choice.sample.seed}
              onChange={(seed) => chooseFile(report.file, { sample: { rows: choice.sample?.rows ?? 1, seed } })}
            />
          )}
        </div>
        <p className={style.quiet}>
          {choice.sample && choice.sample.rows < span
            ? `${formatCount(choice.sample.rows)} of ${formatCount(span)} rows, drawn from everywhere in the file, in their order.`
            : range[0] >= range[1]
              ? 'The last row must lie behind the first.'
              : `All ${formatCount(span)} rows. A sample is drawn from everywhere in the file, not from its beginning.`}
        </p>
      </section>
      <section aria-label="Cut on all files">
        <h3>Cut, on all files</h3>
        <Field
          label="Keep rows with"
          error={verdict ? problemText(verdict) : null}
          help={
            preview?.cut && 'counts' in preview.cut
              ? cutText(preview.cut.counts, preview.sampled)
              : `${cutExample(preview?.cutNames ?? [])}; names with spaces in backticks. A missing value passes no comparison.`
          }
        >
          {(control) => (
            <input
              {...control}
              className={inputClass}
              value={cut}
              placeholder="everything"
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setFilesOptions({ cut: event.currentTarget.value || undefined })}
            />
          )}
        </Field>
        {preview && (
          <p className={style.quiet}>
            It may use {preview.cutNames.slice(0, 12).join(', ')}
            {preview.cutNames.length > 12 && ` and ${formatCount(preview.cutNames.length - 12)} more`}.
          </p>
        )}
      </section>
      {preview && choice.label && (
        <section aria-label="Names of the classes">
          <h3>Names of the classes</h3>
          <div className={style.fields}>
            {preview.classes.map(({ name, role }) => {
              const original = Object.entries(classNames).find(([, own]) => own === name)?.[0] ?? name;
              return (
                <Field key={original} label={`${original} (${role})`}>
                  {(control) => (
                    <input
                      {...control}
                      className={inputClass}
                      defaultValue={name}
                      onBlur={(event) => {
                        const { [original]: _old, ...others } = classNames;
                        const typed = event.currentTarget.value.trim();
                        const next = typed && typed !== original ? { ...others, [original]: typed } : others;
                        setFilesOptions({ classNames: Object.keys(next).length > 0 ? next : undefined });
                      }}
                    />
                  )}
                </Field>
              );
            })}
          </div>
        </section>
      )}
    </div>
  );
}
