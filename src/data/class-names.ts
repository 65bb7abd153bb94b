/**
 * What the user calls the classes. The names that the data give stay the keys, so that a study can be repeated from the data alone.
 */
import type { DataKind, EventClass } from '../base/kinds.ts';
import { Problem } from '../base/problem.ts';

/** Names that say nothing about the data: of roles, of lists, and of values of a label. */
const plainName = /^(background|signal|good|bad|normal|anomaly|label|.* = .*)$/i;

/**
 * What classes are called unless the user says otherwise: for histograms with one normal class and one other, both without a name of
 * their own, "good lumisection" and "bad lumisection". Nothing for other data.
 */
export function usualNames(kind: DataKind, classes: readonly EventClass[]): Record<string, string> {
  const labelled = classes.filter(({ role }) => role !== 'unlabelled');
  const [normal, other] = [...labelled].sort((a, b) => Number(a.role === 'signal') - Number(b.role === 'signal'));
  if (kind !== 'histograms' || labelled.length !== 2 || normal?.role !== 'background' || other?.role !== 'signal') return {};
  if (!plainName.test(normal.name) || !plainName.test(other.name)) return {};
  return { [normal.name]: 'good lumisection', [other.name]: 'bad lumisection' };
}

/**
 * The names with one class called otherwise; a class that gets its first name back leaves the list.
 *
 * @param names by what the data call them
 * @param from what the class is called now
 * @throws Problem for a name that is empty or another class has
 */
export function withName(
  names: Readonly<Record<string, string>>,
  classes: readonly Pick<EventClass, 'name'>[],
  from: string,
  to: string,
): Record<string, string> {
  const wanted = to.trim();
  if (wanted === '' || (wanted !== from && classes.some(({ name }) => name === wanted))) {
    throw new Problem({
      where: `the class "${from}"`,
      expected: 'a name of its own',
      found: wanted === '' ? 'none' : `"${wanted}", which another class has`,
      fix: 'Choose another name',
    });
  }
  const original = Object.entries(names).find(([, own]) => own === from)?.[0] ?? from;
  const { [original]: _before, ...others } = names;
  return wanted === original ? others : { ...others, [original]: wanted };
}
