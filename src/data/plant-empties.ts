/**
 * Plants empty histograms: rows without an entry, beside the real ones and called bad. It is how to see what empties do to a number:
 * they share one score, and an AUC or a recall can live on them alone. Knows no score.
 */
import { countText } from '../base/numbers.ts';
import { Problem } from '../base/problem.ts';
import { plainNumbers } from '../numeric/packed.ts';
import { type Dataset, rowWidth } from './dataset.ts';

/**
 * The dataset with `count` rows of zeros behind its own. They are of its first signal class, may not train, have run number 0 and
 * rising lumisections, so that a split by named runs judges them, and NaN in every spectator. The result is called synthetic.
 *
 * @throws Problem for data that are no histograms, or in which nothing is bad
 */
export function plantEmpties(dataset: Dataset, count: number): Dataset {
  const signal = dataset.classes.findIndex(({ role }) => role === 'signal');
  if (dataset.kind !== 'histograms' || signal < 0) {
    throw new Problem({
      where: `${dataset.name}, planted empties`,
      expected: 'histograms of which some are signal',
      found: dataset.kind === 'histograms' ? 'no signal' : `data of kind ${dataset.kind}`,
      fix: 'Leave plantEmpty out, or say which rows are bad',
    });
  }
  const rows = dataset.rows + count;
  const longer = (column: Float64Array, filler: number): Float64Array => {
    const copy = new Float64Array(rows).fill(filler);
    copy.set(column);
    return copy;
  };
  const values = new Float32Array(rows * rowWidth(dataset));
  values.set(plainNumbers(dataset.values));
  const label = new Uint8Array(rows).fill(signal);
  label.set(dataset.label);
  const trainable = new Uint8Array(rows);
  if (dataset.trainable) trainable.set(dataset.trainable);
  const lumisection = dataset.lumisection && longer(dataset.lumisection, 0);
  for (let i = 0; lumisection && i < count; i++) lumisection[dataset.rows + i] = i + 1;
  const words = `${countText(count)} empty histograms, planted`;
  return {
    ...dataset,
    synthetic: true,
    rows,
    values,
    label,
    ...(dataset.trainable ? { trainable } : {}),
    ...(dataset.weight ? { weight: longer(dataset.weight, 1) } : {}),
    ...(dataset.run ? { run: longer(dataset.run, 0) } : {}),
    ...(lumisection ? { lumisection } : {}),
    ...(dataset.event ? { event: longer(dataset.event, Number.NaN) } : {}),
    spectators: Object.fromEntries(
      Object.entries(dataset.spectators).map(([name, column]) => [name, longer(column, Number.NaN)]),
    ),
    origins: [...dataset.origins, { name: 'planted', words, start: dataset.rows, end: rows, synthetic: true }],
    remarks: [...dataset.remarks, `${words} among the rows of "${dataset.classes[signal]?.name}": they are no measurement`],
  };
}
