import { expect, it } from 'vitest';
import type { Dataset } from '../data/dataset.ts';
import { scoresCsv } from './scores.ts';

it('writes one line per test event, with ids where they are known and names quoted where they need it', async () => {
  const dataset = {
    classes: [
      { name: 'background', role: 'background' },
      { name: 'A, to 4l', role: 'signal' },
    ],
    label: Uint8Array.of(0, 1, 0),
    run: Float64Array.of(297050, 297050, 297056),
  } as unknown as Dataset;
  const text = await scoresCsv(dataset, Uint32Array.of(1, 2), Float64Array.of(0.1, -2.5e-7)).text();
  expect(text).toBe('row,run,class,score\n1,297050,"A, to 4l",0.1\n2,297056,background,-2.5e-7\n');
});

it('names all lumisections of a row that stands for several, and marks what is no data', async () => {
  const dataset = {
    classes: [{ name: 'good', role: 'background' }],
    label: Uint8Array.of(0, 0),
    run: Float64Array.of(7, 7),
    lumisection: Float64Array.of(10, 17),
    together: { start: Uint32Array.of(0, 4, 5), lumisection: Float64Array.of(10, 11, 12, 15, 17) },
  } as unknown as Dataset;
  const noData = { row: Uint8Array.of(0, 1) };
  expect(await scoresCsv(dataset, Uint32Array.of(0, 1), Float64Array.of(0.5, Number.NaN), noData).text()).toBe(
    'row,run,lumisection,lumisections,class,no_data,score\n0,7,10,10-12 15,good,0,0.5\n1,7,17,17,good,1,NaN\n',
  );
});
