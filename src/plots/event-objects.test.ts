import { describe, expect, it } from 'vitest';
import type { Feature } from '../base/kinds.ts';
import { eventOf } from '../testing/plot-fixtures.ts';
import eventAttributions, { rankedNumbers, rankedObjects } from './event-attributions.ts';
import eventDisplay from './event-display.ts';
import { attributionsOf, equalPlane, errorSum, objectAttributions, objectsOf, typeColour, typeOrder } from './event-objects.ts';
import eventTransverse, { roundLength } from './event-transverse.ts';
import type { EventNumbers } from './parts.ts';

const quantities = ['pT', 'eta', 'phi'] as const;
const feature = (name: string, slot: number, quantity: (typeof quantities)[number]): Feature => ({
  name: `${name} ${quantity}`,
  unit: quantity === 'pT' ? 'GeV' : quantity === 'phi' ? 'rad' : '',
  quantity,
  slot,
  ...(quantity === 'phi' ? { periodic: true } : {}),
});

/**
 * MET 50 GeV along +x; jet 1 of 100 GeV at phi = π/2; an empty jet 2. Squared errors: MET 1 + - + 0, jet 1 4 + 9 + 1, jet 2 1 + 0 + 0
 * of padding: 15 and 1.
 */
const event: EventNumbers = {
  className: 'signal',
  objectTypes: ['MET', 'jet', 'jet'],
  features: [
    ...quantities.map((quantity) => feature('MET', 0, quantity)),
    ...quantities.map((quantity) => feature('jet 1', 1, quantity)),
    ...quantities.map((quantity) => feature('jet 2', 2, quantity)),
  ],
  input: [50, 0, 0, 100, 1, Math.PI / 2, 0, 0, 0],
  mask: [1, 0, 1, 1, 1, 1, 0, 0, 0],
  reconstruction: [40, 0, 0, 120, 0.5, Math.PI / 2 - 2 * Math.PI, 7, 0, 0],
  errors: [1, 0, 0, 4, 9, 1, 1, 0, 0],
  spread: { of: [0.5, Number.NaN, 0, 1, 2, Number.NaN, 1, 1, 1], events: 100 },
};

describe('attributions of an event', () => {
  it('are the root of the error over its usual size, with the sign of reconstruction minus input', () => {
    const byName = Object.fromEntries(attributionsOf(event).map((one) => [one.feature.name, one.pull]));
    expect(byName).toEqual({
      'MET pT': -1 / 0.5,
      // restored without any spread among background: no number can be given
      'MET phi': Number.NaN,
      'jet 1 pT': 2 / 1,
      'jet 1 eta': -3 / 2,
      'jet 1 phi': Number.NaN,
    });
  });

  it('hold a share of the error of the numbers that exist; what lies in padding is counted apart', () => {
    const shares = attributionsOf(event).map(({ share }) => share);
    expect(shares).toEqual([1 / 15, 0, 4 / 15, 9 / 15, 1 / 15]);
    expect([errorSum(event), errorSum(event, 'padding')]).toEqual([15, 1]);
  });

  it('add up for each object: squares of pulls, and shares', () => {
    expect(objectAttributions(event)).toEqual([
      { owner: 'MET', type: 'MET', slot: 0, numbers: 1, pulls: 4, share: 1 / 15, loss: Number.NaN, part: Number.NaN },
      {
        owner: 'jet 1',
        type: 'jet',
        slot: 1,
        numbers: 2,
        pulls: 4 + 2.25,
        share: 4 / 15 + 9 / 15 + 1 / 15,
        loss: Number.NaN,
        part: Number.NaN,
      },
    ]);
    expect(rankedObjects(event).map(({ owner }) => owner)).toEqual(['jet 1', 'MET']);
  });

  it('are ranked by size, whatever the sign; what has none comes last', () => {
    expect(rankedNumbers(event).map(({ feature }) => feature.name)).toEqual([
      'MET pT',
      'jet 1 pT',
      'jet 1 eta',
      'MET phi',
      'jet 1 phi',
    ]);
  });

  it('take the short way round for angles', () => {
    expect(attributionsOf(event).at(-1)?.residual).toBeCloseTo(0, 12);
  });

  it('are unknown, not zero, for a model that reconstructs nothing', () => {
    const { errors, reconstruction, spread, ...bare } = event;
    expect([errors, reconstruction, spread]).not.toContain(undefined);
    for (const { pull, share } of attributionsOf(bare)) expect([pull, share]).toEqual([Number.NaN, Number.NaN]);
    expect(objectAttributions(bare).every(({ pulls, share }) => Number.isNaN(pulls) && Number.isNaN(share))).toBe(true);
  });

  it('of a model that restores nothing are what the score loses without each object', () => {
    const { errors: _, reconstruction: __, spread: ___, ...bare } = event;
    const NaNs = [Number.NaN, Number.NaN, Number.NaN];
    // 10 in all; 9 without MET, 4 without the jet
    const leftOut = { score: 10, without: [9, Number.NaN, 9, 4, 4, 4, ...NaNs], replaced: false };
    const asked = { ...bare, leftOut };
    expect(objectAttributions(asked).map(({ owner, loss, part }) => [owner, loss, part])).toEqual([
      ['MET', 1, 0.1],
      ['jet 1', 6, 0.6],
    ]);
    const options = { theme: 'light' as const, params: { colour: 'share', by: 'number', top: 12 }, scale: 1 };
    const results = { provenance: { source: '', sample: '' }, event: asked };
    expect(eventAttributions.table(results, options).rows).toEqual([
      ['jet 1', 4, 6, 60],
      ['MET', 9, 1, 10],
    ]);
    const { data } = eventDisplay.figure(results, options);
    expect(JSON.stringify(data)).toContain('60.0\u00a0%');
  });

  it('of a table stand for themselves', () => {
    const table: EventNumbers = {
      className: 'x',
      features: [
        { name: 'mjj', unit: 'GeV', quantity: 'other' },
        { name: 'tau21', unit: '', quantity: 'other' },
      ],
      input: [3000, 0.4],
      mask: [1, 1],
      reconstruction: [2800, 0.5],
      errors: [4, 1],
      spread: { of: [1, 0.25], events: 50 },
    };
    expect(rankedNumbers(table).map(({ owner, pull }) => [owner, pull])).toEqual([
      ['tau21', 4],
      ['mjj', -2],
    ]);
  });
});

describe('objects of an event', () => {
  it('are those that exist, with angles in [-π, π)', () => {
    expect(objectsOf(event, event.input).map(({ name }) => name)).toEqual(['MET', 'jet 1']);
    const [, jet] = objectsOf(event, event.reconstruction ?? []);
    expect(jet?.phi).toBeCloseTo(Math.PI / 2, 12);
  });

  it('have one colour for each type, the same in both displays and their legends', () => {
    const options = { theme: 'light' as const, params: { colour: 'type' }, scale: 1 };
    const colours = typeOrder.map((type) => typeColour(type, options));
    expect(new Set(colours).size).toBe(typeOrder.length);
    for (const plot of [eventDisplay, eventTransverse]) {
      const { data } = plot.figure({ provenance: { source: 'synthetic', sample: 'event 1' }, event: eventOf() }, options);
      const markers = data.filter(({ name }) => typeOrder.includes(name as never));
      expect(markers.length).toBeGreaterThan(1);
      for (const { name, marker } of markers)
        expect((marker as { color: string }).color, `${plot.id} ${name}`).toBe(typeColour(name as never, options));
    }
  });

  it('coloured by share say it beside the largest', () => {
    const options = { theme: 'light' as const, params: { colour: 'share' }, scale: 1 };
    const { data } = eventDisplay.figure({ provenance: { source: '', sample: '' }, event }, options);
    const jets = data.find(({ name, x }) => name === 'jet' && (x as unknown[])[0] !== null) as {
      text: string[];
      marker: { color: number[]; cmax: number };
    };
    expect(jets.text).toEqual(['93.3\u00a0%']);
    expect(jets.marker.color).toEqual([4 / 15 + 9 / 15 + 1 / 15]);
    expect(jets.marker.cmax).toBe(4 / 15 + 9 / 15 + 1 / 15);
  });
});

describe('planes of equal units', () => {
  const margin = { l: 50, r: 10, t: 20, b: 40 };
  const pixels = (plane: ReturnType<typeof equalPlane>, width: number, height: number) => ({
    x: (width - plane.margin.l - plane.margin.r) / (2 * plane.x),
    y: (height - plane.margin.t - plane.margin.b) / (2 * plane.y),
  });

  it('are widened in the direction that has room: 440 px across and 200 px up', () => {
    // 200 px for 2π up are 31.83 px of one unit; 440 px across hold ±6.91, of which ±5 are shown
    const plane = equalPlane({ width: 500, height: 260 }, margin, { x: 3, y: Math.PI }, { x: 5, y: Math.PI });
    expect(plane.x).toBe(5);
    expect(plane.y).toBe(Math.PI);
    expect(plane.margin.l - 50).toBeCloseTo((440 - 10 * (200 / (2 * Math.PI))) / 2, 9);
    expect(plane.margin.t).toBe(20);
  });

  it('leave room above and below where the frame is tall', () => {
    // 240 px for ±3 are 40 px of one unit; 2π up take 251.3 px of 640
    const plane = equalPlane({ width: 300, height: 700 }, margin, { x: 3, y: Math.PI }, { x: 5, y: Math.PI });
    expect(plane.x).toBe(3);
    expect(plane.margin.t - 20).toBeCloseTo((640 - 80 * Math.PI) / 2, 9);
  });

  it('have the same scale across and up, whatever the size', () => {
    for (const [width, height] of [
      [390, 300],
      [700, 300],
      [320, 620],
      [1400, 900],
    ] as const) {
      const plane = equalPlane({ width, height }, margin, { x: 4, y: Math.PI }, { x: 6, y: Math.PI });
      const { x, y } = pixels(plane, width, height);
      expect(x).toBeCloseTo(y, 9);
    }
    for (const [width, height] of [
      [390, 330],
      [760, 420],
    ] as const) {
      for (const plot of [eventDisplay, eventTransverse]) {
        const { layout } = plot.figure(
          { provenance: { source: 'synthetic', sample: '' }, event },
          { theme: 'light', params: { colour: 'share' }, scale: 1, width, height },
        );
        const { l, r, t, b } = layout['margin'] as Record<string, number>;
        const range = (axis: string) => (layout[axis] as { range: [number, number] }).range;
        const across = (width - (l as number) - (r as number)) / (range('xaxis')[1] - range('xaxis')[0]);
        const up = (height - (t as number) - (b as number)) / (range('yaxis')[1] - range('yaxis')[0]);
        expect(across, plot.id).toBeCloseTo(up, 6);
      }
    }
  });
});

describe('the transverse view', () => {
  const options = { theme: 'light' as const, params: { colour: 'type' }, scale: 1 };

  it('draws vectors of (pT cos φ, pT sin φ) and the arrow of MET to its end', () => {
    const { data, layout } = eventTransverse.figure({ provenance: { source: '', sample: '' }, event }, options);
    const jet = data.find(({ name }) => name === 'jet') as { x: number[]; y: number[] };
    expect(jet.x[0]).toBeCloseTo(0, 9);
    expect(jet.y[0]).toBeCloseTo(100, 9);
    const arrow = (layout['annotations'] as { name: string; x: number; y: number }[]).find(({ name }) => name === 'MET');
    expect(arrow).toMatchObject({ x: 50, y: 0 });
  });

  it('lists components, and the sum without MET', () => {
    const rows = eventTransverse.table({ provenance: { source: '', sample: '' }, event }).rows;
    expect(rows.at(-1)?.[0]).toBe('vector sum without MET');
    expect(rows.at(-1)?.[1]).toBeCloseTo(100, 9);
    expect(rows[0]?.slice(0, 4)).toEqual(['MET', 50, 0, 50]);
  });

  it.each([
    [83, 50],
    [210, 200],
    [1, 1],
    [0.3, 0.2],
    [999, 500],
  ])('has rings of round length: %d GeV at most gives %d', (most, length) => {
    expect(roundLength(most)).toBeCloseTo(length, 12);
  });
});
