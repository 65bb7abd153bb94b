import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countOf } from '../../base/numbers.ts';
import { pathSource } from '../../cli/source.ts';
import { adcSource, hasSharedData, hdf5Source, sharedData } from '../../testing/files.ts';
import { openSource } from '../formats/open.ts';
import { recognise } from '../recognise.ts';
import adc2021 from './adc2021.ts';

const background = { name: 'background', role: 'background' } as const;
const at = (row: number, slot: number) => row * 76 + slot * 4;

describe('the ADC2021 layout', () => {
  it('names 57 numbers and drops the class id', async () => {
    const part = await adc2021.read(await openSource(await adcSource('events.h5', 2)), { role: background });
    expect(part.shape).toEqual([19, 3]);
    expect(part.features.map(({ name }) => name).slice(0, 4)).toEqual(['MET pT', 'MET eta', 'MET phi', 'electron 1 pT']);
    expect([...part.values.slice(57, 60)]).toEqual([11, 0, 1]);
    expect([...part.values.slice(57 + 27, 57 + 33)]).toEqual([61, 1.5, 2, 31, -2.5, -2]);
    expect(part.remarks).toEqual([]);
  });

  it('empties slots with pT = 0 whose phi and class survived, also between real jets, and counts them', async () => {
    const source = await adcSource('events.h5', 4, (particles) => {
      particles.set([0, 0, 2.5, 4], at(1, 9));
      particles.set([0, 0, -1.5, 4], at(3, 15));
    });
    const part = await adc2021.read(await openSource(source), { role: background });
    expect([...part.values.slice(57 + 27, 57 + 33)]).toEqual([0, 0, 0, 31, -2.5, -2]);
    expect([...part.values.slice(3 * 57 + 45, 3 * 57 + 48)]).toEqual([0, 0, 0]);
    expect(part.remarks).toEqual(['2 slots had pT = 0 but eta or phi != 0; they are empty and were zeroed']);
  });

  it('empties slots with a negative or infinite number and says so', async () => {
    const source = await adcSource('events.h5', 3, (particles) => {
      particles[at(0, 9)] = -5;
      particles[at(1, 9) + 1] = Number.POSITIVE_INFINITY;
      particles[at(2, 9)] = Number.NaN;
    });
    const part = await adc2021.read(await openSource(source), { role: background });
    for (const row of [0, 1, 2]) expect([...part.values.slice(row * 57 + 27, row * 57 + 30)]).toEqual([0, 0, 0]);
    expect(part.remarks).toEqual(['3 slots had a negative pT or a number that is not finite; they were emptied']);
  });

  it('refuses slots in another order', async () => {
    const source = await adcSource('events.h5', 3, (particles) => {
      for (let row = 0; row < 3; row++) particles[at(row, 5) + 3] = 2;
    });
    const reading = adc2021.read(await openSource(source), { role: background });
    await expect(reading).rejects.toThrow(/3 of 12 objects with the class id of another slot/);
  });

  it('guesses roles from old and new public file names', async () => {
    const file = await openSource(await adcSource('events.h5', 1));
    const guess = async (name: string) => (await adc2021.recognises({ ...file, name }))?.role;
    for (const ending of ['.h5', '_filtered.h5']) {
      expect((await guess(`background_for_training${ending}`))?.role).toBe('background');
      expect(await guess(`Ato4l_lepFilter_13TeV${ending}`)).toEqual({ name: 'A to 4l', role: 'signal' });
      expect((await guess(`leptoquark_LOWMASS_lepFilter_13TeV${ending}`))?.name).toBe('LQ to b tau');
      expect((await guess(`hToTauTau_13TeV_PU20${ending}`))?.name).toBe('h0 to tau tau');
      expect((await guess(`hChToTauNu_13TeV_PU20${ending}`))?.name).toBe('h+ to tau nu');
      expect((await guess(`BlackBox_background_mix${ending}`))?.role).toBe('unlabelled');
    }
    expect(await guess('cms2012_singlemu_data.h5')).toBeUndefined();
  });

  it('takes event numbers from EvtId', async () => {
    const particles = { name: 'Particles', data: new Float64Array(2 * 76).fill(0), shape: [2, 19, 4] };
    const file = await openSource(await hdf5Source('box.h5', [particles, { name: 'EvtId', data: new BigInt64Array([7n, 9n]) }]));
    const part = await adc2021.read(file, { role: { name: 'box', role: 'unlabelled' } });
    expect([...(part.event ?? [])]).toEqual([7, 9]);
  });

  it('says which arrays are there if the expected one is not', async () => {
    const file = await openSource(
      await hdf5Source('images.h5', [{ name: 'X', data: new Float32Array(2 * 3 * 3), shape: [2, 3, 3] }]),
    );
    await expect(recognise(file, 'adc2021')).rejects.toThrow(
      'images.h5: expected a dataset "Particles" of shape (N, 19, 4); found X (2, 3, 3) float32.',
    );
    await expect(recognise(file)).rejects.toThrow(/found X \(2, 3, 3\) float32/);
    await expect(adc2021.read(file, { role: background })).rejects.toThrow(/found X/);
    await expect(recognise(file, 'adc')).rejects.toThrow(/expected one of adc2021, .*table, .*; found "adc"/);
  });
});

describe.skipIf(!hasSharedData)('files in the ADC2021 layout (skipped without ../shared/data)', () => {
  const open = async (name: string) => openSource(await pathSource(join(sharedData, 'adc-like-derived', `${name}.h5`)));

  it.each([
    ['cms2012_singlemu_data', 770, 2744, 88872.739, 7399],
    ['cms2015_ttbar_mc', 60, 239, 8409.66, 662],
    ['darkmachines_stlp_st1000_lepton23', 7675, 60473, 18741631.773, 205370],
    ['darkmachines_stop2b1000_lepton23', 675, 5505, 1120089.598, 19024],
    ['darkmachines_sm_chan1_nofilter', 1000, 6311, 1160733.281, 22192],
    ['darkmachines_glgl1600_nofilter', 1000, 7079, 1881195.406, 25316],
  ])('%s has %i events, %i objects, summed pT %f and summed class %i', async (name, events, objects, sumPt, sumClass) => {
    const file = await open(name);
    const { layout, recognition, others } = await recognise(file);
    expect(layout.id).toBe('adc2021');
    expect(others).toEqual([]);
    expect(recognition.words).toBe(`ADC2021 particle table, 19 x 4, MET first: ${countOf(events, 'event')}`);
    const stored = (await file.read('Particles')) as Float64Array;
    const sum = (offset: number) => stored.reduce((total, value, i) => total + (i % 4 === offset ? value : 0), 0);
    expect(sum(0)).toBeCloseTo(sumPt, 3);
    expect(sum(3)).toBe(sumClass);
    const part = await layout.read(file, { role: background });
    expect(part.rows).toBe(events);
    const pT = part.values.slice().filter((_, i) => i % 3 === 0);
    expect(pT.filter((value) => value > 0).length).toBe(objects);
    // single precision keeps seven digits of each number
    expect(Math.abs(pT.reduce((total, value) => total + value, 0) / sumPt - 1)).toBeLessThan(1e-7);
    expect(part.remarks).toEqual([]);
    file.close();
  });

  it('reads a label array that lies beside the particles', async () => {
    const file = await open('darkmachines_sm_chan1_nofilter');
    const part = await adc2021.read(file, { label: 'Process', normalClass: 'njets' });
    const counts = part.classes.map(({ name, role }, i) => [name, role, part.label.filter((at) => at === i).length]);
    expect(counts[0]).toEqual(['njets', 'background', 864]);
    expect(counts).toContainEqual(['ttbar', 'signal', 58]);
    expect(counts.length).toBe(12);
    await expect(adc2021.read(file, { label: 'process' })).rejects.toThrow(/label "process": .*Choose one of Process/);
    await expect(adc2021.read(file, { label: 'Process', normalClass: 'qcd' })).rejects.toThrow(
      /expected the value "qcd" for background/,
    );
  });
});
