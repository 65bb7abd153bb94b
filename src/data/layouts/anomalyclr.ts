/**
 * Event arrays of AnomalyCLR: 19 slots of pT, eta, phi and a one-hot type (MET, electron, muon, jet), as [N, 7, 19] or [N, 19, 7]. An
 * empty slot is seven zeros. The one-hot type is used to check the order of the slots and then dropped.
 *
 * Such files are often scaled already: eta by 4, phi by π and pT by the mean of the background. Angles are scaled back; the mean of pT
 * is lost, so pT stays in units of it, and that is said. Source: B. Dillon et al., arXiv 2301.04660.
 */
import { countOf } from '../../base/numbers.ts';
import { Problem } from '../../base/problem.ts';
import type { ArrayInfo, OpenFile } from '../formats/contract.ts';
import { adcObjectTypes, objectFeatures } from '../objects.ts';
import { classesOf, classFields, roleFromName } from '../roles.ts';
import { bands, catalogue, chosenRows, makeMatrix } from '../rows.ts';
import { planWords } from '../slots.ts';
import { isNumeric } from '../table/roles.ts';
import { checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';

const slots = 19;
const stored = 7;
const peekRows = 200;
const types = ['MET', 'electron', 'muon', 'jet'] as const;
const words = planWords([
  { type: 'MET', slots: 1 },
  { type: 'electron', slots: 4 },
  { type: 'muon', slots: 4 },
  { type: 'jet', slots: 10 },
]);

const anomalyClr: Layout = {
  id: 'anomalyclr',
  name: 'AnomalyCLR event array',
  expects: 'an array of shape (N, 7, 19) or (N, 19, 7) with one-hot types',
  async recognises(file) {
    const found = await findEvents(file);
    if (!found) return undefined;
    const { array, scaled } = found;
    const rows = array.shape[0] as number;
    const role = roleFromName(file.name);
    return {
      confidence: 0.95,
      words: wordsFor(rows, scaled),
      kind: 'objects',
      rows,
      ...(role ? { role } : {}),
      reasons: [
        `"${array.name}" has shape (${array.shape.join(', ')}) and its last four numbers are one-hot types`,
        ...(scaled ? ['no |phi| is above 1, so the angles are scaled'] : []),
      ],
    };
  },
  read,
};
export default anomalyClr;

function wordsFor(rows: number, scaled: boolean): string {
  return `AnomalyCLR event array${scaled ? ', scaled' : ''}: ${countOf(rows, 'event')}; ${words}`;
}

interface Found {
  array: ArrayInfo;
  /** Position of a number of a slot inside an event. */
  at(slot: number, number: number): number;
  scaled: boolean;
}

async function findEvents(file: OpenFile, signal?: AbortSignal): Promise<Found | undefined> {
  for (const array of file.arrays) {
    const [rows = 0, a, b] = array.shape;
    const first = a === stored && b === slots;
    const last = a === slots && b === stored;
    if (array.shape.length !== 3 || rows === 0 || !isNumeric(array) || (!first && !last)) continue;
    const at = (slot: number, number: number): number => (first ? number * slots + slot : slot * stored + number);
    const peek = (await file.read(array.name, {
      rows: [0, Math.min(rows, peekRows)],
      ...(signal ? { signal } : {}),
    })) as Float64Array;
    let oneHot = true;
    let largest = 0;
    for (let start = 0; start < peek.length; start += slots * stored) {
      for (let slot = 0; slot < slots; slot++) {
        const flags = types.map((_, i) => peek[start + at(slot, 3 + i)] as number);
        const sum = flags.reduce((total, flag) => total + flag, 0);
        oneHot &&= flags.every((flag) => flag === 0 || flag === 1) && sum <= 1;
        largest = Math.max(largest, Math.abs(peek[start + at(slot, 2)] as number));
      }
    }
    if (oneHot && largest > 0) return { array, at, scaled: largest <= 1 + 1e-6 };
  }
  return undefined;
}

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const found = await findEvents(file, options.signal);
  if (!found) {
    throw new Problem({
      where: file.name,
      expected: 'an array of shape (N, 7, 19) or (N, 19, 7) with one-hot types',
      found: catalogue(file),
      fix: 'Choose another file, or another layout for this one',
    });
  }
  const { array, at, scaled } = found;
  const where = `${file.name}, "${array.name}"`;
  checkSettings({}, options, file.name);
  const [start, end] = chosenRows(options, array.shape[0] as number, where);
  const rows = end - start;
  const labelled = await classesOf(file, [start, end], options);
  const values = makeMatrix(rows, slots * 3, where);
  const [etaUnit, phiUnit] = scaled ? [4, Math.PI] : [1, 1];
  const count = { objects: 0, misplaced: 0, broken: 0 };
  for (const [from, to] of bands(start, end, 50_000, array.chunkRows)) {
    const band = (await file.read(array.name, {
      rows: [from, to],
      ...(options.signal ? { signal: options.signal } : {}),
    })) as Float64Array;
    for (let row = 0; row < to - from; row++) {
      const event = row * slots * stored;
      for (let slot = 0; slot < slots; slot++) {
        const [pT, eta, phi] = [0, 1, 2].map((n) => band[event + at(slot, n)] as number) as [number, number, number];
        const kept = Math.fround(pT);
        if (kept === 0) continue;
        if (!(kept > 0) || !Number.isFinite(kept + eta + phi)) {
          count.broken++;
          continue;
        }
        count.objects++;
        const type = types.findIndex((_, i) => band[event + at(slot, 3 + i)] === 1);
        if (types[type] !== adcObjectTypes[slot]) count.misplaced++;
        values.set([kept, eta * etaUnit, phi * phiUnit], ((from - start + row) * slots + slot) * 3);
      }
    }
    options.onProgress?.({ done: (to - start) / rows, message: `Reading ${file.name}` });
  }
  if (count.misplaced > 0.01 * count.objects) {
    throw new Problem({
      where,
      expected: `slots in the order ${words}`,
      found: `${count.misplaced} of ${countOf(count.objects, 'object')} with the type of another slot`,
      fix: 'Reorder the slots',
    });
  }
  const features = objectFeatures(adcObjectTypes);
  const lost = 'pT is in units of a mean that the file does not tell; eta and phi were scaled back by 4 and π';
  return {
    kind: 'objects',
    rows,
    shape: [slots, 3],
    features: scaled ? features.map((entry) => (entry.quantity === 'pT' ? { ...entry, unit: '' } : entry)) : features,
    objectTypes: adcObjectTypes,
    values,
    ...classFields(labelled),
    words: wordsFor(rows, scaled),
    remarks: [
      ...labelled.remarks,
      ...(scaled ? [lost] : []),
      ...(count.misplaced > 0 ? [`${countOf(count.misplaced, 'object')} had the type of another slot; the slot decides`] : []),
      ...(count.broken > 0 ? [`${countOf(count.broken, 'slot')} had a negative pT or a number that is not finite; emptied`] : []),
      ...(file.remarks ?? []),
    ],
  };
}
