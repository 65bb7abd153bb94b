/** A window over the page, for what deserves the whole attention: an enlarged figure, a table twin. Escape and the button close it. */
import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import style from './Dialog.module.css';
import { IconButton } from './IconButton.tsx';

export interface DialogProps {
  title: ReactNode;
  onClose(): void;
  /** `wide` fills most of the screen; `broad` has its width, and the height of what is in it. */
  size?: 'normal' | 'wide' | 'broad';
  /** Buttons at the bottom. */
  actions?: ReactNode;
  children: ReactNode;
}

export function Dialog({ title, onClose, size = 'normal', actions, children }: DialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a modal dialog by itself; the click is for the backdrop only
    <dialog
      ref={dialog}
      aria-labelledby={id}
      className={`${style.dialog} ${style[size]}`}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div className={style.inside}>
        <header className={style.head}>
          <h2 id={id}>{title}</h2>
          <IconButton icon={X} label="Close" onClick={onClose} />
        </header>
        <div className={style.body}>{children}</div>
        {actions && <footer className={style.actions}>{actions}</footer>}
      </div>
    </dialog>
  );
}
