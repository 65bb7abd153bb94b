/** Whether a run was made with data that are no longer the ones loaded, and the way out. */
import { useOffshell } from '../use-store.ts';

export function useStale(runId: string): { text: string; action: string; onRefresh(): void } | null {
  const stale = useOffshell((s) => {
    const run = s.run.runs.find(({ id }) => id === runId);
    return run !== undefined && s.run.data !== null && run.generation !== s.run.data.generation;
  });
  const go = useOffshell((s) => s.actions.go);
  if (!stale) return null;
  return { text: 'Computed before the data were changed', action: 'Train again', onRefresh: () => go('models') };
}
