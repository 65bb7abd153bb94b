import { describe, expect, it } from 'vitest';
import lossCurves from '../../plots/loss-curves.ts';
import type { Run } from '../../state/run.ts';
import { presentStage, shownHistory, stageHistory } from './histories.ts';

const record = (stage: number, epoch: number, loss: number) => ({ stage, epoch, loss, validationLoss: loss, learningRate: 1e-3 });
const inWords = [
  { name: 'contrastive', loss: 'CLR: mean of −s / τ', mayBeNegative: true },
  { name: 'autoencoder', loss: 'mean squared error', mayBeNegative: false },
];
const progress = (history: ReturnType<typeof record>[]) => ({
  stage: 1,
  stages: 2,
  stageName: 'autoencoder',
  epoch: 2,
  epochs: 3,
  share: 0.5,
  eventsPerSecond: 1,
  secondsLeft: 1,
  history,
  inWords,
});
const request = (seed: number) => ({ id: `run-${seed}`, model: 'anomaly-clr', seed });
const beside = [
  { request: request(1), progress: progress([record(0, 1, 0.5), record(0, 2, -3), record(1, 1, 0.8)]) },
  { request: request(2), progress: progress([record(0, 1, 0.4), record(0, 2, -4)]) },
  { request: request(3), progress: null },
];
const training = { ...beside[0]!, paused: false, beside } as NonNullable<Run['training']>;

describe('the curves of a training in stages', () => {
  const history = shownHistory(training, [], null);
  if (!history) throw new Error('no history');
  const provenance = { source: 'synthetic', sample: 'training' };
  const options = { theme: 'light', params: {}, scale: 1 } as const;

  it('follow the stage under way, each stage by itself from its first epoch', () => {
    expect(presentStage(history)).toBe(1);
    expect(stageHistory(history, 1)).toMatchObject({ epochs: [{ epoch: 1, loss: 0.8 }], lossName: 'Mean squared error' });
    expect(stageHistory(history, 0).epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
  });

  it('have the other seeds beside them, as far as these are', () => {
    expect(stageHistory(history, 0).others).toEqual([{ seed: 2, epochs: [record(0, 1, 0.4), record(0, 2, -4)] }]);
    expect(stageHistory(history, 1).others).toBeUndefined();
    const { data, layout } = lossCurves.figure({ provenance, training: stageHistory(history, 0) }, options);
    expect(data.map(({ name }) => name)).toEqual(['seed 2', 'training', 'validation']);
    expect(data[0]).toMatchObject({ y: [0.4, -4, null] });
    expect((layout['yaxis'] as { range: number[] }).range[0]).toBeLessThan(-4);
  });

  it('have a linear axis where the loss may be negative, also while it is not, and a log axis elsewhere', () => {
    const axis = (stage: number, epochs = history.epochs) =>
      (
        lossCurves.figure({ provenance, training: stageHistory({ ...history, epochs, others: [] }, stage) }, options).layout[
          'yaxis'
        ] as { type: string }
      ).type;
    expect(axis(0)).toBe('linear');
    expect(axis(0, [record(0, 1, 0.5)])).toBe('linear');
    expect(axis(1)).toBe('log');
  });
});

it('a finished run has the other seeds of the same configuration, and none of another', () => {
  const run = (id: string, seed: number, params = {}) => ({
    id,
    generation: 1,
    model: 'ae',
    preset: 'p',
    params,
    seed,
    training: { history: [record(0, 1, seed)], bestEpoch: [1] },
  });
  const runs = [run('a', 1), run('b', 2), run('c', 3, { width: 4 })] as unknown as Run['runs'];
  const history = shownHistory(null, runs, 'a');
  expect(history?.others.map(({ seed }) => seed)).toEqual([2]);
  expect(history?.stages).toEqual([]);
});
