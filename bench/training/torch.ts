/** Native PyTorch beside us: it gets the same weights and rows in files and prints what it measured. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Measurement, Plan } from './contract.ts';
import { middle } from './measure.ts';
import type { Reference } from './references.ts';

/** Of `torch_training.py`. */
interface Answer {
  torch: string;
  threads: number;
  losses: number[];
  /** Events per second of each run at the best number of threads. */
  speeds: number[];
}

/** A Python with PyTorch, or undefined. */
export function findPython(): string | undefined {
  return ['python3', '/usr/bin/python3'].find((python) => spawnSync(python, ['-c', 'import torch']).status === 0);
}

export async function measureTorch(python: string, folder: string, reference: Reference, plan: Plan): Promise<Measurement> {
  const { stage, data } = reference.make(false, reference.batch);
  const weights = await Promise.all(stage.variables.map(async (variable) => Array.from(await variable.data<'float32'>())));
  const place = mkdtempSync(join(tmpdir(), 'torch-'));
  const found: Measurement = {
    ...{ model: reference.id, batch: reference.batch, side: 'PyTorch', place: 'torch', words: 'PyTorch', losses: [], runs: 0 },
    ...{ eventsPerSecond: Number.NaN, slowest: Number.NaN, fastest: Number.NaN },
  };
  try {
    writeFileSync(join(place, 'weights.f32'), Float32Array.from(weights.flat()));
    writeFileSync(join(place, 'rows.f32'), data.x);
    const shapes = stage.variables.map(({ shape }) => shape);
    const { compared: steps } = reference;
    writeFileSync(
      join(place, 'task.json'),
      JSON.stringify({ model: reference.id, batch: reference.batch, width: data.width, shapes, steps, ...plan }),
    );
    const { status, stdout, stderr } = spawnSync(python, [join(folder, 'torch_training.py'), place], { encoding: 'utf8' });
    if (status !== 0) return { ...found, failure: stderr.trim().split('\n').at(-1) || 'stopped' };
    const { torch, threads, losses, speeds } = JSON.parse(stdout) as Answer;
    speeds.sort((a, b) => a - b);
    return {
      ...found,
      words: `PyTorch ${torch}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
      ...{ losses, runs: speeds.length, eventsPerSecond: middle(speeds) },
      ...{ slowest: speeds[0] as number, fastest: speeds.at(-1) as number },
    };
  } finally {
    rmSync(place, { recursive: true });
  }
}
