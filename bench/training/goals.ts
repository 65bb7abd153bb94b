/** What the training steps are meant to reach, and whether they did in this run. A goal whose two sides were not both measured is left out. */
import type { Measurement, Place, Side } from './contract.ts';
import { type Reference, references } from './references.ts';

export interface Verdict {
  model: string;
  goal: string;
  wanted: number;
  found: number;
  met: boolean;
}

/** Largest relative difference of two losses after the same step that rounding and another order of sums explain. */
const sameLoss = 1e-3;

export function goals(measurements: readonly Measurement[]): Verdict[] {
  return references.flatMap((reference) => {
    const own = measurements.filter(({ model }) => model === reference.id);
    return own.length === 0 ? [] : verdictsOf(reference, own);
  });
}

function verdictsOf({ id, kind }: Reference, own: readonly Measurement[]): Verdict[] {
  const at = (side: Side, place: Place) => own.find((one) => one.side === side && one.place === place);
  const ratio = (a: Measurement | undefined, b: Measurement | undefined) =>
    a && b && !Number.isNaN(a.eventsPerSecond / b.eventsPerSecond) ? a.eventsPerSecond / b.eventsPerSecond : undefined;
  const light = kind === 'dense' || kind === 'recurrent';
  const verdicts: Verdict[] = [];
  const atLeast = (goal: string, wanted: number, found: number | undefined) => {
    if (found !== undefined) verdicts.push({ model: id, goal, wanted, found, met: found >= wanted });
  };
  const atMost = (goal: string, wanted: number, found: number | undefined) => {
    if (found !== undefined) verdicts.push({ model: id, goal, wanted, found, met: found <= wanted });
  };
  const torch = at('PyTorch', 'torch');
  for (const [place, words] of [
    ['wasm', 'WASM in the browser'],
    ['node', 'WASM in Node'],
  ] as const) {
    atLeast(`${words} / PyTorch, at least`, light ? 1 : 0.5, ratio(at('ours', place), torch));
  }
  const gpu = at('ours', 'webgpu');
  atLeast('WebGPU, ours / plain TF.js, at least', light ? 10 : 3, ratio(gpu, at('plain', 'webgpu')));
  if (kind === 'dense') {
    atMost('dispatches of a step on WebGPU, at most', 6, gpu?.perStep?.dispatches);
    atMost('JavaScript of a step on WebGPU in ms, at most', 0.2, gpu?.perStep?.scriptMs);
  }
  atMost('largest relative difference of losses, at most', sameLoss, lossDifference(own));
  return verdicts;
}

/** Over all engines, at the last step that each shares with the first of them. */
export function lossDifference(own: readonly Measurement[]): number | undefined {
  const [first, ...others] = own.filter(({ losses }) => losses.length > 0);
  if (!first || others.length === 0) return undefined;
  return Math.max(
    ...others.map(({ losses }) => {
      const last = Math.min(losses.length, first.losses.length) - 1;
      const [a, b] = [losses[last] as number, first.losses[last] as number];
      // NaN is a difference, not the absence of one
      return Number.isFinite(a) ? Math.abs(a - b) / Math.abs(b) : Number.POSITIVE_INFINITY;
    }),
  );
}
