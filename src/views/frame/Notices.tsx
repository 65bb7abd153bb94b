/** Problems, newest first, over the page's lower right corner; each stays until it is dismissed. */
import { ProblemNotice } from '../parts/ProblemNotice.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Notices.module.css';

export function Notices() {
  const problems = useOffshell((s) => s.run.problems);
  const { dismiss } = useOffshell((s) => s.actions);
  if (problems.length === 0) return null;
  return (
    <section aria-label="Problems" className={style.notices}>
      {problems.map(({ id, problem }) => (
        <ProblemNotice key={id} problem={problem} onDismiss={() => dismiss(id)} />
      ))}
    </section>
  );
}
