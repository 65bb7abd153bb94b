/**
 * Ragged text as one array of lines: `line` [rows], each one text. The file is scanned once for line ends; lines are decoded when they
 * are read, so that a large file costs one number per thousand lines.
 */

import type { OnProgress } from '../../../base/kinds.ts';
import { Problem } from '../../../base/problem.ts';
import { checkRows, notThere } from '../bytes/rows.ts';
import type { OpenFile, Source } from '../contract.ts';

const blockBytes = 4 * 1024 * 1024;
const linesPerMark = 1024;
const longestLine = 16 * 1024 * 1024;
const lineFeed = 10;

export async function openLines(source: Source, options: { onProgress?: OnProgress; signal?: AbortSignal }): Promise<OpenFile> {
  /** Position of every 1,024th line. */
  const marks = [0];
  let lines = 0;
  let lineStart = 0;
  for (let start = 0; start < source.size; start += blockBytes) {
    options.signal?.throwIfAborted();
    const end = Math.min(source.size, start + blockBytes);
    const bytes = await source.read(start, end);
    for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) {
      lines++;
      lineStart = start + at + 1;
      if (lines % linesPerMark === 0) marks.push(lineStart);
    }
    if (end - lineStart > longestLine) throw noLineEnd(source, lines + 1);
    options.onProgress?.({ done: end / source.size, message: `Reading ${source.name}` });
  }
  const rows = lineStart < source.size ? lines + 1 : lines;
  const info = { name: 'line', shape: [rows], type: 'text' };
  return {
    format: 'csv',
    name: source.name,
    arrays: [info],
    tabular: false,
    remarks: ['ragged text: lines have different numbers of fields, so each line is one text'],
    read: async (name, { rows: range, signal, onProgress } = {}) => {
      if (name !== info.name) throw notThere(source.name, 'array', name, [info]);
      const [start, end] = checkRows(range ?? [0, rows], rows, source.name);
      const texts: string[] = [];
      for (let mark = Math.floor(start / linesPerMark); mark * linesPerMark < end; mark++) {
        signal?.throwIfAborted();
        const bytes = await source.read(marks[mark] as number, marks[mark + 1] ?? source.size);
        const first = mark * linesPerMark;
        const all = new TextDecoder('utf-8').decode(bytes).split('\n');
        const stop = Math.min(end - first, linesPerMark, all.length);
        for (let i = Math.max(0, start - first); i < stop; i++) texts.push((all[i] as string).replace(/\r$/, ''));
        onProgress?.({ done: texts.length / (end - start), message: `Reading ${source.name}` });
      }
      return texts;
    },
    close: () => {},
  };
}

function noLineEnd(source: Source, line: number): Problem {
  return new Problem({
    where: `${source.name}, line ${line}`,
    expected: 'a line end',
    found: '16 MB of text without one',
    fix: 'Choose a text file with one event per line',
  });
}
