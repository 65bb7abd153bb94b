/** A button whose text is a verb. `primary` is the one next step of a panel; there is at most one in sight. */
import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes, ReactNode } from 'react';
import style from './Button.module.css';

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> {
  kind?: 'plain' | 'primary' | 'quiet';
  icon?: LucideIcon;
  /** Fills the width of its container. */
  wide?: boolean;
  children: ReactNode;
}

export function Button({ kind = 'plain', icon: Icon, wide = false, className = '', children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`${style.button} ${style[kind]} ${wide ? style.wide : ''} ${Icon ? style.withIcon : ''} ${className}`}
    >
      {Icon && <Icon aria-hidden="true" />}
      <span className={style.text}>{children}</span>
    </button>
  );
}
