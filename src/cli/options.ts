/** Reads `--name value` options and file names from a command line. */
import { Problem } from '../base/problem.ts';

/** @throws Problem for an unknown option or one without a value */
export function readOptions(
  args: readonly string[],
  known: readonly string[],
  usage: string,
): { files: string[]; options: Record<string, string | undefined> } {
  const files: string[] = [];
  const options: Record<string, string | undefined> = {};
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (!arg.startsWith('--')) {
      files.push(arg);
      continue;
    }
    const [name = '', inline] = arg.slice(2).split('=', 2);
    const value = inline ?? args[++i];
    if (!known.includes(name) || value === undefined) {
      throw new Problem({
        where: 'command line',
        expected: usage,
        found: known.includes(name) ? `${arg} without a value` : arg,
        fix: 'Correct the command',
      });
    }
    options[name] = value;
  }
  return { files, options };
}
