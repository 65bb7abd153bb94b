/** Errors of the HDF5 library as problems that a user can act on. */
import { Problem } from '../../../base/problem.ts';
import type { Source } from '../contract.ts';

export function damagedRows(source: Source, name: string, [from, to]: readonly [number, number], error: unknown): Problem {
  const message = messageOf(error);
  return new Problem({
    where: `${source.name}, dataset "${name}"`,
    expected: `rows ${from} to ${to} to be readable`,
    found: `damaged or unreadable data (${deepestReason(message)})`,
    fix: `Copy ${source.name} again, or check it with h5dump`,
    details: message,
  });
}

export function refusal(source: Source, error: unknown): Problem {
  if (error instanceof Problem) return error;
  const message = messageOf(error);
  const truncated = /truncated file: eof = (\d+), .*stored_eof = (\d+)/.exec(message);
  if (truncated) {
    return new Problem({
      where: source.name,
      expected: `an HDF5 file of ${truncated[2]} bytes, as its header says`,
      found: `${truncated[1]} bytes: the file was cut off`,
      fix: 'Copy or download the file again',
      details: message,
    });
  }
  return new Problem({
    where: source.name,
    expected: 'an HDF5 file that can be opened',
    found: `a damaged file (${deepestReason(message)})`,
    fix: 'Copy or download the file again, or check it with h5dump',
    details: message,
  });
}

/** The library throws objects that carry a message but are not always Errors. */
function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : String(error);
}

/** The innermost line of an HDF5 error stack, without source paths: `truncated file: eof = ...`. */
function deepestReason(message: string): string {
  const reasons = [...message.matchAll(/in \w+\(\): ([^\n]+)/g)].map((match) => match[1] as string);
  const reason = reasons.at(-1) ?? message.split('\n')[0] ?? message;
  return reason.length > 160 ? `${reason.slice(0, 157)}...` : reason;
}
