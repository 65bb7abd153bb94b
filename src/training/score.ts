/**
 * Turns rows into scores: a detector runs over them in chunks and every score that is asked for is computed from the same pass.
 * Knows no files, no thresholds and no labels.
 */
import { breathe } from '../compute/breathe.ts';
import { tf } from '../compute/tf.ts';
import { compileAhead } from '../compute/webgpu/tensor-kernel.ts';
import type { Batch, Detector, Matrix, OutputName, Outputs } from '../models/contract.ts';
import type { Score, ScoreState } from '../scores/contract.ts';

/** Rows of one forward pass: large enough to keep a GPU busy, small enough for its memory. */
const CHUNK_ROWS = 8192;
/** Numbers of a row times rows of one forward pass: several outputs of images are as wide as the image. */
const CHUNK_NUMBERS = 4_000_000;
/** Work between two looks at the message queue, ms. */
const CHUNK_MS = 30;

export interface ScoreRequest {
  score: Score;
  /** From `fitScores`; empty for scores without constants. */
  state: ScoreState;
}

/**
 * Scores of all rows of all batches, in order, in one pass over the detector.
 *
 * @returns one array [rows] per request, raw: the sign rule (`scores/orient.ts`) is not applied
 */
export async function scoreAll(
  detector: Detector,
  requests: readonly ScoreRequest[],
  batches: Iterable<Batch> | AsyncIterable<Batch>,
): Promise<Float64Array[]> {
  const parts: Float64Array[][] = requests.map(() => []);
  await forEachChunk(detector, batches, (chunk, outputs) => {
    for (const [i, { score, state }] of requests.entries()) parts[i]?.push(score.compute(chunk, outputs, state));
  });
  return parts.map(join);
}

/** Scores [rows] of one kind; see `scoreAll`. */
export async function scoreRows(
  detector: Detector,
  score: Score,
  state: ScoreState,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
): Promise<Float64Array> {
  const [scores] = await scoreAll(detector, [{ score, state }], batches);
  return scores as Float64Array;
}

/** Fits the constants of each score on training background, in one pass over the detector. */
export async function fitScores(detector: Detector, scores: readonly Score[], training: Batch): Promise<ScoreRequest[]> {
  const names = [...new Set(scores.flatMap((score) => (score.fit ? score.needs : [])))];
  const outputs = names.length > 0 ? await outputsOf(detector, names, [training]) : {};
  return scores.map((score) => ({ score, state: score.fit ? score.fit(training, outputs) : {} }));
}

/**
 * Compiles the kernels of a forward pass in the background, so that the first one does not compile them one after another. Nothing is
 * computed. Elsewhere than on WebGPU it does nothing.
 *
 * @param chunks one of each number of rows that will come, none larger than a forward pass (`chunkRows`)
 */
export async function compileForward(detector: Detector, chunks: Iterable<Batch>): Promise<void> {
  const compiled: Promise<void>[] = [];
  for (const chunk of tf.getBackend() === 'webgpu' ? chunks : []) {
    if (tf.getBackend() !== 'webgpu') break;
    // the pass ends at its first read, which is refused
    compiled.push(compileAhead(() => void detector.forward(chunk).catch(() => undefined)));
    await breathe();
  }
  await Promise.all(compiled);
}

/** Rows of one forward pass at most, for rows of `width` numbers. */
export function chunkRows(width: number): number {
  return Math.min(CHUNK_ROWS, Math.max(1, Math.floor(CHUNK_NUMBERS / width)));
}

/** The named outputs of all rows of all batches, in order, each [rows x k]. */
export async function outputsOf(
  detector: Detector,
  names: readonly OutputName[],
  batches: Iterable<Batch> | AsyncIterable<Batch>,
): Promise<Outputs> {
  const parts = new Map<OutputName, Matrix[]>(names.map((name) => [name, []]));
  await forEachChunk(detector, batches, (_chunk, outputs) => {
    for (const name of names) {
      const matrix = outputs[name];
      if (!matrix) throw new Error(`the detector has no output "${name}"`);
      parts.get(name)?.push(matrix);
    }
  });
  return Object.fromEntries([...parts].map(([name, matrices]) => [name, join(matrices)]));
}

/** Rows [start, end) of a batch, without copying what is not packed. */
export function rowsOf(batch: Batch, start: number, end: number): Batch {
  if (batch.pick) return batch.pick(Uint32Array.from({ length: end - start }, (_, i) => start + i));
  const cut = <T extends Float32Array | Uint8Array>(values: T, width: number) => values.subarray(start * width, end * width) as T;
  const x = cut(batch.x, batch.width);
  return {
    ...batch,
    rows: end - start,
    raw: cut(batch.raw, batch.rawWidth),
    x,
    target: batch.target === batch.x ? x : cut(batch.target, batch.width),
    mask: cut(batch.mask, batch.width),
    ...(batch.spectators ? { spectators: eachOf(batch.spectators, (values) => values.subarray(start, end)) } : {}),
    ...(batch.label ? { label: cut(batch.label, 1) } : {}),
  };
}

/** The given rows of a batch, in their order, copied. */
export function chosenRows(batch: Batch, rows: Uint32Array): Batch {
  if (batch.pick) return batch.pick(rows);
  const pick = <T extends Float32Array | Uint8Array>(values: T, width: number): T => {
    const picked = (
      values instanceof Float32Array ? new Float32Array(rows.length * width) : new Uint8Array(rows.length * width)
    ) as T;
    for (const [i, row] of rows.entries()) picked.set(values.subarray(row * width, (row + 1) * width), i * width);
    return picked;
  };
  const x = pick(batch.x, batch.width);
  return {
    ...batch,
    rows: rows.length,
    raw: pick(batch.raw, batch.rawWidth),
    x,
    target: batch.target === batch.x ? x : pick(batch.target, batch.width),
    mask: pick(batch.mask, batch.width),
    ...(batch.spectators
      ? { spectators: eachOf(batch.spectators, (values) => Float64Array.from(rows, (row) => values[row] as number)) }
      : {}),
    ...(batch.label ? { label: pick(batch.label, 1) } : {}),
  };
}

function eachOf(
  spectators: NonNullable<Batch['spectators']>,
  take: (values: Float64Array) => Float64Array,
): NonNullable<Batch['spectators']> {
  return Object.fromEntries(Object.entries(spectators).map(([name, values]) => [name, take(values)]));
}

/**
 * Runs the detector over chunks, in order. On a graphics device the next chunk is made and handed over before the answer of the one
 * before is awaited, so that neither side waits for the other; where the work is done on this thread that would only take memory.
 */
async function forEachChunk(
  detector: Detector,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  use: (chunk: Batch, outputs: Outputs) => void,
): Promise<void> {
  const ahead = tf.getBackend() === 'webgpu' || tf.getBackend() === 'webgl';
  let lastBreath = performance.now();
  let under: { chunk: Batch; outputs: Promise<Outputs> } | undefined;
  const settle = async () => {
    if (under) use(under.chunk, await under.outputs);
    under = undefined;
  };
  for await (const batch of Symbol.asyncIterator in batches ? readAhead(batches) : batches) {
    const rows = chunkRows(batch.width);
    for (let start = 0; start < batch.rows; start += rows) {
      const chunk = rowsOf(batch, start, Math.min(batch.rows, start + rows));
      const outputs = detector.forward(chunk);
      // a failure is heard when its turn comes
      outputs.catch(() => undefined);
      if (ahead) await settle();
      under = { chunk, outputs };
      if (!ahead) await settle();
      if (performance.now() - lastBreath > CHUNK_MS) {
        await breathe();
        lastBreath = performance.now();
      }
    }
  }
  await settle();
}

/** The batches, each asked for while the one before is scored, so that a disk works meanwhile. No more than two are held. */
async function* readAhead(batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
  const source = batches[Symbol.asyncIterator]();
  try {
    let next = source.next();
    for (let found = await next; !found.done; found = await next) {
      next = source.next();
      // a failure is heard when its turn comes
      next.catch(() => undefined);
      yield found.value;
    }
  } finally {
    await source.return?.();
  }
}

/** One array of all numbers, of the type of the first part; an empty Float64Array if there is none. */
function join<T extends Matrix>(parts: readonly T[]): T {
  if (parts.length === 1) return parts[0] as T;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = parts[0] instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole as T;
}
