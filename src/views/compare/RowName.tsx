/** What a row of Compare is called: the model, and under it the preset, the score and what sets it apart. */
import type { CompareRow } from '../../state/compare.ts';
import style from './Compare.module.css';

export interface RowNameProps {
  row: Pick<CompareRow, 'modelName' | 'preset' | 'score' | 'baseline' | 'seesLabels'>;
  scoreName: ReadonlyMap<string, string>;
}

export function RowName({ row, scoreName }: RowNameProps) {
  const { modelName, preset, score, baseline, seesLabels } = row;
  const about = [preset, scoreName.get(score) ?? score, baseline ? 'baseline' : '', seesLabels ? 'has seen labels' : ''];
  return (
    <span>
      {modelName}
      <span className={style.preset}>{about.filter((text) => text !== '').join(', ')}</span>
    </span>
  );
}
