import { expect, it } from 'vitest';
import { togetherOf } from './training-words.ts';

const progress = (epoch: number, secondsLeft: number) => ({
  stage: 0,
  stages: 1,
  stageName: 'reconstruction',
  epoch,
  epochs: 4,
  share: 0.5,
  eventsPerSecond: 1000,
  secondsLeft,
  history: [],
});
const request = (seed: number) => ({ id: `run-${seed}`, model: 'dense-autoencoder', seed });

it('speaks of those under way together, and not of those that wait for their turn', () => {
  const beside = [
    { request: request(1), progress: progress(1, 9) },
    { request: request(2), progress: progress(3, 5) },
    { request: request(3), progress: null },
  ];
  // shares 0.5 / 4 and 2.5 / 4
  expect(togetherOf({ ...beside[0]!, paused: false, beside })).toMatchObject({
    count: 2,
    seeds: 'seeds 1, 2',
    share: 0.375,
    eventsPerSecond: 2000,
    secondsLeft: 9,
  });
});

it('of a single run says what that run says, also before there is news', () => {
  const one = { request: request(7), progress: null };
  expect(togetherOf({ ...one, paused: false, beside: [one] })).toMatchObject({ count: 1, seeds: 'seed 7', share: null });
});
