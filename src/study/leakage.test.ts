import { describe, expect, it } from 'vitest';
import { pathSource } from '../cli/source.ts';
import { hasSharedData, sharedData } from '../testing/files.ts';
import { leakageOf } from './leakage.ts';
import { loadFilesData, loadSampleData } from './load.ts';
import { prepare } from './prepare.ts';

describe('the lesson on leakage', () => {
  const prepared = prepare(loadSampleData({ sample: 'electron-photon-images', events: 1200, params: { signalShare: 0.4 } }));

  it('done right the classes overlap, and they look alike', () => {
    const { auc, checks } = leakageOf(prepared, 'right');
    expect(auc).toBeGreaterThan(0.5);
    expect(auc).toBeLessThan(0.75);
    const [photon, electron] = checks;
    expect([photon.name, electron.name]).toEqual(['photon', 'electron']);
    expect(Math.abs(electron.sum / photon.sum - 1)).toBeLessThan(0.1);
    expect(Math.abs(electron.filled / photon.filled - 1)).toBeLessThan(0.2);
    expect(electron.least).toBe(0);
  });

  it('a reshape that interleaves energy and time separates them, and a look at both would have told', () => {
    const { auc, checks } = leakageOf(prepared, 'reshape');
    expect(auc).toBeGreaterThan(0.97);
    expect(checks[1].least).toBeLessThan(0);
    expect(checks[1].centred).toBeLessThan(0.2);
    expect(checks[0].centred).toBeGreaterThan(0.9);
  });

  it('crops of other images separate themselves', () => {
    const { auc, checks } = leakageOf(prepared, 'crops');
    expect(auc).toBeGreaterThan(0.97);
    expect(checks[1].least).toBeLessThan(0);
    expect(checks[1].name).toBe('crops in place of electron');
  });

  it('refuses what it cannot be shown on', () => {
    const table = prepare(loadSampleData({ sample: 'collider-events', events: 400 }));
    expect(() => leakageOf(table, 'right')).toThrow(/expected labelled images/);
  });
});

it.runIf(hasSharedData)(
  'on the 200 public crystals: right about 0.6, crops near 1, and no reshape of one channel (needs ../shared/data)',
  async () => {
    const path = 'ml4sci-electron-photon/electron-photon.npz';
    const dataset = await loadFilesData({ files: [{ path }], label: 'y_train' }, (name) => pathSource(`${sharedData}/${name}`));
    const prepared = prepare(dataset);
    const { auc, aucError } = leakageOf(prepared, 'right');
    expect(auc).toBeGreaterThan(0.45);
    expect(auc).toBeLessThan(0.75);
    expect(aucError).toBeGreaterThan(0.03);
    expect(leakageOf(prepared, 'crops').auc).toBeGreaterThan(0.95);
    expect(() => leakageOf(prepared, 'reshape')).toThrow(/at least two channels/);
  },
);
