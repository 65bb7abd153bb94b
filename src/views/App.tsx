/**
 * The page: the bar, one workspace, the strip while something trains, and what floats over all of it. A workspace that was opened
 * once stays as it was left. Explore and Compare, with their figures, arrive as separate pieces of code.
 */
import './tokens.css';
import './base.css';
import { Activity, lazy, Suspense, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Workspace } from '../state/session.ts';
import style from './App.module.css';
import { Data } from './data/Data.tsx';
import { Announcer } from './frame/Announcer.tsx';
import { Boundary } from './frame/Boundary.tsx';
import { DropTarget } from './frame/DropTarget.tsx';
import { Notices } from './frame/Notices.tsx';
import { TopBar } from './frame/TopBar.tsx';
import { TrainingStrip } from './frame/TrainingStrip.tsx';
import { Models } from './models/Models.tsx';
import { Working } from './parts/Working.tsx';
import { Share } from './share/Share.tsx';
import { useOffshell } from './use-store.ts';

const Explore = lazy(async () => ({ default: (await import('./explore/Explore.tsx')).Explore }));
const Compare = lazy(async () => ({ default: (await import('./compare/Compare.tsx')).Compare }));

const pages = [
  { id: 'data', name: 'Data', View: Data },
  { id: 'models', name: 'Models', View: Models },
  { id: 'explore', name: 'Explore', View: Explore },
  { id: 'compare', name: 'Compare', View: Compare },
  { id: 'share', name: 'Share', View: Share },
] as const satisfies readonly { id: Workspace; name: string; View: React.ComponentType }[];

export function App() {
  const workspace = useOffshell((s) => s.session.workspace);
  const theme = useOffshell((s) => s.session.theme);
  const visited = useVisited(workspace);
  const canvas = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  useEffect(() => {
    const name = pages.find(({ id }) => id === workspace)?.name;
    document.title = `${name}: Offshell`;
  }, [workspace]);
  return (
    <div className={style.page}>
      <button type="button" className={style.skip} onClick={() => canvas.current?.focus()}>
        Skip to the workspace
      </button>
      <TopBar />
      <main ref={canvas} id="canvas" tabIndex={-1} className={style.canvas}>
        {pages
          .filter(({ id }) => visited.includes(id))
          .map(({ id, name, View }) => (
            <Activity key={id} mode={id === workspace ? 'visible' : 'hidden'}>
              <div
                id={`workspace-${id}`}
                className={style.workspace}
                {...(id === 'share'
                  ? { role: 'region', 'aria-label': name }
                  : { role: 'tabpanel', 'aria-labelledby': `tab-${id}` })}
              >
                <Boundary name={name}>
                  <Suspense fallback={<Working message={`Opening ${name}`} done={null} />}>
                    <View />
                  </Suspense>
                </Boundary>
              </div>
            </Activity>
          ))}
      </main>
      <TrainingStrip />
      <Notices />
      <DropTarget />
      <Announcer />
    </div>
  );
}

/** The workspaces that have been opened, including the present one. */
function useVisited(workspace: Workspace): readonly Workspace[] {
  const [visited, setVisited] = useState<readonly Workspace[]>([workspace]);
  if (visited.includes(workspace)) return visited;
  const more = [...visited, workspace];
  setVisited(more);
  return more;
}
