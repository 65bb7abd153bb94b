/**
 * Draws parameters from their declarations, for models, samples, scores and plots alike. A value is handed on as soon as it fits;
 * while it does not, the field says what would. Knows nothing of what a parameter means.
 */
import { ChevronRight } from 'lucide-react';
import { type KeyboardEvent, useEffect, useState } from 'react';
import type { ParamSpec, ParamSpecs, Params, ParamValue } from '../base/params.ts';
import { plainPhysics, typeset } from './frame/words.ts';
import style from './ParamForm.module.css';
import { type Parsed, parseIntegers, parseNumber, rangeText, stepNumber } from './parse.ts';
import { Field, inputClass, numberClass } from './parts/Field.tsx';
import { Select } from './parts/Select.tsx';

export interface ParamFormProps {
  specs: ParamSpecs;
  /** Missing ones show their default. */
  values: Params;
  onChange(name: string, value: ParamValue): void;
  /** Shows what each parameter means under its control; otherwise on hover. */
  explain?: boolean;
  /** Parameters that are drawn elsewhere. */
  omit?: readonly string[];
}

export function ParamForm({ specs, values, onChange, explain = false, omit = [] }: ParamFormProps) {
  const shown = Object.entries(specs).filter(([name]) => !omit.includes(name));
  const draw = ([name, spec]: [string, ParamSpec]) => (
    <Param
      key={name}
      spec={spec}
      value={values[name] ?? spec.default}
      explain={explain}
      onChange={(value) => onChange(name, value)}
    />
  );
  const advanced = shown.filter(([, spec]) => spec.advanced);
  return (
    <div className={style.form}>
      <div className={style.grid}>{shown.filter(([, spec]) => !spec.advanced).map(draw)}</div>
      {advanced.length > 0 && (
        <details className={style.more}>
          <summary>
            <ChevronRight aria-hidden="true" />
            Show {advanced.length} more {advanced.length === 1 ? 'parameter' : 'parameters'}
          </summary>
          <div className={style.grid}>{advanced.map(draw)}</div>
        </details>
      )}
    </div>
  );
}

interface ParamProps {
  spec: ParamSpec;
  value: ParamValue;
  explain: boolean;
  onChange(value: ParamValue): void;
}

/** One parameter with its label. */
export function Param({ spec, value, explain, onChange }: ParamProps) {
  const help = explain ? spec.help : undefined;
  const label = <span title={spec.help}>{spec.label}</span>;
  switch (spec.kind) {
    case 'choice':
      return (
        <Select
          label={label}
          help={help}
          value={String(value)}
          options={spec.options.map((option) => ({ ...option, label: plainPhysics(option.label) }))}
          onChange={onChange}
          className={style.param ?? ''}
        />
      );
    case 'switch':
      return (
        <Field label={label} help={help} className={style.param ?? ''}>
          {(control) => (
            <span className={style.switch}>
              <input
                {...control}
                type="checkbox"
                role="switch"
                aria-checked={value === true}
                checked={value === true}
                onChange={(event) => onChange(event.currentTarget.checked)}
              />
              <span aria-hidden="true">{value === true ? 'on' : 'off'}</span>
            </span>
          )}
        </Field>
      );
    case 'text':
      return (
        <Field label={label} help={help} unit={spec.unit} className={style.param ?? ''}>
          {(control) => (
            <input
              {...control}
              type="text"
              className={inputClass}
              value={String(value)}
              onChange={(event) => onChange(event.currentTarget.value)}
            />
          )}
        </Field>
      );
    case 'number':
      return (
        <NumberField
          label={spec.label}
          title={spec.help}
          help={help}
          unit={spec.unit}
          spec={spec}
          value={Number(value)}
          onChange={onChange}
        />
      );
    case 'integers':
      return (
        <TextField
          label={label}
          help={help}
          text={(value as readonly number[]).join(', ')}
          placeholder="none"
          parse={(text) => parseIntegers(text, spec)}
          onChange={onChange}
        />
      );
  }
}

interface NumberFieldProps {
  label: string;
  title?: string;
  help?: string | undefined;
  unit?: string | undefined;
  spec: { min?: number; max?: number; integer?: boolean; log?: boolean };
  value: number;
  onChange(value: number): void;
  className?: string;
}

/** A number with a range; arrow keys step it. */
export function NumberField({
  label,
  title,
  help,
  unit,
  spec,
  value,
  onChange,
  className = style.param ?? '',
}: NumberFieldProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    onChange(stepNumber(spec, value, event.key === 'ArrowUp' ? 1 : -1));
  };
  return (
    <TextField
      label={<span title={[title, rangeText(spec)].filter(Boolean).join(' ')}>{label}</span>}
      help={help}
      unit={unit}
      text={String(value)}
      inputMode={spec.integer ? 'numeric' : 'decimal'}
      spin={{ ...spec, value }}
      parse={(text) => parseNumber(text, spec)}
      onChange={onChange}
      onKeyDown={onKeyDown}
      className={className}
    />
  );
}

interface TextFieldProps<Value> {
  label: React.ReactNode;
  help?: string | undefined;
  unit?: string | undefined;
  text: string;
  placeholder?: string;
  inputMode?: 'numeric' | 'decimal' | 'text';
  spin?: { min?: number; max?: number; value: number };
  parse(text: string): Parsed<Value>;
  onChange(value: Value): void;
  onKeyDown?(event: KeyboardEvent): void;
  className?: string;
}

/** A text that is parsed while it is typed. What was typed stays on the screen until the field is left with a good value. */
export function TextField<Value>(props: TextFieldProps<Value>) {
  const {
    label,
    help,
    unit,
    text,
    placeholder,
    inputMode = 'text',
    spin,
    parse,
    onChange,
    onKeyDown,
    className = style.param ?? '',
  } = props;
  const [typed, setTyped] = useState<string | null>(null);
  // a value from elsewhere (an arrow key, a preset) wins over what stands in the field
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new text resets the field, not a new parse function
  useEffect(() => {
    setTyped((present) => (present !== null && sameValue(parse(present), parse(text)) ? present : null));
  }, [text]);
  const refused = typed === null ? undefined : parse(typed).error;
  const error = refused === undefined ? null : typeset(refused);
  return (
    <Field label={label} help={help} unit={unit} error={error} className={className}>
      {(control) => (
        <input
          {...control}
          type="text"
          className={numberClass}
          inputMode={inputMode}
          placeholder={placeholder}
          autoComplete="off"
          spellCheck={false}
          value={typed ?? text}
          {...(spin
            ? { role: 'spinbutton', 'aria-valuenow': spin.value, 'aria-valuemin': spin.min, 'aria-valuemax': spin.max }
            : {})}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            const parsed = parse(event.currentTarget.value);
            if (parsed.error === undefined) onChange(parsed.value);
          }}
          onBlur={() => setTyped((present) => (present !== null && parse(present).error === undefined ? null : present))}
          onKeyDown={onKeyDown}
        />
      )}
    </Field>
  );
}

function sameValue(a: Parsed<unknown>, b: Parsed<unknown>): boolean {
  return a.error === undefined && b.error === undefined && JSON.stringify(a.value) === JSON.stringify(b.value);
}
