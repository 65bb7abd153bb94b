/**
 * Certification JSON among the layouts: it is recognised and said in words, but it holds no events. It labels the runs and lumisections
 * of another file; `data/certification.ts` reads and looks up, a study names it under `label` or `trainOn`.
 */
import { Problem } from '../../base/problem.ts';
import { type Certification, certificationWords, meaningFromName, parseCertification } from '../certification.ts';
import type { OpenFile } from '../formats/contract.ts';
import type { Layout } from './contract.ts';

const meanings = {
  good: 'the name says that listed means good',
  bad: 'the name says that listed means bad',
  'detector-on': 'the name says that listed means detector on',
} as const;

const certification: Layout = {
  id: 'certification',
  name: 'Certification JSON',
  expects: 'run numbers, each with a list of [first, last] lumisections',
  async recognises(file) {
    const list = await listOf(file);
    if (!list) return undefined;
    const meaning = meaningFromName(file.name);
    return {
      confidence: 0.95,
      words: certificationWords(list),
      kind: 'histograms',
      rows: list.runs.size,
      purpose: 'labels',
      reasons: [
        'all keys are run numbers and all values are ranges',
        meaning ? meanings[meaning] : 'the name does not say what listed means',
      ],
    };
  },
  read: (file) =>
    Promise.reject(
      new Problem({
        where: file.name,
        expected: 'a file with events or histograms',
        found: 'a list of certified runs and lumisections, or something else without rows',
        fix: 'Choose it as the label of a file with histograms',
      }),
    ),
};
export default certification;

/** The list as it stood in the JSON, put together again from one array per run; undefined if it is none. */
async function listOf(file: OpenFile): Promise<Certification | undefined> {
  const fits = ({ name, shape, type }: OpenFile['arrays'][number]): boolean =>
    /^\d+$/.test(name) &&
    type !== 'text' &&
    (shape[0] === 0 || (shape.length === 2 && shape[1] === 2) || (shape.length <= 2 && shape[0] === 1));
  if (file.format !== 'json' || file.arrays.length === 0 || !file.arrays.every(fits)) return undefined;
  const runs: Record<string, unknown[]> = {};
  for (const { name, shape } of file.arrays) {
    const values = shape[0] === 0 ? [] : Array.from((await file.read(name)) as Float64Array);
    const pair = shape[1] === 2;
    runs[name] = pair ? Array.from({ length: values.length / 2 }, (_, i) => values.slice(2 * i, 2 * i + 2)) : values;
  }
  try {
    return parseCertification(runs, file.name);
  } catch {
    return undefined;
  }
}
