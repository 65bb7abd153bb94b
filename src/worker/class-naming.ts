/** Classes under other names than those of their files: in the loaded rows, and in the study that repeats them. */
import { filled } from '../base/records.ts';
import { usualNames, withName } from '../data/class-names.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Prepared } from '../study/prepare.ts';
import type { StudyData } from '../study/schema.ts';

interface Named {
  data: StudyData;
  prepared: Prepared;
}

/** Two plain classes of histograms get the names that shifts use, as a part of the study. */
export function usuallyNamed(data: StudyData, prepared: Prepared): Named {
  const { kind, classes } = prepared.dataset;
  const names = data.classNames ? {} : usualNames(kind, classes);
  if (!filled(names)) return { data, prepared };
  const named = classes.map((c) => ({ ...c, name: names[c.name] ?? c.name }));
  return { data: { ...data, classNames: names }, prepared: withClasses(prepared, named) };
}

/** @throws Problem if there is no such class, or if the new name cannot be taken */
export function renamed(
  given: StudyData,
  prepared: Prepared,
  from: string,
  to: string,
): Named & { classNames: Record<string, string> } {
  const { classes } = prepared.dataset;
  const classNames = withName(given.classNames ?? {}, classes, from, to);
  const named = classes.map((c) => (c.name === from ? { ...c, name: to.trim() } : c));
  const { classNames: _before, ...data } = given;
  return {
    data: filled(classNames) ? { ...data, classNames } : data,
    prepared: withClasses(prepared, named),
    classNames,
  };
}

function withClasses(prepared: Prepared, classes: Dataset['classes']): Prepared {
  return {
    ...prepared,
    dataset: { ...prepared.dataset, classes },
    loaded: { ...prepared.loaded, classes },
    input: { ...prepared.input, signals: classes.filter(({ role }) => role === 'signal').map(({ name }) => name) },
  };
}
