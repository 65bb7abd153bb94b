/**
 * `npm run bench -- ensembles`: two seeds of one model in turn and side by side, on WASM in Node, by the app's own training, median of several
 * pairs. In turn each has all cores in its kernels; side by side each has one, and a TF.js of its own where no whole-step trainer takes
 * the model. Both give the same losses, which is checked.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Params } from '../src/base/params.ts';
import { startBackend } from '../src/compute/backend.ts';
import { buildDetector } from '../src/models/per-histogram.ts';
import { findModel } from '../src/models/registry.ts';
import { loadSampleData } from '../src/study/load.ts';
import { inputFor, prepare, trainingBatchFor } from '../src/study/prepare.ts';
import { resolveParams } from '../src/study/run-model.ts';
import { endIdleMembers } from '../src/training/crew.ts';
import { type EnsembleMember, trainEnsemble } from '../src/training/ensemble.ts';
import { train } from '../src/training/loop.ts';
import { middle } from './training/measure.ts';

export interface EnsemblePoint {
  words: string;
  inTurnSeconds: number;
  togetherSeconds: number;
  /**
   * The same of the processor time of the busiest thread, which is what an idle machine would take: other work on the machine does not
   * count, nor does a wait for helpers that it holds up. NaN where the system does not tell (only Linux does).
   */
  busiest: number;
  /** Median of the ratios of each pair, in turn over together; above 1 where it pays. */
  gain: number;
}

interface Measured {
  losses: number[];
  seconds: number;
  /** Processor time of the busiest thread, s. */
  busiest: number;
}

interface Case {
  words: string;
  model: string;
  preset?: string;
  params: Params;
  sample: string;
  events: number;
}

const pairs = 3;
const seeds = [1, 2];
const cases: readonly Case[] = [
  { words: 'dense autoencoder', model: 'dense-autoencoder', params: { epochs: 20 }, sample: 'collider-events', events: 6000 },
  {
    words: 'convolutional, batch 16',
    model: 'convolutional-autoencoder',
    params: { epochs: 1, batchSize: 16 },
    sample: 'collider-events',
    events: 1500,
  },
  {
    words: 'convolutional, batch 256',
    model: 'convolutional-autoencoder',
    params: { epochs: 1, batchSize: 256 },
    sample: 'collider-events',
    events: 6000,
  },
  {
    words: 'AnomalyCLR, d = 32',
    model: 'anomaly-clr',
    params: { dimension: 32, heads: 4, blocks: 2, epochs: 1, restoreEpochs: 1 },
    sample: 'collider-events',
    events: 1000,
  },
  {
    words: 'CoDAE, two levels',
    model: 'codae',
    preset: 'codae-tiny',
    params: { epochs: 1, batchSize: 8 },
    sample: 'detector-images',
    events: 60,
  },
];

/** @param wanted ids of models; all cases if absent */
export async function ensembles(wanted?: readonly string[]): Promise<EnsemblePoint[]> {
  await startBackend('wasm');
  console.log(`\nTwo seeds in turn and side by side, WASM in Node, median of ${pairs} pairs`);
  console.log('  model                         in turn   together   gain   by the busiest thread');
  const points: EnsemblePoint[] = [];
  for (const one of cases) if (wanted?.includes(one.model) ?? true) points.push(await point(one));
  endIdleMembers();
  return points;
}

async function point({ words, model: id, preset, params: given, sample, events }: Case): Promise<EnsemblePoint> {
  const prepared = prepare(loadSampleData({ sample, events, seed: 1 }));
  const model = findModel(id);
  const { params } = resolveParams(model, prepared.input, { params: given, seed: 1, ...(preset ? { preset } : {}) });
  const input = inputFor(prepared, params);
  const member = (seed: number): EnsembleMember => ({
    detector: buildDetector(model, input, params, seed),
    seed,
    control: undisturbed,
    recipe: { model: id, input, params },
  });
  const { detector } = member(1);
  const data = { training: trainingBatchFor(prepared, detector, prepared.split.training), validation: null };
  detector.dispose();
  const measured = async (run: (members: EnsembleMember[]) => Promise<number[]>): Promise<Measured> => {
    const members = seeds.map(member);
    const [before, used] = [performance.now(), threadSeconds()];
    const losses = await run(members);
    const seconds = (performance.now() - before) / 1000;
    const busiest = Math.max(...[...threadSeconds()].map(([thread, time]) => time - (used.get(thread) ?? 0)));
    for (const { detector: made } of members) made.dispose();
    return { losses, seconds, busiest };
  };
  const inTurn = () =>
    measured(async (members) => {
      const losses: number[] = [];
      for (const { detector: own, seed, control } of members) losses.push((await train(own, data, control, seed)).finalLoss);
      return losses;
    });
  const together = () => measured(async (members) => (await trainEnsemble(members, data)).map(({ finalLoss }) => finalLoss));
  await inTurn(); // warm code
  await together();
  const found: { turn: Measured; side: Measured }[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const [turn, side] = [await inTurn(), await together()];
    if (turn.losses.join() !== side.losses.join()) throw new Error(`${words}: ${turn.losses} in turn, ${side.losses} together`);
    found.push({ turn, side });
  }
  const median = (of: (one: (typeof found)[number]) => number) => middle(found.map(of).sort((a, b) => a - b));
  const result = {
    words,
    inTurnSeconds: median(({ turn }) => turn.seconds),
    togetherSeconds: median(({ side }) => side.seconds),
    gain: median(({ turn, side }) => turn.seconds / side.seconds),
    busiest: median(({ turn, side }) => turn.busiest / side.busiest),
  };
  const cells = [
    `${result.inTurnSeconds.toFixed(2)} s`,
    `${result.togetherSeconds.toFixed(2)} s`,
    result.gain.toFixed(2),
    result.busiest.toFixed(2),
  ];
  console.log(`  ${words.padEnd(26)}${cells.map((cell, i) => cell.padStart(i < 2 ? 11 : 7)).join('')}`);
  return result;
}

const undisturbed = { waitWhilePaused: () => Promise.resolve(), stopRequested: false, onProgress: () => undefined };

/** Processor time of each thread of this process so far, s; of none where the system does not tell. */
function threadSeconds(): Map<string, number> {
  const folder = '/proc/self/task';
  const times = new Map<string, number>();
  for (const thread of existsSync(folder) ? readdirSync(folder) : []) {
    try {
      times.set(thread, Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e9);
    } catch {
      // it has ended meanwhile
    }
  }
  return times.size > 0 ? times : new Map([['unknown', Number.NaN]]);
}
