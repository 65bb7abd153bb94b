/**
 * A session as text that is kept on this machine: for a reload in the tab's own storage, and beside kept runs for later. A link
 * carries what repeats an analysis; this carries what brings the page back as it was. Whatever cannot be read is as good as none.
 */
import { isShared } from './link.ts';
import { initialSession, type Session } from './session.ts';
import { isSweep } from './sweeps.ts';

interface Kept {
  version: 1;
  /** The address's hash with which the page was opened: another link opens another analysis. */
  hash: string;
  session: Pick<
    Session,
    'workspace' | 'data' | 'preprocessing' | 'lumisections' | 'split' | 'draft' | 'requests' | 'view' | 'sweeps'
  > & {
    /** Absent in what was written before there were studies. */
    paused?: boolean;
  };
}

export function writeSession(session: Session, hash: string): string {
  const { workspace, data, preprocessing, lumisections, split, draft, requests, view, sweeps, paused } = session;
  const own = { workspace, data, preprocessing, lumisections, split, draft, requests, view, sweeps, paused };
  const kept: Kept = { version: 1, hash, session: own };
  return JSON.stringify(kept);
}

/**
 * @param hash the address's hash now; a session that was opened with another one is not this page's. Not looked at if absent
 * @returns null if there is none, or none that can be used
 */
export function readSession(text: string | null | undefined, hash?: string): Session | null {
  if (!text) return null;
  try {
    const kept = JSON.parse(text) as Kept;
    if (kept.version !== 1 || (hash !== undefined && kept.hash !== hash)) return null;
    const {
      workspace,
      data,
      preprocessing,
      lumisections = {},
      split,
      draft,
      requests,
      view,
      sweeps,
      paused = true,
    } = kept.session;
    const workspaces: readonly unknown[] = ['data', 'models', 'explore', 'compare', 'share'];
    const usable =
      isShared({ version: 1, data, split, requests, view, preprocessing, lumisections }) &&
      data !== null &&
      workspaces.includes(workspace) &&
      typeof draft?.model === 'string' &&
      typeof draft.preset === 'string' &&
      typeof draft.params === 'object' &&
      Array.isArray(draft.seeds) &&
      Array.isArray(sweeps) &&
      sweeps.every(isSweep);
    const own = { workspace, data, preprocessing, lumisections, split, draft, requests, view, sweeps, paused };
    return usable ? { ...initialSession, ...own } : null;
  } catch {
    return null;
  }
}
