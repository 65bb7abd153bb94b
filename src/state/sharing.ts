/** What leaves the page: the link, the study, its results, and the files of what Explore shows. */
import type { Study } from '../study/schema.ts';
import { encodeLink } from './link.ts';
import type { Means } from './means.ts';
import { reportParts } from './report.ts';
import type { Actions, Engine } from './store.ts';
import { studyModels } from './study-models.ts';

export type Sharing = Pick<Actions, 'copyLink' | 'studyFile' | 'resultsFile' | 'scoresFile' | 'flaggedFile' | 'reportFile'>;

/** @param page its address without hash, and its clipboard */
export function createSharing(
  engine: Engine,
  { get, attempt }: Means,
  page: { address: string; writeClipboard(text: string): Promise<void> },
): Sharing {
  const presentLink = async (): Promise<string> => `${page.address}${await encodeLink(get().session)}`;
  const presentStudy = (): Promise<Study> => {
    const { requests, view } = get().session;
    return engine.study(studyModels(requests), view.threshold);
  };
  return {
    copyLink: async () => {
      const link = await presentLink();
      await attempt('the clipboard', () => page.writeClipboard(link));
      return link;
    },
    studyFile: async () => {
      const study = await attempt('the study file', presentStudy);
      return study ? `${JSON.stringify(study, null, 2)}\n` : '';
    },
    resultsFile: async () => {
      const runs = get().run.runs.map(({ id }) => id);
      const results = await attempt('the results', async () => engine.results(await presentStudy(), runs));
      return results ? `${JSON.stringify(results, null, 2)}\n` : '';
    },
    scoresFile: async () => {
      const { run, score } = get().session.view;
      return run && score ? attempt('scores', () => engine.scoresCsv(run, score)) : null;
    },
    flaggedFile: async (list) => {
      const { run, score } = get().session.view;
      const { threshold } = get().run;
      if (!run || !score || Number.isNaN(threshold)) return null;
      return attempt('the flagged lumisections', () => engine.flagged(run, score, threshold, list));
    },
    reportFile: async (figures) => {
      const { session, run: now } = get();
      const { run, score } = session.view;
      const summary = now.runs.find(({ id }) => id === run);
      if (!summary || !score || !now.scoreView || Number.isNaN(now.threshold)) return null;
      const link = await presentLink();
      const parts = reportParts({ ...now, summary, view: now.scoreView, signal: session.view.signal ?? -1, figures, link });
      return attempt('the shift report', () => engine.shiftReport(summary.id, score, parts));
    },
  };
}
