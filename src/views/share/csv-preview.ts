/** The beginning of a CSV file for a look at it before it is saved. */

export interface CsvPreview {
  head: readonly string[];
  lines: readonly (readonly string[])[];
  /** Lines below the head. */
  total: number;
}

/** Lines that are shown. */
const shown = 8;

/** The head and the first lines; counts the rest without splitting it. Lines end with a line feed; a cell may be in quotes. */
export async function csvPreview(file: string | Blob): Promise<CsvPreview> {
  const bytes = new Uint8Array(await new Blob([file]).arrayBuffer());
  let lines = 0;
  let end = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 10) continue;
    lines++;
    if (lines === shown + 1) end = i;
  }
  const text = new TextDecoder().decode(bytes.subarray(0, lines > shown ? end : bytes.length));
  const [head = [], ...first] = text.trimEnd().split('\n').map(cellsOf);
  return { head, lines: first, total: Math.max(0, lines - 1) };
}

/** Worked value: `1,"a, b",2` has the cells 1, `a, b` and 2. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted !== undefined ? quoted.replaceAll('""', '"') : (plain ?? ''),
  );
}
