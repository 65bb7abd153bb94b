import { describe, expect, it } from 'vitest';
import type { ColumnSummary } from '../../worker/api.ts';
import { filtered, flagsText, meanText, objectOf, objectsOf, shareText } from './column-words.ts';

function column(name: string, more: Partial<ColumnSummary> = {}, slot?: number): ColumnSummary {
  return {
    feature: { name, unit: '', quantity: 'other', ...(slot === undefined ? {} : { slot }) },
    min: 0,
    max: 1,
    mean: 0,
    deviation: 1,
    missing: 0,
    padding: 0,
    constant: false,
    zeros: 0,
    sentinels: [],
    under: [],
    over: [],
    edges: [],
    counts: [],
    ...more,
  };
}

const columns = [column('MET pT', {}, 0), column('jet 1 pT', {}, 1), column('jet 10 eta', {}, 2), column('tau21')];

describe('columns', () => {
  it('belong to their object, whatever its number', () => {
    expect(columns.map(objectOf)).toEqual(['MET', 'jet', 'jet', null]);
    expect(objectsOf(columns)).toEqual(['MET', 'jet']);
  });

  it('are found by object and by every word that is typed', () => {
    expect(filtered(columns, 'jet', '').length).toBe(2);
    expect(filtered(columns, '', 'PT jet').map((c) => c.feature.name)).toEqual(['jet 1 pT']);
    expect(filtered(columns, 'MET', 'eta')).toEqual([]);
  });

  it('give mean and deviation to the same decimal', () => {
    expect(meanText({ mean: 41.2345, deviation: 30.1 })).toBe('41.2 ± 30.1');
    expect(meanText({ mean: -0.00123, deviation: 1.7 })).toBe('0.00 ± 1.70');
    expect(meanText({ mean: 5, deviation: 0 })).toBe('5.00 ± 0.00');
    expect(meanText({ mean: Number.NaN, deviation: Number.NaN })).toBe('–');
  });

  it('say what deserves a look', () => {
    expect(flagsText(columns)).toBe('');
    expect(flagsText([column('a', { constant: true }), column('b', { missing: 0.1 })])).toBe('1 constant, 1 with missing values');
    expect(shareText(0)).toBe('–');
    expect(shareText(0.412)).toBe('41.2\u00a0%');
  });
});
