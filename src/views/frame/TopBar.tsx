/** The bar at the top: where one is, what data is loaded, what it computes on. */
import { CircleHelp, Share2 } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { useOffshell } from '../use-store.ts';
import { BackendBadge } from './BackendBadge.tsx';
import { DataChip } from './DataChip.tsx';
import { Help } from './Help.tsx';
import { Mark } from './Mark.tsx';
import { ThemeSwitch } from './ThemeSwitch.tsx';
import style from './TopBar.module.css';
import { Workspaces } from './Workspaces.tsx';

export function TopBar() {
  const sharing = useOffshell((s) => s.session.workspace === 'share');
  const { go } = useOffshell((s) => s.actions);
  const [help, setHelp] = useState(false);
  return (
    <header className={style.bar}>
      <span className={style.brand}>
        <Mark />
        <span className={style.name}>Offshell</span>
      </span>
      <nav className={style.nav} aria-label="Analysis">
        <Workspaces />
      </nav>
      <div className={style.right}>
        <DataChip />
        <span className={style.rule} aria-hidden="true" />
        <BackendBadge />
        <ThemeSwitch className={style.theme ?? ''} />
        <Button
          kind="quiet"
          icon={Share2}
          className={`${style.share} ${sharing ? style.sharing : ''}`}
          aria-current={sharing ? 'page' : undefined}
          aria-keyshortcuts="Alt+5"
          onClick={() => go('share')}
        >
          Share
        </Button>
        <IconButton icon={CircleHelp} label="Show help and keys" onClick={() => setHelp(true)} />
      </div>
      {help && <Help onClose={() => setHelp(false)} />}
    </header>
  );
}
