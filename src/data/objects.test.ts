import { describe, expect, it } from 'vitest';
import { adcObjectTypes, objectFeatures } from './objects.ts';

describe('names of the numbers of an objects row', () => {
  it('an ADC2021 event has 19 slots: MET, 4 electrons, 4 muons, 10 jets', () => {
    expect(adcObjectTypes.length).toBe(19);
    expect(adcObjectTypes.indexOf('electron')).toBe(1);
    expect(adcObjectTypes.indexOf('muon')).toBe(5);
    expect(adcObjectTypes.indexOf('jet')).toBe(9);
  });

  it('names its 57 numbers slot by slot, counted from 1 within a type', () => {
    const names = objectFeatures(adcObjectTypes).map((feature) => feature.name);
    expect(names.length).toBe(57);
    expect(new Set(names).size).toBe(57);
    expect(names.slice(0, 4)).toEqual(['MET pT', 'MET eta', 'MET phi', 'electron 1 pT']);
    expect(names.at(-1)).toBe('jet 10 phi');
  });

  it('marks only phi as an angle, and pT in GeV', () => {
    const features = objectFeatures(adcObjectTypes);
    expect(features.filter((feature) => feature.periodic).every((feature) => feature.quantity === 'phi')).toBe(true);
    expect(features.filter((feature) => feature.unit === 'GeV').every((feature) => feature.quantity === 'pT')).toBe(true);
    expect(features[27]).toEqual({ name: 'jet 1 pT', unit: 'GeV', quantity: 'pT', slot: 9 });
    expect(features[29]).toEqual({ name: 'jet 1 phi', unit: 'rad', quantity: 'phi', slot: 9, periodic: true });
  });
});
