/**
 * What a cut may call the numbers of a dataset, and the rows that pass it. Names are those of the column page: features and
 * spectators (also with `_` for spaces), `run`, `lumisection`, `event`, `weight`, `class`, and for objects the numbers of filled
 * slots: `nJet`, `nMuon`, `nElectron`, `nPhoton`, `nTau`, `nFatJet`.
 */
import type { ObjectType } from '../base/kinds.ts';
import { countText } from '../base/numbers.ts';
import { pickRows, plainNumbers } from '../numeric/packed.ts';
import { type Cut, type CutColumn, parseCut } from './cut.ts';
import { rowWidth } from './dataset.ts';
import type { DatasetPart } from './layouts/contract.ts';

const counted: readonly ObjectType[] = ['electron', 'muon', 'photon', 'tau', 'jet', 'fat jet', 'particle'];

/** Names of everything that a cut on this part may use. */
export function cutNames(part: DatasetPart): string[] {
  return [...columnsOf(part).keys()];
}

/** @throws Problem as `parseCut` does */
export function cutOf(text: string, part: DatasetPart): Cut {
  const columns = columnsOf(part);
  const plain = new Map([...columns.keys()].map((name) => [name.replaceAll(' ', '_'), name]));
  const find = (name: string): CutColumn | undefined => columns.get(name) ?? columns.get(plain.get(name) ?? '');
  return parseCut(text, find, [...columns.keys()]);
}

function columnsOf(part: DatasetPart): Map<string, CutColumn> {
  const width = rowWidth(part);
  // pixels have no names, so that a cut never looks at packed numbers
  const values = part.features.length > 0 ? plainNumbers(part.values) : new Float32Array(0);
  const columns = new Map<string, CutColumn>();
  const offer = (name: string, column: CutColumn): void => {
    if (!columns.has(name)) columns.set(name, column);
  };
  for (const [i, { name }] of part.features.entries())
    offer(name, { kind: 'number', at: (row) => values[row * width + i] as number, single: true });
  for (const [name, own] of Object.entries(part.spectators ?? {}))
    offer(name, { kind: 'number', at: (row) => own[row] as number });
  for (const name of ['run', 'lumisection', 'event', 'weight'] as const) {
    const own = part[name];
    if (own) offer(name, { kind: 'number', at: (row) => own[row] as number });
  }
  offer('class', { kind: 'text', at: (row) => part.classes[part.label[row] as number]?.name ?? '' });
  const types = part.objectTypes;
  if (types) {
    const perSlot = width / types.length;
    for (const type of counted) {
      const slots = types.flatMap((own, slot) => (own === type ? [slot * perSlot] : []));
      if (slots.length === 0) continue;
      const name = `n${type.replace(/(^| )(\w)/g, (_, _space, letter: string) => letter.toUpperCase())}`;
      const at = (row: number): number => slots.reduce((n, slot) => n + ((values[row * width + slot] as number) > 0 ? 1 : 0), 0);
      offer(name, { kind: 'number', at });
    }
  }
  return columns;
}

/** How many rows of each class pass. */
export interface CutCount {
  name: string;
  passed: number;
  rows: number;
}

/** Row numbers that pass, ascending, and the count per class. */
export function passing(cut: Cut, part: DatasetPart): { rows: Uint32Array; counts: CutCount[] } {
  const rows = new Uint32Array(part.rows);
  const counts = part.classes.map(({ name }) => ({ name, passed: 0, rows: 0 }));
  let n = 0;
  for (let row = 0; row < part.rows; row++) {
    const own = counts[part.label[row] as number] as CutCount;
    own.rows++;
    if (!cut(row)) continue;
    own.passed++;
    rows[n++] = row;
  }
  return { rows: rows.slice(0, n), counts };
}

/**
 * The rows of a part that pass a cut, with a remark that says how many of each class; perhaps none.
 *
 * @throws Problem if the cut cannot be read
 */
export function applyCut(part: DatasetPart, text: string): DatasetPart {
  const { rows, counts } = passing(cutOf(text, part), part);
  const words = counts.filter((c) => c.rows > 0).map((c) => `${countText(c.passed)} of ${countText(c.rows)} ${c.name}`);
  return keepRows(part, rows, [`cut ${text}: ${words.join(', ')} pass`]);
}

/** Some rows of a part, ascending. The part itself if they are all of its rows. */
export function keepRows(part: DatasetPart, rows: Uint32Array, remarks: readonly string[] = []): DatasetPart {
  const said = [...part.remarks, ...remarks];
  if (rows.length === part.rows) return { ...part, remarks: said };
  const pick = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row] as number);
  const { weight, run, lumisection, event, spectators, trainable } = part;
  return {
    ...part,
    rows: rows.length,
    values: pickRows(part.values, rows, rowWidth(part)),
    label: Uint8Array.from(rows, (row) => part.label[row] as number),
    ...(trainable ? { trainable: Uint8Array.from(rows, (row) => trainable[row] as number) } : {}),
    ...(weight ? { weight: pick(weight) } : {}),
    ...(run ? { run: pick(run) } : {}),
    ...(lumisection ? { lumisection: pick(lumisection) } : {}),
    ...(event ? { event: pick(event) } : {}),
    ...(spectators
      ? { spectators: Object.fromEntries(Object.entries(spectators).map(([key, column]) => [key, pick(column)])) }
      : {}),
    remarks: said,
  };
}
