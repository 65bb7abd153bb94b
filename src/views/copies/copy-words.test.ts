import { describe, expect, it } from 'vitest';
import { adcObjectTypes, objectFeatures } from '../../data/objects.ts';
import type { EventNumbers } from '../../plots/parts.ts';
import { changeOf, ruleOf } from './copy-words.ts';

/** Slots by number: MET 0, muon 1 is 5, jets from 9. */
function eventOf(slots: Readonly<Record<number, readonly [pT: number, eta: number, phi: number]>>): EventNumbers {
  const input = new Array<number>(57).fill(0);
  for (const [slot, numbers] of Object.entries(slots)) input.splice(3 * Number(slot), 3, ...numbers);
  const mask = input.map((_, i) => ((input[i - (i % 3)] as number) > 0 && i !== 1 ? 1 : 0));
  return { className: 'background', features: objectFeatures(adcObjectTypes), objectTypes: adcObjectTypes, input, mask };
}

const original = eventOf({ 0: [40, 0, 3], 5: [20, 0.5, 1], 9: [100, -1, -2] });

describe('what a copy is said to be', () => {
  it('an angle, the short way round', () => {
    const turned = eventOf({ 0: [40, 0, 4 - 2 * Math.PI], 5: [20, 0.5, 2], 9: [100, -1, -1] });
    expect(changeOf('rotation', original, turned)).toBe('Turned by 1.00 rad; MET stays 40.0 GeV');
  });

  it('distances of those that moved, and what was lost', () => {
    const smeared = eventOf({ 0: [40, 0, 3], 5: [20, 0.53, 1.04], 9: [100, -1, -2] });
    expect(changeOf('smearing', original, smeared)).toBe('1 of 2 objects moved, by ΔR 0.050 at most; MET stays 40.0 GeV');
    const lost = eventOf({ 0: [40, 0, 3], 9: [100, -1, -2] });
    expect(changeOf('smearing', original, lost)).toBe('no object moved; 1 muon fewer; MET stays 40.0 GeV');
  });

  it('factors of pT', () => {
    const jets = eventOf({ 0: [40, 0, 3], 5: [20, 0.5, 1], 9: [83, -1, -2] });
    expect(changeOf('jetSmearing', original, jets)).toBe('Jet pT × 0.830; MET stays 40.0 GeV');
    const shifted = eventOf({ 0: [40, 0, 3], 5: [50, 0.5, 1], 9: [250, -1, -2] });
    expect(changeOf('shift', original, shifted)).toBe('pT of objects × 2.50; MET stays 40.0 GeV');
  });

  it('numbers of objects, and MET before and after', () => {
    const added = eventOf({ 0: [90, 0, 3], 5: [20, 0.5, 1], 6: [8, 0, 0], 9: [100, -1, -2], 10: [60, 1, 1], 11: [20, 1, 1] });
    expect(changeOf('addObjects', original, added)).toBe('1 muon, 2 jets more; MET 40.0 → 90.0 GeV');
  });

  it('with the strength that is set', () => {
    expect(ruleOf('smearing', { smearing: 3, edge: 'clamp' })).toMatch(
      /^Normal deviates of width 3\.0 × 0\.028.*put on the edge, MET stays\.$/,
    );
    expect(ruleOf('smearing', {})).toMatch(/width 1\.0 .* is deleted/);
  });
});
