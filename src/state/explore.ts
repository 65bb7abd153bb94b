/** What Explore shows, put together from the worker's answers: the parts that plots need, and where they come from, in words. */
import type { EventClass } from '../base/kinds.ts';
import { counted, nounOf, type RowNoun } from '../base/nouns.ts';
import type { Provenance } from '../plots/contract.ts';
import { formatCount, formatDecimals } from '../plots/format.ts';
import type { EventNumbers, LatentPoints } from '../plots/parts.ts';
import type { DataSummary, EventView, LatentView, RunSummary, ScoreView } from '../worker/api.ts';
import { configurationOf } from './compare.ts';

/** `synthetic`, or the name of the data. */
export function sourceOf(data: DataSummary | null): string {
  if (data === null) return '';
  return data.synthetic ? 'synthetic' : data.name;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** What one row of the loaded data is called. */
export function dataNoun(data: Pick<DataSummary, 'kind'> | null): RowNoun {
  return nounOf(data?.kind);
}

/** `test, 10 000 events`, or lumisections, or images. */
export function provenanceOf(data: DataSummary | null, part: string, rows: number): Provenance {
  const noun = dataNoun(data);
  return { source: sourceOf(data), sample: `${part}, ${counted(rows, noun)}`, noun };
}

export function testProvenance(data: DataSummary | null, view: ScoreView): Provenance {
  return provenanceOf(data, 'test', sum(view.test.total));
}

export function latentProvenance(data: DataSummary | null, latent: LatentView): Provenance {
  const { sample, ...others } = provenanceOf(data, 'test', latent.row.length);
  return { ...others, sample: `${sample} drawn` };
}

export function eventProvenance(data: DataSummary | null, event: EventView): Provenance {
  return { source: sourceOf(data), sample: placeOf(event, dataNoun(data)), noun: dataNoun(data) };
}

/** `12`, or `12–15` for neighbours that were taken together. */
export function lumisectionText({ lumisection, lastLumisection }: Pick<EventView, 'lumisection' | 'lastLumisection'>): string {
  return lastLumisection === undefined ? String(lumisection) : `${lumisection}–${lastLumisection}`;
}

/** `run 297050, lumisection 12` where the source has both, else `event 17`, counted from 1. Run numbers are names: no thin spaces. */
export function placeOf(event: Pick<EventView, 'row' | 'run' | 'lumisection' | 'lastLumisection'>, noun = nounOf(null)): string {
  const { row, run, lumisection } = event;
  return run !== undefined && lumisection !== undefined
    ? `run ${run}, lumisection ${lumisectionText(event)}`
    : `${noun.one} ${formatCount(row + 1)}`;
}

export function latentPoints({ label, score, points, dimensions, axes, words }: LatentView): LatentPoints {
  return { label, score, points, dimensions, axes, words };
}

/** The latent numbers themselves, where they are few but more than three. */
export function allLatentPoints({ label, score, all }: LatentView): LatentPoints | null {
  if (!all) return null;
  const axes = Array.from({ length: all.dimensions }, (_, i) => `z${i + 1}`);
  return { label, score, ...all, axes, words: `all ${all.dimensions} latent numbers` };
}

/** Divergences of the latent numbers from the unit Gaussian: `KL of z1 to z4 over 400 images of background: 0.02, 1.31, 0.50, 2.20`. */
export function divergenceText({ divergence, rows }: NonNullable<LatentView['posterior']>, noun: RowNoun): string {
  const last = divergence.length > 1 ? ` to z${divergence.length}` : '';
  const values = divergence.map((value) => formatDecimals(value, 2)).join(', ');
  return `KL of z1${last} over ${counted(rows, noun)} of background: ${values} nats.`;
}

export function eventNumbers(event: EventView, classes: readonly EventClass[]): EventNumbers {
  const { features, objectTypes, histogram, input, reconstruction, mask, errors, spread, leftOut } = event;
  return {
    className: classes[event.label]?.name ?? '',
    features,
    input,
    mask,
    ...(objectTypes ? { objectTypes } : {}),
    ...(histogram ? { histogram } : {}),
    ...(reconstruction ? { reconstruction } : {}),
    ...(errors ? { errors } : {}),
    ...(spread ? { spread } : {}),
    ...(leftOut ? { leftOut } : {}),
  };
}

/** Runs that differ only in their seed, together; in the order in which they were made. */
export interface RunGroup {
  key: string;
  name: string;
  runs: readonly RunSummary[];
}

export function runGroups(runs: readonly RunSummary[]): RunGroup[] {
  const groups = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const key = configurationOf(run);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const names = [...groups.values()].map(([first]) => first?.modelName ?? '');
  return [...groups].map(([key, members]) => {
    const first = members[0] as RunSummary;
    const alike = names.filter((name) => name === first.modelName).length > 1;
    const sorted = [...members].sort((a, b) => a.seed - b.seed);
    return { key, name: alike && first.preset !== '' ? `${first.modelName}, ${first.preset}` : first.modelName, runs: sorted };
  });
}

/** Signal classes of a score view that have test events. */
export function signalsOf(view: ScoreView): { label: number; name: string }[] {
  return view.classes.flatMap(({ role, name }, label) =>
    role === 'signal' && (view.test.total[label] ?? 0) > 0 ? [{ label, name }] : [],
  );
}

/** Test background events of a score view. */
export function backgroundEvents(view: ScoreView): number {
  return sum(view.test.total.filter((_, label) => view.classes[label]?.role === 'background'));
}
