/**
 * Over the page's lower right corner: files that are being looked at, and problems, newest first; each problem stays until it is
 * dismissed. The same one twice is shown once.
 */
import { ProblemNotice } from '../parts/ProblemNotice.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Notices.module.css';
import { inspectingText } from './words.ts';

export function Notices() {
  const problems = useOffshell((s) => s.run.problems);
  const { dismiss } = useOffshell((s) => s.actions);
  const inspecting = useOffshell((s) => s.run.inspecting);
  const starting = useOffshell((s) => s.run.compute === null);
  if (problems.length === 0 && inspecting.length === 0) return null;
  const alike = new Map<string, (typeof problems)[number][]>();
  for (const entry of problems) {
    const key = JSON.stringify(entry.problem);
    alike.set(key, [...(alike.get(key) ?? []), entry]);
  }
  return (
    <div className={style.notices}>
      {inspecting.length > 0 && (
        <div className={style.inspecting}>
          <Working message={inspectingText(inspecting, starting)} done={null} />
        </div>
      )}
      {problems.length > 0 && (
        <section aria-label="Problems" className={style.problems}>
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
      )}
    </div>
  );
}
