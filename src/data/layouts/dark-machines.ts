/**
 * Events of the Dark Machines challenge as text, one per line and of any length:
 * `id; process; weight; MET; MET phi; type,E,pT,eta,phi; type,E,pT,eta,phi; ...` with j jet, b jet with a b tag, e+ e- m+ m- leptons
 * and g photon. Energies are in MeV and become GeV.
 *
 * The number in front is no event number: whole files have the same one, so it is left out. Source: T. Aarrestad et al., "The Dark
 * Machines Anomaly Score Challenge", arXiv 2105.14027.
 */
import type { EventClass, ObjectType } from '../../base/kinds.ts';
import { countOf, countText } from '../../base/numbers.ts';
import type { ParamSpec, ParamSpecs, Params } from '../../base/params.ts';
import { Problem } from '../../base/problem.ts';
import type { OpenFile } from '../formats/contract.ts';
import { objectFeatures } from '../objects.ts';
import { fromLabels, type Labelled, roleFromName, wholeFile } from '../roles.ts';
import { bands, catalogue, chosenRows, makeMatrix } from '../rows.ts';
import { checkPlan, planWords, SlotFiller, type SlotPlan, slotRemarks, slotTypes } from '../slots.ts';
import { checkSettings, classProblem, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';

const bandRows = 20_000;
const peekRows = 50;
const perGeV = 1000;
/** Under this name the process of each event can be chosen as its class. */
const labelName = 'process';
const number = '[-+]?\\d*\\.?\\d+(?:[eE][-+]?\\d+)?';
const grammar = new RegExp(
  `^([^;]*);([^;]*);(${number});(${number});(${number})((?:;[^;,]+,${number},${number},${number},${number})*);?\\s*$`,
);

const typeOf: Readonly<Record<string, ObjectType>> = {
  j: 'jet',
  b: 'jet',
  'e-': 'electron',
  'e+': 'electron',
  'm-': 'muon',
  'm+': 'muon',
  g: 'photon',
};

const slots = (label: string, usual: number): ParamSpec => ({
  kind: 'number',
  label: `${label} slots`,
  help: `The hardest ${label.toLowerCase()}s of each event that are kept.`,
  default: usual,
  min: 0,
  max: 50,
  integer: true,
});

const params: ParamSpecs = {
  electrons: slots('Electron', 4),
  muons: slots('Muon', 4),
  photons: slots('Photon', 0),
  jets: slots('Jet', 10),
};

const darkMachines: Layout = {
  id: 'dark-machines',
  name: 'Dark Machines events',
  expects: 'lines "id; process; weight; MET; MET phi; type,E,pT,eta,phi; ..."',
  params,
  async recognises(file) {
    const lines = textLines(file);
    if (!lines) return undefined;
    const rows = lines.shape[0] as number;
    const peek = (await file.read(lines.name, { rows: [0, Math.min(rows, peekRows)] })) as string[];
    if (!peek.every((line) => grammar.test(line))) return undefined;
    const role = roleFromName(file.name);
    return {
      confidence: 0.95,
      words: wordsFor(rows, planOf(Object.fromEntries(Object.entries(params).map(([key, spec]) => [key, spec.default])))),
      kind: 'objects',
      rows,
      ...(role ? { role } : {}),
      reasons: ['each line is an event: process, weight, MET and objects "type,E,pT,eta,phi"'],
    };
  },
  read,
};
export default darkMachines;

function wordsFor(rows: number, plan: readonly SlotPlan[]): string {
  return `Dark Machines events: ${countOf(rows, 'event')}; ${planWords(plan)}`;
}

function planOf(settings: Params): SlotPlan[] {
  return [
    { type: 'MET', slots: 1 },
    { type: 'electron', slots: settings.electrons as number },
    { type: 'muon', slots: settings.muons as number },
    { type: 'photon', slots: settings.photons as number },
    { type: 'jet', slots: settings.jets as number },
  ];
}

function textLines(file: OpenFile): OpenFile['arrays'][number] | undefined {
  const [only, ...others] = file.arrays;
  return only && others.length === 0 && only.type === 'text' && (only.shape[0] ?? 0) > 0 ? only : undefined;
}

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const lines = textLines(file);
  if (!lines) {
    throw new Problem({
      where: file.name,
      expected: 'lines "id; process; weight; MET; MET phi; type,E,pT,eta,phi; ..."',
      found: catalogue(file),
      fix: 'Choose another file, or another layout for this one',
    });
  }
  const plan = planOf(checkSettings(params, options, file.name));
  checkPlan(plan, file.name);
  const [start, end] = chosenRows(options, lines.shape[0] as number, file.name);
  const rows = end - start;
  const objectTypes = slotTypes(plan);
  const width = objectTypes.length * 3;
  const values = makeMatrix(rows, width, file.name);
  const weight = new Float64Array(rows);
  const process: string[] = [];
  const fillers = new Map(plan.filter(({ type }) => type !== 'MET').map(({ type }) => [type, new SlotFiller()]));
  const unknown = new Map<string, number>();
  let bTagged = 0;
  for (const [from, to] of bands(start, end, bandRows, lines.chunkRows)) {
    const band = (await file.read(lines.name, {
      rows: [from, to],
      ...(options.signal ? { signal: options.signal } : {}),
    })) as string[];
    for (const [i, line] of band.entries()) {
      const event = grammar.exec(line);
      if (!event) throw unlike(file.name, from + i, line);
      const [, , own = '', w, met, metPhi, objects = ''] = event;
      const row = from - start + i;
      process.push(own.trim());
      weight[row] = Number(w);
      for (const object of objects.split(';')) {
        if (object === '') continue;
        const [code = '', , pT, eta, phi] = object.split(',');
        const filler = fillers.get(typeOf[code.trim()] as ObjectType);
        if (code.trim() === 'b') bTagged++;
        if (filler) filler.add(Number(pT) / perGeV, Number(eta), Number(phi));
        else unknown.set(code.trim(), (unknown.get(code.trim()) ?? 0) + 1);
      }
      let at = row * width;
      for (const { type, slots: count } of plan) {
        if (type === 'MET') values.set(Number(met) > 0 ? [Number(met) / perGeV, 0, Number(metPhi)] : [0, 0, 0], at);
        else fillers.get(type)?.fill(values, at, count);
        at += count * 3;
      }
    }
    options.onProgress?.({
      done: (to - start) / rows,
      message: `Reading ${file.name}: ${countText(to - start)} of ${countOf(rows, 'event')}`,
    });
  }
  const labelled = classes(process, options, file.name);
  const other = [...unknown].map(([code, count]) => `${countOf(count, 'object')} of unknown type "${code}"`);
  return {
    kind: 'objects',
    rows,
    shape: [objectTypes.length, 3],
    features: objectFeatures(objectTypes),
    objectTypes,
    values,
    classes: labelled.classes,
    label: labelled.label,
    ...(labelled.trainable ? { trainable: labelled.trainable } : {}),
    weight,
    words: wordsFor(rows, plan),
    remarks: [
      ...labelled.remarks,
      'energies were in MeV and are in GeV here',
      processWords(process),
      ...(bTagged > 0 ? [`${countOf(bTagged, 'jet')} had a b tag, which is not kept`] : []),
      ...[...fillers].flatMap(([type, { count }]) => slotRemarks(count, type)),
      ...(other.length > 0 ? [`${other.join(', ')} left out`] : []),
      ...(file.remarks ?? []).filter((remark) => !remark.startsWith('ragged')),
    ],
  };
}

/** By the process, if it was asked for; else the role of the file. */
function classes(process: readonly string[], options: LayoutOptions, fileName: string): Labelled {
  if (options.label === labelName) return fromLabels([...process], labelName, options.normalClass, fileName);
  const role: EventClass | undefined = options.role ?? roleFromName(fileName);
  if (options.label === undefined && role) return wholeFile(role, process.length);
  throw classProblem(fileName, options.label, [labelName]);
}

/** `processes: 864 njets, 58 ttbar, ...`, the most frequent ones first. */
function processWords(process: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of process) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const shown = sorted.slice(0, 12).map(([name, count]) => `${countText(count)} ${name}`);
  return `processes: ${shown.join(', ')}${sorted.length > shown.length ? ` and ${sorted.length - shown.length} more` : ''}`;
}

function unlike(fileName: string, row: number, line: string): Problem {
  return new Problem({
    where: `${fileName}, line ${row + 1}`,
    expected: '"id; process; weight; MET; MET phi; type,E,pT,eta,phi; ..."',
    found: line.length > 60 ? `"${line.slice(0, 57)}..."` : `"${line}"`,
    fix: 'Correct or remove this line; if it is the last one, the file was probably cut off',
  });
}
