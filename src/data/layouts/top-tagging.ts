/**
 * The top-tagging reference data: a table with `E_0, PX_0, PY_0, PZ_0` to `_199` for the constituents of one jet, the label
 * `is_signal_new` and the part `ttv`. Four-momenta become pT, eta and phi; a constituent without momentum is an empty slot. The energy
 * goes with the mass of the constituents, which these data do not have.
 *
 * Source: A. Butter et al., "The Machine Learning Landscape of Top Taggers", arXiv 1902.09914.
 */
import type { EventClass } from '../../base/kinds.ts';
import { countOf } from '../../base/numbers.ts';
import type { ParamSpecs } from '../../base/params.ts';
import { Problem } from '../../base/problem.ts';
import { keepRows } from '../cut-columns.ts';
import type { OpenFile } from '../formats/contract.ts';
import { objectFeatures } from '../objects.ts';
import { classesOf, classFields, lastPart, roleFromName } from '../roles.ts';
import { bands, catalogue, chosenRows, makeMatrix } from '../rows.ts';
import { SlotFiller, slotRemarks, slotTypes } from '../slots.ts';
import { type Column, findTables, type Table } from '../table/find.ts';
import { readColumns } from '../table/read.ts';
import { checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';
import { withLabels } from './lhco-features.ts';

const bandNumbers = 8_000_000;

const params: ParamSpecs = {
  constituents: {
    kind: 'number',
    label: 'Constituents kept',
    help: 'The hardest constituents of each jet; the file has up to 200.',
    default: 50,
    min: 1,
    max: 200,
    integer: true,
  },
  part: {
    kind: 'choice',
    label: 'Part',
    help: 'The parts of the published split, where a file holds several.',
    default: 'all',
    options: [
      { value: 'all', label: 'all rows' },
      { value: '0', label: 'training' },
      { value: '1', label: 'test' },
      { value: '2', label: 'validation' },
    ],
    advanced: true,
  },
};

const topTagging: Layout = {
  id: 'top-tagging',
  name: 'Top-tagging jets',
  expects: 'columns E_0, PX_0, PY_0, PZ_0, E_1, ... of jet constituents',
  params,
  recognises(file) {
    const found = findConstituents(file);
    if (!found) return undefined;
    const role = roleFromName(file.name);
    return {
      confidence: 0.9,
      words: wordsFor(found.table.rows, found.columns.length / 3),
      kind: 'objects',
      rows: found.table.rows,
      ...(role ? { role } : {}),
      ...(found.label ? { label: found.label.name } : {}),
      reasons: [
        `columns PX_0 to PZ_${found.columns.length / 3 - 1}`,
        ...(found.label ? [`"${found.label.name}" is the class of a jet`] : []),
        ...(found.part ? [`"${found.part.name}" tells the part of the split`] : []),
      ],
    };
  },
  read,
};
export default topTagging;

function wordsFor(rows: number, constituents: number): string {
  return `top-tagging jets: ${countOf(rows, 'jet')} of up to ${countOf(constituents, 'constituent')}`;
}

interface Found {
  table: Table;
  /** PX, PY, PZ of each constituent. */
  columns: Column[];
  label?: Column;
  part?: Column;
}

function findConstituents(file: OpenFile): Found | undefined {
  for (const table of findTables(file)) {
    const byName = new Map(table.columns.map((column) => [lastPart(column.name), column]));
    const columns: Column[] = [];
    for (let i = 0; ; i++) {
      const own = ['PX', 'PY', 'PZ'].flatMap((axis) => byName.get(`${axis}_${i}`) ?? []);
      if (own.length < 3) break;
      columns.push(...own);
    }
    const label = byName.get('is_signal_new') ?? table.columns.find(({ role }) => role === 'label');
    const part = byName.get('ttv');
    if (columns.length >= 6) return { table, columns, ...(label ? { label } : {}), ...(part ? { part } : {}) };
  }
  return undefined;
}

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const found = findConstituents(file);
  if (!found) {
    throw new Problem({
      where: file.name,
      expected: 'columns E_0, PX_0, PY_0, PZ_0, E_1, ... of jet constituents',
      found: catalogue(file),
      fix: 'Choose another file, or another layout for this one',
    });
  }
  const settings = checkSettings(params, options, file.name);
  const slots = Math.min(settings.constituents as number, found.columns.length / 3);
  const [start, end] = chosenRows(options, found.table.rows, file.name);
  const passOn = options.signal ? { signal: options.signal } : {};
  const values = makeMatrix(end - start, slots * 3, file.name);
  const extra = [found.label, found.part].flatMap((column) => column ?? []).filter(({ type }) => type !== 'text');
  const others = extra.map((column): Column => ({ ...column, role: 'spectator' }));
  const features = found.columns.map((column): Column => ({ ...column, role: 'feature' }));
  const label = new Float64Array(end - start).fill(Number.NaN);
  const part = new Float64Array(end - start).fill(Number.NaN);
  const filler = new SlotFiller();
  const width = features.length;
  for (const [from, to] of bands(start, end, Math.ceil(bandNumbers / width), chunkOf(found))) {
    const band = await readColumns(file, found.table, [...features, ...others], [from, to], passOn);
    for (let row = 0; row < to - from; row++) {
      for (let k = row * width; k < (row + 1) * width; k += 3) {
        const [x = 0, y = 0, z = 0] = band.values.subarray(k, k + 3);
        const pT = Math.hypot(x, y);
        if (pT > 0) filler.add(pT, Math.asinh(z / pT), Math.atan2(y, x));
      }
      filler.fill(values, (from - start + row) * slots * 3, slots);
    }
    if (found.label) label.set(band.others.get(found.label.name) ?? [], from - start);
    if (found.part) part.set(band.others.get(found.part.name) ?? [], from - start);
    options.onProgress?.({ done: (to - start) / (end - start), message: `Reading ${file.name}` });
  }
  const inMatrix = found.label?.index !== undefined;
  const labelled = await classesOf(
    withLabels(file, found.label, inMatrix ? label : undefined, [start, end]),
    [start, end],
    options,
    found.label?.name,
  );
  const named = labelled.classes.map(
    (entry): EventClass => (/is_signal_new = 1$/.test(entry.name) ? { ...entry, name: 'top' } : entry),
  );
  const objectTypes = slotTypes([{ type: 'particle', slots }]);
  const whole: DatasetPart = {
    kind: 'objects',
    rows: end - start,
    shape: [slots, 3],
    features: objectFeatures(objectTypes),
    objectTypes,
    values,
    ...classFields({ ...labelled, classes: named }),
    ...(found.part ? { spectators: { ttv: part } } : {}),
    words: wordsFor(end - start, found.columns.length / 3),
    remarks: [...labelled.remarks, ...slotRemarks(filler.count, 'constituent'), ...(file.remarks ?? [])],
  };
  return settings.part === 'all' || !found.part ? whole : onlyPart(whole, Number(settings.part));
}

function chunkOf({ table }: Found): number {
  return table.matrix?.chunkRows ?? table.columns[0]?.array.chunkRows ?? 1;
}

/** Rows of one part of the published split. @throws Problem if there are none */
function onlyPart(whole: DatasetPart, part: number): DatasetPart {
  const ttv = whole.spectators?.ttv as Float64Array;
  const rows = Uint32Array.from([...ttv.keys()].filter((row) => ttv[row] === part));
  if (rows.length === 0) {
    throw new Problem({
      where: 'setting "part"',
      expected: `rows with ttv = ${part}`,
      found: `only ${[...new Set(ttv)].join(', ')}`,
      fix: 'Choose a part that is in the file',
    });
  }
  return keepRows(whole, rows);
}
