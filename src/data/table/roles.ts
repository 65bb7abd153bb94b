/**
 * What the name and the type of a column give away: its role, and what kind of number it is. Guesses only; the user's word counts.
 */
import type { Feature } from '../../base/kinds.ts';
import type { ArrayInfo } from '../formats/contract.ts';
import type { ColumnRole } from '../layouts/contract.ts';
import { lastPart, looksLikeLabel } from '../roles.ts';

/** True for an array of numbers that can be read. */
export function isNumeric({ type, problem, jagged }: ArrayInfo): boolean {
  return !problem && !jagged && /^(u?int|float)\d+$|^bool$/.test(type);
}

/** By the last part of the name; ids and weights in any case of letters, a bare `M` as a mass only in upper case. */
export function guessRole(fullName: string, type: string): ColumnRole {
  const name = lastPart(fullName);
  if (looksLikeLabel(name)) return 'label';
  if (type === 'text') return 'ignore';
  if (/^(from)?run(_?(number|no|id))?$/i.test(name)) return 'run';
  if (/^((from)?lumi\w*|ls(_?(number|no|id))?)$/i.test(name)) return 'lumisection';
  if (/^(event|evt)s?(_?(number|no|id))?$/i.test(name)) return 'event';
  if (type === 'bool') return 'ignore';
  if (/^(weights?(_\w+)?|w|gen_?weight)$/i.test(name)) return 'weight';
  if (/^(m_?jj|mass)$/i.test(name) || name === 'M') return 'spectator';
  return 'feature';
}

/** Angles are marked as such; units are not guessed, except radians for phi. */
export function featureOf(name: string): Feature {
  const short = lastPart(name);
  if (/(^|_)phi_?\d*$|^phi(_|$)/i.test(short)) return { name, unit: 'rad', quantity: 'phi', periodic: true };
  if (/(^|_)eta_?\d*$|^eta(_|$)/i.test(short)) return { name, unit: '', quantity: 'eta' };
  if (/(^|_)pt_?\d*$|^pt(_|$)/i.test(short)) return { name, unit: '', quantity: 'pT' };
  return { name, unit: '', quantity: 'other' };
}

/** `"a", "b" and 3 more`. */
export function quoted(names: readonly string[], most = 6): string {
  const shown = names.slice(0, most).map((name) => `"${name}"`);
  return names.length > shown.length ? `${shown.join(', ')} and ${names.length - shown.length} more` : shown.join(', ');
}
