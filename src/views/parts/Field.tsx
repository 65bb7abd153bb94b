/**
 * A label, its control, its unit, and what is wrong with the value. The control is drawn by the caller with the attributes that
 * tie it to label, help and error, so every control has a visible name.
 */
import { type ReactNode, useId } from 'react';
import style from './Field.module.css';

export interface ControlAttributes {
  id: string;
  'aria-describedby'?: string;
  'aria-invalid'?: true;
}

export interface FieldProps {
  label: ReactNode;
  /** One or two sentences under the control, in quiet text. */
  help?: ReactNode;
  /** Shown after the control: `GeV`. */
  unit?: ReactNode;
  error?: string | null;
  /** Label at the left, control at the right. */
  inline?: boolean;
  /** The label is spoken but not drawn; only where the place makes it plain, such as a cell under a heading. */
  hideLabel?: boolean;
  className?: string;
  children: (control: ControlAttributes) => ReactNode;
}

export function Field({ label, help, unit, error, inline, hideLabel, className = '', children }: FieldProps) {
  const id = useId();
  const described = [help ? `${id}-help` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  const control: ControlAttributes = {
    id,
    ...(described ? { 'aria-describedby': described } : {}),
    ...(error ? { 'aria-invalid': true as const } : {}),
  };
  return (
    <div className={`${style.field} ${inline ? style.inline : ''} ${className}`}>
      <label htmlFor={id} className={hideLabel ? 'visually-hidden' : style.label}>
        {label}
      </label>
      <div className={style.control}>
        {children(control)}
        {unit && <span className={style.unit}>{unit}</span>}
      </div>
      {help && (
        <p id={`${id}-help`} className={style.help}>
          {help}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className={style.error} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

/** Class names of the controls themselves, for inputs that a Field holds. */
export const inputClass = style.input as string;
export const numberClass = `${style.input} ${style.number}`;
