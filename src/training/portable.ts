/**
 * Training rows on their way to other threads. Where memory can be shared all threads read one copy of them; elsewhere each gets its
 * own when the message is sent. Rows that lie packed cross as what they are made from.
 */
import { canShareMemory } from '../compute/kernels/load.ts';
import { LazyBatch } from '../data/lazy-batch.ts';
import { type BatchSource, packedBatch } from '../data/packed-batch.ts';
import type { Batch } from '../models/contract.ts';
import { PackedNumbers, type PackedParts } from '../numeric/packed.ts';
import type { TrainingData } from './loop.ts';

/** Data alone, which a message can carry. */
export interface PortableData {
  training: PortableBatch;
  validation: PortableBatch | null;
}

type PortableBatch = { plain: Batch } | { source: BatchSource; values: PackedParts };

/** The rows as data, nothing copied; undefined where a batch holds functions and does not say what it is made from. */
export function portable({ training, validation }: TrainingData): PortableData | undefined {
  const own = portableBatch(training);
  const judged = validation && portableBatch(validation);
  return own && judged !== undefined ? { training: own, validation: judged } : undefined;
}

/** The rows as the training loop takes them. */
export function received({ training, validation }: PortableData): TrainingData {
  return { training: receivedBatch(training), validation: validation && receivedBatch(validation) };
}

/** Bytes of all arrays in it, each counted once. */
export function bytesOf(data: PortableData): number {
  let bytes = 0;
  withArrays(data, (array) => {
    bytes += array.byteLength;
    return array;
  });
  return bytes;
}

/** The same with every array in memory that threads can share; itself where there is no such memory. */
export function shared(data: PortableData): PortableData {
  return canShareMemory() ? withArrays(data, sharedCopy) : data;
}

function portableBatch(batch: Batch): PortableBatch | undefined {
  if (!batch.pick) return { plain: batch };
  if (!(batch instanceof LazyBatch) || !batch.source) return undefined;
  const { dataset, ...source } = batch.source;
  const { values, ...rest } = dataset;
  return { source: { ...source, dataset: rest as BatchSource['dataset'] }, values: values.asParts() };
}

function receivedBatch(batch: PortableBatch): Batch {
  if ('plain' in batch) return batch.plain;
  const { source, values } = batch;
  return packedBatch({ ...source, dataset: { ...source.dataset, values: PackedNumbers.of(values) } });
}

type NumberArray = Float32Array | Float64Array | Uint8Array | Uint16Array | Uint32Array | Int16Array | Int32Array;

/** The same data with other arrays; what was one array in several places is one again. */
function withArrays<T>(data: T, change: (array: NumberArray) => NumberArray): T {
  const known = new Map<NumberArray, NumberArray>();
  const visit = (value: unknown): unknown => {
    if (ArrayBuffer.isView(value)) {
      const array = value as NumberArray;
      const other = known.get(array) ?? change(array);
      known.set(array, other);
      return other;
    }
    if (Array.isArray(value)) return value.map(visit);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, visit(part)]));
  };
  return visit(data) as T;
}

function sharedCopy(array: NumberArray): NumberArray {
  const kind = array.constructor as Float32ArrayConstructor;
  const copy = new kind(new SharedArrayBuffer(array.byteLength), 0, array.length);
  copy.set(array);
  return copy as NumberArray;
}
