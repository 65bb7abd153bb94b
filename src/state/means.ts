/** What the parts of the actions have in common: the store, and two ways of telling what went wrong. */
import type { StoreApi } from 'zustand/vanilla';
import type { Run } from './run.ts';
import type { Session } from './session.ts';
import type { Store } from './store.ts';

export interface Means {
  get(): Store;
  set: StoreApi<Store>['setState'];
  setRun(change: Partial<Run>): void;
  /** What repeats the analysis has changed, and is noted for a reload. */
  setSession(change: Partial<Session>): void;
  /** Shows a problem. */
  report(error: unknown, where: string): void;
  /** Runs a step; a failure is shown and the answer is null. */
  attempt<T>(where: string, step: () => Promise<T>): Promise<T | null>;
}
