/** `npm run bench -- scoring`: rows a second through a detector and its score, in chunks, and how much memory it takes; median of several runs. */
import { startBackend } from '../src/compute/backend.ts';
import type { Batch, Detector } from '../src/models/contract.ts';
import denseAutoencoder from '../src/models/dense-autoencoder.ts';
import lstmAutoencoder from '../src/models/lstm-autoencoder.ts';
import pca from '../src/models/pca.ts';
import { findScore } from '../src/scores/registry.ts';
import { scoreRows } from '../src/training/score.ts';
import { number } from './number.ts';
import { batchOf, dense57, detectorOf, normalRows, shareRows } from './rows.ts';
import { middle } from './training/measure.ts';

export interface ScoringPoint {
  model: string;
  rows: number;
  rowsPerSecond: number;
  /** Growth of the process over all runs, MB; the scores of a run are 8 bytes a row. */
  grownBy: number;
}

/** Rows of a part that is read from a file at once. */
const partRows = 65_536;
const runs = 3;

export async function scoring(): Promise<ScoringPoint[]> {
  await startBackend('wasm');
  console.log(`\nScoring on WASM in Node, in parts of 65 536 rows, median of ${runs}`);
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
  const times: number[] = [];
  let rows = 0;
  for (let run = 0; run < runs; run++) {
    const from = performance.now();
    rows = (await scoreRows(detector, score, {}, repeated(part, parts))).length;
    times.push((performance.now() - from) / 1000);
  }
  const seconds = middle(times.sort((a, b) => a - b));
  detector.dispose();
  const found = {
    model,
    rows,
    rowsPerSecond: rows / seconds,
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
