/** What the classes are called, in every matrix, legend, table and file that is exported; taken when a field is left or by Enter. */
import { Pencil } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { EventClass } from '../../base/kinds.ts';
import { Field, inputClass } from '../parts/Field.tsx';
import { IconPopover } from '../parts/IconPopover.tsx';
import { useOffshell } from '../use-store.ts';
import style from './ClassNames.module.css';

const roleWords = { background: 'Negative', signal: 'Positive', unlabelled: 'Unlabelled' } as const;

export function ClassNames({ classes }: { classes: readonly EventClass[] }) {
  return (
    <IconPopover icon={Pencil} label="Name the classes">
      <div className={style.names}>
        {classes.map((entry, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a class keeps its place when its name changes
          <Name key={i} entry={entry} />
        ))}
      </div>
    </IconPopover>
  );
}

function Name({ entry: { name, role } }: { entry: EventClass }) {
  const renameClass = useOffshell((s) => s.actions.renameClass);
  const [typed, setTyped] = useState(name);
  useEffect(() => setTyped(name), [name]);
  const commit = async () => {
    if (typed.trim() !== name && !(await renameClass(name, typed))) setTyped(name);
  };
  return (
    <Field label={`${roleWords[role]} class`}>
      {(control) => (
        <input
          {...control}
          className={inputClass}
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onBlur={() => void commit()}
          onKeyDown={(event) => {
            if (event.key === 'Enter') void commit();
          }}
        />
      )}
    </Field>
  );
}
