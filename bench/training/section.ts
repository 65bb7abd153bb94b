/** `npm run bench -- training`: the reference models on every engine that is here, side by side, with the goals beside what was found. */
import { join } from 'node:path';
import type { BackendName } from '../../src/base/kinds.ts';
import { Problem } from '../../src/base/problem.ts';
import { type BenchServer, openBrowser, serve } from './browser.ts';
import type { Measurement, Place, Plan, Runner, Side } from './contract.ts';
import * as engine from './engine.ts';
import { goals, type Verdict } from './goals.ts';
import { measure } from './measure.ts';
import { type Reference, references } from './references.ts';
import { goalLines, tableOf } from './table.ts';
import { findPython, measureTorch } from './torch.ts';

export interface TrainingWish extends Plan {
  /** Beginnings of ids; all models if empty. */
  models: readonly string[];
  places: readonly Place[];
  sides: readonly Side[];
  /** Rows of a step in place of those of each model, for backends on which its own take too long; undefined for its own. */
  batch?: number;
  /** Lets the browser use a graphics card instead of its software adapter. */
  hardware: boolean;
}

export interface TrainingReport {
  measurements: Measurement[];
  goals: Verdict[];
}

export const allPlaces: readonly Place[] = ['wasm', 'node', 'torch', 'webgpu', 'webgl'];
export const allSides: readonly Side[] = ['ours', 'ours-simd', 'ours-autodiff', 'plain', 'PyTorch'];
/** Unless others are asked for. */
const usualSides: readonly Side[] = ['ours', 'plain', 'PyTorch'];

/** @throws Problem for a model that there is not */
export async function training(wish: TrainingWish, root: string): Promise<TrainingReport> {
  const chosen = choose(wish.models).map((one) => (wish.batch ? { ...one, batch: wish.batch } : one));
  const places = wish.places.length > 0 ? wish.places : allPlaces;
  const sides = wish.sides.length > 0 ? wish.sides : usualSides;
  const inBrowser = places.filter((place): place is Exclude<BackendName, 'cpu'> => place !== 'node' && place !== 'torch');
  // weights for PyTorch are made here, too
  await engine.start('ours', 'wasm');
  const server = inBrowser.length > 0 ? await serve(root) : undefined;
  const python = places.includes('torch') && sides.includes('PyTorch') ? findPython() : undefined;
  const measurements: Measurement[] = [];
  try {
    for (const reference of chosen) {
      const found: Measurement[] = [];
      for (const place of places) {
        if (place === 'torch') {
          if (python) found.push(await measureTorch(python, join(root, 'bench', 'training'), reference, wish));
          continue;
        }
        for (const side of ['ours', 'ours-simd', 'ours-autodiff', 'plain'] as const) {
          if (!sides.includes(side) || (place === 'node' && side !== 'ours')) continue;
          if (place !== 'wasm' && side === 'ours-simd') continue;
          found.push(await measure(reference, side, place, wish, opener(server, side, place, wish.hardware)));
        }
      }
      console.log(tableOf(reference, found));
      measurements.push(...found);
    }
  } finally {
    await server?.close();
  }
  const verdicts = goals(measurements);
  if (verdicts.length > 0) console.log(goalLines(verdicts));
  return { measurements, goals: verdicts };
}

function opener(server: BenchServer | undefined, side: engine.Engine, place: Exclude<Place, 'torch'>, hardware: boolean) {
  if (place === 'node') return async () => nodeRunner;
  return () => openBrowser(server as BenchServer, side, place, hardware);
}

const nodeRunner: Runner = {
  prepare: (id, dropout, batch) => engine.prepare('ours', id, dropout, batch),
  losses: engine.losses,
  timed: engine.timed,
  close: async () => undefined,
};

function choose(wanted: readonly string[]): readonly Reference[] {
  if (wanted.length === 0) return references;
  const unknown = wanted.find((name) => !references.some(({ id }) => id.startsWith(name)));
  if (unknown) {
    throw new Problem({
      where: '--model',
      expected: `the beginning of ${references.map(({ id }) => id).join(', ')}`,
      found: unknown,
      fix: 'Correct the name of the model',
    });
  }
  return references.filter(({ id }) => wanted.some((name) => id.startsWith(name)));
}
