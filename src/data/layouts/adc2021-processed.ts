/**
 * Prepared arrays of ADC2021 analyses: `X_train`, `X_test`, `X_val` or, in signal files, `Data`, as [N, 19, 3] or flattened to [N, 57],
 * slot by slot with pT, eta, phi; and the hackathon's [N, 42] of 6 fat jets, 4 electrons and 4 muons without MET.
 *
 * Most were scaled by something that the file does not keep. If the numbers look like GeV and radians they are read as objects; if not,
 * as a table with the same names and no units, since a scaled zero no longer tells an empty slot.
 */
import type { ObjectType } from '../../base/kinds.ts';
import { countOf, countText } from '../../base/numbers.ts';
import type { ParamSpec } from '../../base/params.ts';
import { Problem } from '../../base/problem.ts';
import type { ArrayInfo, OpenFile } from '../formats/contract.ts';
import { adcObjectTypes, objectFeatures } from '../objects.ts';
import { classesOf, classFields, lastPart, roleFromName } from '../roles.ts';
import { bands, catalogue, chosenRows, makeMatrix } from '../rows.ts';
import { slotTypes } from '../slots.ts';
import { isNumeric } from '../table/roles.ts';
import { checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';

const peekRows = 500;
/** Small enough that a cancel is heard within a moment, also where a band has to be unpacked. */
const bandNumbers = 2_000_000;
const names = /^(X_train|X_test|X_val|X_validation|Data)$/;

/** 6 fat jets, 4 electrons, 4 muons. */
const hackathonTypes = slotTypes([
  { type: 'fat jet', slots: 6 },
  { type: 'electron', slots: 4 },
  { type: 'muon', slots: 4 },
]);

const processed: Layout = {
  id: 'adc2021-processed',
  name: 'ADC2021 prepared array',
  expects: '"X_train", "X_test" or "Data" of shape (N, 57), (N, 19, 3) or (N, 42)',
  async recognises(file) {
    const arrays = findArrays(file);
    const array = arrays[0];
    if (!array) return undefined;
    const rows = array.shape[0] as number;
    const physical = await looksPhysical(file, array);
    const role = roleFromName(file.name);
    return {
      confidence: 0.85,
      words: wordsFor(array, rows, physical),
      kind: physical ? 'objects' : 'table',
      rows,
      ...(role ? { role } : {}),
      ...(arrays.length > 1 ? { settings: { array: arrayChoice(arrays) } } : {}),
      reasons: [
        `"${array.name}" has shape (${array.shape.join(', ')})`,
        physical ? 'its numbers look like GeV and radians' : 'its numbers were scaled by something the file does not tell',
      ],
    };
  },
  read,
};
export default processed;

function findArrays(file: OpenFile): ArrayInfo[] {
  return file.arrays
    .filter((array) => names.test(lastPart(array.name)) && isNumeric(array) && typesFor(array) && (array.shape[0] ?? 0) > 0)
    .sort((a, b) => (b.shape[0] as number) - (a.shape[0] as number));
}

function typesFor({ shape: [, ...rest] }: ArrayInfo): readonly ObjectType[] | undefined {
  const form = rest.join('x');
  if (form === '57' || form === '19x3') return adcObjectTypes;
  return form === '42' || form === '14x3' ? hackathonTypes : undefined;
}

function arrayChoice(arrays: readonly ArrayInfo[]): ParamSpec {
  return {
    kind: 'choice',
    label: 'Array',
    help: 'The file holds several parts of the data; one of them is read.',
    default: (arrays[0] as ArrayInfo).name,
    options: arrays.map(({ name, shape }) => ({ value: name, label: `${name}: ${countOf(shape[0] as number, 'event')}` })),
  };
}

/** Momenta that are never negative, angles up to π, empty slots that are zero throughout. */
async function looksPhysical(file: OpenFile, array: ArrayInfo, signal?: AbortSignal): Promise<boolean> {
  const rows = Math.min(array.shape[0] as number, peekRows);
  const peek = (await file.read(array.name, { rows: [0, rows], ...(signal ? { signal } : {}) })) as Float64Array;
  let hardest = 0;
  for (let i = 0; i < peek.length; i += 3) {
    const [pT = 0, eta = 0, phi = 0] = peek.subarray(i, i + 3);
    if (!(pT >= 0) || Math.abs(eta) > 10 || Math.abs(phi) > 3.1417 || (pT === 0 && eta !== 0)) return false;
    hardest = Math.max(hardest, pT);
  }
  return hardest > 15;
}

function wordsFor(array: ArrayInfo, rows: number, physical: boolean): string {
  const slots = typesFor(array) === adcObjectTypes ? '19 x 3, MET first' : '14 x 3, 6 fat jets, 4 electrons, 4 muons';
  return `ADC2021 prepared array "${lastPart(array.name)}", ${slots}${physical ? '' : ', units unknown'}: ${countOf(rows, 'event')}`;
}

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const arrays = findArrays(file);
  const settings = checkSettings(arrays.length > 1 ? { array: arrayChoice(arrays) } : {}, options, file.name);
  const array = arrays.find(({ name }) => name === settings.array) ?? arrays[0];
  if (!array) {
    throw new Problem({
      where: file.name,
      expected: '"X_train", "X_test" or "Data" of shape (N, 57), (N, 19, 3) or (N, 42)',
      found: catalogue(file),
      fix: 'Choose another file, or another layout for this one',
    });
  }
  const objectTypes = typesFor(array) as readonly ObjectType[];
  const physical = await looksPhysical(file, array, options.signal);
  const [start, end] = chosenRows(options, array.shape[0] as number, `${file.name}, "${array.name}"`);
  const rows = end - start;
  const width = objectTypes.length * 3;
  const values = makeMatrix(rows, width, file.name);
  let broken = 0;
  for (const [from, to] of bands(start, end, Math.ceil(bandNumbers / width), array.chunkRows)) {
    const band = (await file.read(array.name, {
      rows: [from, to],
      ...(options.signal ? { signal: options.signal } : {}),
    })) as Float64Array;
    values.set(band, (from - start) * width);
    options.onProgress?.({
      done: (to - start) / rows,
      message: `Reading ${file.name}: ${countText(to - start)} of ${countOf(rows, 'event')}`,
    });
  }
  if (physical) {
    for (let i = 0; i < values.length; i += 3) {
      const [pT = 0, eta = 0, phi = 0] = values.subarray(i, i + 3);
      if (pT > 0 && Number.isFinite(pT + eta + phi)) continue;
      if (pT !== 0) broken++;
      values.fill(0, i, i + 3);
    }
  }
  const labelled = await classesOf(file, [start, end], options);
  const features = objectFeatures(objectTypes);
  return {
    kind: physical ? 'objects' : 'table',
    rows,
    shape: physical ? [objectTypes.length, 3] : [width],
    // a scaled angle is an angle no longer
    features: physical ? features : features.map(({ name }) => ({ name, unit: '', quantity: 'other' })),
    ...(physical ? { objectTypes } : {}),
    values,
    ...classFields(labelled),
    words: wordsFor(array, rows, physical),
    remarks: [
      ...labelled.remarks,
      ...(physical ? [] : ['the numbers were scaled and the file does not tell how: units unknown, empty slots cannot be told']),
      ...(broken > 0 ? [`${countOf(broken, 'slot')} had a negative pT or a number that is not finite; emptied`] : []),
      ...(file.remarks ?? []),
    ],
  };
}
