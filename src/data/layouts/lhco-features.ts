/**
 * The high-level features of the LHC Olympics: momenta, masses and subjettiness of two jets, from which the usual inputs are derived.
 *
 * m_JJ^2 = (E1 + E2)^2 - |p1 + p2|^2 with E_i^2 = p_i^2 + m_i^2; J1 is the lighter jet; tau21 = tau2 / tau1, 0 where tau1 is 0. m_JJ is a
 * spectator: the signal region is defined on it. Masses are given in TeV, as the published analyses have them. Angles and momenta are
 * left out.
 *
 * Source: A. Hallin et al., "Classifying Anomalies THrough Outer Density Estimation (CATHODE)", arXiv 2109.00546.
 */
import { countOf } from '../../base/numbers.ts';
import { Problem } from '../../base/problem.ts';
import type { OpenFile } from '../formats/contract.ts';
import { classesOf, classFields, lastPart, roleFromName } from '../roles.ts';
import { bands, catalogue, chosenRows, makeMatrix } from '../rows.ts';
import { type Column, findTables, type Table } from '../table/find.ts';
import { readColumns } from '../table/read.ts';
import { checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';

const needed = ['pxj1', 'pyj1', 'pzj1', 'mj1', 'tau1j1', 'tau2j1', 'pxj2', 'pyj2', 'pzj2', 'mj2', 'tau1j2', 'tau2j2'] as const;
const bandRows = 100_000;

const lhcoFeatures: Layout = {
  id: 'lhco-features',
  name: 'LHC Olympics features',
  expects: 'columns pxj1, pyj1, pzj1, mj1, tau1j1, tau2j1 and the same for j2',
  recognises(file) {
    const found = findJets(file);
    if (!found) return undefined;
    const role = roleFromName(file.name);
    return {
      confidence: 0.9,
      words: wordsFor(found.table.rows),
      kind: 'table',
      rows: found.table.rows,
      ...(role ? { role } : {}),
      ...(found.label ? { label: found.label.name } : {}),
      reasons: [
        'momenta, masses and subjettiness of two jets',
        ...(found.label ? [`"${found.label.name}" looks like the class of a row`] : []),
      ],
    };
  },
  read,
};
export default lhcoFeatures;

function wordsFor(rows: number): string {
  return `LHC Olympics features: ${countOf(rows, 'event')}; m_J1, m_J2 − m_J1 and tau21 of two jets, m_JJ beside them`;
}

function findJets(file: OpenFile): { table: Table; columns: Column[]; label?: Column } | undefined {
  for (const table of findTables(file)) {
    const columns = needed.flatMap((name) => table.columns.find((column) => lastPart(column.name) === name) ?? []);
    const label = table.columns.find(({ role }) => role === 'label');
    if (columns.length === needed.length) return { table, columns, ...(label ? { label } : {}) };
  }
  return undefined;
}

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const found = findJets(file);
  if (!found) {
    throw new Problem({
      where: file.name,
      expected: `columns ${needed.join(', ')}`,
      found: catalogue(file),
      fix: 'Choose another file, or another layout for this one',
    });
  }
  checkSettings({}, options, file.name);
  const [start, end] = chosenRows(options, found.table.rows, file.name);
  const rows = end - start;
  const values = makeMatrix(rows, 4, file.name);
  const mjj = new Float64Array(rows);
  const inMatrix = found.label?.index !== undefined;
  const labels = inMatrix ? new Float64Array(rows) : undefined;
  const columns = found.columns.map((column): Column => ({ ...column, role: 'spectator' }));
  const wanted = found.label && labels ? [...columns, { ...found.label, role: 'label' as const }] : columns;
  const passOn = options.signal ? { signal: options.signal } : {};
  for (const [from, to] of bands(start, end, bandRows, found.table.matrix?.chunkRows)) {
    const { others } = await readColumns(file, found.table, wanted, [from, to], passOn);
    const [px1, py1, pz1, m1, t11, t21, px2, py2, pz2, m2, t12, t22] = columns.map(
      ({ name }) => others.get(name) as Float64Array,
    ) as Float64Array[] & { length: 12 };
    for (let row = 0; row < to - from; row++) {
      const at = (column: Float64Array | undefined): number => column?.[row] as number;
      const energy = (x: number, y: number, z: number, m: number): number => Math.sqrt(x * x + y * y + z * z + m * m);
      const e = energy(at(px1), at(py1), at(pz1), at(m1)) + energy(at(px2), at(py2), at(pz2), at(m2));
      const [x, y, z] = [at(px1) + at(px2), at(py1) + at(py2), at(pz1) + at(pz2)];
      mjj[from - start + row] = Math.sqrt(Math.max(0, e * e - x * x - y * y - z * z)) / 1000;
      const ratio = (two: number, one: number): number => (one === 0 ? 0 : two / one);
      const tau = [ratio(at(t21), at(t11)), ratio(at(t22), at(t12))] as const;
      const firstIsLighter = at(m1) <= at(m2);
      const masses = firstIsLighter ? ([at(m1), at(m2)] as const) : ([at(m2), at(m1)] as const);
      const [lighter, heavier] = firstIsLighter ? tau : ([tau[1], tau[0]] as const);
      values.set([masses[0] / 1000, (masses[1] - masses[0]) / 1000, lighter, heavier], (from - start + row) * 4);
      if (labels && found.label) labels[from - start + row] = others.get(found.label.name)?.[row] as number;
    }
    options.onProgress?.({ done: (to - start) / rows, message: `Reading ${file.name}` });
  }
  const labelled = await classesOf(withLabels(file, found.label, labels, [start, end]), [start, end], options, found.label?.name);
  return {
    kind: 'table',
    rows,
    shape: [4],
    features: jetFeatures,
    values,
    ...classFields(labelled),
    spectators: { m_JJ: mjj },
    words: wordsFor(rows),
    remarks: [
      ...labelled.remarks,
      'derived from the jets: m_J1 is the lighter mass, masses in TeV; m_JJ is a spectator, never an input',
      ...(file.remarks ?? []),
    ],
  };
}

/** What the four numbers are called here and where they come ready-made. */
export const jetFeatures: DatasetPart['features'] = [
  { name: 'm_J1', unit: 'TeV', quantity: 'other' },
  { name: 'm_J2 − m_J1', unit: 'TeV', quantity: 'other' },
  { name: 'tau21 of J1', unit: '', quantity: 'other' },
  { name: 'tau21 of J2', unit: '', quantity: 'other' },
];

/** The file with one array more: labels that stand in a column of an array with two axes. */
export function withLabels(
  file: OpenFile,
  column: { name: string } | undefined,
  labels: Float64Array | undefined,
  [start, end]: readonly [number, number],
): OpenFile {
  if (!column || !labels) return file;
  return {
    ...file,
    arrays: [...file.arrays, { name: column.name, shape: [end], type: 'float64' }],
    read: (name, options) => (name === column.name ? Promise.resolve(labels.slice(0, end - start)) : file.read(name, options)),
  };
}
