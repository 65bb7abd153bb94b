/** The theme that figures are drawn in: the user's choice, or the system's where the user made none. */
import { useSyncExternalStore } from 'react';
import { useOffshell } from './use-store.ts';

const query = '(prefers-color-scheme: dark)';

function subscribe(listener: () => void): () => void {
  const media = window.matchMedia(query);
  media.addEventListener('change', listener);
  return () => media.removeEventListener('change', listener);
}

export function useFigureTheme(): 'light' | 'dark' {
  const chosen = useOffshell((s) => s.session.theme);
  const systemIsDark = useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
  return chosen === 'system' ? (systemIsDark ? 'dark' : 'light') : chosen;
}
