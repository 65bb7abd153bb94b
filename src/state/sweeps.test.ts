import { describe, expect, it } from 'vitest';
import type { RunRequest, RunSummary } from '../worker/api.ts';
import { planned, type SweepPlan, suggestedValues, sweepPoints, sweepState } from './sweeps.ts';

const plan: SweepPlan = {
  name: 'width',
  variable: 'd',
  seeds: [1, 2],
  points: [8, 16].map((value) => ({ label: String(value), value, model: 'm', preset: 'p', params: { d: value }, epochs: null })),
};
const present: RunRequest[] = [{ id: 'run-1', model: 'm', preset: 'p', seed: 2, params: { d: 16 } }];
let count = 1;
const nextId = () => `run-${++count}`;
const result = (signal: string, score: string, auc: number) => ({
  signal,
  score,
  auc,
  aucError: 0.01,
  tprAtFpr: {},
  maxSic: null,
});
const run = (id: string, seed: number, auc: number, ended = 'complete') =>
  ({
    id,
    seed,
    defaultScore: 'own',
    training: { ended },
    results: [result('A', 'own', auc), result('A', 'other', 0.1)],
  }) as unknown as RunSummary;

describe('a sweep', () => {
  const { sweep, wanted } = planned(plan, 'sweep-1', present, nextId);

  it('asks for every point with every seed, and for nothing twice', () => {
    expect(wanted.map(({ seed, params }) => [seed, params?.d])).toEqual([
      [1, 8],
      [2, 8],
      [1, 16],
    ]);
    expect(sweep.points.map(({ runs }) => runs)).toEqual([
      ['run-2', 'run-3'],
      ['run-4', 'run-1'],
    ]);
  });

  it('with other rows on the device has runs of its own', () => {
    const points = plan.points.map((point) => ({ ...point, deviceRows: 'float16' as const }));
    const asked = planned({ ...plan, points }, 'sweep-2', present, nextId).wanted;
    expect(asked.map(({ deviceRows }) => deviceRows)).toEqual(['float16', 'float16', 'float16', 'float16']);
    const usual = planned(
      { ...plan, points: plan.points.map((point) => ({ ...point, deviceRows: 'auto' as const })) },
      's',
      [],
      nextId,
    );
    expect(usual.wanted.some((request) => 'deviceRows' in request)).toBe(false);
  });

  it('counts what is done and what is under way', () => {
    const rest = wanted.filter(({ id }) => id === 'run-4');
    expect(sweepState(sweep, [run('run-1', 2, 0.8), run('run-9', 2, 0.8)], rest)).toEqual({ total: 4, done: 1, pending: 1 });
  });

  it('gathers the default scores of its finished runs, not of those that were stopped', () => {
    const runs = [run('run-2', 1, 0.7), run('run-3', 2, 0.9, 'stopped'), run('run-1', 2, 0.8), run('run-9', 1, 0.5)];
    const { series } = sweepPoints(sweep, runs);
    expect(series.map(({ signal }) => signal)).toEqual(['A']);
    expect(series[0]?.results.map((some) => some.map(({ seed, auc }) => [seed, auc]))).toEqual([[[1, 0.7]], [[2, 0.8]]]);
  });

  it('suggests values within the range', () => {
    const help = { label: '', help: '' };
    expect(suggestedValues({ ...help, kind: 'number', default: 32, min: 20, integer: true }, 32)).toEqual([32, 64]);
    expect(suggestedValues({ ...help, kind: 'number', default: 1e-3, log: true }, 1e-3)).toEqual([1e-4, 1e-3, 1e-2]);
    expect(suggestedValues({ ...help, kind: 'switch', default: true }, true)).toEqual([false, true]);
  });
});
