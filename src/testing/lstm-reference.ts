/** The histograms and weights of `models/lstm-autoencoder.reference.py`, for tests on every backend. */
import { checkParams } from '../base/params.ts';
import type { Batch, Detector } from '../models/contract.ts';
import model from '../models/lstm-autoencoder.ts';

export const lstmCases = {
  mse: { encoder: [10, 3], bins: 100, rows: 37, batch: 21, loss: 'mse' },
  top: { encoder: [10, 5], bins: 40, rows: 30, batch: 13, loss: 'mse-top' },
  deep: { encoder: [7, 4, 2], bins: 23, rows: 19, batch: 19, loss: 'mse' },
} as const;

export function referenceHistograms(rows: number, bins: number): Batch {
  const x = new Float32Array(rows * bins);
  for (let i = 0; i < rows; i++) {
    const counts = Array.from({ length: bins }, (_, j) => {
      const distance = j - 0.3 * bins - (i % 7);
      return Math.max(0, 0.04 * bins * bins - distance * distance) + ((i * 31 + j * 17 + i * j) % 23);
    });
    const sum = counts.reduce((total, count) => total + count, 0);
    for (const [j, count] of counts.entries()) x[i * bins + j] = count / sum;
  }
  return { rows, width: bins, raw: x, rawWidth: bins, rawFeatures: [], x, target: x, mask: new Uint8Array(x.length).fill(1) };
}

/** The detector of a case with the starting weights of the script. */
export async function referenceLstm(name: keyof typeof lstmCases): Promise<Detector> {
  const { encoder, bins, loss } = lstmCases[name];
  const features = Array.from({ length: bins }, (_, i) => ({ name: `bin ${i + 1}`, unit: '', quantity: 'other' as const }));
  const input = { kind: 'histograms', shape: [bins], width: bins, features } as const;
  const detector = model.build(input, checkParams(model.params, { encoder, loss }, 'test'), 1);
  const weights = await detector.weights();
  detector.setWeights(
    weights.map((weight, number) => ({
      ...weight,
      values: Float32Array.from(
        { length: weight.values.length },
        (_, k) => (((k * 7919 + (number + 1) * 104729) % 10007) / 5003.5 - 1) * 0.5,
      ),
    })),
  );
  return detector;
}
