/** `npm run bench -- threshold`: one move of the threshold with two million scores, the work that all panels share. */
import { confusionAt, ratesOf } from '../src/metrics/confusion.ts';
import { rank } from '../src/metrics/ranking.ts';
import { Cursor } from '../src/numeric/random.ts';
import { number } from './number.ts';

export interface ThresholdReport {
  scores: number;
  rankingMs: number;
  /** Confusion matrix with intervals, per move. */
  moveMs: number;
}

export function threshold(): ThresholdReport {
  const scores = 2_000_000;
  const cursor = new Cursor(2, 'noise');
  const values = Float64Array.from({ length: scores }, (_, i) => cursor.normal() ** 2 + (i % 20 === 0 ? 1 : 0));
  const label = Uint8Array.from({ length: scores }, (_, i) => (i % 20 === 0 ? 1 : 0));
  const before = performance.now();
  const ranking = rank(values, label, 2);
  const rankingMs = performance.now() - before;
  const moves = 2000;
  const start = performance.now();
  for (let i = 0; i < moves; i++) ratesOf(confusionAt(ranking, [1], [0], (8 * i) / moves));
  const moveMs = (performance.now() - start) / moves;
  const words = `ranking once ${rankingMs.toFixed(0)} ms; confusion matrix with intervals per move ${moveMs.toFixed(3)} ms`;
  console.log(`\nThreshold with ${number(scores)} scores: ${words}`);
  return { scores, rankingMs, moveMs };
}
