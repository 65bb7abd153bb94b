/**
 * A submission to ADC2021: `Result` with the ids of the selected black-box events, and the cost of the model as attributes. There are no
 * events in it; it is recognised so that it can be said what it is. Source: the challenge's rules, mpp-hep.github.io/ADC2021.
 */
import { countOf } from '../../base/numbers.ts';
import { Problem } from '../../base/problem.ts';
import { lastPart } from '../roles.ts';
import type { Layout } from './contract.ts';

const costs = ['FLOPs', 'Device', 'Latency', 'DSP', 'LUT', 'FF', 'BRAM'];

const submission: Layout = {
  id: 'adc2021-submission',
  name: 'ADC2021 submission',
  expects: 'a dataset "Result" of event ids',
  recognises(file) {
    const result = file.arrays.find(
      ({ name, shape, type }) => lastPart(name) === 'Result' && shape.length === 1 && type !== 'text',
    );
    if (!result || file.format !== 'hdf5') return undefined;
    const known = costs.filter((cost) => result.attributes && cost in result.attributes);
    const rows = result.shape[0] as number;
    return {
      confidence: known.length > 0 ? 0.95 : 0.6,
      words: `ADC2021 submission: ${countOf(rows, 'selected event id')}`,
      kind: 'table',
      rows,
      purpose: 'labels',
      reasons: ['"Result" lists event ids', ...(known.length > 0 ? [`with ${known.join(', ')} of the model`] : [])],
    };
  },
  read: (file) =>
    Promise.reject(
      new Problem({
        where: file.name,
        expected: 'a file with events',
        found: 'the ids of selected events, or something else without rows to train on',
        fix: 'Load the black box itself',
      }),
    ),
};
export default submission;
