/**
 * The particle table of the ADC2021 challenge: `Particles` [N, 19, 4] with pT [GeV], eta, phi [rad] and a class id for MET, four
 * electrons, four muons and ten jets. The class id is used to check the order of the slots and then dropped, since it would tell a
 * model which slots are empty and nothing else.
 *
 * Source: E. Govorkova et al., "LHC physics dataset for unsupervised New Physics detection at 40 MHz", arXiv 2107.02157. In the
 * public files, jets beyond |eta| = 4 were zeroed in pT and eta but kept phi and class: a slot is empty if and only if pT == 0.
 */
import { countOf, countText } from '../../base/numbers.ts';
import { Problem } from '../../base/problem.ts';
import type { ArrayInfo, OpenFile } from '../formats/contract.ts';
import { adcObjectTypes, objectFeatures } from '../objects.ts';
import { classesOf, classFields, lastPart, roleFromName } from '../roles.ts';
import { bands, catalogue, chosenRows, makeMatrix } from '../rows.ts';
import { checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';

const slots = 19;
const stored = 4;
const kept = 3;
const bandRows = 100_000;
/** Objects whose class id disagrees with their slot, as a share, from which on the slots must be in another order. */
const mostMisplaced = 0.01;
const classIds = { MET: 1, electron: 2, muon: 3, jet: 4 } as const;
const slotClass = adcObjectTypes.map((type) => classIds[type as keyof typeof classIds]);

const adc2021: Layout = {
  id: 'adc2021',
  name: 'ADC2021 particle table',
  expects: 'a dataset "Particles" of shape (N, 19, 4)',
  recognises(file) {
    const particles = findParticles(file);
    if (!particles) return undefined;
    const rows = particles.shape[0] as number;
    const role = roleFromName(file.name);
    return {
      confidence: 0.95,
      words: wordsFor(rows),
      kind: 'objects',
      rows,
      ...(role ? { role } : {}),
      reasons: [
        `"${particles.name}" has shape (${particles.shape.join(', ')})`,
        ...(role ? [`the file name suggests ${role.role} (${role.name})`] : []),
      ],
    };
  },
  read: readParticles,
};
export default adc2021;

function wordsFor(rows: number): string {
  return `ADC2021 particle table, 19 x 4, MET first: ${countOf(rows, 'event')}`;
}

function findParticles(file: OpenFile): ArrayInfo | undefined {
  return file.arrays.find(
    ({ name, shape, type }) =>
      lastPart(name) === 'Particles' && shape.length === 3 && shape[1] === slots && shape[2] === stored && type !== 'text',
  );
}

async function readParticles(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const particles = findParticles(file);
  if (!particles) {
    throw new Problem({
      where: file.name,
      expected: 'a dataset "Particles" of shape (N, 19, 4)',
      found: catalogue(file),
      fix: 'Choose a file in the ADC2021 layout, or another layout for this one',
    });
  }
  const where = `${file.name}, dataset "${particles.name}"`;
  checkSettings({}, options, file.name);
  const [start, end] = chosenRows(options, particles.shape[0] as number, where);
  const rows = end - start;
  const labelled = await classesOf(file, [start, end], options);
  const values = makeMatrix(rows, slots * kept, where);
  const count = { objects: 0, ghosts: 0, broken: 0, misplaced: 0 };
  const passOn = options.signal ? { signal: options.signal } : {};
  for (const [from, to] of bands(start, end, bandRows, particles.chunkRows)) {
    const band = (await file.read(particles.name, { rows: [from, to], ...passOn })) as Float64Array;
    copyEvents(band, values, (from - start) * slots, count);
    options.onProgress?.({
      done: (to - start) / rows,
      message: `Reading ${file.name}: ${countText(to - start)} of ${countOf(rows, 'event')}`,
    });
  }
  if (count.misplaced > mostMisplaced * count.objects) {
    throw new Problem({
      where,
      expected: 'slots in the order MET, 4 electrons, 4 muons, 10 jets, with class ids 1, 2, 3, 4',
      found: `${countText(count.misplaced)} of ${countOf(count.objects, 'object')} with the class id of another slot`,
      fix: 'Reorder the slots, or check that the fourth number is the class id',
    });
  }
  const event = await eventNumbers(file, [start, end], particles.shape[0] as number, options);
  return {
    kind: 'objects',
    rows,
    shape: [slots, kept],
    features: objectFeatures(adcObjectTypes),
    objectTypes: adcObjectTypes,
    values,
    ...classFields(labelled),
    ...(event ? { event } : {}),
    words: wordsFor(rows),
    remarks: [...labelled.remarks, ...remarksOf(count), ...(file.remarks ?? [])],
  };
}

/** Copies pT, eta, phi of each slot, empties slots with pT == 0, and counts what is odd. */
function copyEvents(
  band: ArrayLike<number>,
  values: Float32Array,
  firstSlot: number,
  count: { objects: number; ghosts: number; broken: number; misplaced: number },
): void {
  const all = band.length / stored;
  for (let slot = 0; slot < all; slot++) {
    // in the precision that is kept, so that "empty" means the same before and after
    const pT = Math.fround(band[slot * stored] as number);
    const eta = Math.fround(band[slot * stored + 1] as number);
    const phi = Math.fround(band[slot * stored + 2] as number);
    if (pT === 0) {
      if (eta !== 0 || phi !== 0) count.ghosts++;
      continue;
    }
    if (!(pT > 0) || !Number.isFinite(pT + eta + phi)) {
      count.broken++;
      continue;
    }
    count.objects++;
    if (band[slot * stored + 3] !== slotClass[slot % slots]) count.misplaced++;
    const at = (firstSlot + slot) * kept;
    values[at] = pT;
    values[at + 1] = eta;
    values[at + 2] = phi;
  }
}

function remarksOf(count: { ghosts: number; broken: number; misplaced: number }): string[] {
  const remarks: string[] = [];
  const slotsHad = (n: number) => `${countOf(n, 'slot')} had`;
  if (count.ghosts > 0) remarks.push(`${slotsHad(count.ghosts)} pT = 0 but eta or phi != 0; they are empty and were zeroed`);
  if (count.broken > 0) remarks.push(`${slotsHad(count.broken)} a negative pT or a number that is not finite; they were emptied`);
  if (count.misplaced > 0) remarks.push(`${slotsHad(count.misplaced)} the class id of another slot; the slot decides`);
  return remarks;
}

/** `EvtId` of the black box. */
async function eventNumbers(
  file: OpenFile,
  rows: [number, number],
  total: number,
  options: LayoutOptions,
): Promise<Float64Array | undefined> {
  const array = file.arrays.find(({ name, shape }) => lastPart(name) === 'EvtId' && shape.length === 1 && shape[0] === total);
  if (!array || array.type === 'text') return undefined;
  return Float64Array.from(
    (await file.read(array.name, { rows, ...(options.signal ? { signal: options.signal } : {}) })) as Float64Array,
  );
}
