/**
 * `npm run bench [-- training threshold formats images browser]`: speed, measured side by side in one run and told as ratios. Absolute numbers
 * belong to this machine and this hour only. Nothing here can fail a test.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBackend } from '../src/compute/backend.ts';
import { confusionAt, ratesOf } from '../src/metrics/confusion.ts';
import { rank } from '../src/metrics/ranking.ts';
import { models } from '../src/models/registry.ts';
import { Cursor } from '../src/numeric/random.ts';
import { train } from '../src/training/loop.ts';
import { formats } from './formats.ts';
import { columnarFormats } from './formats-columnar.ts';
import { images } from './images.ts';

const folder = dirname(fileURLToPath(import.meta.url));
const root = dirname(folder);
const widths = [57, 32, 16, 3, 16, 32, 57];
const seconds = 3;

interface Speed {
  eventsPerSecond: number;
}

export async function main(args: readonly string[]): Promise<number> {
  const wanted = (name: string): boolean => args.length === 0 || args.includes(name);
  if (wanted('training')) await training();
  if (wanted('threshold')) threshold();
  if (wanted('formats')) await formats();
  if (wanted('formats')) await columnarFormats();
  if (wanted('images')) await images();
  if (wanted('browser')) browser();
  return 0;
}

/** Whole training steps of one dense autoencoder: ours on WASM, plain TF.js on WASM, native PyTorch if it is installed. */
async function training(): Promise<void> {
  await startBackend('wasm');
  console.log(`\nTraining ${widths.join('-')}, LeakyReLU, Adam, mean squared error; events per second`);
  console.log('  batch       ours (WASM)   plain TF.js (WASM)   PyTorch, 1 thread    ours / TF.js   ours / PyTorch');
  for (const batch of [256, 1024, 4096]) {
    const ours = await oursPerSecond(batch);
    const plain = external(process.execPath, [join(folder, 'plain-tfjs.mjs'), widths.join('-'), String(batch), String(seconds)]);
    const torch = ['python3', '/usr/bin/python3']
      .map((python) => external(python, [join(folder, 'dense_training.py'), widths.join('-'), String(batch), String(seconds)]))
      .find((speed) => speed);
    const cells = [
      String(batch).padStart(7),
      number(ours).padStart(17),
      number(plain?.eventsPerSecond).padStart(20),
      number(torch?.eventsPerSecond).padStart(19),
      ratio(ours, plain?.eventsPerSecond).padStart(15),
      ratio(ours, torch?.eventsPerSecond).padStart(16),
    ];
    console.log(cells.join(' '));
  }
}

async function oursPerSecond(batch: number): Promise<number> {
  const model = models.find((m) => m.id === 'dense-autoencoder');
  if (!model) throw new Error('no dense autoencoder in the registry');
  const rows = 32 * batch;
  const width = widths[0] as number;
  const cursor = new Cursor(1, 'noise');
  const x = Float32Array.from({ length: rows * width }, () => cursor.normal());
  const features = Array.from({ length: width }, (_, i) => ({ name: `x${i}`, unit: '', quantity: 'other' as const }));
  const params = Object.fromEntries(Object.entries(model.params).map(([key, spec]) => [key, spec.default]));
  const detector = model.build(
    { kind: 'table', shape: [width], width, features },
    {
      ...params,
      hidden: [32, 16],
      latent: 3,
      batchNorm: false,
      activation: 'leaky-relu',
      batchSize: batch,
      epochs: 200,
      patience: 0,
    },
    1,
  );
  const data = {
    rows,
    width,
    raw: x,
    rawWidth: width,
    rawFeatures: features,
    x,
    target: x,
    mask: new Uint8Array(rows * width).fill(1),
  };
  const deadline = performance.now() + seconds * 1000;
  const summary = await train(
    detector,
    { training: data, validation: null },
    {
      waitWhilePaused: () => Promise.resolve(),
      get stopRequested() {
        return performance.now() > deadline;
      },
      onProgress: () => undefined,
    },
    1,
  );
  detector.dispose();
  return summary.eventsPerSecond;
}

/** One move of the threshold with two million scores: the work that all panels share. */
function threshold(): void {
  const n = 2_000_000;
  const cursor = new Cursor(2, 'noise');
  const scores = Float64Array.from({ length: n }, (_, i) => cursor.normal() ** 2 + (i % 20 === 0 ? 1 : 0));
  const label = Uint8Array.from({ length: n }, (_, i) => (i % 20 === 0 ? 1 : 0));
  const before = performance.now();
  const ranking = rank(scores, label, 2);
  const ranked = performance.now() - before;
  const moves = 2000;
  const start = performance.now();
  for (let i = 0; i < moves; i++) ratesOf(confusionAt(ranking, [1], [0], (8 * i) / moves));
  const each = (performance.now() - start) / moves;
  console.log(
    `\nThreshold with ${number(n)} scores: ranking once ${ranked.toFixed(0)} ms; confusion matrix with intervals per move ${each.toFixed(3)} ms`,
  );
}

/** Frame times while a threshold is dragged in the browser, from the journey that measures them. */
function browser(): void {
  console.log('\nBrowser: threshold drag with 2 million scores, and page to live ROC (journeys with their own timings)');
  const report = join(root, 'test-results', 'timings.json');
  spawnSync(join(root, 'node_modules', '.bin', 'playwright'), ['test', 'e2e/speed.spec.ts'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (existsSync(report)) console.log(readFileSync(report, 'utf8'));
}

function external(command: string, args: readonly string[]): Speed | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) return undefined;
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Speed;
}

function number(value: number | undefined): string {
  return value === undefined ? 'not here' : Math.round(value).toLocaleString('en').replaceAll(',', ' ');
}

function ratio(a: number, b: number | undefined): string {
  return b === undefined ? '-' : (a / b).toFixed(2);
}
