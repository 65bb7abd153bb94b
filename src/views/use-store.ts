/** The one place where React meets the store: a context that holds it, and a hook that reads from it with a selector. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { OffshellStore, Store } from '../state/store.ts';

export const StoreContext = createContext<OffshellStore | null>(null);

/** The store itself, for subscriptions that must not re-render (live marks). */
export function useOffshellStore(): OffshellStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('useOffshell outside of StoreContext');
  return store;
}

/** Re-renders when what `select` returns changes identity; select one thing at a time. */
export function useOffshell<T>(select: (store: Store) => T): T {
  return useStore(useOffshellStore(), select);
}
