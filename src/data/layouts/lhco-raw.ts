/**
 * The particles of the LHC Olympics: a data frame of 2,100 numbers per event, 700 x (pT [GeV], eta, phi) padded with zeros, and in
 * the R&D file a label as the last column. Black boxes have no label. Particles are not sorted in the file; here the hardest come
 * first and the softest are left out, because all 700 of a million events fit into no memory.
 *
 * Source: G. Kasieczka et al., "The LHC Olympics 2020", arXiv 2101.08320.
 */

import { countOf, countText } from '../../base/numbers.ts';
import type { ParamSpecs } from '../../base/params.ts';
import { Problem } from '../../base/problem.ts';
import type { ArrayInfo, OpenFile } from '../formats/contract.ts';
import { objectFeatures } from '../objects.ts';
import { classesOf, classFields, fromLabels, type Labelled, roleFromName } from '../roles.ts';
import { bands, catalogue, chosenRows, makeMatrix } from '../rows.ts';
import { SlotFiller, slotRemarks, slotTypes } from '../slots.ts';
import { isNumeric } from '../table/roles.ts';
import { checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';

const stored = 2100;
const bandNumbers = 8_000_000;
/** The name under which the last column is chosen as the label. */
const labelName = 'label';

const params: ParamSpecs = {
  particles: {
    kind: 'number',
    label: 'Particles kept',
    help: 'The hardest particles of each event; the file has up to 700.',
    default: 50,
    min: 1,
    max: 700,
    integer: true,
  },
};

const lhcoRaw: Layout = {
  id: 'lhco-raw',
  name: 'LHC Olympics particles',
  expects: 'a data frame of shape (N, 2100) or (N, 2101)',
  params,
  recognises(file) {
    const array = findParticles(file);
    if (!array) return undefined;
    const rows = array.shape[0] as number;
    const labelled = array.shape[1] === stored + 1;
    const role = roleFromName(file.name);
    return {
      confidence: 0.9,
      words: wordsFor(rows, params.particles?.default as number),
      kind: 'objects',
      rows,
      ...(role ? { role } : {}),
      ...(labelled ? { label: labelName } : {}),
      reasons: [
        `"${array.name}" has shape (${array.shape.join(', ')}): 700 x (pT, eta, phi)${labelled ? ' and a label' : ' without a label'}`,
      ],
    };
  },
  read,
};
export default lhcoRaw;

function wordsFor(rows: number, particles: number): string {
  return `LHC Olympics particles: ${countOf(rows, 'event')}; the ${particles} hardest of at most 700 particles`;
}

function findParticles(file: OpenFile): ArrayInfo | undefined {
  const wide = file.arrays.filter(({ shape }) => shape.length === 2 && (shape[1] === stored || shape[1] === stored + 1));
  return wide.find((array) => isNumeric(array)) ?? undefined;
}

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const array = findParticles(file);
  if (!array) {
    throw new Problem({
      where: file.name,
      expected: 'a data frame of shape (N, 2100) or (N, 2101)',
      found: catalogue(file),
      fix: 'Choose an LHC Olympics file, or another layout for this one',
    });
  }
  const kept = checkSettings(params, options, file.name).particles as number;
  const [start, end] = chosenRows(options, array.shape[0] as number, `${file.name}, "${array.name}"`);
  const rows = end - start;
  const width = array.shape[1] as number;
  const values = makeMatrix(rows, kept * 3, file.name);
  const labels = width > stored ? new Float64Array(rows) : undefined;
  const filler = new SlotFiller();
  let most = 0;
  for (const [from, to] of bands(start, end, Math.ceil(bandNumbers / width), array.chunkRows)) {
    const band = (await file.read(array.name, {
      rows: [from, to],
      ...(options.signal ? { signal: options.signal } : {}),
    })) as Float64Array;
    for (let row = 0; row < to - from; row++) {
      const first = row * width;
      for (let i = first; i < first + stored; i += 3) filler.add(band[i] as number, band[i + 1] as number, band[i + 2] as number);
      most = Math.max(most, filler.length);
      filler.fill(values, (from - start + row) * kept * 3, kept);
      if (labels) labels[from - start + row] = band[first + stored] as number;
    }
    options.onProgress?.({
      done: (to - start) / rows,
      message: `Reading ${file.name}: ${countText(to - start)} of ${countOf(rows, 'event')}`,
    });
  }
  const labelled = await classes(file, [start, end], options, labels);
  const objectTypes = slotTypes([{ type: 'particle', slots: kept }]);
  return {
    kind: 'objects',
    rows,
    shape: [kept, 3],
    features: objectFeatures(objectTypes),
    objectTypes,
    values,
    ...classFields(labelled),
    words: wordsFor(rows, kept),
    remarks: [
      ...labelled.remarks,
      `particles sorted by pT; an event has at most ${countText(most)}`,
      ...slotRemarks(filler.count, 'particle'),
      ...(file.remarks ?? []),
    ],
  };
}

/** The label stands in the last column, where no array has its name. */
async function classes(
  file: OpenFile,
  rows: readonly [number, number],
  options: LayoutOptions,
  labels: Float64Array | undefined,
): Promise<Labelled> {
  const own = labels && (options.label === labelName || (options.label === undefined && options.role === undefined));
  if (!own) return classesOf(file, rows, options);
  const found = fromLabels(labels, labelName, options.normalClass ?? 0, file.name);
  const named = found.classes.map(({ name, role }) => (name === `${labelName} = 1` ? { name: 'signal', role } : { name, role }));
  return { ...found, classes: named };
}
