/**
 * Result files of ADC2021 models: `BKG_input` beside `BKG_predicted`, and the same for each signal. What a model made of its events is
 * all there, so nothing has to be trained: the mean squared error of each event is its score.
 *
 * Numbers of an event whose input is 0 are padding and are left out of the error, which is divided by the numbers of an event all the
 * same: (1/D) sum over x != 0 of (x - y)^2, as in E. Govorkova et al., arXiv 2108.03986.
 */
import type { EventClass } from '../../base/kinds.ts';
import { countOf } from '../../base/numbers.ts';
import { Problem } from '../../base/problem.ts';
import type { ArrayInfo, OpenFile } from '../formats/contract.ts';
import { lastPart } from '../roles.ts';
import { bands, catalogue, chosenRows } from '../rows.ts';
import { isNumeric } from '../table/roles.ts';
import { checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';

const bandNumbers = 4_000_000;

const results: Layout = {
  id: 'adc2021-results',
  name: 'ADC2021 model results',
  expects: '"BKG_input" and "BKG_predicted", and the same for each signal',
  recognises(file) {
    const pairs = findPairs(file);
    if (pairs.length === 0) return undefined;
    const rows = pairs.reduce((sum, pair) => sum + pair.rows, 0);
    return {
      confidence: 0.95,
      words: wordsFor(pairs, rows),
      kind: 'table',
      rows,
      purpose: 'scores',
      label: 'class',
      reasons: [`${countOf(pairs.length, 'pair')} of arrays named _input and _predicted`],
    };
  },
  read,
};
export default results;

interface Pair {
  eventClass: EventClass;
  rows: number;
  width: number;
  input: ArrayInfo;
  predicted: ArrayInfo;
}

function findPairs(file: OpenFile): Pair[] {
  return file.arrays
    .flatMap((input): Pair[] => {
      const stem = /^(.*)_input$/.exec(input.name)?.[1];
      const predicted = file.arrays.find(({ name }) => name === `${stem}_predicted`);
      const size = ({ shape }: ArrayInfo): number => shape.slice(1).reduce((product, n) => product * n, 1);
      const alike = predicted && predicted.shape[0] === input.shape[0] && size(predicted) === size(input);
      if (stem === undefined || !alike || !isNumeric(input) || !isNumeric(predicted) || (input.shape[0] ?? 0) === 0) return [];
      const name = lastPart(stem);
      const background = /^(bkg|background)$/i.test(name);
      const eventClass: EventClass = background ? { name: 'background', role: 'background' } : { name, role: 'signal' };
      return [{ eventClass, rows: input.shape[0] as number, width: size(input), input, predicted }];
    })
    .sort((a, b) => Number(b.eventClass.role === 'background') - Number(a.eventClass.role === 'background'));
}

function wordsFor(pairs: readonly Pair[], rows: number): string {
  const signals = pairs.filter(({ eventClass }) => eventClass.role === 'signal').map(({ eventClass }) => eventClass.name);
  return `results of a trained model: ${countOf(rows, 'event')}; background${signals.length > 0 ? ` and ${signals.join(', ')}` : ''}`;
}

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const pairs = findPairs(file);
  if (pairs.length === 0) {
    throw new Problem({
      where: file.name,
      expected: 'arrays "BKG_input" and "BKG_predicted" of one shape',
      found: catalogue(file),
      fix: 'Choose another file, or another layout for this one',
    });
  }
  const total = pairs.reduce((sum, { rows }) => sum + rows, 0);
  checkSettings({}, options, file.name);
  const [start, end] = chosenRows(options, total, file.name);
  const values = new Float32Array(end - start);
  const label = new Uint8Array(end - start);
  const passOn = options.signal ? { signal: options.signal } : {};
  let before = 0;
  for (const [at, { input, predicted, rows, width }] of pairs.entries()) {
    const [first, last] = [Math.max(0, start - before), Math.min(rows, end - before)];
    for (const [from, to] of first < last ? bands(first, last, Math.ceil(bandNumbers / width), input.chunkRows) : []) {
      const x = (await file.read(input.name, { rows: [from, to], ...passOn })) as Float64Array;
      const y = (await file.read(predicted.name, { rows: [from, to], ...passOn })) as Float64Array;
      for (let row = 0; row < to - from; row++) {
        let sum = 0;
        for (let k = row * width; k < (row + 1) * width; k++) if (x[k] !== 0) sum += ((x[k] as number) - (y[k] as number)) ** 2;
        values[before + from + row - start] = sum / width;
        label[before + from + row - start] = at;
      }
      options.onProgress?.({ done: (before + to - start) / (end - start), message: `Reading ${file.name}` });
    }
    before += rows;
  }
  const whole = options.role && options.label === undefined ? options.role : undefined;
  return {
    kind: 'table',
    rows: end - start,
    shape: [1],
    features: [{ name: 'squared error', unit: '', quantity: 'other' }],
    values,
    classes: whole ? [whole] : pairs.map(({ eventClass }) => eventClass),
    label: whole ? new Uint8Array(end - start) : label,
    words: wordsFor(pairs, end - start),
    remarks: [
      'the score is the mean squared error between input and prediction, padding left out; higher is more anomalous',
      ...(file.remarks ?? []),
    ],
  };
}
