/** `npm run bench -- scoring`: rows a second through a detector and its score, in chunks, and how much memory it takes. */
import { startBackend } from '../src/compute/backend.ts';
import type { Batch, Detector } from '../src/models/contract.ts';
import denseAutoencoder from '../src/models/dense-autoencoder.ts';
import lstmAutoencoder from '../src/models/lstm-autoencoder.ts';
import pca from '../src/models/pca.ts';
import { findScore } from '../src/scores/registry.ts';
import { scoreRows } from '../src/training/score.ts';
import { number } from './number.ts';
import { batchOf, dense57, detectorOf, normalRows, shareRows } from './rows.ts';

export interface ScoringPoint {
  model: string;
  rows: number;
  rowsPerSecond: number;
  /** Growth of the process while it scored, MB; the scores themselves are 8 bytes a row. */
  grownBy: number;
}

/** Rows of a part that is read from a file at once. */
const partRows = 65_536;

export async function scoring(): Promise<ScoringPoint[]> {
  await startBackend('wasm');
  console.log('\nScoring on WASM in Node, in parts of 65 536 rows');
  console.log('  model                        rows      rows/s   memory grown by, MB');
  const table = batchOf(normalRows(partRows, 57), 57);
  const histograms = batchOf(shareRows(partRows, 100), 100);
  const plane = detectorOf(pca, 'table', table, { components: 3 });
  plane.fit?.(table);
  const lstm = detectorOf(lstmAutoencoder, 'histograms', histograms, {});
  lstm.prepare?.(histograms);
  return [
    await point('dense 57-64-32-16', detectorOf(denseAutoencoder, 'table', table, dense57), table, 32),
    await point('PCA 57, 3 components', plane, table, 32),
    await point('LSTM 1,303', lstm, histograms, 2),
  ];
}

async function point(model: string, detector: Detector, part: Batch, parts: number): Promise<ScoringPoint> {
  const score = findScore('reconstruction-mse');
  await scoreRows(detector, score, {}, [part]); // warm code
  const before = process.memoryUsage().rss;
  const from = performance.now();
  const scores = await scoreRows(detector, score, {}, repeated(part, parts));
  const seconds = (performance.now() - from) / 1000;
  detector.dispose();
  const found = {
    model,
    rows: scores.length,
    rowsPerSecond: scores.length / seconds,
    grownBy: (process.memoryUsage().rss - before) / 1e6,
  };
  const cells = [
    number(found.rows).padStart(11),
    number(found.rowsPerSecond).padStart(12),
    found.grownBy.toFixed(0).padStart(22),
  ];
  console.log(`  ${model.padEnd(22)}${cells.join('')}`);
  return found;
}

function* repeated(part: Batch, times: number): Generator<Batch> {
  for (let i = 0; i < times; i++) yield part;
}
