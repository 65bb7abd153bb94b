/**
 * NanoAOD, the flat event format of CMS, from a ROOT tree, an RNTuple or a Parquet table: jagged collections `Muon_pt`, `Muon_eta`,
 * `Muon_phi` beside `MET_pt`, `MET_phi`, `run`, `luminosityBlock`, `event` and, in simulation, `genWeight`. Objects of a kind come in
 * falling pT, as many as the reader asked for; only their branches are read, out of a thousand and more.
 *
 * Jets are also made of leptons: by default a jet within 0.3 in (eta, phi) of a chosen electron or muon is left out.
 */
import type { ObjectType } from '../../base/kinds.ts';
import { countOf, countText } from '../../base/numbers.ts';
import type { ParamSpec, ParamSpecs, Params } from '../../base/params.ts';
import { Problem } from '../../base/problem.ts';
import type { ArrayInfo, Lists, OpenFile } from '../formats/contract.ts';
import { objectFeatures } from '../objects.ts';
import { deltaR } from '../physics.ts';
import { classesOf, classFields, lastPart, roleFromName } from '../roles.ts';
import { bands, catalogue, chosenRows, makeMatrix } from '../rows.ts';
import { checkPlan, planWords, SlotFiller, type SlotPlan, slotRemarks, slotTypes } from '../slots.ts';
import { checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';

const bandRows = 50_000;
const overlap = 0.3;
/** Collections that become objects, in the order of their slots, and how many are kept unless the reader says otherwise. */
const kinds: readonly { collection: string; type: ObjectType; setting: string; usual: number }[] = [
  { collection: 'Electron', type: 'electron', setting: 'electrons', usual: 4 },
  { collection: 'Muon', type: 'muon', setting: 'muons', usual: 4 },
  { collection: 'Photon', type: 'photon', setting: 'photons', usual: 0 },
  { collection: 'Tau', type: 'tau', setting: 'taus', usual: 0 },
  { collection: 'Jet', type: 'jet', setting: 'jets', usual: 10 },
  { collection: 'FatJet', type: 'fat jet', setting: 'fatJets', usual: 0 },
];
/** The first of these that is there is the usual one. */
const metNames = ['MET', 'PuppiMET', 'PFMET', 'DeepMETResolutionTune'];
/** Trigger decisions and filters: hundreds of columns that say nothing about the objects. */
const hidden = /^(HLT_|L1_|Flag_|HLTriggerF)/;

const nanoAod: Layout = {
  id: 'nanoaod',
  name: 'NanoAOD',
  expects: 'a tree or table with Muon_pt, Electron_pt or Jet_pt as lists',
  recognises(file) {
    const events = findEvents(file);
    if (!events) return undefined;
    const specs = specsFor(events);
    const role = roleFromName(file.name);
    const { ids, collections, rows } = events;
    const triggers = file.arrays.filter(({ name }) => hidden.test(lastPart(name))).length;
    return {
      confidence: ids === 3 ? 0.95 : 0.8,
      words: wordsFor(rows, planOf(events, defaultsOf(specs))),
      kind: 'objects',
      rows,
      ...(role ? { role } : {}),
      settings: specs,
      reasons: [
        `lists ${collections.map(({ collection }) => `${collection}_pt`).join(', ')}${ids === 3 ? ' beside run, luminosityBlock and event' : ''}`,
        ...(triggers > 0
          ? [`${countOf(triggers, 'trigger or filter column')} of ${countText(file.arrays.length)} not looked at`]
          : []),
      ],
    };
  },
  read,
};
export default nanoAod;

function wordsFor(rows: number, plan: readonly SlotPlan[]): string {
  return `NanoAOD: ${countOf(rows, 'event')}; ${planWords(plan)}`;
}

interface Events {
  prefix: string;
  rows: number;
  /** How many of run, luminosityBlock and event are there. */
  ids: number;
  collections: readonly (typeof kinds)[number][];
  mets: readonly string[];
  find(name: string): ArrayInfo | undefined;
}

/** The group of arrays, usually one tree, that has collections with pT, eta and phi. */
function findEvents(file: OpenFile): Events | undefined {
  const anchors = file.arrays.filter(
    (array) => array.jagged && kinds.some((kind) => lastPart(array.name) === `${kind.collection}_pt`),
  );
  for (const anchor of anchors) {
    const prefix = anchor.name.slice(0, anchor.name.length - lastPart(anchor.name).length);
    const rows = anchor.shape[0] as number;
    const own = new Map(
      file.arrays
        .filter(({ name, shape, problem }) => name.startsWith(prefix) && shape[0] === rows && !problem)
        .map((array) => [array.name.slice(prefix.length), array]),
    );
    const find = (name: string): ArrayInfo | undefined => own.get(name);
    const lists = (name: string): boolean => ['pt', 'eta', 'phi'].every((part) => find(`${name}_${part}`)?.jagged === true);
    const collections = kinds.filter(({ collection }) => lists(collection));
    if (collections.length === 0 || rows === 0) continue;
    const mets = metNames.filter((name) => find(`${name}_pt`)?.shape.length === 1 && find(`${name}_phi`)?.shape.length === 1);
    const ids = ['run', 'luminosityBlock', 'event'].filter((name) => find(name)).length;
    return { prefix, rows, ids, collections, mets, find };
  }
  return undefined;
}

// ---- what is kept --------------------------------------------------------------------------------------------------------

function specsFor({ collections, mets }: Events): ParamSpecs {
  const specs: Record<string, ParamSpec> = {};
  if (mets.length > 0) {
    specs.met = {
      kind: 'choice',
      label: 'Missing momentum',
      help: 'Which estimate of the missing transverse momentum fills the first slot.',
      default: mets[0] as string,
      options: [...mets.map((name) => ({ value: name, label: name })), { value: 'none', label: 'none' }],
    };
  }
  for (const { setting, collection, usual } of collections) {
    specs[setting] = {
      kind: 'number',
      label: `${collection} slots`,
      help: `The hardest entries of ${collection} that are kept; 0 leaves the collection out.`,
      default: usual,
      min: 0,
      max: 50,
      integer: true,
    };
  }
  specs.removeOverlap = {
    kind: 'switch',
    label: 'Remove jets that are leptons',
    help: `Leaves out jets within ${overlap} in eta and phi of an electron or muon that is kept.`,
    default: true,
  };
  specs.spectators = {
    kind: 'text',
    label: 'Further columns',
    help: 'Names of columns with one number per event, separated by commas: kept as spectators, never as an input of a model.',
    default: '',
    advanced: true,
  };
  return specs;
}

function defaultsOf(specs: ParamSpecs): Params {
  return Object.fromEntries(Object.entries(specs).map(([key, spec]) => [key, spec.default]));
}

function planOf({ collections }: Events, settings: Params): SlotPlan[] {
  const met: SlotPlan[] = settings.met !== undefined && settings.met !== 'none' ? [{ type: 'MET', slots: 1 }] : [];
  return [...met, ...collections.map(({ type, setting }) => ({ type, slots: settings[setting] as number }))];
}

// ---- reading -------------------------------------------------------------------------------------------------------------

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const events = findEvents(file);
  if (!events) {
    throw new Problem({
      where: file.name,
      expected: 'lists Electron_pt, Muon_pt or Jet_pt with their eta and phi',
      found: catalogue(file),
      fix: 'Choose a NanoAOD file, or another layout for this one',
    });
  }
  const settings = checkSettings(specsFor(events), options, file.name);
  const plan = planOf(events, settings);
  checkPlan(plan, file.name);
  const [start, end] = chosenRows(options, events.rows, file.name);
  const rows = end - start;
  const labelled = await classesOf(file, [start, end], options);
  const objectTypes = slotTypes(plan);
  const values = makeMatrix(rows, objectTypes.length * 3, file.name);
  const chosen = events.collections.filter(({ setting }) => (settings[setting] as number) > 0);
  const chunk = Math.max(1, ...chosen.map(({ collection }) => events.find(`${collection}_pt`)?.chunkRows ?? 1));
  const fillers = new Map(chosen.map(({ type }) => [type, new SlotFiller()]));
  const overlaps = { count: 0 };
  for (const [from, to] of bands(start, end, bandRows, chunk)) {
    const band = await readBand(file, events, chosen, settings, [from, to], options.signal);
    fillBand(
      band,
      plan,
      values.subarray((from - start) * objectTypes.length * 3),
      fillers,
      settings.removeOverlap as boolean,
      overlaps,
    );
    options.onProgress?.({
      done: (to - start) / rows,
      message: `Reading ${file.name}: ${countText(to - start)} of ${countOf(rows, 'event')}`,
    });
  }
  const columns = await flatColumns(file, events, settings, [start, end], options.signal);
  return {
    kind: 'objects',
    rows,
    shape: [objectTypes.length, 3],
    features: objectFeatures(objectTypes),
    objectTypes,
    values,
    ...classFields(labelled),
    ...columns,
    words: wordsFor(rows, plan),
    remarks: [
      ...labelled.remarks,
      ...(overlaps.count > 0
        ? [`${countOf(overlaps.count, 'jet')} within ${overlap} of a kept electron or muon left out: they are the same object`]
        : []),
      ...[...fillers].flatMap(([type, { count }]) => slotRemarks(count, type)),
      ...(file.remarks ?? []),
    ],
  };
}

interface Band {
  rows: number;
  met?: { pT: ArrayLike<number>; phi: ArrayLike<number> };
  lists: Map<ObjectType, { pT: Lists; eta: Lists; phi: Lists }>;
}

async function readBand(
  file: OpenFile,
  events: Events,
  chosen: Events['collections'],
  settings: Params,
  rows: [number, number],
  signal: AbortSignal | undefined,
): Promise<Band> {
  const { readLists } = file;
  if (!readLists) throw new Error(`${file.name} has lists but no way to read them`);
  const options = { rows, ...(signal ? { signal } : {}) };
  const name = (short: string): string => (events.find(short) as ArrayInfo).name;
  const band: Band = { rows: rows[1] - rows[0], lists: new Map() };
  if (settings.met !== undefined && settings.met !== 'none') {
    const pT = (await file.read(name(`${settings.met}_pt`), options)) as Float32Array;
    band.met = { pT, phi: (await file.read(name(`${settings.met}_phi`), options)) as Float32Array };
  }
  for (const { collection, type } of chosen) {
    const pT = await readLists.call(file, name(`${collection}_pt`), options);
    const eta = await readLists.call(file, name(`${collection}_eta`), options);
    const phi = await readLists.call(file, name(`${collection}_phi`), options);
    if (eta.values.length !== pT.values.length || phi.values.length !== pT.values.length) {
      throw new Problem({
        where: `${file.name}, ${collection}`,
        expected: `as many values of ${collection}_eta and ${collection}_phi as of ${collection}_pt (${pT.values.length})`,
        found: `${eta.values.length} and ${phi.values.length}`,
        fix: 'Check the file; it seems to be damaged',
      });
    }
    band.lists.set(type, { pT, eta, phi });
  }
  return band;
}

/** @param values rows of the band, to be filled */
function fillBand(
  band: Band,
  plan: readonly SlotPlan[],
  values: Float32Array,
  fillers: ReadonlyMap<ObjectType, SlotFiller>,
  removeOverlap: boolean,
  overlaps: { count: number },
): void {
  const width = plan.reduce((sum, { slots }) => sum + slots, 0) * 3;
  for (let row = 0; row < band.rows; row++) {
    const leptons: [first: number, end: number][] = [];
    let at = row * width;
    for (const { type, slots } of plan) {
      if (slots === 0) continue;
      const next = at + slots * 3;
      if (type === 'MET') {
        const pT = band.met?.pT[row] as number;
        if (pT > 0) values.set([pT, 0, band.met?.phi[row] as number], at);
      } else {
        const { pT, eta, phi } = band.lists.get(type) as { pT: Lists; eta: Lists; phi: Lists };
        const filler = fillers.get(type) as SlotFiller;
        for (let i = pT.offsets[row] as number; i < (pT.offsets[row + 1] as number); i++) {
          const [e, p] = [eta.values[i] as number, phi.values[i] as number];
          if (removeOverlap && type === 'jet' && near(values, leptons, e, p)) overlaps.count++;
          else filler.add(pT.values[i] as number, e, p);
        }
        filler.fill(values, at, slots);
        if (type === 'electron' || type === 'muon') leptons.push([at, next]);
      }
      at = next;
    }
  }
}

function near(values: Float32Array, leptons: readonly [number, number][], eta: number, phi: number): boolean {
  for (const [first, end] of leptons)
    for (let at = first; at < end && values[at] !== 0; at += 3)
      if (deltaR(values[at + 1] as number, values[at + 2] as number, eta, phi) < overlap) return true;
  return false;
}

/** Run, lumisection, event and weight, where they are, and the further columns that the reader named. */
async function flatColumns(
  file: OpenFile,
  events: Events,
  settings: Params,
  rows: [number, number],
  signal: AbortSignal | undefined,
): Promise<Pick<DatasetPart, 'run' | 'lumisection' | 'event' | 'weight' | 'spectators'>> {
  const column = async (name: string): Promise<Float64Array | undefined> => {
    const array = events.find(name);
    if (!array || array.jagged || array.shape.length !== 1) return undefined;
    return Float64Array.from((await file.read(array.name, { rows, ...(signal ? { signal } : {}) })) as Float64Array);
  };
  const [run, lumisection, event, weight] = [
    await column('run'),
    await column('luminosityBlock'),
    await column('event'),
    await column('genWeight'),
  ];
  const names = (settings.spectators as string).split(',').flatMap((name) => name.trim() || []);
  const spectators: Record<string, Float64Array> = {};
  for (const name of names) {
    const values = events.find(name)?.type === 'text' ? undefined : await column(name);
    if (!values) {
      throw new Problem({
        where: `${file.name}, further column "${name}"`,
        expected: 'a column with one number per event',
        found: events.find(name) ? 'a list or a text in each event' : 'no column of this name',
        fix: 'Correct the name',
      });
    }
    spectators[name] = values;
  }
  return {
    ...(run ? { run } : {}),
    ...(lumisection ? { lumisection } : {}),
    ...(event ? { event } : {}),
    ...(weight ? { weight } : {}),
    ...(names.length > 0 ? { spectators } : {}),
  };
}
