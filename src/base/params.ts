/**
 * Parameters, declared once as data: models, scores, plots and samples list them, one form draws them, one function checks
 * them. Knows nothing of what a parameter means.
 */
import { Problem } from './problem.ts';

interface Described {
  label: string;
  help: string;
  unit?: string;
  /** Shown only when the reader asks for everything. */
  advanced?: boolean;
}

export type ParamSpec =
  | (Described & { kind: 'number'; default: number; min?: number; max?: number; integer?: boolean; log?: boolean })
  | (Described & { kind: 'choice'; default: string; options: readonly { value: string; label: string }[] })
  | (Described & { kind: 'switch'; default: boolean })
  | (Described & { kind: 'text'; default: string })
  /** A list of whole numbers, such as layer widths. */
  | (Described & { kind: 'integers'; default: readonly number[]; min: number; max: number });

export type ParamSpecs = Readonly<Record<string, ParamSpec>>;
export type ParamValue = number | string | boolean | readonly number[];
export type Params = Readonly<Record<string, ParamValue>>;

/** The values that the specification itself gives. */
export function defaultParams(specs: ParamSpecs): Params {
  return Object.fromEntries(Object.entries(specs).map(([key, spec]) => [key, spec.default]));
}

/**
 * Fills missing values with defaults and refuses what does not fit.
 *
 * @param where names the owner in messages, for example `model "pca"`
 * @throws Problem for an unknown name, a wrong type, or a number outside [min, max]
 */
export function checkParams(specs: ParamSpecs, given: Readonly<Record<string, unknown>>, where: string): Params {
  for (const key of Object.keys(given)) {
    if (!(key in specs)) {
      throw new Problem({
        where: `${where}, parameter "${key}"`,
        expected: `one of ${Object.keys(specs).join(', ') || 'no parameters'}`,
        found: `"${key}"`,
        fix: 'Correct the name or leave it out',
      });
    }
  }
  const checked: Record<string, ParamValue> = {};
  for (const [key, spec] of Object.entries(specs)) {
    checked[key] = key in given ? checkParam(spec, given[key], `${where}, parameter "${key}"`) : spec.default;
  }
  return checked;
}

function checkParam(spec: ParamSpec, value: unknown, where: string): ParamValue {
  const refuse = (expected: string): never => {
    throw new Problem({ where, expected, found: JSON.stringify(value) ?? String(value), fix: 'Give a value that fits' });
  };
  switch (spec.kind) {
    case 'number': {
      const range = `${spec.integer ? 'a whole number' : 'a number'} from ${spec.min ?? '-∞'} to ${spec.max ?? '∞'}`;
      if (typeof value !== 'number' || !Number.isFinite(value)) return refuse(range);
      if (spec.integer && !Number.isInteger(value)) return refuse(range);
      if (value < (spec.min ?? Number.NEGATIVE_INFINITY) || value > (spec.max ?? Number.POSITIVE_INFINITY)) return refuse(range);
      return value;
    }
    case 'choice':
      return typeof value === 'string' && spec.options.some((option) => option.value === value)
        ? value
        : refuse(`one of ${spec.options.map((option) => option.value).join(', ')}`);
    case 'switch':
      return typeof value === 'boolean' ? value : refuse('true or false');
    case 'text':
      return typeof value === 'string' ? value : refuse('a text');
    case 'integers':
      return Array.isArray(value) && value.every((v) => Number.isInteger(v) && v >= spec.min && v <= spec.max)
        ? (value as number[])
        : refuse(`a list of whole numbers from ${spec.min} to ${spec.max}`);
  }
}
