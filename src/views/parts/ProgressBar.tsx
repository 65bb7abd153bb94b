/** How far something is. `value` from 0 to 1; null while that cannot be told. */
import style from './ProgressBar.module.css';

export interface ProgressBarProps {
  /** Spoken name: "Training". */
  label: string;
  value: number | null;
  className?: string;
}

export function ProgressBar({ label, value, className = '' }: ProgressBarProps) {
  const percent = value === null ? null : Math.round(Math.min(1, Math.max(0, value)) * 1000) / 10;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent === null ? undefined : Math.round(percent)}
      className={`${style.bar} ${className}`}
    >
      <div
        className={`${style.done} ${percent === null ? style.unknown : ''}`}
        style={{ width: percent === null ? '100%' : `${percent}%` }}
      />
    </div>
  );
}
