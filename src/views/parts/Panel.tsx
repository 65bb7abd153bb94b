/**
 * A panel: a title that is a question or a quantity, one quiet line of context, the tools at the right of the title (shown on
 * hover and focus, always there for the keyboard), and a body. Knows nothing of what it shows.
 */
import { RefreshCw } from 'lucide-react';
import { type CSSProperties, type ReactNode, useId } from 'react';
import { Button } from './Button.tsx';
import style from './Panel.module.css';

export interface PanelProps {
  title: ReactNode;
  /** "test split, 50 000 events, standardised, seed 1" */
  context?: ReactNode;
  /** Icon buttons: help, table, export, enlarge. */
  tools?: ReactNode;
  /** Tools that must be seen without hovering. */
  toolsAlwaysShown?: boolean;
  /** No padding around the body, for tables and figures that go to the edge. */
  flush?: boolean;
  /** The body scrolls by itself; the title stays. */
  scroll?: boolean;
  /** The body is greyed with "computed before the last change" and a button. */
  stale?: { text?: string; action: string; onRefresh(): void } | null;
  /** Under the body, with a line above. */
  footer?: ReactNode;
  className?: string;
  style?: CSSProperties;
  children: ReactNode;
}

export function Panel(props: PanelProps) {
  const id = useId();
  const { title, context, tools, toolsAlwaysShown, flush, scroll, stale, footer, className = '', children } = props;
  return (
    <section aria-labelledby={id} className={`${style.panel} ${className}`} style={props.style}>
      <header className={style.head}>
        <h2 id={id} className={style.title}>
          {title}
        </h2>
        {tools && <div className={`${style.tools} ${toolsAlwaysShown ? style.shown : ''}`}>{tools}</div>}
        {context && <p className={style.context}>{context}</p>}
      </header>
      {stale && (
        <div className={style.stale} role="status">
          <span>{stale.text ?? 'Computed before the last change'}</span>
          <Button kind="quiet" icon={RefreshCw} onClick={stale.onRefresh}>
            {stale.action}
          </Button>
        </div>
      )}
      <div className={`${style.body} ${flush ? style.flush : ''} ${scroll ? style.scroll : ''} ${stale ? style.greyed : ''}`}>
        {children}
      </div>
      {footer && <footer className={style.footer}>{footer}</footer>}
    </section>
  );
}
