/**
 * Small datasets for tests, with numbers that can be checked by hand.
 */
import type { ClassRole } from '../base/kinds.ts';
import type { Dataset } from '../data/dataset.ts';
import { join, type Piece } from '../data/join.ts';
import { adcObjectTypes, objectFeatures } from '../data/objects.ts';

/** A table with one class per piece; `rows` are rows of numbers, NaN for missing. */
export function tablePiece(
  name: string,
  role: ClassRole,
  rows: readonly (readonly number[])[],
  features?: readonly string[],
): Piece {
  const width = rows[0]?.length ?? 0;
  const names = features ?? Array.from({ length: width }, (_, i) => `x${i + 1}`);
  return {
    name,
    part: {
      kind: 'table',
      rows: rows.length,
      shape: [width],
      features: names.map((own) => ({ name: own, unit: '', quantity: 'other' })),
      values: Float32Array.from(rows.flat()),
      classes: [{ name, role }],
      label: new Uint8Array(rows.length),
      words: 'made by hand',
      remarks: [],
    },
  };
}

/** Events in the ADC2021 shape; each event is a list of [slot, pT, eta, phi]. */
export function eventPiece(
  name: string,
  role: ClassRole,
  events: readonly (readonly (readonly [number, number, number, number])[])[],
): Piece {
  const values = new Float32Array(events.length * 57);
  for (const [row, objects] of events.entries())
    for (const [slot, ...numbers] of objects) values.set(numbers, row * 57 + slot * 3);
  return {
    name,
    part: {
      kind: 'objects',
      rows: events.length,
      shape: [19, 3],
      features: objectFeatures(adcObjectTypes),
      objectTypes: adcObjectTypes,
      values,
      classes: [{ name, role }],
      label: new Uint8Array(events.length),
      words: 'made by hand',
      remarks: [],
    },
  };
}

/** A table dataset of one feature that counts the rows, with the given number of rows per class. */
export function countedDataset(
  counts: readonly { name: string; role: ClassRole; rows: number; use?: 'train' | 'test' }[],
): Dataset {
  let next = 0;
  return join(
    counts.map(({ name, role, rows, use }) => ({
      ...tablePiece(
        name,
        role,
        Array.from({ length: rows }, () => [next++]),
      ),
      ...(use ? { use } : {}),
    })),
    'counted',
  );
}
