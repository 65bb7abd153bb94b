/** The one threshold, as figures and panels hold it: read and moved without rendering, or read when it comes to rest. */
import { useEffect, useMemo, useState } from 'react';
import { dataNoun } from '../../state/explore.ts';
import { spokenThreshold } from '../../state/operating-point.ts';
import type { ScoreView } from '../../worker/api.ts';
import type { ThresholdControl } from '../Figure.tsx';
import { useOffshellStore } from '../use-store.ts';
import { pointOf } from './use-point.ts';

export function useThresholdControl(view: ScoreView, signal: number): ThresholdControl {
  const store = useOffshellStore();
  return useMemo(() => {
    const { test, classes, unit } = view;
    const now = () => store.getState().run.threshold;
    return {
      now,
      subscribe: (listener) =>
        store.subscribe((state, before) => {
          if (!Object.is(state.run.threshold, before.run.threshold)) listener();
        }),
      move: (value) => store.getState().actions.setThreshold({ rule: 'value', value }),
      step: (steps) => store.getState().actions.stepThreshold(steps),
      min: test.threshold[test.threshold.length - 1] ?? 0,
      max: test.threshold[0] ?? 0,
      text: (value) =>
        spokenThreshold(
          pointOf(view, signal, value),
          classes[signal]?.name ?? 'signal',
          unit,
          dataNoun(store.getState().run.data),
        ),
    };
  }, [store, view, signal]);
}

/** The threshold after it has not moved for a moment; for what is too dear or too talkative for every frame. */
export function useSettledThreshold(milliseconds = 250): number {
  const store = useOffshellStore();
  const [settled, setSettled] = useState(() => store.getState().run.threshold);
  useEffect(() => {
    let timer = setTimeout(() => setSettled(store.getState().run.threshold), 0);
    const unsubscribe = store.subscribe((state, before) => {
      if (Object.is(state.run.threshold, before.run.threshold)) return;
      clearTimeout(timer);
      timer = setTimeout(() => setSettled(store.getState().run.threshold), milliseconds);
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [store, milliseconds]);
  return settled;
}
