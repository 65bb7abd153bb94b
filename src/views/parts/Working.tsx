/** What a panel shows while something is being made: what, how far, and a way to stop it. */
import { X } from 'lucide-react';
import { Button } from './Button.tsx';
import { ProgressBar } from './ProgressBar.tsx';
import style from './Working.module.css';

export interface WorkingProps {
  /** "Reading background.h5" */
  message: string;
  /** 0 to 1; null while that cannot be told. */
  done: number | null;
  /** "38 s left" */
  left?: string;
  onCancel?: () => void;
}

export function Working({ message, done, left, onCancel }: WorkingProps) {
  return (
    <div className={style.working} role="status">
      <p className={style.line}>
        <span>{message}</span>
        {left && <span className={style.left}>{left}</span>}
      </p>
      <ProgressBar label={message} value={done} />
      {onCancel && (
        <Button kind="quiet" icon={X} onClick={onCancel}>
          Cancel
        </Button>
      )}
    </div>
  );
}
