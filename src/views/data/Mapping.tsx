/** What each column is for. The guess stands there; a change is marked and can be taken back. Long lists are searched. */
import { RotateCcw } from 'lucide-react';
import { useMemo, useState } from 'react';
import { formatCount } from '../../plots/format.ts';
import type { Run } from '../../state/run.ts';
import type { ColumnGuess, ColumnRole } from '../../worker/api.ts';
import { Button } from '../parts/Button.tsx';
import { Field, inputClass } from '../parts/Field.tsx';
import { Select } from '../parts/Select.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Look.module.css';

/** Rows that are drawn at once. */
const most = 150;
const roles: readonly { value: ColumnRole; label: string }[] = [
  { value: 'feature', label: 'feature' },
  { value: 'spectator', label: 'spectator' },
  { value: 'weight', label: 'weight' },
  { value: 'run', label: 'run' },
  { value: 'lumisection', label: 'lumisection' },
  { value: 'event', label: 'event' },
  { value: 'label', label: 'label' },
  { value: 'ignore', label: 'ignore' },
];

export function Mapping({ file: { report, choice }, columns }: { file: Run['files'][number]; columns: readonly ColumnGuess[] }) {
  const { chooseFile } = useOffshell((s) => s.actions);
  const [search, setSearch] = useState('');
  const [only, setOnly] = useState('');
  const chosen = choice.columns ?? {};
  const roleOf = (column: ColumnGuess): ColumnRole => chosen[column.name] ?? column.role;
  const found = useMemo(() => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    return columns.filter(
      (column) =>
        words.every((word) => column.name.toLowerCase().includes(word)) &&
        (only === '' || (chosen[column.name] ?? column.role) === only),
    );
  }, [columns, search, only, chosen]);
  const choose = (names: readonly ColumnGuess[], role: string) => {
    const next: Record<string, ColumnRole> = { ...chosen };
    for (const { name, role: guessed } of names) {
      if (role === guessed) delete next[name];
      else next[name] = role as ColumnRole;
    }
    chooseFile(report.file, { columns: next });
  };
  const count = (role: ColumnRole) => columns.filter((column) => roleOf(column) === role).length;
  const shown = found.slice(0, most);
  return (
    <div className={style.mapping}>
      <div className={style.line}>
        <Field label="Find a column" className={style.search ?? ''}>
          {(control) => (
            <input
              {...control}
              type="search"
              className={inputClass}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
            />
          )}
        </Field>
        <Select
          label="Show"
          value={only}
          options={[
            { value: '', label: `all ${formatCount(columns.length)}` },
            ...roles.filter(({ value }) => count(value) > 0).map(({ value }) => ({ value, label: `${value} (${count(value)})` })),
          ]}
          onChange={setOnly}
        />
        <Select
          label={`All ${formatCount(found.length)} found become`}
          value=""
          options={[{ value: '', label: 'choose' }, ...roles]}
          onChange={(role) => role !== '' && choose(found, role)}
        />
        {Object.keys(chosen).length > 0 && (
          <Button kind="quiet" icon={RotateCcw} onClick={() => chooseFile(report.file, { columns: undefined })}>
            Back to the guess
          </Button>
        )}
      </div>
      <ul className={style.roles} aria-label="Columns and what they are for">
        {shown.map((column) => (
          <li key={column.name} className={column.name in chosen ? style.changed : undefined}>
            <span className={style.column} title={column.name}>
              {column.name} <span>{column.type}</span>
            </span>
            <Select
              label={`Role of ${column.name}`}
              hideLabel
              value={roleOf(column)}
              options={roles}
              onChange={(role) => choose([column], role)}
            />
          </li>
        ))}
      </ul>
      {found.length > shown.length && (
        <p className={style.quiet}>
          {formatCount(found.length - shown.length)} more columns match: type more of the name to see them.
        </p>
      )}
      {found.length === 0 && <p className={style.quiet}>No column matches.</p>}
    </div>
  );
}
