/**
 * `npm run bench [-- SECTION ...] [--json FILE] [...]`: speed, measured side by side in one run and told as ratios. Absolute numbers belong
 * to this machine and this hour only. Nothing here can fail a test. How to read it: docs/bench.md.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '../src/base/problem.ts';
import { readOptions } from '../src/cli/options.ts';
import { ensembles } from './ensembles.ts';
import { formats } from './formats.ts';
import { columnarFormats } from './formats-columnar.ts';
import { projection } from './projection.ts';
import { scaling } from './scaling.ts';
import { scoring } from './scoring.ts';
import { threshold } from './threshold.ts';
import { allPlaces, allSides, type TrainingWish, training } from './training/section.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const usage = `npm run bench -- [SECTION ...] [--json FILE]
  sections: training ensembles scaling scoring projection threshold formats browser (all of them if none is named)
  training: --model dense-57,codae   --backend wasm,node,torch,webgpu,webgl   --engine ours,plain,PyTorch,ours-simd,ours-autodiff
            (the last two only on demand: ours without relaxed SIMD, in the browser on WASM; ours without trainers)
            --seconds 5 of timed steps of a measurement   --runs 5   --patience 60 seconds at most for the first steps
            --batch 4  rows of a step in place of the model's own, where those take too long
            --gpu yes  lets the browser use the graphics card
  ensembles: --model codae,anomaly-clr`;

const known = ['json', 'model', 'backend', 'engine', 'seconds', 'runs', 'patience', 'batch', 'gpu'] as const;

type Options = Partial<Record<(typeof known)[number], string>>;

const sections: Readonly<Record<string, (options: Options) => unknown>> = {
  training: (options) => training(wishOf(options), root),
  ensembles: ({ model }) => ensembles(model?.split(',')),
  scaling,
  scoring,
  projection,
  threshold,
  formats: async () => ({ rows: await formats(), columnar: await columnarFormats() }),
  browser,
};

export async function main(args: readonly string[]): Promise<number> {
  try {
    await run(args);
    return 0;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    return 1;
  }
}

async function run(args: readonly string[]): Promise<void> {
  const { files: wanted, options } = readOptions(args, known, usage);
  const unknown = wanted.find((name) => !sections[name]);
  if (unknown) refuse('section', Object.keys(sections).join(', '), unknown);
  wishOf(options);
  const report: Record<string, unknown> = { machine: machine() };
  console.log(machine().words);
  for (const [name, section] of Object.entries(sections)) {
    if (wanted.length === 0 || wanted.includes(name)) report[name] = await section(options);
  }
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
}

/** @throws Problem for an option that is not one of those there are, or no number */
function wishOf(options: Options): TrainingWish {
  const list = <T extends string>(name: keyof Options, all: readonly T[]): T[] => {
    const given = options[name]?.split(',') ?? [];
    const wrong = given.find((one) => !all.includes(one as T));
    if (wrong !== undefined) refuse(`--${name}`, all.join(', '), wrong);
    return given as T[];
  };
  const amount = (name: keyof Options, usual: number): number => {
    const value = Number(options[name] ?? usual);
    if (!(value > 0)) refuse(`--${name}`, 'a number above 0', options[name] as string);
    return value;
  };
  return {
    models: options.model?.split(',') ?? [],
    places: list('backend', allPlaces),
    sides: list('engine', allSides),
    ...(options.batch ? { batch: Math.ceil(amount('batch', 1)) } : {}),
    hardware: list('gpu', ['yes', 'no']).includes('yes'),
    ...{ seconds: amount('seconds', 5), runs: Math.ceil(amount('runs', 5)), patience: amount('patience', 60) },
  };
}

function refuse(where: string, expected: string, found: string): never {
  throw new Problem({ where, expected, found: `"${found}"`, fix: 'Correct the command' });
}

function machine() {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const words = `${cpus().length} cores of ${model}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`;
  return { words, cores: cpus().length, processor: model, node: process.versions.node, date: new Date().toISOString() };
}

/** Frame times while a threshold is dragged in the browser, from the journey that measures them. */
function browser(): unknown {
  console.log('\nBrowser: threshold drag with 2 million scores, and page to live ROC (journeys with their own timings)');
  const report = join(root, 'test-results', 'timings.json');
  spawnSync(join(root, 'node_modules', '.bin', 'playwright'), ['test', 'e2e/speed.spec.ts', '--workers=1'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (!existsSync(report)) return undefined;
  const text = readFileSync(report, 'utf8');
  console.log(text);
  return JSON.parse(text);
}
