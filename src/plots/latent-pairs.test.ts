import { describe, expect, it } from 'vitest';
import { classes, latentOf, scoredEvents } from '../testing/plot-fixtures.ts';
import latentPairs, { sharesIn } from './latent-pairs.ts';

const latent = latentOf(scoredEvents([60, 20, 0, 0]), 4);
const results = { provenance: { source: 'synthetic', sample: 'test' }, classes, latent, threshold: Number.POSITIVE_INFINITY };
const options = { theme: 'light', params: {}, scale: 1 } as const;

describe('the scatter matrix', () => {
  it('has six pairs and four single numbers of four, each with axes of its own', () => {
    const { data, layout } = latentPairs.figure(results, options);
    expect(Object.keys(layout).filter((key) => key.startsWith('xaxis')).length).toBe(10);
    // two classes have events: ten cells of two traces
    expect(data.length).toBe(20);
    expect(data.filter(({ showlegend }) => showlegend).map(({ name }) => name)).toEqual(['background', 'A to 4l']);
    expect(data.filter(({ type }) => type === 'scatter').length).toBe(8);
  });
  it('fills the flagged events', () => {
    const { data } = latentPairs.figure({ ...results, threshold: 0 }, options);
    const filled = data.filter(({ type, x }) => type === 'scattergl' && (x as number[]).length > 0);
    expect(filled.every(({ marker }) => !(marker as { symbol: string }).symbol.endsWith('-open'))).toBe(true);
    expect(data.filter(({ showlegend }) => showlegend).length).toBe(2);
  });
  it('shares add up to what lies inside', () => {
    const shares = sharesIn(Float32Array.from([0, 0.5, 0.51, 2]), [0, 1]);
    expect(shares[0]).toBeCloseTo(0.25, 12);
    expect(shares[20]).toBeCloseTo(0.5, 12);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(0.75, 12);
  });
});
