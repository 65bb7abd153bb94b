/** A study file as the page runs it: a plan of trainings, and choices for its files by name. Pure translation. */
import type { Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import type { Study, StudyData } from '../study/schema.ts';
import type { FileChoice, FilesOptions, ModelSpec } from '../worker/api.ts';
import type { Session } from './session.ts';
import type { SweepPlan, SweepPoint } from './sweeps.ts';

type FilesData = Extract<StudyData, { files: unknown }>;
type SessionFiles = Extract<NonNullable<Session['data']>, { files: unknown }>;

/** One point per entry of `models`. Scores that a study names are not a choice here: the page computes all that fit. */
export function planOfStudy(
  { name, models, epochs, deviceRows = 'auto' }: Study,
  file: string,
  specs: readonly ModelSpec[],
): SweepPlan {
  const points = models.map((entry): SweepPoint => {
    const spec = specs.find(({ id }) => id === entry.id);
    return {
      label: '',
      value: null,
      model: entry.id,
      preset: entry.preset ?? spec?.suggestedPreset ?? '',
      params: (entry.params ?? {}) as Params,
      epochs: entry.epochs ?? epochs ?? null,
      seeds: entry.seeds ?? [1],
      deviceRows: entry.deviceRows ?? deviceRows,
    };
  });
  return {
    kind: 'study',
    name: name ?? file.replace(/\.json$/i, ''),
    variable: 'model',
    seeds: [1],
    points: labelled(points, specs),
  };
}

/**
 * Points named by their model; by the preset too where a model stands there twice, and by a number where even that is the same.
 */
export function labelled(points: readonly SweepPoint[], specs: readonly ModelSpec[]): SweepPoint[] {
  const first = points.map(({ model }) => specs.find(({ id }) => id === model)?.name ?? model);
  const twice = (list: readonly string[], i: number) => list.some((other, k) => k !== i && other === list[i]);
  const second = points.map(({ model, preset }, i) => {
    const presetName = specs.find(({ id }) => id === model)?.presets[preset]?.name ?? preset;
    return twice(first, i) && presetName ? `${first[i]}, ${presetName}` : (first[i] as string);
  });
  return points.map((point, i) => {
    const before = second.slice(0, i).filter((other) => other === second[i]).length;
    return { ...point, label: twice(second, i) ? `${second[i]} (${before + 1})` : (second[i] as string) };
  });
}

/**
 * What the user would have to choose for each file. Paths lose their folders, since a page does not know them.
 *
 * @throws Problem for what only the runner can do
 */
export function filesOfStudy(data: FilesData, where: string): { data: SessionFiles; options: FilesOptions } {
  const { files, cut, classNames, label, normalClass, trainOn, layout, rows, sample, settings, columns, plantEmpty } = data;
  const refuse = (key: string, found: string): never => {
    throw new Problem({
      where: `${where}, data.${key}`,
      expected: 'data that can be chosen on the page',
      found,
      fix: 'Run this study without a screen, with `npm run study`, or open its files by hand',
    });
  };
  if (plantEmpty) refuse('plantEmpty', `${plantEmpty} empty histograms to be planted`);
  if (typeof label === 'object' && 'certification' in label) refuse('label', `the list ${label.certification}`);
  if (trainOn && 'certification' in trainOn) refuse('trainOn', `the list ${trainOn.certification}`);
  const column = typeof label === 'string' ? label : label && 'column' in label ? label.column : undefined;
  const normal = normalClass ?? (typeof label === 'object' && 'column' in label ? label.normal : undefined);
  const chosen = files.map((entry) => {
    const name = entry.path.split('/').at(-1) as string;
    const choice: Omit<FileChoice, 'file' | 'role' | 'name'> = {
      ...((entry.layout ?? layout) ? { layout: entry.layout ?? (layout as string) } : {}),
      ...((entry.rows ?? rows) ? { rows: entry.rows ?? (rows as [number, number]) } : {}),
      ...((entry.sample ?? sample) ? { sample: entry.sample ?? (sample as { rows: number; seed: number }) } : {}),
      ...(settings || entry.settings ? { settings: { ...settings, ...entry.settings } } : {}),
      ...(columns || entry.columns ? { columns: { ...columns, ...entry.columns } } : {}),
      ...(entry.use ? { use: entry.use } : {}),
      ...(column !== undefined ? { label: column } : {}),
      ...(column !== undefined && normal !== undefined ? { normalClass: String(normal) } : {}),
    };
    return {
      name,
      role: entry.role ?? '',
      className: entry.name ?? (entry.role === 'background' ? 'background' : name.replace(/\.[^.]+$/, '')),
      ...(Object.keys(choice).length > 0 ? { choice } : {}),
    };
  });
  const names = classNames ? { classNames } : {};
  const kept = { ...(cut ? { cut } : {}), ...names };
  const trainedBy =
    trainOn && 'column' in trainOn
      ? { column: trainOn.column, ...(trainOn.normal !== undefined ? { normal: String(trainOn.normal) } : {}) }
      : undefined;
  return {
    data: { files: chosen, ...(Object.keys(kept).length > 0 ? { options: kept } : {}) },
    options: { ...kept, ...(trainedBy ? { trainedBy } : {}) },
  };
}
