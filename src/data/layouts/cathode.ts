/**
 * Ready-made features of the LHC Olympics: an array without names, [N, 6] or [N, 7], with m_JJ [TeV], m_J1, m_J2 - m_J1 [TeV], tau21 of
 * both jets, in the wider form a flag that tells data from a sample, and the truth label last. m_JJ is a spectator.
 *
 * Recognised by its numbers, since it has no names: a first column of a few TeV, ratios between 0 and 1, and a last column of 0 and 1.
 * Source: A. Hallin et al., arXiv 2109.00546.
 */
import type { EventClass } from '../../base/kinds.ts';
import { countOf, numberText } from '../../base/numbers.ts';
import { Problem } from '../../base/problem.ts';
import type { ArrayInfo, OpenFile } from '../formats/contract.ts';
import { classesOf, classFields, fromLabels, roleFromName } from '../roles.ts';
import { bands, catalogue, chosenRows, makeMatrix } from '../rows.ts';
import { isNumeric } from '../table/roles.ts';
import { checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';
import { jetFeatures } from './lhco-features.ts';

const peekRows = 500;
const bandRows = 500_000;
const labelName = 'label';

const cathode: Layout = {
  id: 'cathode',
  name: 'LHC Olympics features without names',
  expects: 'an array of shape (N, 6) or (N, 7): m_JJ, m_J1, mass difference, two tau21, label',
  async recognises(file) {
    const found = await findArray(file);
    if (!found) return undefined;
    const { array, low, high } = found;
    const rows = array.shape[0] as number;
    const role = roleFromName(file.name);
    const region = /^inner/i.test(file.name)
      ? ['the name says signal region']
      : /^outer/i.test(file.name)
        ? ['the name says sideband']
        : [];
    return {
      confidence: 0.85,
      words: wordsFor(rows),
      kind: 'table',
      rows,
      label: labelName,
      ...(role ? { role } : {}),
      reasons: [
        `the first column lies between ${numberText(low)} and ${numberText(high)}, as a dijet mass in TeV; the last one is 0 or 1`,
        ...region,
      ],
    };
  },
  read,
};
export default cathode;

function wordsFor(rows: number): string {
  return `LHC Olympics features: ${countOf(rows, 'event')}; m_J1, m_J2 − m_J1 and tau21 of two jets, m_JJ and a label`;
}

async function findArray(
  file: OpenFile,
  signal?: AbortSignal,
): Promise<{ array: ArrayInfo; low: number; high: number } | undefined> {
  const array = file.arrays.find(
    (entry) =>
      isNumeric(entry) && /^float/.test(entry.type) && entry.shape.length === 2 && [6, 7].includes(entry.shape[1] as number),
  );
  const rows = array?.shape[0] ?? 0;
  if (!array || array.columns || rows === 0) return undefined;
  const width = array.shape[1] as number;
  const peek = (await file.read(array.name, {
    rows: [0, Math.min(rows, peekRows)],
    ...(signal ? { signal } : {}),
  })) as Float64Array;
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (let start = 0; start < peek.length; start += width) {
    const [mjj = 0, m1 = 0, dm = 0, a = 0, b = 0] = peek.subarray(start, start + 5);
    const flags = peek.subarray(start + 5, start + width);
    // masses may come out a rounding below zero
    const fits = mjj > 0.5 && mjj < 14 && m1 > -1e-4 && dm > -1e-4 && m1 + dm < mjj && a >= 0 && a <= 1.5 && b >= 0 && b <= 1.5;
    if (!fits || flags.some((flag) => flag !== 0 && flag !== 1)) return undefined;
    low = Math.min(low, mjj);
    high = Math.max(high, mjj);
  }
  return { array, low, high };
}

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const found = await findArray(file, options.signal);
  if (!found) {
    throw new Problem({
      where: file.name,
      expected: 'an array of shape (N, 6) or (N, 7): m_JJ [TeV], m_J1, mass difference, tau21 twice, and a label of 0 and 1',
      found: catalogue(file),
      fix: 'Read it as a table of numbers and name the columns yourself',
    });
  }
  const { array } = found;
  const width = array.shape[1] as number;
  checkSettings({}, options, file.name);
  const [start, end] = chosenRows(options, array.shape[0] as number, `${file.name}, "${array.name}"`);
  const rows = end - start;
  const values = makeMatrix(rows, 4, file.name);
  const mjj = new Float64Array(rows);
  const label = new Float64Array(rows);
  let negative = 0;
  for (const [from, to] of bands(start, end, bandRows, array.chunkRows)) {
    const band = (await file.read(array.name, {
      rows: [from, to],
      ...(options.signal ? { signal: options.signal } : {}),
    })) as Float64Array;
    for (let row = 0; row < to - from; row++) {
      const at = from - start + row;
      mjj[at] = band[row * width] as number;
      for (let k = 0; k < 4; k++) values[at * 4 + k] = band[row * width + 1 + k] as number;
      if ((values[at * 4] as number) < 0) negative++;
      label[at] = band[row * width + width - 1] as number;
    }
    options.onProgress?.({ done: (to - start) / rows, message: `Reading ${file.name}` });
  }
  const own = options.label === labelName || (options.label === undefined && options.role === undefined);
  const truth = own ? fromLabels(label, labelName, options.normalClass ?? 0, file.name) : undefined;
  const labelled = truth ?? (await classesOf(file, [start, end], options));
  const named = labelled.classes.map(
    (entry): EventClass => (truth && entry.role === 'signal' ? { ...entry, name: 'signal' } : entry),
  );
  return {
    kind: 'table',
    rows,
    shape: [4],
    features: jetFeatures,
    values,
    ...classFields({ ...labelled, classes: named }),
    spectators: { m_JJ: mjj },
    words: wordsFor(rows),
    remarks: [
      ...labelled.remarks,
      'the columns have no names; their order is taken from the published files. m_JJ [TeV] is a spectator, never an input',
      ...(negative > 0 ? [`m_J1 is below 0 by rounding in ${countOf(negative, 'row')}`] : []),
      ...(width === 7 ? ['the sixth column, which tells data from a sample, was left out'] : []),
      ...(file.remarks ?? []),
    ],
  };
}
