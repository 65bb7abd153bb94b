/** Light, dark, or as the system has it. */
import { Monitor, Moon, Sun } from 'lucide-react';
import { Segmented } from '../parts/Segmented.tsx';
import { useOffshell } from '../use-store.ts';
import style from './ThemeSwitch.module.css';

export function ThemeSwitch({ className = '' }: { className?: string }) {
  const theme = useOffshell((s) => s.session.theme);
  const { setTheme } = useOffshell((s) => s.actions);
  return (
    <Segmented
      className={`${style.switch} ${className}`}
      label="Theme"
      value={theme}
      onChange={setTheme}
      segments={[
        { value: 'light', label: 'Light theme', icon: Sun },
        { value: 'dark', label: 'Dark theme', icon: Moon },
        { value: 'system', label: 'Theme of the system', icon: Monitor },
      ]}
    />
  );
}
