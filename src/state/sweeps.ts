/**
 * Sweeps: the same training again and again with one thing changed, every point with several seeds; and studies, whose points are
 * several models. Plans requests, reuses runs that were asked for before, and gathers the results for a figure. Nothing is measured here.
 */
import type { DeviceRows } from '../base/kinds.ts';
import type { ParamSpec, Params, ParamValue } from '../base/params.ts';
import type { SweepPoints } from '../plots/parts.ts';
import type { RunRequest, RunSummary } from '../worker/api.ts';

/** What was asked for, by the ids of its requests; survives a reload. */
export interface Sweep {
  id: string;
  /** A study of several models; a sweep otherwise. A study that a reload breaks off goes on by itself. */
  kind?: 'study';
  /** `AnomalyCLR: representation width d`. */
  name: string;
  /** What changes from point to point, for an axis. */
  variable: string;
  points: readonly { label: string; value: number | null; runs: readonly string[] }[];
}

export interface SweepPoint {
  label: string;
  /** Where the point lies on an axis of numbers; null for one that has none. */
  value: number | null;
  model: string;
  preset: string;
  /** What differs from the preset. */
  params: Params;
  epochs: number | null;
  /** Those of the plan if absent. */
  seeds?: readonly number[];
  /** As chosen for all trainings of the page if absent. */
  deviceRows?: DeviceRows;
}

export interface SweepPlan {
  kind?: 'study';
  /** The baselines that are not there yet come after it. */
  baselines?: boolean;
  name: string;
  variable: string;
  points: readonly SweepPoint[];
  seeds: readonly number[];
}

/**
 * The sweep and the requests that it still needs. A request that is there already, with the same model, preset, parameters, epochs,
 * rows on the device and seed, is not made twice: sweeps share their runs.
 *
 * @param nextId gives a new id for each request
 */
export function planned(
  plan: SweepPlan,
  id: string,
  present: readonly RunRequest[],
  nextId: () => string,
): { sweep: Sweep; wanted: RunRequest[] } {
  const known = new Map(present.map((request) => [sameKey(request), request.id]));
  const wanted: RunRequest[] = [];
  const points = plan.points.map(({ label, value, model, preset, params, epochs, seeds = plan.seeds, deviceRows }) => ({
    label,
    value,
    runs: seeds.map((seed) => {
      const request = {
        model,
        ...(preset ? { preset } : {}),
        seed,
        ...(Object.keys(params).length > 0 ? { params } : {}),
        ...(epochs !== null ? { epochs } : {}),
        ...(deviceRows && deviceRows !== 'auto' ? { deviceRows } : {}),
      };
      const key = sameKey(request);
      const own = known.get(key) ?? nextId();
      if (!known.has(key)) wanted.push({ id: own, ...request });
      known.set(key, own);
      return own;
    }),
  }));
  const kind = plan.kind ? { kind: plan.kind } : {};
  return { sweep: { id, ...kind, name: plan.name, variable: plan.variable, points }, wanted };
}

/** Alike but for the seed. */
export function configurationKey(request: RunRequest): string {
  return sameKey({ ...request, seed: 0 });
}

function sameKey({ model, preset, params = {}, seed, epochs, deviceRows }: Omit<RunRequest, 'id'>): string {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([model, preset ?? '', seed, epochs ?? null, sorted, deviceRows ?? 'auto']);
}

/** Which share of a sweep is done, and what of it still waits or trains. */
export function sweepState(
  { points }: Sweep,
  runs: readonly RunSummary[],
  pending: readonly RunRequest[],
): { total: number; done: number; pending: number } {
  const ids = new Set(points.flatMap((point) => point.runs));
  const count = (list: readonly { id: string }[]) => list.filter(({ id }) => ids.has(id)).length;
  return { total: ids.size, done: count(runs), pending: count(pending) };
}

/**
 * What the figure needs: for each signal and point the results of its seeds by each model's own default score. Points without a
 * finished run have none.
 */
export function sweepPoints({ name, variable, points }: Sweep, runs: readonly RunSummary[]): SweepPoints {
  // what was stopped in mid-training would tell of the moment, not of the parameter
  const complete = runs.filter(({ training }) => training?.ended !== 'stopped');
  const finished = points.map((point) => complete.filter(({ id }) => point.runs.includes(id)));
  const signals = [...new Set(finished.flat().flatMap((run) => run.results.map(({ signal }) => signal)))];
  return {
    name,
    variable,
    points: points.map(({ label, value }) => ({ label, value })),
    series: signals.map((signal) => ({
      signal,
      results: finished.map((some) =>
        some.flatMap((run) =>
          run.results
            .filter((result) => result.signal === signal && result.score === run.defaultScore)
            .map(({ auc, aucError, signalEvents, backgroundEvents, tprAtFpr, maxSic }) => ({
              seed: run.seed,
              auc,
              aucError,
              signalEvents,
              backgroundEvents,
              tprAtFpr,
              maxSic,
            })),
        ),
      ),
    })),
  };
}

/** The values that a sweep over a parameter can take if nothing is said: all options, both settings, or powers of two about the present. */
export function suggestedValues(spec: ParamSpec, present: ParamValue): ParamValue[] {
  if (spec.kind === 'choice') return spec.options.map(({ value }) => value);
  if (spec.kind === 'switch') return [false, true];
  if (spec.kind !== 'number') return [present];
  const { min, max, integer, log } = spec;
  const factor = log ? 10 : 2;
  const start = Number(present);
  const around = start === 0 ? [0, 0.5, 1, 2] : [start / factor, start, start * factor];
  const within = around
    .map((value) => (integer ? Math.round(value) : Number(value.toPrecision(6))))
    .filter((value) => (min === undefined || value >= min) && (max === undefined || value <= max));
  return [...new Set(within)];
}

export function isSweep(value: unknown): value is Sweep {
  if (typeof value !== 'object' || value === null) return false;
  const { id, name, variable, points } = value as Partial<Sweep>;
  return (
    [id, name, variable].every((text) => typeof text === 'string') &&
    Array.isArray(points) &&
    points.every((point) => typeof point?.label === 'string' && Array.isArray(point.runs))
  );
}
