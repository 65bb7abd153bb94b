/**
 * Scores that some other program gave its events: a score, usually a label, perhaps a weight and a mass, and nothing to train on. Such
 * a file goes straight to the metrics. The dataset has one feature, the score, turned so that higher is more anomalous; which way it
 * points in the file cannot be seen and is asked.
 */
import { countOf } from '../../base/numbers.ts';
import type { ParamSpec } from '../../base/params.ts';
import { Problem } from '../../base/problem.ts';
import { plainNumbers } from '../../numeric/packed.ts';
import type { OpenFile } from '../formats/contract.ts';
import { lastPart, roleFromName } from '../roles.ts';
import { catalogue } from '../rows.ts';
import { type Column, findTables, type Table } from '../table/find.ts';
import { quoted } from '../table/roles.ts';
import { type ColumnRole, checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';
import table from './table.ts';

const direction: ParamSpec = {
  kind: 'choice',
  label: 'More anomalous is',
  help: 'Which end of the score means an anomaly. The file does not tell.',
  default: 'higher',
  options: [
    { value: 'higher', label: 'higher' },
    { value: 'lower', label: 'lower' },
  ],
};

const scores: Layout = {
  id: 'scores',
  name: 'Scores of another program',
  expects: 'a column "score", with a label and perhaps a weight and a mass',
  params: { direction },
  recognises(file) {
    const found = findScores(file);
    if (!found) return undefined;
    const { table: own, scores: names, label } = found;
    const role = roleFromName(file.name);
    return {
      confidence: 0.8,
      words: wordsFor(own.rows, names[0] as string),
      kind: 'table',
      rows: own.rows,
      purpose: 'scores',
      ...(role ? { role } : {}),
      ...(label !== undefined ? { label } : {}),
      columns: own.columns.map(({ name, type, role: guess }) => ({ name, type, role: roleFor(name, guess, names[0] as string) })),
      ...(names.length > 1 ? { settings: scoreChoice(names) } : {}),
      reasons: [
        `${quoted(names)} ${names.length === 1 ? 'looks like a score' : 'look like scores'} and there is nothing else to train on`,
        ...(label !== undefined ? [`"${label}" looks like the class of a row`] : []),
      ],
    };
  },
  read,
};
export default scores;

function wordsFor(rows: number, score: string): string {
  return `scores without a model: ${countOf(rows, 'event')} with "${score}"`;
}

function scoreChoice(names: readonly string[]): Record<string, ParamSpec> {
  return {
    score: {
      kind: 'choice',
      label: 'Score',
      help: 'The file holds several scores; one of them is judged.',
      default: names[0] as string,
      options: names.map((name) => ({ value: name, label: name })),
    },
  };
}

function looksLikeScore(name: string): boolean {
  const word = '(score|scores|discriminant|anomaly|reco(nstruction)?_?(error|loss)|loss|mse|likelihood|nll)';
  return new RegExp(`^(\\w+_)?${word}(_\\w+)?$`, 'i').test(lastPart(name));
}

/** A mass that is beside a score is a spectator, whatever else it might be. */
function roleFor(name: string, guess: ColumnRole, score: string): ColumnRole {
  if (name === score) return 'feature';
  return guess === 'feature' ? (looksLikeScore(name) ? 'ignore' : 'spectator') : guess;
}

/** A table whose only features are scores, apart from one or two masses. */
function findScores(file: OpenFile): { table: Table; scores: string[]; label?: string } | undefined {
  const found = findTables(file)[0];
  if (!found || found.matrix) return undefined;
  const features = found.columns.filter(({ role }) => role === 'feature');
  const names = features.filter(({ name }) => looksLikeScore(name)).map(({ name }) => name);
  const others = features.filter(({ name }) => !looksLikeScore(name) && !isMass(name) && !isIndex(found, name));
  const label = found.columns.find(({ role }) => role === 'label')?.name;
  if (names.length === 0 || others.length > 0) return undefined;
  return { table: found, scores: names, ...(label !== undefined ? { label } : {}) };
}

function isMass(name: string): boolean {
  return /^m(ass)?(_?\w{1,4})?$/i.test(lastPart(name));
}

function isIndex({ columns }: { columns: readonly Column[] }, name: string): boolean {
  return columns[0]?.name === name && /^(column 1|index|unnamed.*)$/i.test(name);
}

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const found = findScores(file);
  if (!found) {
    throw new Problem({
      where: file.name,
      expected: 'a column of scores and nothing else to train on',
      found: catalogue(file),
      fix: 'Name the column "score", or read the file as a table of numbers',
    });
  }
  const specs = { direction, ...(found.scores.length > 1 ? scoreChoice(found.scores) : {}) };
  const settings = checkSettings(specs, options, file.name);
  const score = (settings.score as string | undefined) ?? (found.scores[0] as string);
  const columns = Object.fromEntries(
    found.table.columns
      .filter(({ name, role }) => roleFor(name, role, score) !== role)
      .map(({ name, role }) => [name, roleFor(name, role, score)]),
  );
  const { settings: _settings, ...rest } = options;
  const part = await table.read(file, { ...rest, columns: { ...columns, ...options.columns } });
  const lower = settings.direction === 'lower';
  const values = plainNumbers(part.values);
  if (lower) for (let row = 0; row < values.length; row++) values[row] = -(values[row] as number);
  return {
    ...part,
    features: part.features.map((feature) => (lower ? { ...feature, name: `−${feature.name}` } : feature)),
    words: wordsFor(part.rows, score),
    remarks: [
      lower ? `lower "${score}" is more anomalous, so its sign was turned` : `higher "${score}" is more anomalous`,
      ...part.remarks,
    ],
  };
}
