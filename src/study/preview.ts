/**
 * A look into a file before it is loaded: its first rows as a table, as pictures or as histograms, how a cut would fare, and how much
 * memory the dataset would take. Reads a few thousand rows and nothing else.
 */
import type { DataKind, EventClass, Feature, HistogramAxis, ImageAxes } from '../base/kinds.ts';
import { asProblem, type ProblemDetails } from '../base/problem.ts';
import { type ColumnSummary, summariseColumns } from '../data/columns.ts';
import { type CutCount, cutNames, cutOf, keepRows, passing } from '../data/cut-columns.ts';
import { packingWords, rowWidth } from '../data/dataset.ts';
import type { Source } from '../data/formats/contract.ts';
import { openSource } from '../data/formats/open.ts';
import { join } from '../data/join.ts';
import type { DatasetPart } from '../data/layouts/contract.ts';
import { recognise } from '../data/recognise.ts';
import { copyNumbers, PackedNumbers } from '../numeric/packed.ts';
import { type Labels, readPart } from './load.ts';
import type { StudyData, StudyFile } from './schema.ts';

/** Rows of a table that are shown. */
const shownRows = 12;
/** Columns of a table that are shown. */
const shownColumns = 60;
/** Pictures and histograms that are shown. */
const shownPictures = 8;
/** Rows that small histograms and a cut are judged by. */
const sampledRows = 2000;

export interface FilePreview {
  kind: DataKind;
  /** What the layout said of the rows that were looked at. */
  words: string;
  /** Rows that would be loaded, before a cut. */
  rows: number;
  shape: readonly number[];
  /** Numbers in a row. */
  width: number;
  /** Bytes of the dataset in memory: 4 per number, fewer per pixel, and the columns beside it. */
  bytes: number;
  /** How its numbers lie there, in words; absent for the usual 32-bit floats. */
  packing?: string;
  /** Classes of the rows that were looked at. */
  classes: readonly (EventClass & { rows: number })[];
  /** Rows that were looked at. */
  sampled: number;
  /** The first rows, for tables and objects: features, then what stands beside them. */
  table?: {
    columns: readonly { name: string; unit: string; feature: boolean }[];
    rows: readonly (number | string)[][];
    hidden: number;
  };
  /** [shown][h x w x c], for images. */
  images?: { height: number; width: number; channels: number; pixels: readonly Float32Array[]; axes?: ImageAxes };
  /** [shown][bins], for histograms. */
  histograms?: { axis?: HistogramAxis; counts: readonly Float32Array[]; names: readonly string[] };
  /** Small histograms of the first columns over the rows that were looked at. */
  summaries: readonly ColumnSummary[];
  /** Names that a cut may use. */
  cutNames: readonly string[];
  /** How the cut fares on the rows that were looked at, or why it cannot be read. */
  cut?: { counts: readonly CutCount[] } | { problem: ProblemDetails };
  remarks: readonly string[];
}

/**
 * @param data a study's entry for files, of which `entry` is one
 * @throws Problem as loading would
 */
export async function previewFile(
  source: Source,
  data: Extract<StudyData, { files: unknown }>,
  entry: StudyFile,
  labels: Labels,
  signal?: AbortSignal,
): Promise<FilePreview> {
  const file = await openSource(source, signal ? { signal } : {});
  try {
    const { recognition } = await recognise(file, entry.layout ?? data.layout);
    const range = entry.rows ?? data.rows ?? [0, recognition.rows];
    const sample = entry.sample ?? data.sample;
    const span = range[1] - range[0];
    const rows = Math.min(sample?.rows ?? span, span);
    const part = await readPart(file, data, entry, labels, {
      only: { rows: sampledRows, seed: sample?.seed ?? 1 },
      ...(signal ? { signal } : {}),
    });
    const { sample: _sample, ...whole } = data;
    const { sample: _own, ...plain } = entry;
    const top = await readPart(file, whole, { ...plain, rows: [range[0], Math.min(range[1], range[0] + 20)] }, labels).catch(() =>
      keepRows(
        part,
        Uint32Array.from({ length: Math.min(20, part.rows) }, (_, i) => i),
      ),
    );
    const width = rowWidth(part);
    const packing = packingWords(part);
    const beside =
      Object.keys(part.spectators ?? {}).length + [part.weight, part.run, part.lumisection, part.event].filter(Boolean).length;
    return {
      kind: part.kind,
      words: recognition.words,
      rows,
      shape: part.shape,
      width,
      bytes: rows * (bytesPerNumber(part) * width + 1 + 8 * beside),
      ...(packing ? { packing } : {}),
      classes: part.classes.map((c, i) => ({ ...c, rows: part.label.reduce((n, own) => n + (own === i ? 1 : 0), 0) })),
      sampled: part.rows,
      ...shown(top),
      summaries: part.kind === 'images' || part.kind === 'histograms' ? [] : summariseColumns(headOf(part)),
      cutNames: cutNames(part),
      ...(data.cut ? { cut: judged(data.cut, part) } : {}),
      remarks: part.remarks,
    };
  } finally {
    file.close();
  }
}

/** As the rows that were looked at are kept; others may ask for more. */
function bytesPerNumber({ values }: DatasetPart): number {
  return values instanceof PackedNumbers ? values.bytesPerNumber : 4;
}

function judged(cut: string, part: DatasetPart): NonNullable<FilePreview['cut']> {
  try {
    return { counts: passing(cutOf(cut, part), part).counts };
  } catch (error) {
    return { problem: asProblem(error, 'cut') };
  }
}

/** The first columns as a dataset of their own, so that a table of 1 500 columns is summarised quickly. */
function headOf(part: DatasetPart): ReturnType<typeof join> {
  const width = rowWidth(part);
  if (part.kind !== 'table' || width <= shownColumns) return join([{ part, name: 'preview' }]);
  const values = new Float32Array(part.rows * shownColumns);
  for (let row = 0; row < part.rows; row++)
    copyNumbers(part.values, row * width, row * width + shownColumns, values, row * shownColumns);
  return join([
    { part: { ...part, values, shape: [shownColumns], features: part.features.slice(0, shownColumns) }, name: 'preview' },
  ]);
}

function shown(part: DatasetPart): Pick<FilePreview, 'table' | 'images' | 'histograms'> {
  const width = rowWidth(part);
  const count = Math.min(part.rows, part.kind === 'table' || part.kind === 'objects' ? shownRows : shownPictures);
  const pictures = Array.from({ length: count }, (_, row) => part.values.slice(row * width, (row + 1) * width));
  if (part.kind === 'images') {
    const [height = 1, columns = 1, channels = 1] = part.shape;
    return { images: { height, width: columns, channels, pixels: pictures, ...(part.image ? { axes: part.image } : {}) } };
  }
  if (part.kind === 'histograms') {
    const names = pictures.map((_, row) =>
      part.run && part.lumisection ? `run ${part.run[row]}, lumisection ${part.lumisection[row]}` : `row ${row + 1}`,
    );
    return { histograms: { counts: pictures, names, ...(part.histogram ? { axis: part.histogram } : {}) } };
  }
  const features = part.features.slice(0, shownColumns);
  const others: [string, (row: number) => number | string][] = [
    ...(['run', 'lumisection', 'event', 'weight'] as const).flatMap((name): [string, (row: number) => number][] => {
      const own = part[name];
      return own ? [[name, (row) => own[row] as number]] : [];
    }),
    ...Object.entries(part.spectators ?? {}).map(([name, own]): [string, (row: number) => number] => [
      name,
      (row) => own[row] as number,
    ]),
  ];
  return {
    table: {
      columns: [
        { name: 'class', unit: '', feature: false },
        ...features.map(({ name, unit }: Feature) => ({ name, unit, feature: true })),
        ...others.map(([name]) => ({ name, unit: '', feature: false })),
      ],
      rows: Array.from({ length: Math.min(part.rows, shownRows) }, (_, row) => [
        part.classes[part.label[row] as number]?.name ?? '',
        ...features.map((_, i) => (pictures[row] as Float32Array)[i] as number),
        ...others.map(([, at]) => at(row)),
      ]),
      hidden: part.features.length - features.length,
    },
  };
}
