/**
 * The study file: a whole analysis as small versioned JSON. The page saves it, a link carries it, and `npm run study` runs it
 * without a screen. Unknown keys are refused, so that a misspelt word cannot silently change an analysis.
 */
import { z } from 'zod';
import { Problem } from '../base/problem.ts';

const seed = z.int().min(1).max(4294967295);
const fraction = z.number().min(0).max(1);

const rowRange = z.tuple([z.int().min(0), z.int().min(1)]);
/** So many rows spread over the file, drawn with a seed, instead of the first ones. */
const sampleSchema = z.strictObject({ rows: z.int().min(1), seed: seed.default(1) });
const settingsSchema = z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.array(z.number())]));
const columnsSchema = z.record(
  z.string(),
  z.enum(['feature', 'label', 'weight', 'spectator', 'run', 'lumisection', 'event', 'ignore']),
);

/** A column whose value `normal` means background; without it 0, `background`, or the first value that occurs. */
const labelColumnSchema = z.strictObject({ column: z.string(), normal: z.union([z.string(), z.number()]).optional() });
/** Classes by run and lumisection, from a certification JSON. What its ranges mean does not stand in the file. */
const certifiedSchema = z.strictObject({ certification: z.string().min(1), lists: z.enum(['good', 'bad', 'detector-on']) });

const fileSchema = z.strictObject({
  path: z.string().min(1),
  role: z.enum(['background', 'signal', 'unlabelled']).optional(),
  /** Name of the class; the file's name if absent. */
  name: z.string().min(1).optional(),
  layout: z.string().optional(),
  /** Rows [first, one past the last). */
  rows: rowRange.optional(),
  sample: sampleSchema.optional(),
  use: z.enum(['train', 'test']).optional(),
  /** Settings of the layout, beside or instead of those of the whole study. */
  settings: settingsSchema.optional(),
  /** What columns of this file are for, beside or instead of those of the whole study. */
  columns: columnsSchema.optional(),
  sha256: z.string().optional(),
});

const dataSchema = z.union([
  z.strictObject({
    files: z.array(fileSchema).min(1),
    layout: z.string().optional(),
    /** Settings of the layout: which tree, which histogram, how many objects. */
    settings: settingsSchema.optional(),
    /** What columns are for, where the guess is wrong. */
    columns: columnsSchema.optional(),
    rows: rowRange.optional(),
    /** For each file by itself. */
    sample: sampleSchema.optional(),
    /** Rows that are kept, as an expression over columns: `mjj > 3300 and nJet >= 2`. */
    cut: z.string().optional(),
    /** Only rows that this list vouches for are loaded: those on it, or those not on it for a list of bad ones. */
    mask: certifiedSchema.optional(),
    /** What rows are judged by: a column or array that holds the class of each row, or a certification JSON. */
    label: z.union([z.string(), labelColumnSchema, certifiedSchema]).optional(),
    normalClass: z.union([z.string(), z.number()]).optional(),
    /** What decides who may train, if that is not `label`: rows that are normal by it, whatever they are judged as. */
    trainOn: z.union([labelColumnSchema, certifiedSchema]).optional(),
    /** So many empty histograms, called bad, behind the rows: shows what empties do to a number. Read by the runner alone. */
    plantEmpty: z.int().min(1).max(1_000_000).optional(),
    /** Names for classes instead of those that the data give: `{ "label = 1": "A to 4l" }`. */
    classNames: z.record(z.string(), z.string().min(1)).optional(),
  }),
  z.strictObject({
    sample: z.string(),
    events: z.int().min(1).optional(),
    seed: seed.optional(),
    params: z.record(z.string(), z.unknown()).optional(),
    /** Names for classes instead of those of the sample. */
    classNames: z.record(z.string(), z.string().min(1)).optional(),
  }),
]);

const splitSchema = z.strictObject({
  /** `event`: at random; `parity`: even rows train, odd rows test; `file`: by each file's `use`; `run`: whole runs. */
  by: z.enum(['event', 'parity', 'file', 'run']).default('event'),
  train: fraction.default(0.72),
  validation: fraction.default(0.08),
  test: fraction.default(0.2),
  seed: seed.default(1),
  /** Share of signal rows that models which see labels may train on; the others never touch it. */
  signalTrain: fraction.optional(),
  /** Signal of the training part trains too, as if nobody had labelled it; `false` by default. */
  trainOnAll: z.boolean().optional(),
  runs: z
    .strictObject({ train: z.array(z.int()), validation: z.array(z.int()).optional(), test: z.array(z.int()).optional() })
    .optional(),
});

/** What a study that says nothing about its split gets. */
export const splitDefaults: StudySplit = { by: 'event', train: 0.72, validation: 0.08, test: 0.2, seed: 1 };

const lumisectionsSchema = z.strictObject({
  /** So many neighbouring lumisections of a run become one row; a row is bad if any of them is. */
  together: z.int().min(1).max(1000).optional(),
  combine: z.enum(['sum', 'mean']).optional(),
  /** A histogram with fewer entries is no data; by default only one without any. */
  minEntries: z.number().min(0).optional(),
  /** Whether histograms without data stay out of training, thresholds and results (default), or count like the others. */
  noData: z.enum(['leave-out', 'count']).optional(),
});

/** How rows lie on a graphics device while a model trains (docs/study.md). */
const deviceRowsSchema = z.enum(['auto', 'float32', 'float16', 'uint8']);

const modelSchema = z.strictObject({
  id: z.string(),
  preset: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  seeds: z.array(seed).min(1).optional(),
  epochs: z.int().min(1).optional(),
  scores: z.array(z.string()).min(1).optional(),
  deviceRows: deviceRowsSchema.optional(),
});

export const studySchema = z.strictObject({
  version: z.literal(1),
  name: z.string().optional(),
  data: dataSchema,
  /**
   * Applied in order; the constants are fitted on training background. Used by models whose scaling is `study`. `columns` are
   * names in which `*` stands for anything; the other keys are the parameters of the step.
   */
  preprocessing: z
    .array(
      z
        .object({ step: z.string(), columns: z.array(z.string().min(1)).optional() })
        .catchall(z.union([z.number(), z.string(), z.boolean()])),
    )
    .optional(),
  /** How histograms of lumisections are taken before they are split. */
  lumisections: lumisectionsSchema.optional(),
  split: splitSchema.optional(),
  models: z.array(modelSchema).min(1),
  epochs: z.int().min(1).optional(),
  scores: z.array(z.string()).min(1).optional(),
  deviceRows: deviceRowsSchema.optional(),
  threshold: z
    .union([
      z.strictObject({ rule: z.literal('value'), value: z.number() }),
      z.strictObject({ rule: z.literal('background-efficiency'), value: z.number().positive().max(1) }),
      z.strictObject({ rule: z.literal('best-f1') }),
      z.strictObject({ rule: z.literal('best-g-mean') }),
    ])
    .optional(),
});

export type Study = z.infer<typeof studySchema>;
export type StudyData = Study['data'];
export type StudyFile = z.infer<typeof fileSchema>;
export type StudyModel = z.infer<typeof modelSchema>;
export type StudyStep = NonNullable<Study['preprocessing']>[number];
export type StudyLumisections = z.infer<typeof lumisectionsSchema>;
export type StudySplit = z.infer<typeof splitSchema>;
export type ThresholdRule = NonNullable<Study['threshold']>;

/**
 * Checks a parsed study file and fills nothing in; defaults are applied where they are used.
 *
 * @throws Problem that names the path inside the file, for example `study.json, models[0].seeds`
 */
export function checkStudy(value: unknown, where: string): Study {
  const parsed = studySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = (issue?.path ?? [])
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  let found: unknown = value;
  for (const key of issue?.path ?? []) found = (found as Record<PropertyKey, unknown> | undefined)?.[key];
  if (issue?.code === 'unrecognized_keys') {
    throw new Problem({
      where: path ? `${where}, ${path}` : where,
      expected: 'only entries that are known there',
      found: issue.keys.map((key) => `"${key}"`).join(', '),
      fix: 'Correct the name, put it where it belongs, or leave it out; the study file is described in docs/study.md',
    });
  }
  throw new Problem({
    where: path ? `${where}, ${path}` : where,
    expected: issue?.message.replace(/^Invalid input: expected /, '').replace(/, received .*$/, '') ?? 'a study',
    found: shorten(JSON.stringify(found) ?? 'nothing'),
    fix: 'Correct this entry; the study file is described in docs/study.md',
  });
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
