import { expect, it } from 'vitest';
import { secondsLeft } from './time-left.ts';

const request = (id: string, model: string, seed: number) => ({ id, model, seed });
const progress = (share: number, left: number) => ({
  stage: 0,
  stages: 1,
  stageName: 'reconstruction',
  epoch: 1,
  epochs: 1,
  share,
  eventsPerSecond: 1000,
  secondsLeft: left,
  history: [],
});
const asked = ['a', 'b', 'c'].flatMap((model) => [1, 2].map((seed) => request(`${model}${seed}`, model, seed)));
const [a1, a2, b1, b2, c1, c2] = asked as [(typeof asked)[0], ...typeof asked];

it('knows nothing before anything has run', () => {
  expect(secondsLeft(asked, asked, [], null)).toBeNull();
});

it('takes the time of the slowest seed for all seeds of a model, and the mean of the known for the others', () => {
  const runs = [
    { id: 'a1', seconds: 8 },
    { id: 'a2', seconds: 10 },
  ];
  // 5 s a run of a; nothing is known of b and c
  expect(secondsLeft([b1!, b2!, c1!, c2!], asked, runs, null)).toBe(20);
  expect(secondsLeft([], asked, runs, null)).toBe(0);
});

it('learns from the training under way, and adds the seeds that wait for their turn', () => {
  const beside = [
    { request: a1, progress: progress(0.25, 30) },
    { request: a2!, progress: null },
  ];
  // a takes 40 s a run: 30 left, then 40 for its second seed and 40 for each of the two others
  expect(secondsLeft([b1!, b2!], asked, [], { ...beside[0]!, paused: false, beside })).toBe(150);
});
