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
    const ofObjects = Object.keys(model.presets).slice(0, Object.keys(model.presets).indexOf('column'));
    expect(ofObjects.length).toBeGreaterThan(5);
    for (const preset of ofObjects) expect(await cut(preset, eventOf({}))).toBe(0);
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
    expect(() => model.build(data, checkParams(model.params, { quantity: 'met' }, 'test'), 1)).toThrow(
      /the objects that MET is made of/,
    );
    expect(() => model.build(fixture('table', 4, 1).input, checkParams(model.params, { quantity: 'ht' }, 'test'), 1)).toThrow(
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

describe('feature cuts on an image', () => {
  // 3 x 4 pixels of two channels; the second is empty but for one pixel
  const data: ModelInput = { kind: 'images', shape: [3, 4, 2], width: 24, features: [], spectators: ['n_tracks'] };
  const energies = [0, 0, 0, 2, 1, 4, 0, 0, 0, 1, 0, 0];
  const raw = new Float32Array(24);
  for (const [i, value] of energies.entries()) raw[2 * i] = value;
  raw[23] = 7;
  const image = {
    ...{ rows: 1, width: 24, raw, rawWidth: 24, rawFeatures: [], x: raw, target: raw, mask: new Uint8Array(24).fill(1) },
    spectators: { n_tracks: Float64Array.of(12) },
  };
  const of = async (preset: string, changes = {}, input = data) => {
    const params = checkParams(model.params, { ...model.presets[preset]!.params, ...changes }, 'test');
    return (await model.build(input, params, 1).forward(image)).feature![0]!;
  };
  it.each([
    ['occupancy', 4],
    ['energy', 8],
    // shares 1/4, 1/8, 1/2, 1/8: (1/4) ln 4 + 2 (1/8) ln 8 + (1/2) ln 2 = (7/4) ln 2
    ['entropy', 1.75 * Math.LN2],
    ['hottest-pixel', -4],
    ['hottest-share', -0.5],
    // around row 1, column 1: all but the 2 in the corner
    ['core-3', -6 / 8],
    // the window of 5 x 5 reaches column 3
    ['core-5', -1],
    ['core-7', -1],
    // rows 0, 1, 1, 2 with 2, 1, 4, 1: mean 7/8, mean square 9/8
    ['width-rows', Math.sqrt(9 / 8 - 49 / 64)],
    // columns 3, 0, 1, 1 with 2, 1, 4, 1: mean 11/8, mean square 23/8
    ['width-columns', Math.sqrt(23 / 8 - 121 / 64)],
    ['n-tracks', 12],
  ])('%s is %d', async (preset, value) => expect(await of(preset)).toBeCloseTo(value, 12));

  it('looks at the channel that is asked for, and an image of one pixel has no width and no entropy', async () => {
    expect(await of('occupancy', { channel: 2 })).toBe(1);
    expect(await of('entropy', { channel: 2 })).toBeCloseTo(0, 14);
    expect(await of('width-rows', { channel: 2 })).toBe(0);
    expect(await of('core-3', { channel: 2 })).toBe(-1);
  });

  it('across joined rows the first lies beside the last', async () => {
    const round = { ...data, image: { periodicRows: true } };
    const moved = raw.slice();
    // the hottest pixel of channel 2 at row 2, another at row 0
    moved[1] = 7;
    const batch = { ...image, raw: moved };
    const core = async (input: ModelInput) =>
      (await model.build(input, checkParams(model.params, { quantity: 'width-rows', channel: 2 }, 'test'), 1).forward(batch))
        .feature![0];
    expect(await core(data)).toBe(1);
    expect(await core(round)).toBe(0.5);
  });

  it('an empty image has no share and no width, but a number of pixels', async () => {
    const empty = { ...image, raw: new Float32Array(24) };
    const value = async (preset: string) =>
      (await model.build(data, checkParams(model.params, model.presets[preset]!.params, 'test'), 1).forward(empty)).feature![0];
    for (const preset of ['entropy', 'hottest-share', 'core-3', 'width-rows']) expect(await value(preset)).toBeNaN();
    expect([await value('occupancy'), await value('energy')]).toEqual([0, 0]);
  });

  it('refuses a channel, a spectator and an image that are not there', () => {
    const build = (params: object, input = data) => model.build(input, checkParams(model.params, { ...params }, 'test'), 1);
    expect(() => build({ quantity: 'energy', channel: 3 })).toThrow(/expected a number from 1 to 2; found 3/);
    expect(() => build({ quantity: 'spectator', column: 'mass' })).toThrow(/expected one of n_tracks; found "mass"/);
    expect(() => build({ quantity: 'entropy' }, input)).toThrow(/found data of kind objects/);
  });

  it('says what is cut, with a minus sign where small is anomalous', () => {
    const named = { ...data, image: { channels: ['energy', 'time'], unit: 'GeV' } };
    const feature = (params: object) => model.build(named, checkParams(model.params, { ...params }, 'test'), 1).feature;
    expect(feature({ quantity: 'energy' })).toEqual({ name: 'sum of pixels, energy', unit: 'GeV' });
    expect(feature({ quantity: 'core-3', anomalous: 'small' })?.name).toMatch(/^− share/);
  });
});
