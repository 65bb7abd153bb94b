/** What a panel shows before it has anything: what will be here, and the one action that brings it. Also "too little data". */
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import style from './EmptyState.module.css';

export interface EmptyStateProps {
  icon?: LucideIcon;
  /** What will be here, or the statement that the statistics do not support. */
  title: ReactNode;
  /** One sentence more, such as how many events would be enough. */
  children?: ReactNode;
  /** One Button. */
  action?: ReactNode;
}

export function EmptyState({ icon: Icon, title, children, action }: EmptyStateProps) {
  return (
    <div className={style.empty}>
      {Icon && <Icon aria-hidden="true" className={style.icon} />}
      <p className={style.title}>{title}</p>
      {children && <div className={style.words}>{children}</div>}
      {action}
    </div>
  );
}
