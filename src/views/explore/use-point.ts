/** The operating point at the present threshold. Several panels ask for it on every frame of a drag; it is computed once. */
import { type OperatingPoint, operatingPoint } from '../../state/operating-point.ts';
import type { ScoreView } from '../../worker/api.ts';
import { useOffshell } from '../use-store.ts';

const last = new WeakMap<ScoreView, { signal: number; threshold: number; point: OperatingPoint }>();

export function pointOf(view: ScoreView, signal: number, threshold: number): OperatingPoint {
  const known = last.get(view);
  if (known && known.signal === signal && Object.is(known.threshold, threshold)) return known.point;
  const point = operatingPoint(view.test, view.classes, signal, threshold);
  last.set(view, { signal, threshold, point });
  return point;
}

export function useOperatingPoint(view: ScoreView, signal: number): OperatingPoint {
  return pointOf(
    view,
    signal,
    useOffshell((s) => s.run.threshold),
  );
}
