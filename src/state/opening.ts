/**
 * Opening a study file on the page: its data, split and steps become the session's, its models one study in the queue. A study of
 * a sample starts at once; one of files waits until files of the same names are loaded. What the page cannot repeat is refused.
 */
import type { Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import type { Study } from '../study/schema.ts';
import type { FileReport } from '../worker/api.ts';
import type { LoadSample } from './loading.ts';
import type { Means } from './means.ts';
import { type Run, trains } from './run.ts';
import { initialSession } from './session.ts';
import type { Engine } from './store.ts';
import { filesOfStudy, planOfStudy } from './study-plan.ts';
import type { SweepPlan } from './sweeps.ts';

interface Surroundings {
  loadSample: LoadSample;
  start(plan: SweepPlan): void;
}

export interface Opening {
  /** @param withFiles other files were dropped with it */
  open(report: FileReport, withFiles: boolean): Promise<void>;
  /** Files are loaded: true if a study waited for them and has been queued. */
  filesLoaded(): Promise<boolean>;
}

export function createOpening(
  engine: Engine,
  { get, setRun, setSession, report }: Means,
  { loadSample, start }: Surroundings,
): Opening {
  /** A study whose files are not loaded yet. */
  let awaited: { study: Study; name: string } | null = null;

  /** Every model is built once before the first trains, so that a slip in the last line is told now and not after an hour. */
  const queue = async (study: Study, name: string): Promise<void> => {
    const plan = planOfStudy(study, name, get().run.models);
    for (const { model, preset, params, epochs } of plan.points) {
      await engine.preview(
        model,
        { ...params, ...(epochs !== null && takesEpochs(get().run, model) ? { epochs } : {}) },
        preset || undefined,
      );
    }
    const { view } = get().session;
    if (study.threshold) setSession({ view: { ...view, threshold: study.threshold } });
    start(plan);
    setSession({ workspace: 'compare' });
  };

  return {
    async open({ file, name, study }, withFiles) {
      await engine.forget(file);
      if (!study) return;
      try {
        if (trains(get().run)) {
          throw new Problem({
            where: name,
            expected: 'no training under way',
            found: 'a model that trains',
            fix: 'Stop the training or let it finish, then open the study again',
          });
        }
        const split = { ...initialSession.split, ...study.split };
        const preprocessing = study.preprocessing ?? [];
        const { lumisections = {} } = study;
        awaited = null;
        if ('files' in study.data) {
          const { data, options } = filesOfStudy(study.data, name);
          setSession({ split, preprocessing, lumisections, data, workspace: 'data' });
          setRun({ filesOptions: { ...get().run.filesOptions, ...options } });
          awaited = { study, name };
          if (withFiles) return;
          const names = data.files.map((one) => one.name).join(', ');
          throw new Problem({
            where: name,
            expected: `the files ${names}`,
            found: 'no files, since a study carries none',
            fix: 'Drop these files: their roles and settings are taken from the study, and it starts when they are loaded',
          });
        }
        const { sample, seed = 1, params = {}, classNames, events } = study.data;
        const spec = get().run.shelf.find(({ id }) => id === sample);
        setSession({ split });
        const size = events ?? spec?.defaultEvents ?? 1;
        if (await loadSample(sample, size, seed, params as Params, classNames, { preprocessing, lumisections }))
          await queue(study, name);
      } catch (error) {
        report(error, name);
      }
    },
    async filesLoaded() {
      const { data } = get().session;
      if (!awaited || !data || !('files' in data) || !('files' in awaited.study.data)) return false;
      const wanted = filesOfStudy(awaited.study.data, awaited.name).data.files.map((one) => one.name);
      if (wanted.some((one) => !data.files.some((file) => file.name === one))) return false;
      const { study, name } = awaited;
      awaited = null;
      try {
        await queue(study, name);
      } catch (error) {
        report(error, name);
      }
      return true;
    },
  };
}

function takesEpochs({ models }: Run, model: string): boolean {
  return models.find(({ id }) => id === model)?.params['epochs'] !== undefined;
}
