/** A choice among two to five short values, all in sight; radio buttons underneath, so arrow keys move through them. */
import type { LucideIcon } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import style from './Segmented.module.css';

export interface Segment<Value extends string> {
  value: Value;
  label: ReactNode;
  /** Then `label` is spoken and shown as a tip. */
  icon?: LucideIcon;
  disabled?: boolean;
  title?: string;
}

export interface SegmentedProps<Value extends string> {
  label: string;
  value: Value;
  segments: readonly Segment<NoInfer<Value>>[];
  onChange(value: NoInfer<Value>): void;
  showLabel?: boolean;
  className?: string;
}

export function Segmented<Value extends string>(props: SegmentedProps<Value>) {
  const name = useId();
  const { label, value, segments, onChange, showLabel = false, className = '' } = props;
  return (
    <fieldset className={`${style.group} ${className}`}>
      <legend className={showLabel ? style.label : 'visually-hidden'}>{label}</legend>
      <div className={style.segments}>
        {segments.map(({ value: own, label: text, icon: Icon, disabled, title }) => (
          <label key={own} className={style.segment} title={title ?? (Icon && typeof text === 'string' ? text : undefined)}>
            <input
              type="radio"
              className={style.radio}
              name={name}
              value={own}
              checked={own === value}
              disabled={disabled}
              onChange={() => onChange(own)}
            />
            {Icon && <Icon aria-hidden="true" />}
            <span className={Icon ? 'visually-hidden' : undefined}>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
