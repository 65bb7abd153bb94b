/** A button that shows only an icon. Its name is spoken and appears as a tip on hover and on keyboard focus. */
import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes } from 'react';
import style from './IconButton.module.css';

export interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children' | 'title'> {
  icon: LucideIcon;
  /** A verb: "Show as table". */
  label: string;
  /** Shorter text of the tip, where the name says what the place already does. */
  tipText?: string;
  /** For a switch: whether it is on. */
  pressed?: boolean;
  /** Which edge of the button the tip lines up with; `end` near the right edge of the screen. */
  tip?: 'start' | 'centre' | 'end';
}

export function IconButton({
  icon: Icon,
  label,
  tipText = label,
  pressed,
  tip = 'end',
  className = '',
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      aria-pressed={pressed}
      data-tip={tipText}
      className={`${style.button} ${style[tip]} ${className}`}
    >
      <Icon aria-hidden="true" />
    </button>
  );
}
