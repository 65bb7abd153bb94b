/**
 * `npm run fuzz -- [--cases 2000] [--format npz] [--seed 1]`: the long run of the fuzzer. Each format runs in a process of its own; a case
 * that does not end within the time limit, or takes the process down, is counted and the run goes on behind it. Exit code 1 if any case is
 * a fault.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { readOptions } from '../cli/options.ts';
import { memorySource } from '../data/formats/open.ts';
import { formats } from '../data/formats/registry.ts';
import { formatFixtures } from './format-fixtures.ts';
import { fuzzCase, outcome, traps } from './fuzz.ts';

const usage = 'npm run fuzz -- [--cases 2000] [--format ID] [--seed 1]';
/** Milliseconds without news from a process, after which it is ended. Generous, since the machine may be busy. */
const patience = 60_000;
/** The same before the first case: the process has to start and to make its valid file. */
const startPatience = 300_000;
/** A process that needs more memory than this is a fault: the fixtures are a few kilobytes. */
const heap = '--max-old-space-size=1024';

interface Count {
  data: number;
  problem: number;
  fault: number;
  slowest: number;
  /** Largest memory of the process in bytes. */
  memory: number;
}

export async function main(args: readonly string[]): Promise<number> {
  const { options } = readOptions(args, ['cases', 'format', 'seed', 'from'], usage);
  const cases = Number(options['cases'] ?? 2000);
  const seed = Number(options['seed'] ?? 1);
  if (options['from'] !== undefined) return inside(options['format'] ?? '', seed, Number(options['from']), cases);
  const ids = formats.map(({ id }) => id).filter((id) => options['format'] === undefined || id === options['format']);
  console.log(`Fuzzing with seed ${seed}: ${cases} damaged files and the traps of each format`);
  let faults = 0;
  for (const id of ids) {
    const count = await watch(id, seed, cases);
    faults += count.fault;
    const memory = `${Math.round(count.memory / 2 ** 20)} MB`;
    console.log(
      `  ${id.padEnd(8)} ${String(count.data).padStart(6)} data ${String(count.problem).padStart(6)} problems ${String(count.fault).padStart(4)} faults   slowest ${(count.slowest / 1000).toFixed(1)} s, memory ${memory}`,
    );
  }
  return faults > 0 ? 1 : 0;
}

/** Runs one format in a process of its own, again behind every case that ends it. */
async function watch(id: string, seed: number, cases: number): Promise<Count> {
  const count: Count = { data: 0, problem: 0, fault: 0, slowest: 0, memory: 0 };
  for (let from = 0; from < cases; ) {
    const { next, ended } = await one(id, seed, from, cases, count);
    if (next < cases) {
      count.fault++;
      console.log(`  ${id}, case ${next}: ${ended}`);
    }
    from = next + 1;
  }
  return count;
}

function one(id: string, seed: number, from: number, cases: number, count: Count): Promise<{ next: number; ended: string }> {
  return new Promise((resolve) => {
    const script = join(process.cwd(), 'scripts/run.mjs');
    const args = [heap, script, 'fuzz', '--format', id, '--seed', String(seed), '--cases', String(cases), '--from', String(from)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let next = from;
    let late = false;
    const kill = (): void => {
      late = true;
      child.kill('SIGKILL');
    };
    let timer = setTimeout(kill, startPatience);
    let pending = '';
    child.stdout.on('data', (chunk: Buffer) => {
      clearTimeout(timer);
      timer = setTimeout(kill, patience);
      pending += chunk.toString();
      const lines = pending.split('\n');
      pending = lines.pop() as string;
      for (const line of lines) {
        if (!line.startsWith('{')) continue;
        const news = JSON.parse(line) as {
          index: number;
          result: 'data' | 'problem' | 'fault';
          message: string;
          ms: number;
          rss: number;
          mutation: string;
        };
        if (news.index >= 0) next = news.index + 1;
        count[news.result]++;
        count.slowest = Math.max(count.slowest, news.ms);
        count.memory = Math.max(count.memory, news.rss);
        if (news.result === 'fault') console.log(`  ${id}, case ${news.index} (${news.mutation}): ${news.message}`);
      }
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ next, ended: late ? `did not end within ${patience / 1000} s` : `ended the process (${code})` });
    });
  });
}

/** The work itself; one line of JSON for each case. */
async function inside(id: string, seed: number, from: number, cases: number): Promise<number> {
  const source = (await formatFixtures())[id];
  if (!source) throw new Error(`no fixture for ${id}`);
  const fixture = { name: source.name, bytes: await source.read(0, source.size) };
  const tell = (index: number, { mutation, result, message, milliseconds }: Awaited<ReturnType<typeof outcome>>): void => {
    const said = result === 'fault' ? message : '';
    console.log(
      JSON.stringify({ index, mutation, result, message: said, ms: Math.round(milliseconds), rss: process.memoryUsage().rss }),
    );
  };
  if (from === 0) {
    for (const trap of traps().filter(({ format }) => format === id))
      tell(-1, await outcome(memorySource(trap.name, trap.bytes), trap.name));
  }
  for (let index = from; index < cases; index++) tell(index, await fuzzCase(fixture, seed, index));
  return 0;
}
