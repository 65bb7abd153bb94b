/** The four numbered workspaces as tabs: arrow keys move among them, Enter opens one, Alt with the number opens it from anywhere. */
import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { Workspace } from '../../state/session.ts';
import { useOffshell } from '../use-store.ts';
import style from './Workspaces.module.css';

/** In the order of an analysis. */
export const workspaces = [
  { id: 'data', name: 'Data' },
  { id: 'models', name: 'Models' },
  { id: 'explore', name: 'Explore' },
  { id: 'compare', name: 'Compare' },
] as const satisfies readonly { id: Workspace; name: string }[];

export function Workspaces() {
  const current = useOffshell((s) => s.session.workspace);
  const { go } = useOffshell((s) => s.actions);
  const tabs = useRef<(HTMLButtonElement | null)[]>([]);
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const number = /^Digit([1-5])$/.exec(event.code)?.[1];
      if (!number || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      go(number === '5' ? 'share' : (workspaces[Number(number) - 1]?.id ?? 'data'));
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [go]);
  const present = workspaces.findIndex(({ id }) => id === current);
  const onKeyDown = (event: KeyboardEvent, index: number) => {
    const target = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: workspaces.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    tabs.current[(target + workspaces.length) % workspaces.length]?.focus();
  };
  return (
    <div role="tablist" aria-label="Workspaces" className={style.tabs}>
      {workspaces.map(({ id, name }, index) => (
        <button
          key={id}
          ref={(element) => {
            tabs.current[index] = element;
          }}
          type="button"
          role="tab"
          id={`tab-${id}`}
          aria-selected={id === current}
          aria-controls={`workspace-${id}`}
          aria-keyshortcuts={`Alt+${index + 1}`}
          title={`${name} (Alt+${index + 1})`}
          tabIndex={index === Math.max(0, present) ? 0 : -1}
          className={style.tab}
          onClick={() => go(id)}
          onKeyDown={(event) => onKeyDown(event, index)}
        >
          <span className={style.number} aria-hidden="true">
            {index + 1}
          </span>
          {name}
        </button>
      ))}
    </div>
  );
}
