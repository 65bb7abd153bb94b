/**
 * `npm run study -- study.json --out results.json [--backend wasm|cpu|webgpu] [--data DIR] [--bootstrap REPLICAS]`: runs a study file without a screen.
 * Exit code 0 with results written, or 1 with one message that says where, what was expected, what was found, what to do.
 */
import { access, constants, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { BackendName } from '../base/kinds.ts';
import { countOf } from '../base/numbers.ts';
import { asProblem, Problem, problemText } from '../base/problem.ts';
import { startBackend } from '../compute/backend.ts';
import { isUrl, urlSource } from '../data/remote.ts';
import { runStudy } from '../study/run.ts';
import { checkStudy } from '../study/schema.ts';
import { readOptions } from './options.ts';
import { pathSource } from './source.ts';

const usage = 'npm run study -- study.json --out results.json [--backend wasm|cpu|webgpu] [--data DIR] [--bootstrap REPLICAS]';
const backends: readonly BackendName[] = ['wasm', 'cpu', 'webgpu'];

export async function main(args: readonly string[]): Promise<number> {
  try {
    const { files, options } = readOptions(args, ['out', 'backend', 'data', 'bootstrap'], usage);
    const path = files[0];
    if (!path || files.length > 1) {
      throw new Problem({
        where: 'command line',
        expected: usage,
        found: `${files.length} study files`,
        fix: 'Name one study file',
      });
    }
    const backend = (options.backend ?? 'wasm') as BackendName;
    if (!backends.includes(backend)) {
      throw new Problem({ where: 'option --backend', expected: backends.join(', '), found: backend, fix: 'Choose one of these' });
    }
    const bootstrap = replicasOf(options.bootstrap);
    const study = checkStudy(await readJson(path), path);
    if (options.out) await checkPlace(options.out);
    const report = await startBackend(backend);
    const folder = options.data ?? '.';
    const results = await runStudy(study, {
      backend: report.backend,
      reason: report.reason,
      platform: `Node ${process.versions.node}`,
      locate: (file) => (isUrl(file) ? urlSource(file) : pathSource(isAbsolute(file) ? file : join(folder, file))),
      onProgress: progressLine(),
      ...(bootstrap ? { bootstrap } : {}),
    });
    const text = `${JSON.stringify(results, null, 2)}\n`;
    if (options.out) {
      await writeFile(options.out, text);
      say(`${study.name ? `${study.name}: ` : ''}${countOf(results.runs.length, 'result')} written to ${options.out}`);
    } else {
      console.log(text);
    }
    for (const warning of results.warnings) say(`Warning: ${warning}`);
    return 0;
  } catch (error) {
    say(problemText(asProblem(error, args[0] ?? 'study')));
    return 1;
  }
}

/** @throws Problem if it is no number of replicas that a band at 95 % can be read from */
function replicasOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const replicas = Number(text);
  if (Number.isInteger(replicas) && replicas >= 100 && replicas <= 100_000) return replicas;
  throw new Problem({
    where: 'option --bootstrap',
    expected: 'a whole number of replicas, 100 to 100000',
    found: text,
    fix: 'Use 200 for a look and 1000 for a table',
  });
}

/** Before anything trains: results that cannot be written would be lost. */
async function checkPlace(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  const folder = dirname(path);
  const writable = await access(there?.isFile() ? path : folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (writable && !there?.isDirectory()) return;
  throw new Problem({
    where: `option --out ${path}`,
    expected: 'a file that can be written',
    found: there?.isDirectory() ? 'a folder' : `no right to write ${there ? 'it' : `into ${folder}, or no such folder`}`,
    fix: 'Choose a file in a folder that exists',
  });
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    throw new Problem({ where: path, expected: 'a study file', found: 'no readable file', fix: 'Check the path' });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem({
      where: path,
      expected: 'a study as JSON',
      found: error instanceof Error ? error.message : String(error),
      fix: 'Mend the JSON; the study file is described in docs/study.md',
    });
  }
}

/** One line on standard error, in place of the progress line. */
function say(line: string): void {
  console.error(process.stderr.isTTY ? `\r\x1b[2K${line}` : line);
}

/** Rewrites one line on a terminal; says nothing in a log. */
function progressLine(): (progress: { done: number; message: string }) => void {
  if (!process.stderr.isTTY) return () => undefined;
  return ({ done, message }) => process.stderr.write(`\r\x1b[2K${(100 * done).toFixed(0).padStart(3)} %  ${message}`);
}
