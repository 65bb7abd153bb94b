/** How many events of each class there are, as a bar to scale and in numbers. */
import { counted } from '../../base/nouns.ts';
import { formatCount, formatPercent } from '../../plots/format.ts';
import { dataNoun } from '../../state/explore.ts';
import { ClassKey } from '../parts/ClassKey.tsx';
import { classPaints } from '../parts/class-paint.ts';
import { Panel } from '../parts/Panel.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Classes.module.css';

export function Classes() {
  const data = useOffshell((s) => s.run.data);
  if (!data) return null;
  const { classes, rows } = data;
  const paints = classPaints(classes);
  return (
    <Panel title="Which classes are in it?" context={`${counted(rows, dataNoun(data))}, all splits`}>
      <div className={style.bar} aria-hidden="true">
        {classes.map((c, k) => (
          <span key={c.name} style={{ flexGrow: c.rows, background: paints[k]?.colour }} />
        ))}
      </div>
      <ul className={style.classes}>
        {classes.map((c, k) => (
          <li key={c.name}>
            <ClassKey classes={classes} index={k} withRole />
            <span className={style.numbers}>
              {formatCount(c.rows)} <span className={style.share}>{formatPercent(c.rows / rows)}</span>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
