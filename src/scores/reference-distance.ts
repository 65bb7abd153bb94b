/**
 * Distance of an event's embedding to a fixed bank of background embeddings. It replaces the comparison with a random partner, whose
 * answer depends on the draw.
 */
import type { Score } from './contract.ts';

const BANK = 2000;
const NEIGHBOURS = 5;

const score: Score = {
  id: 'reference-distance',
  name: 'Distance to the reference bank',
  formula: 'mean Euclidean distance to the 5 nearest of up to 2,000 embeddings of training background',
  unit: '',
  paper: { text: 'Ours; after Angiulli and Pizzuti, PKDD 2002', url: 'https://doi.org/10.1007/3-540-45681-3_2' },
  needs: ['embedding'],
  orientation: 'fixed',
  /** The bank, rows spread evenly over the training rows (all of them if there are fewer). */
  fit(training, { embedding }) {
    const values = embedding ?? new Float64Array(0);
    const d = values.length / training.rows;
    const size = Math.min(BANK, training.rows);
    const bank: number[] = [];
    for (let i = 0; i < size; i++) {
      const row = Math.floor((i * training.rows) / size);
      for (let c = 0; c < d; c++) bank.push(values[row * d + c] as number);
    }
    return { bank, size };
  },
  /** [n], ≥ 0. An event of the bank has itself as its nearest neighbour. */
  compute(batch, { embedding }, state) {
    const bank = Float64Array.from(state.bank as readonly number[]);
    const size = state.size as number;
    const d = bank.length / size;
    const values = embedding ?? new Float64Array(0);
    const k = Math.min(NEIGHBOURS, size);
    const best = new Float64Array(k);
    return Float64Array.from({ length: batch.rows }, (_, row) => {
      best.fill(Number.POSITIVE_INFINITY);
      for (let other = 0; other < size; other++) {
        let distance = 0;
        const worst = best[k - 1] as number;
        for (let c = 0; c < d && distance < worst; c++) {
          distance += ((values[row * d + c] as number) - (bank[other * d + c] as number)) ** 2;
        }
        if (!(distance < worst)) continue;
        let at = k - 1;
        for (; at > 0 && (best[at - 1] as number) > distance; at--) best[at] = best[at - 1] as number;
        best[at] = distance;
      }
      return best.reduce((sum, distance) => sum + Math.sqrt(distance), 0) / k;
    });
  },
};

export default score;
