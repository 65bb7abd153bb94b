import { describe, expect, it } from 'vitest';
import { checkParams } from '../base/params.ts';
import { adcObjectTypes } from '../data/objects.ts';
import { fixture, hackathonTypes } from '../testing/fixtures.ts';
import type { Batch, ModelInput } from './contract.ts';
import model from './feature-cut.ts';

const { input } = fixture('objects', 57, 1);

/** One event: pT by slot. */
function eventOf(momenta: Readonly<Record<number, number>>, data: ModelInput = input): Batch {
  const raw = new Float32Array(data.width);
  for (const [slot, pT] of Object.entries(momenta)) raw[Number(slot) * 3] = pT;
  const mask = new Uint8Array(data.width).fill(1);
  return { rows: 1, width: data.width, raw, rawWidth: data.width, rawFeatures: data.features, x: raw, target: raw, mask };
}

async function cut(preset: string, batch: Batch, data: ModelInput = input): Promise<number> {
  const detector = model.build(data, checkParams(model.params, model.presets[preset]!.params, 'test'), 1);
  return (await detector.forward(batch)).feature![0]!;
}

describe('feature cuts on an event with MET 30, electrons 25 and 10, a muon of 40, jets 50, 20 and 15', () => {
  const event = eventOf({ 0: 30, 1: 25, 2: 10, 5: 40, 9: 50, 10: 20, 12: 15 });
  it.each([
    ['ht', 85],
    ['st', 190],
    ['met', 30],
    ['multiplicity', 6],
    ['jet-multiplicity', 3],
    ['leading-lepton-pt', 40],
    ['leading-jet-pt', 50],
  ])('%s is %i', async (preset, value) => {
    expect(adcObjectTypes[9]).toBe('jet');
    expect(await cut(preset, event)).toBe(value);
  });
  it('an empty event has 0 of everything', async () => {
    for (const preset of Object.keys(model.presets)) expect(await cut(preset, eventOf({}))).toBe(0);
  });
});

describe('feature cuts on other data', () => {
  it('fat jets are the jets where there are no others', async () => {
    const data = fixture('objects', 42, 1).input;
    expect(hackathonTypes[0]).toBe('fat jet');
    expect(await cut('ht', eventOf({ 0: 400, 1: 300, 6: 20 }, data), data)).toBe(700);
  });
  it('a quantity that the data does not have is refused', () => {
    const data = fixture('objects', 42, 1).input;
    expect(() => model.build(data, { quantity: 'met', column: '' }, 1)).toThrow(/the objects that MET is made of/);
    expect(() => model.build(fixture('table', 4, 1).input, { quantity: 'ht', column: '' }, 1)).toThrow(
      /found data of kind table/,
    );
  });
  it('a column is taken by name, the first without one, and a wrong name is refused', async () => {
    const table = fixture('table', 4, 2);
    const batch = table.batch(Float32Array.from([1, 2, 3, 4, 5, Number.NaN, 7, 8]), { input: 'raw', target: 'raw' });
    const column = async (name: string) => [
      ...(await model.build(table.input, { quantity: 'column', column: name }, 1).forward(batch)).feature!,
    ];
    expect(await column('')).toEqual([1, 5]);
    expect(await column('number 3')).toEqual([3, 7]);
    expect(await column('number 2')).toEqual([2, Number.NaN]);
    await expect(column('mass')).rejects.toThrow(/expected one of number 1, number 2, number 3, number 4; found "mass"/);
  });
  it('says its unit', () => {
    const unit = (quantity: string) => model.build(input, { quantity, column: '' }, 1).feature!.unit;
    expect([unit('ht'), unit('multiplicity')]).toEqual(['GeV', '']);
  });
});
