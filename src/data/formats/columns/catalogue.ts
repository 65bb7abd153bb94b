/**
 * What formats with columns share: a catalogue of columns becomes an opened file, with the checks that every read needs (is there such
 * an array, is it readable, is it a list, do the rows exist, was the file closed, was the reading cancelled).
 */
import { countOf } from '../../../base/numbers.ts';
import { asProblem, Problem } from '../../../base/problem.ts';
import type { ArrayInfo, Lists, OpenFile, ReadOptions, Source, Values } from '../contract.ts';

/** What a column is told while it reads. */
export interface Job {
  signal?: AbortSignal | undefined;
  /** Share of the wanted rows that has been read, 0 to 1. Also lets other work of the thread happen. */
  progress(share: number): Promise<void>;
  /** A remark on the whole file, said once. */
  remark(text: string): void;
}

export interface Column {
  info: ArrayInfo;
  /** Rows [start, end), which exist: values in C order, or lists if the array is jagged. */
  read(start: number, end: number, job: Job): Promise<Values | Lists>;
}

export interface Catalogue {
  format: string;
  source: Source;
  columns: readonly Column[];
  tabular: boolean;
  remarks?: string[];
  close?(): void;
}

/** An opened file made of columns. */
export function openCatalogue({ format, source, columns, tabular, remarks = [], close }: Catalogue): OpenFile {
  const byName = new Map(columns.map((column) => [column.info.name, column]));
  let closed = false;

  async function run(name: string, jagged: boolean, options: ReadOptions): Promise<Values | Lists> {
    if (closed) throw new Error(`${source.name} is closed`);
    options.signal?.throwIfAborted();
    const column = byName.get(name);
    if (!column) throw noSuchArray(source.name, name, columns);
    const { info } = column;
    const where = placeOf(source, name);
    if (info.problem) throw new Problem(info.problem);
    if (Boolean(info.jagged) !== jagged) throw wrongShape(where, Boolean(info.jagged));
    const [start, end] = checkRows(options.rows ?? [0, info.shape[0] as number], info.shape[0] as number, where);
    try {
      return await column.read(start, end, jobOf(source.name, name, options, remarks));
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      throw unreadable(error, where, source.name);
    }
  }

  return {
    format,
    name: source.name,
    arrays: columns.map((column) => column.info),
    tabular,
    remarks,
    read: async (name, options = {}) => (await run(name, false, options)) as Values,
    readLists: async (name, options = {}) => (await run(name, true, options)) as Lists,
    close: () => {
      if (!closed) close?.();
      closed = true;
    },
  };
}

/** `file.root, array "Muon_pt"`. */
export function placeOf(source: Source, name: string): string {
  return `${source.name}, array "${name}"`;
}

function jobOf(file: string, name: string, { signal, onProgress }: ReadOptions, remarks: string[]): Job {
  let breath = Date.now();
  return {
    signal,
    async progress(share) {
      signal?.throwIfAborted();
      onProgress?.({ done: share, message: `Reading ${name} of ${file}` });
      // a turn of the event loop now and then, so that a message that cancels the reading can arrive
      if (Date.now() - breath < 50) return;
      await new Promise((resolve) => setTimeout(resolve, 0));
      breath = Date.now();
      signal?.throwIfAborted();
    },
    remark(text) {
      if (!remarks.includes(text)) remarks.push(text);
    },
  };
}

function checkRows([start, end]: readonly [number, number], rows: number, where: string): [number, number] {
  const whole = Number.isInteger(start) && Number.isInteger(end);
  if (whole && start >= 0 && (start < end || (start === 0 && end === 0 && rows === 0)) && end <= rows) return [start, end];
  throw new Problem({
    where,
    expected: `a row range inside 0 to ${rows}`,
    found: `${start} to ${end}`,
    fix: 'Correct the row range',
  });
}

function noSuchArray(file: string, name: string, columns: readonly Column[]): Problem {
  const names = columns.slice(0, 20).map(({ info }) => info.name);
  const more = columns.length - names.length;
  return new Problem({
    where: file,
    expected: `an array "${name}"`,
    found: names.length > 0 ? `${names.join(', ')}${more > 0 ? ` and ${countOf(more, 'other')}` : ''}` : 'no arrays',
    fix: 'Choose one of the arrays that are there',
  });
}

function wrongShape(where: string, jagged: boolean): Problem {
  return new Problem({
    where,
    expected: jagged ? 'one value for each row' : 'a list of values for each row',
    found: jagged ? 'a list of values for each row' : 'one value for each row',
    fix: 'Choose another array, or pad the lists to a fixed number of objects',
  });
}

/** Whatever a decoder or a library throws at damaged bytes, said as one problem. */
export function unreadable(error: unknown, where: string, file: string): Problem {
  if (error instanceof Problem) return error;
  const { found, details } = asProblem(error, where);
  // the engine's own words for reading past an end, or for a member that is not there, say nothing to a reader
  const plain =
    error instanceof RangeError
      ? 'sizes that lead out of the file'
      : error instanceof TypeError
        ? 'parts that do not fit together'
        : found;
  const short = plain.length > 160 ? `${plain.slice(0, 157)}...` : plain;
  return new Problem({
    where,
    expected: 'data that can be unpacked',
    found: `damaged data (${short})`,
    fix: `Copy or download ${file} again`,
    ...(details ? { details } : {}),
  });
}
