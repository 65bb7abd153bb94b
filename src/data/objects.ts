/**
 * What the numbers of an `objects` row are called: a row is a list of slots, each slot one reconstructed object with pT, eta and
 * phi. One place, so that a file in the ADC2021 layout and the built-in sample have the same columns. Knows no file and no values.
 */
import type { Feature, ObjectType } from '../base/kinds.ts';

/** Numbers of one slot: pT [GeV], eta, phi [rad]. */
export const slotQuantities = ['pT', 'eta', 'phi'] as const;

/** The 19 slots of an ADC2021 event, in storage order: MET, 4 electrons, 4 muons, 10 jets. */
export const adcObjectTypes: readonly ObjectType[] = [
  'MET',
  ...Array<ObjectType>(4).fill('electron'),
  ...Array<ObjectType>(4).fill('muon'),
  ...Array<ObjectType>(10).fill('jet'),
];

/**
 * Names and units of the numbers of a row, slot by slot (pT, eta, phi). Objects of one type are counted from 1; MET, of which
 * there is only one, has no number.
 *
 * Worked value: the first six of `adcObjectTypes` are `MET pT`, `MET eta`, `MET phi`, `electron 1 pT`, `electron 1 eta`,
 * `electron 1 phi`; there are 57.
 */
export function objectFeatures(types: readonly ObjectType[]): Feature[] {
  const seen = new Map<ObjectType, number>();
  return types.flatMap((type, slot) => {
    const number = (seen.get(type) ?? 0) + 1;
    seen.set(type, number);
    const object = type === 'MET' ? 'MET' : `${type} ${number}`;
    return [
      { name: `${object} pT`, unit: 'GeV', quantity: 'pT', slot },
      { name: `${object} eta`, unit: '', quantity: 'eta', slot },
      { name: `${object} phi`, unit: 'rad', quantity: 'phi', slot, periodic: true },
    ] satisfies Feature[];
  });
}
