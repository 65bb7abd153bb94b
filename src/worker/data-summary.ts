/** The loaded dataset as the page sees it: counts of rows by class and part, never the rows themselves. */
import { type Dataset, packingWords } from '../data/dataset.ts';
import type { DataSummary } from './api.ts';
import type { Loaded } from './loaded.ts';

export function summaryOf({ prepared, generation }: Loaded): DataSummary {
  const { dataset, split, splitSpec, noData, lumisections } = prepared;
  const packing = packingWords(dataset);
  const left = noData?.leaveOut ? noData.row : undefined;
  const perClass = (rows: Uint32Array): number[] => {
    const counts = dataset.classes.map(() => 0);
    for (const row of rows) if (left?.[row] !== 1) counts[dataset.label[row] as number]! += 1;
    return counts;
  };
  const without = dataset.classes.map(() => 0);
  noData?.row.forEach((is, row) => {
    without[dataset.label[row] as number]! += is;
  });
  return {
    generation,
    name: dataset.name,
    kind: dataset.kind,
    synthetic: dataset.synthetic,
    rows: dataset.rows,
    shape: dataset.shape,
    features: dataset.features,
    ...(dataset.objectTypes ? { objectTypes: dataset.objectTypes } : {}),
    ...(dataset.histogram ? { histogram: dataset.histogram } : {}),
    ...(dataset.image ? { image: dataset.image } : {}),
    classes: countClasses(dataset),
    origins: dataset.origins.map(({ name, words, start, end, synthetic }) => ({ name, words, start, end, synthetic })),
    remarks: dataset.remarks,
    split: {
      training: split.training.length,
      trainingSignal: split.trainingSignal.length,
      validation: perClass(split.validation),
      test: perClass(split.test),
      words: split.words,
      spec: splitSpec,
    },
    lumisections,
    ...(noData
      ? {
          noData: {
            rows: without,
            test: split.test.reduce((sum, row) => sum + (noData.row[row] as number), 0),
            minEntries: noData.minEntries,
            leaveOut: noData.leaveOut,
          },
        }
      : {}),
    spectators: Object.keys(dataset.spectators),
    timed: dataset.run !== undefined && dataset.lumisection !== undefined,
    preprocessing: prepared.preprocessing ?? [],
    bytes: bytesOf(dataset),
    ...(packing ? { packing } : {}),
  };
}

function bytesOf({ values, label, weight, run, lumisection, event, spectators }: Dataset): number {
  const arrays = [values, label, weight, run, lumisection, event, ...Object.values(spectators)];
  return arrays.reduce((sum, array) => sum + (array?.byteLength ?? 0), 0);
}

function countClasses(dataset: Dataset): DataSummary['classes'] {
  const rows = dataset.classes.map(() => 0);
  for (const label of dataset.label) rows[label]! += 1;
  return dataset.classes.map((c, i) => ({ ...c, rows: rows[i] as number }));
}
