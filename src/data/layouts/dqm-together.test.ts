import { describe, expect, it } from 'vitest';
import { openText } from '../../testing/files.ts';
import { join } from '../join.ts';
import { applyScaling, fitScaling, invertScaling } from '../preprocess.ts';
import type { TrainingRows } from '../split.ts';
import dqm from './dqm.ts';

const role = { name: 'background', role: 'background' } as const;
const header = 'fromrun,fromlumi,hname,metype,histo,entries,Xmin,Xmax,Xbins,Ymin,Ymax,Ybins\n';
const line = (lumi: number, name: string, cells: number[], bins: number, type = 3) =>
  `7,${lumi},${name},${type},"[${cells.join(', ')}]",${cells.reduce((a, b) => a + b, 0)},0,${bins},${bins},0,1,1\n`;
// sizes come in another order than charges, lumisection 4 has no size, lumisection 2 no entry in it
const text =
  header +
  line(1, 'charge', [9, 1, 2, 3, 4, 9], 4) +
  line(3, 'size', [6, 2], 2) +
  line(2, 'charge', [9, 0, 1, 0, 1, 9], 4) +
  line(1, 'size', [1, 3], 2) +
  line(3, 'charge', [0, 5, 0, 0, 5, 0], 4) +
  line(4, 'charge', [0, 5, 0, 0, 5, 0], 4) +
  line(2, 'size', [0, 0], 2) +
  line(2, 'map', [1], 1, 6);

const read = async (settings: Record<string, string> = {}) =>
  dqm.read(await openText('all.csv', text), { role, settings: { histogram: 'together', ...settings } });

describe('several histograms of one file, side by side', () => {
  it('puts those of one lumisection into one row and says what is left out', async () => {
    const part = await read();
    expect([part.kind, part.rows, part.shape]).toEqual(['histograms', 3, [6]]);
    expect([...part.lumisection!]).toEqual([1, 2, 3]);
    expect([...part.values.slice()]).toEqual([1, 2, 3, 4, 1, 3, 0, 1, 0, 1, 0, 0, 5, 0, 0, 5, 6, 2]);
    expect(part.features.map(({ name }) => name).slice(3, 5)).toEqual(['charge: bin 4', 'size: bin 1']);
    expect(part.histogram?.parts).toEqual([
      { name: 'charge', low: 0, high: 4, start: 0, cells: 4 },
      { name: 'size', low: 0, high: 2, start: 4, cells: 2 },
    ]);
    expect([...part.spectators!['entries of size']!]).toEqual([4, 0, 8]);
    const remarks = part.remarks.join('\n');
    expect(remarks).toContain('1 lumisection without one of the histograms left out');
    expect(remarks).toContain('with two axes, and so left out: map');
    expect(remarks).toContain('size: 1 of 3 histograms is empty');
  });

  it('keeps under- and overflow of those that have them', async () => {
    const part = await read({ flow: 'keep' });
    expect(part.shape).toEqual([8]);
    expect([...part.values.slice().subarray(0, 8)]).toEqual([9, 1, 2, 3, 4, 9, 1, 3]);
    expect(part.features.map(({ name }) => name)[5]).toBe('charge: overflow');
  });

  it('is divided by the sum of each histogram, and multiplied by it again', async () => {
    const dataset = join([{ part: await read(), name: 'all.csv' }]);
    const rows = Uint32Array.of(0, 1, 2) as TrainingRows;
    const fitted = fitScaling(dataset, rows, 'l1-normalised');
    const shares = applyScaling(fitted, dataset, rows);
    expect([...shares].map((x) => Number(x.toFixed(6)))).toEqual([
      0.1, 0.2, 0.3, 0.4, 0.25, 0.75, 0, 0.5, 0, 0.5, 0, 0, 0.5, 0, 0, 0.5, 0.75, 0.25,
    ]);
    expect([...invertScaling(fitted, shares, dataset.values.slice())].map(Math.round)).toEqual([...dataset.values.slice()]);
  });

  it('refuses a file of which no lumisection has all of them', async () => {
    const apart = header + line(1, 'charge', [1, 2, 3, 4], 4) + line(2, 'size', [1, 3], 2);
    await expect(dqm.read(await openText('apart.csv', apart), { role, settings: { histogram: 'together' } })).rejects.toThrow(
      /expected at least two histograms .* found 2 histograms with one axis and 0 lumisections/,
    );
  });
});
