/**
 * `npm run bench -- scaling`: time per epoch of the dense autoencoder from ten thousand to two million events, by the app's own training
 * loop on WASM in Node, median of several runs. An epoch is a third of what two, three and four epochs take beyond the first, so that laying out the rows counts
 * only where it is shown.
 */
import { startBackend } from '../src/compute/backend.ts';
import denseAutoencoder from '../src/models/dense-autoencoder.ts';
import { train } from '../src/training/loop.ts';
import { number } from './number.ts';
import { batchOf, dense57, detectorOf, normalRows } from './rows.ts';
import { middle } from './training/measure.ts';

export interface ScalingPoint {
  events: number;
  /** Rows laid out, kernels started, and one epoch. */
  firstSeconds: number;
  epochSeconds: number;
}

const sizes = [10_000, 100_000, 500_000, 1_000_000, 2_000_000];
const batchSize = 1024;
const further = 3;
const runs = 3;

export async function scaling(): Promise<ScalingPoint[]> {
  await startBackend('wasm');
  console.log(`\nTime per epoch, dense autoencoder 57-64-32-16-32-64-57, batch ${batchSize}, WASM in Node, median of ${runs}`);
  console.log('     events   first epoch with layout   an epoch      events/s   ns/event');
  const points: ScalingPoint[] = [];
  const largest = normalRows(sizes.at(-1) as number, 57);
  for (const events of sizes) {
    const data = batchOf(largest.subarray(0, events * 57), 57);
    const seconds = async (epochs: number) => {
      const detector = detectorOf(denseAutoencoder, 'table', data, { ...dense57, batchSize, epochs });
      const before = performance.now();
      await train(detector, { training: data, validation: null }, undisturbed, 1);
      detector.dispose();
      return (performance.now() - before) / 1000;
    };
    if (points.length === 0) await seconds(10); // warm code
    const found: { first: number; epoch: number }[] = [];
    for (let run = 0; run < runs; run++) {
      const first = await seconds(1);
      found.push({ first, epoch: ((await seconds(1 + further)) - first) / further });
    }
    const median = (of: keyof (typeof found)[number]) => middle(found.map((one) => one[of]).sort((a, b) => a - b));
    const [firstSeconds, epochSeconds] = [median('first'), median('epoch')];
    points.push({ events, firstSeconds, epochSeconds });
    const cells = [
      number(events).padStart(11),
      `${firstSeconds.toFixed(2)} s`.padStart(26),
      `${epochSeconds.toFixed(3)} s`.padStart(11),
      number(events / epochSeconds).padStart(14),
      ((1e9 * epochSeconds) / events).toFixed(0).padStart(11),
    ];
    console.log(cells.join(''));
  }
  return points;
}

const undisturbed = { waitWhilePaused: () => Promise.resolve(), stopRequested: false, onProgress: () => undefined };
