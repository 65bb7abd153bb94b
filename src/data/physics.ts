/**
 * Kinematics of one event of an `objects` dataset, in GeV and radians. Slots with pT = 0 are empty and count for nothing.
 */
import type { ObjectType } from '../base/kinds.ts';
import { plainNumbers } from '../numeric/packed.ts';
import { type Dataset, rowReader, rowWidth } from './dataset.ts';

type Events = Pick<Dataset, 'values' | 'shape' | 'objectTypes'>;

/** pT of each slot of a row that satisfies `wanted`, empty slots left out. */
function momenta(events: Events, row: number, wanted: (type: ObjectType) => boolean): number[] {
  const types = events.objectTypes;
  if (!types) throw new Error('this dataset has no objects');
  const width = rowWidth(events);
  const values = plainNumbers(events.values);
  const perSlot = width / types.length;
  const found: number[] = [];
  for (let slot = 0; slot < types.length; slot++) {
    const pT = values[row * width + slot * perSlot] as number;
    if (pT > 0 && wanted(types[slot] as ObjectType)) found.push(pT);
  }
  return found;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const largest = (values: readonly number[]) => values.reduce((best, value) => Math.max(best, value), 0);
const isJet = (type: ObjectType) => type === 'jet' || type === 'fat jet';
const isLepton = (type: ObjectType) => type === 'electron' || type === 'muon';
const isMet = (type: ObjectType) => type === 'MET';

/** HT: scalar sum of the jets' pT [GeV]. */
export const ht = (events: Events, row: number): number => sum(momenta(events, row, isJet));

/** ST: scalar sum of all pT, MET included [GeV]. */
export const st = (events: Events, row: number): number => sum(momenta(events, row, () => true));

/** Missing transverse momentum [GeV]; 0 if the row has no such slot. */
export const met = (events: Events, row: number): number => sum(momenta(events, row, isMet));

/** Number of objects: slots with pT > 0, MET not counted. */
export const multiplicity = (events: Events, row: number): number => momenta(events, row, (type) => !isMet(type)).length;

/** Number of jets. */
export const jetMultiplicity = (events: Events, row: number): number => momenta(events, row, isJet).length;

/** Largest pT of the electrons and muons [GeV]; 0 without one. */
export const leadingLeptonPt = (events: Events, row: number): number => largest(momenta(events, row, isLepton));

/** Largest pT of the jets [GeV]; 0 without one. */
export const leadingJetPt = (events: Events, row: number): number => largest(momenta(events, row, isJet));

/** The same direction in [-π, π). Worked value: 4 becomes 4 - 2π = -2.2832. */
export function wrapPhi(phi: number): number {
  const turn = 2 * Math.PI;
  return phi - turn * Math.floor((phi + Math.PI) / turn);
}

/** Distance √(Δη² + Δφ²), Δφ taken the short way round. Worked value: phi = 3.1 and -3.1 at equal eta are 0.0832 apart. */
export function deltaR(eta1: number, phi1: number, eta2: number, phi2: number): number {
  const eta = eta1 - eta2;
  const phi = wrapPhi(phi1 - phi2);
  return Math.sqrt(eta * eta + phi * phi);
}

/** A few telling numbers of one row for an event table: kinematics of objects, or spectators and the first features of a table. */
export function eventSummary(dataset: Dataset, row: number): { name: string; value: number; unit: string }[] {
  if (dataset.kind === 'objects' && dataset.objectTypes) {
    return [
      { name: 'MET', value: met(dataset, row), unit: 'GeV' },
      { name: 'HT', value: ht(dataset, row), unit: 'GeV' },
      { name: 'objects', value: multiplicity(dataset, row), unit: '' },
      { name: 'jets', value: jetMultiplicity(dataset, row), unit: '' },
      { name: 'leading lepton pT', value: leadingLeptonPt(dataset, row), unit: 'GeV' },
      { name: 'leading jet pT', value: leadingJetPt(dataset, row), unit: 'GeV' },
    ];
  }
  const numbers = rowReader(dataset)(row);
  const spectators = Object.entries(dataset.spectators).map(([name, column]) => ({
    name,
    value: column[row] as number,
    unit: '',
  }));
  const features = dataset.features.slice(0, 4).map(({ name, unit }, i) => ({ name, value: numbers[i] as number, unit }));
  return [...spectators, ...features];
}
