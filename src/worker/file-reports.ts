/** What a dropped file is taken for: a certification list, a study, or data with all layouts that can read it; or why it cannot be read. */
import { asProblem } from '../base/problem.ts';
import { type Certification, certificationWords, meaningFromName, readCertification } from '../data/certification.ts';
import type { OpenFile, Source } from '../data/formats/contract.ts';
import { openSource } from '../data/formats/open.ts';
import { type Layout, type Recognition, settingsOf } from '../data/layouts/contract.ts';
import { recognise } from '../data/recognise.ts';
import { labelCandidates, looksLikeLabel } from '../data/roles.ts';
import type { Study } from '../study/schema.ts';
import type { FileReport, LayoutGuess } from './api.ts';

/** Bytes of a certification JSON at most; those of a whole year have less than one million. */
const largestList = 32_000_000;

/** Bytes of a study file at most. */
const largestStudy = 1_000_000;

export async function reportOf(handle: number, source: Source): Promise<FileReport> {
  const report: FileReport = { file: handle, name: source.name, size: source.size, ...(source.url ? { url: source.url } : {}) };
  try {
    const list = await certificationOf(source);
    if (list) {
      const meaning = meaningFromName(source.name);
      return { ...report, format: 'json', list: { words: certificationWords(list), ...(meaning ? { meaning } : {}) } };
    }
    const study = await studyOf(source);
    if (study) return { ...report, format: 'json', study };
    const file = await openSource(source);
    try {
      const { layout, recognition, others } = await recognise(file);
      const guesses = [{ layout, recognition }, ...others].map((guess) => guessOf(file, guess));
      const [best] = guesses as [LayoutGuess, ...LayoutGuess[]];
      const columns = file.tabular ? file.arrays.map((a) => a.name) : [];
      const label = best.label ?? columns.find(looksLikeLabel);
      return {
        ...report,
        format: file.format,
        guesses,
        layout: best.layout,
        words: best.words,
        kind: best.kind,
        rows: best.rows,
        ...(best.role ? { role: best.role } : {}),
        ...(columns.length ? { columns } : {}),
        ...(label ? { label } : {}),
      };
    } finally {
      file.close();
    }
  } catch (error) {
    return { ...report, problem: asProblem(error, source.name) };
  }
}

/** A study file; undefined for any other file. @throws Problem for one with a mistake */
async function studyOf(source: Source): Promise<Study | undefined> {
  if (source.size > largestStudy || !/\.json$/i.test(source.name)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(await source.read(0, source.size)));
  } catch {
    return undefined;
  }
  const isStudy = typeof value === 'object' && value !== null && ['version', 'data', 'models'].every((key) => key in value);
  return isStudy ? (await import('./heavy.ts')).checkStudy(value, source.name) : undefined;
}

/** A certification list of runs and lumisections; undefined for any other file. */
async function certificationOf(source: Source): Promise<Certification | undefined> {
  if (source.size > largestList || !/\.(json|txt)$/i.test(source.name)) return undefined;
  const text = new TextDecoder().decode(await source.read(0, source.size));
  if (!/^\uFEFF?\s*\{\s*"\d+"\s*:\s*\[/.test(text)) return undefined;
  return readCertification(text, source.name);
}

function guessOf(file: OpenFile, { layout, recognition }: { layout: Layout; recognition: Recognition }): LayoutGuess {
  const { words, kind, rows, confidence, reasons, role, purpose, columns, label } = recognition;
  return {
    layout: layout.id,
    name: layout.name,
    words,
    kind,
    rows,
    confidence,
    reasons,
    ...(role ? { role } : {}),
    ...(purpose ? { purpose } : {}),
    ...(columns ? { columns } : {}),
    ...(label ? { label } : {}),
    labels: labelCandidates(file, rows),
    settings: settingsOf(layout, recognition),
  };
}
