/** An icon button that opens a small card: a menu of actions or a few settings. Escape or a click outside closes it. */
import type { LucideIcon } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { IconButton } from './IconButton.tsx';
import style from './IconPopover.module.css';

export interface IconPopoverProps {
  icon: LucideIcon;
  /** A verb: "Save figure". */
  label: string;
  children: ReactNode | ((close: () => void) => ReactNode);
}

export function IconPopover({ icon, label, children }: IconPopoverProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const close = () => {
    setOpen(false);
    root.current?.querySelector('button')?.focus();
  };
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      setOpen(false);
      root.current?.querySelector('button')?.focus();
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('keydown', onEscape);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('keydown', onEscape);
    };
  }, [open]);
  return (
    <div ref={root} className={style.root}>
      <IconButton
        icon={icon}
        label={label}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <div id={id} role="dialog" aria-label={label} className={style.card}>
          {typeof children === 'function' ? children(close) : children}
        </div>
      )}
    </div>
  );
}
