/** Opening a link: the analysis that it carries is repeated as far as it can be without files. */
import { Problem } from '../base/problem.ts';
import type { RunRequest } from '../worker/api.ts';
import type { LoadSample } from './loading.ts';
import type { Means } from './means.ts';
import { initialSession, type Session } from './session.ts';

interface Steps {
  loadSample: LoadSample;
  /** Asks for the trainings of the link. */
  train(requests: readonly RunRequest[]): void;
  /** What is to be shown when it has been trained. */
  want(view: Session['view']): void;
}

export async function openLink(
  shared: Session,
  { setSession, report }: Means,
  { loadSample, train, want }: Steps,
): Promise<void> {
  const { data, split, preprocessing, lumisections, view, requests } = shared;
  setSession({ split, preprocessing, lumisections });
  if (!data) return;
  if ('sample' in data) {
    const { sample, events, seed, params, classNames } = data;
    if (!(await loadSample(sample, events, seed, params, classNames))) return;
    setSession({ view: { ...initialSession.view, threshold: view.threshold, signal: view.signal } });
    want(view);
    train(requests);
    setSession({ workspace: 'explore' });
    return;
  }
  setSession({ data });
  report(
    new Problem({
      where: 'the link',
      expected: `the files ${data.files.map((f) => f.name).join(', ')}`,
      found: 'no files, since a link carries none',
      fix: 'Drop these files again: their roles and settings are remembered, models can then be chosen',
    }),
    'the link',
  );
}
