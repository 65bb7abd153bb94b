/** Problems, newest first, over the page's lower right corner; each stays until it is dismissed. The same one twice is shown once. */
import { ProblemNotice } from '../parts/ProblemNotice.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Notices.module.css';

export function Notices() {
  const problems = useOffshell((s) => s.run.problems);
  const { dismiss } = useOffshell((s) => s.actions);
  if (problems.length === 0) return null;
  const alike = new Map<string, (typeof problems)[number][]>();
  for (const entry of problems) {
    const key = JSON.stringify(entry.problem);
    alike.set(key, [...(alike.get(key) ?? []), entry]);
  }
  return (
    <section aria-label="Problems" className={style.notices}>
      {[...alike].map(([key, [first, ...others]]) =>
        first ? (
          <ProblemNotice
            key={key}
            problem={first.problem}
            onDismiss={() => {
              for (const { id } of [first, ...others]) dismiss(id);
            }}
          />
        ) : null,
      )}
    </section>
  );
}
