/**
 * `npm run inspect -- FILE...`: for each file, as one JSON document each: the format, the layout in words, arrays or columns
 * with shapes and types, the number of rows, or the error that a user would see. Exit code 1 if any file could not be read.
 */
import { asProblem, Problem, problemText } from '../base/problem.ts';
import { openSource } from '../data/formats/open.ts';
import { recognise } from '../data/recognise.ts';
import { isUrl, urlSource } from '../data/remote.ts';
import { readOptions } from './options.ts';
import { pathSource } from './source.ts';

const usage = 'npm run inspect -- FILE...';

export async function main(args: readonly string[]): Promise<number> {
  let code = 0;
  try {
    const { files } = readOptions(args, [], usage);
    if (files.length === 0) {
      throw new Problem({ where: 'command line', expected: usage, found: 'no file', fix: 'Name at least one file' });
    }
    const reports = [];
    for (const path of files) {
      const report = await inspectPath(path);
      if ('error' in report) code = 1;
      reports.push(report);
    }
    console.log(JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2));
  } catch (error) {
    console.error(problemText(asProblem(error, 'inspect')));
    return 1;
  }
  return code;
}

async function inspectPath(path: string): Promise<Record<string, unknown>> {
  try {
    const source = await (isUrl(path) ? urlSource(path) : pathSource(path));
    const file = await openSource(source);
    try {
      const listing = file.arrays.map(({ name, shape, type, jagged, filters, attributes, problem }) => ({
        name,
        shape,
        type,
        ...(jagged ? { jagged } : {}),
        ...(filters?.length ? { filters } : {}),
        ...(attributes && Object.keys(attributes).length ? { attributes } : {}),
        ...(problem ? { problem: problemText(problem) } : {}),
      }));
      const catalogue = { file: path, format: file.format, [file.tabular ? 'columns' : 'arrays']: listing };
      try {
        const { layout, recognition } = await recognise(file);
        return {
          ...catalogue,
          layout: layout.id,
          words: recognition.words,
          kind: recognition.kind,
          rows: recognition.rows,
          reasons: recognition.reasons,
        };
      } catch (error) {
        return { ...catalogue, error: problemText(asProblem(error, path)) };
      }
    } finally {
      file.close();
    }
  } catch (error) {
    return { file: path, error: problemText(asProblem(error, path)) };
  }
}
