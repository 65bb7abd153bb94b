/**
 * What a score would cost in a trigger: the area with weights of 32, 16 and 8 bits, their size, and the time of each network of the model
 * by itself on the present backend. A score that needs one small network alone has the price of that network.
 */
import type { BackendName } from '../base/kinds.ts';
import { tf } from '../compute/tf.ts';
import { delong, type MeasuredAuc } from '../metrics/auc-error.ts';
import { rank, totalOf } from '../metrics/ranking.ts';
import type { NamedArray } from '../models/contract.ts';
import { toHalf, toLevels } from '../numeric/precision.ts';
import { quantileSorted } from '../numeric/quantile.ts';
import { scoreAll } from '../training/score.ts';
import { scoredOf } from './evaluate.ts';
import { batchesFor, batchFor, type Prepared } from './prepare.ts';
import type { FinishedRun } from './run-model.ts';

export type Precision = 'float32' | 'float16' | 'int8';

export interface Price {
  score: string;
  backend: BackendName;
  /** Test events scored for each precision. */
  events: number;
  precisions: readonly {
    precision: Precision;
    /** Of all weights: 4 or 2 bytes each, or 1 and 4 more for each scale. */
    bytes: number;
    aucs: readonly ({ signal: string } & MeasuredAuc)[];
  }[];
  /** Networks by themselves, or the whole model where it has no parts. Times in ms for the whole batch, read back included. */
  parts: readonly {
    name: string;
    parameters: number;
    /** True if the score cannot be had without it. */
    needed: boolean;
    timings: readonly { batch: number; repeats: number; median: number; percentile99: number }[];
  }[];
}

const mostEvents = 2000;
const batches = [1, 256] as const;
/** Repeats of one batch size, unless they take longer than this, ms. */
const [mostRepeats, leastRepeats, mostTime] = [100, 5, 1500] as const;

function withPrecision(weights: readonly NamedArray[], precision: Precision): { weights: NamedArray[]; bytes: number } {
  let bytes = 0;
  const reduced = weights.map(({ name, shape, values }): NamedArray => {
    // vectors are few and sensitive: with 8 bits they stay halves
    const levels = precision === 'int8' && shape.length > 1;
    const columns = shape.at(-1) ?? 1;
    bytes += precision === 'float32' ? 4 * values.length : levels ? values.length + 4 * columns : 2 * values.length;
    if (precision === 'float32') return { name, shape, values };
    return { name, shape, values: levels ? toLevels(values, columns) : Float32Array.from(values, toHalf) };
  });
  return { weights: reduced, bytes };
}

/** The model has its own weights again when this returns or throws. */
export async function priceOf(prepared: Prepared, run: FinishedRun, scoreId: string): Promise<Price> {
  const { dataset, split, background, signals } = prepared;
  const { score, state, sign } = scoredOf(run, scoreId);
  const { detector } = run;
  const rows = split.test.length > mostEvents ? everyNth(split.test, mostEvents) : split.test;
  const label = Uint8Array.from(rows, (row) => dataset.label[row] as number);
  const precisions: Price['precisions'][number][] = [];
  try {
    for (const precision of ['float32', 'float16', 'int8'] as const) {
      const { weights, bytes } = withPrecision(run.weights, precision);
      detector.setWeights(weights);
      const [raw] = await scoreAll(detector, [{ score, state }], batchesFor(prepared, detector, rows));
      const ranking = rank(
        (raw as Float64Array).map((s) => sign * s),
        label,
        dataset.classes.length,
      );
      const aucs = signals
        .filter((signal) => label.includes(signal))
        .map((signal) => {
          const { auc, error } = delong(ranking, signal, background);
          return {
            signal: dataset.classes[signal]?.name ?? '',
            auc,
            aucError: error,
            signalEvents: totalOf(ranking, signal),
            backgroundEvents: totalOf(ranking, background),
          };
        });
      precisions.push({ precision, bytes, aucs });
    }
  } finally {
    detector.setWeights(run.weights);
  }
  return {
    score: scoreId,
    backend: run.backend,
    events: rows.length,
    precisions,
    parts: await timesOf(prepared, run, score.needs),
  };
}

function everyNth(rows: Uint32Array, wanted: number): Uint32Array {
  return Uint32Array.from({ length: wanted }, (_, i) => rows[Math.floor((i * rows.length) / wanted)] as number);
}

async function timesOf(prepared: Prepared, { detector, model }: FinishedRun, needs: readonly string[]): Promise<Price['parts']> {
  if (!detector.parts) {
    const timings = [];
    for (const batch of batches) {
      const rows = Uint32Array.from({ length: batch }, (_, i) => prepared.split.test[i % prepared.split.test.length] as number);
      const ready = batchFor(prepared, detector, rows);
      timings.push(await timed(batch, () => detector.forward(ready)));
    }
    return [{ name: model.name, parameters: detector.parameters, needed: true, timings }];
  }
  const parts = [];
  for (const { network, serves, run } of detector.parts) {
    const layers = detector.networks[network];
    const timings = [];
    for (const batch of batches) {
      const inputs = (layers?.inputs ?? []).map(({ shape }) => tf.fill([batch, ...shape.slice(1).map((n) => n ?? 1)], 0.5));
      try {
        timings.push(
          await timed(batch, async () => {
            const result = tf.tidy(() => run(inputs));
            await result.data();
            result.dispose();
          }),
        );
      } finally {
        tf.dispose(inputs);
      }
    }
    const parameters = detector.layers.reduce((sum, row) => sum + (row.network === network ? row.parameters : 0), 0);
    parts.push({ name: network, parameters, needed: serves.some((output) => needs.includes(output)), timings });
  }
  return parts;
}

/** After two runs that do not count. */
async function timed(batch: number, work: () => Promise<unknown>): Promise<Price['parts'][number]['timings'][number]> {
  await work();
  await work();
  const taken: number[] = [];
  const begun = performance.now();
  while (taken.length < mostRepeats && (taken.length < leastRepeats || performance.now() - begun < mostTime)) {
    const start = performance.now();
    await work();
    taken.push(performance.now() - start);
  }
  const sorted = Float64Array.from(taken).sort();
  return { batch, repeats: taken.length, median: quantileSorted(sorted, 0.5), percentile99: quantileSorted(sorted, 0.99) };
}
