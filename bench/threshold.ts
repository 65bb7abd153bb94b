/** `npm run bench -- threshold`: one move of the threshold with two million scores, the work that all panels share. */
import { confusionAt, ratesOf } from '../src/metrics/confusion.ts';
import { rank } from '../src/metrics/ranking.ts';
import { Cursor } from '../src/numeric/random.ts';
import { number } from './number.ts';
import { middle } from './training/measure.ts';

const runs = 3;

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
  const times: number[] = [];
  let ranking = rank(values, label, 2); // warm code
  for (let run = 0; run < runs; run++) {
    const before = performance.now();
    ranking = rank(values, label, 2);
    times.push(performance.now() - before);
  }
  const rankingMs = middle(times.sort((a, b) => a - b));
  const moves = 2000;
  const start = performance.now();
  for (let i = 0; i < moves; i++) ratesOf(confusionAt(ranking, [1], [0], (8 * i) / moves));
  const moveMs = (performance.now() - start) / moves;
  const words = `ranking once ${rankingMs.toFixed(0)} ms; confusion matrix with intervals per move ${moveMs.toFixed(3)} ms`;
  console.log(`\nThreshold with ${number(scores)} scores: ${words}`);
  return { scores, rankingMs, moveMs };
}
