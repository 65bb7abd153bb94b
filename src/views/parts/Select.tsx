/** A labelled choice among a few named values; the browser's own list, so that it works with every keyboard and screen reader. */
import { ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { Field } from './Field.tsx';
import style from './Select.module.css';

export interface Option {
  value: string;
  label: string;
  /** Options of one group stand together under this heading. */
  group?: string;
  disabled?: boolean;
}

export interface SelectProps {
  label: ReactNode;
  value: string;
  options: readonly Option[];
  onChange(value: string): void;
  help?: ReactNode;
  inline?: boolean;
  hideLabel?: boolean;
  disabled?: boolean;
  className?: string;
}

export function Select({
  label,
  value,
  options,
  onChange,
  help,
  inline = false,
  hideLabel = false,
  disabled,
  className = '',
}: SelectProps) {
  return (
    <Field label={label} help={help} inline={inline} hideLabel={hideLabel} className={className}>
      {(control) => (
        <span className={style.frame}>
          <select
            {...control}
            className={style.select}
            value={value}
            disabled={disabled}
            title={options.find((option) => option.value === value)?.label}
            onChange={(event) => onChange(event.currentTarget.value)}
          >
            {grouped(options).map(({ group, members }) =>
              group === undefined ? (
                members.map(optionElement)
              ) : (
                <optgroup key={group} label={group}>
                  {members.map(optionElement)}
                </optgroup>
              ),
            )}
          </select>
          <ChevronDown aria-hidden="true" className={style.arrow} />
        </span>
      )}
    </Field>
  );
}

function optionElement({ value, label, disabled }: Option) {
  return (
    <option key={value} value={value} disabled={disabled}>
      {label}
    </option>
  );
}

/** Neighbours of the same group together, in order. */
function grouped(options: readonly Option[]): { group: string | undefined; members: Option[] }[] {
  const groups: { group: string | undefined; members: Option[] }[] = [];
  for (const option of options) {
    const last = groups.at(-1);
    if (last && last.group === option.group) last.members.push(option);
    else groups.push({ group: option.group, members: [option] });
  }
  return groups;
}
