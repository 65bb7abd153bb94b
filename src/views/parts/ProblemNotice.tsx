/** A problem in four parts: where, expected, found, what to do. The technical rest is only ever copied, never shown. */
import { Check, Copy, TriangleAlert, X } from 'lucide-react';
import { useState } from 'react';
import { type ProblemDetails, problemText } from '../../base/problem.ts';
import { Button } from './Button.tsx';
import { IconButton } from './IconButton.tsx';
import style from './ProblemNotice.module.css';

export interface ProblemNoticeProps {
  problem: ProblemDetails;
  onDismiss?: () => void;
  /** Without a frame, inside a list row or a panel that is already about this problem. */
  plain?: boolean;
}

export function ProblemNotice({ problem, onDismiss, plain = false }: ProblemNoticeProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText([problemText(problem), problem.details].filter(Boolean).join('\n\n'));
    setCopied(true);
  };
  return (
    <div role="alert" className={`${style.notice} ${plain ? style.plain : ''}`}>
      <TriangleAlert aria-hidden="true" className={style.icon} />
      <div className={style.words}>
        <p className={style.where}>{problem.where}</p>
        <dl className={style.facts}>
          <dt>expected</dt>
          <dd>{problem.expected}</dd>
          <dt>found</dt>
          <dd>{problem.found}</dd>
        </dl>
        <p>{problem.fix}.</p>
        <Button kind="quiet" icon={copied ? Check : Copy} className={style.copy ?? ''} onClick={() => void copy()}>
          {copied ? 'Details copied' : 'Copy details'}
        </Button>
      </div>
      {onDismiss && <IconButton icon={X} label="Dismiss" onClick={onDismiss} />}
    </div>
  );
}
