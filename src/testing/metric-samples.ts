/** Scored events for the tests of `metrics/`: a sample small enough to work by hand, and larger ones that a Python script repeats. */
import { type Ranking, rank } from '../metrics/ranking.ts';

export const toyScores = new Float64Array([0.9, 0.8, 0.8, 0.7, 0.6, 0.5, 0.5, 0.5, 0.2, 0.1]);
/** 1 is signal. */
export const toyLabels = new Uint8Array([1, 1, 0, 1, 0, 1, 0, 0, 0, 0]);
/** Class 0 background (6), class 1 signal (4). */
export const toy: Ranking = rank(toyScores, toyLabels, 2);

export type SampleRecipe = readonly [seed: number, signal: number, background: number, shift: number, levels: number];

/** The arithmetic of `sample` in metrics.reference.py, step by step. */
export function sample([seed, signal, background, shift, levels]: SampleRecipe): { scores: Float64Array; labels: Uint8Array } {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const scores = new Float64Array(signal + background);
  const labels = new Uint8Array(signal + background);
  for (let i = 0; i < scores.length; i++) {
    const first = next();
    const score = first + next() + (i < signal ? shift / 16 : 0);
    scores[i] = levels > 0 ? Math.floor(score * levels) / levels : score;
    labels[i] = i < signal ? 1 : 0;
  }
  return { scores, labels };
}

export function sampleRanking(recipe: SampleRecipe): Ranking {
  const { scores, labels } = sample(recipe);
  return rank(scores, labels, 2);
}
