/** The live confusion matrix: rows are the truth, columns the decision. A cell opens its events. */
import { counted } from '../../base/nouns.ts';
import { formatAuc, formatCount, formatDecimals, formatPercent, formatPercentInterval } from '../../plots/format.ts';
import { classStyles } from '../../plots/theme.ts';
import { carriersOf } from '../../state/carriers.ts';
import { dataNoun } from '../../state/explore.ts';
import type { ClassRow } from '../../state/operating-point.ts';
import type { Cell } from '../../worker/api.ts';
import { Panel } from '../parts/Panel.tsx';
import { useOffshell } from '../use-store.ts';
import { ClassNames } from './ClassNames.tsx';
import style from './Confusion.module.css';
import type { PanelInput } from './panel-input.ts';
import { useOperatingPoint } from './use-point.ts';
import { useStale } from './use-stale.ts';

const cellWords: Readonly<Record<Cell, string>> = {
  truePositives: 'true positives',
  falsePositives: 'false positives',
  trueNegatives: 'true negatives',
  falseNegatives: 'false negatives',
};

export function ConfusionPanel({ view, signal, theme, className }: PanelInput) {
  const stale = useStale(view.run);
  const styles = classStyles(view.classes, theme);
  return (
    <Panel
      title="What does the cut do?"
      context="Flagged if score ≥ t; 68 % Clopper-Pearson intervals"
      tools={<ClassNames classes={view.classes} />}
      stale={stale}
      flush
      className={className}
    >
      <Matrix view={view} signal={signal} colors={styles.map(({ color }) => color)} />
    </Panel>
  );
}

/** Renders on every move of the threshold: one small table. */
function Matrix({ view, signal, colors }: Pick<PanelInput, 'view' | 'signal'> & { colors: readonly string[] }) {
  const open = useOffshell((s) => s.run.cell?.cell ?? null);
  const actions = useOffshell((s) => s.actions);
  const noun = useOffshell((s) => dataNoun(s.run.data));
  const left = useOffshell((s) => (s.run.data?.noData?.leaveOut ? s.run.data.noData.test : 0));
  const point = useOperatingPoint(view, signal);
  const { precision, prevalence, nonFinite } = point;
  const run = useOffshell((s) => s.run.runs.find(({ id }) => id === view.run));
  const carriers = carriersOf(view, run, signal, noun);
  const cell = (row: ClassRow, side: 'flagged' | 'kept') => {
    const name = row.cells?.[side];
    const text = formatCount(row[side]);
    if (!name) return <span className={style.count}>{text}</span>;
    return (
      <button
        type="button"
        className={`${style.cell} ${style[side]}`}
        aria-pressed={open === name}
        aria-label={`${text} ${cellWords[name]}: ${row.name}, ${side}. Show the ${noun.several}`}
        disabled={row[side] === 0}
        onClick={() => void actions.openCell(name)}
      >
        {text}
      </button>
    );
  };
  return (
    <div className={style.confusion}>
      <table className={style.matrix}>
        <caption className="visually-hidden">Confusion matrix: rows are the truth, columns the decision</caption>
        <thead>
          <tr>
            <th scope="col">truth</th>
            <th scope="col">flagged</th>
            <th scope="col">kept</th>
            <th scope="col">flagged of row</th>
          </tr>
        </thead>
        <tbody>
          {point.rows.map((row) => (
            <tr key={row.label} className={row.label === signal ? style.chosen : undefined}>
              <th scope="row">
                <span className={style.label}>
                  <span className={style.swatch} style={{ background: colors[row.label] }} aria-hidden="true" />
                  {row.role === 'signal' && row.label !== signal ? (
                    <button
                      type="button"
                      className={style.name}
                      title={`${row.name}: make this the signal`}
                      onClick={() => actions.selectSignal(row.label)}
                    >
                      {row.name}
                    </button>
                  ) : (
                    <span className={style.name} title={row.name}>
                      {row.name}
                    </span>
                  )}
                </span>
              </th>
              <td>{cell(row, 'flagged')}</td>
              <td>{cell(row, 'kept')}</td>
              <td className={style.rate}>
                {row.rate.of === 0
                  ? left > 0 && (view.test.nonFinite[row.label] ?? 0) > 0
                    ? 'no data'
                    : `no test ${noun.several}`
                  : formatPercentInterval(row.rate.value, row.rate.low, row.rate.high)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={style.precision}>
        {point.signal.of === 0 ? (
          `No signal ${noun.several} in the test split: there is no precision.`
        ) : precision.of === 0 ? (
          'Nothing is flagged: there is no precision.'
        ) : (
          <>
            precision <b>{formatPercentInterval(precision.value, precision.low, precision.high)}</b> at a prevalence of{' '}
            {formatPercent(prevalence)}
            {nonFinite > 0 && '.'}
          </>
        )}
        {left > 0 && (
          <span className={style.lost}>
            {' '}
            {counted(left, noun)} without data {left === 1 ? 'is' : 'are'} left out.
          </span>
        )}
        {nonFinite > left && (
          <span className={style.lost}>
            {' '}
            {counted(nonFinite - left, noun)} {nonFinite - left === 1 ? 'has' : 'have'} no finite score and{' '}
            {nonFinite - left === 1 ? 'is' : 'are'} in no rate.
          </span>
        )}
      </p>
      {carriers.words.map((words) => (
        <p key={words} className={`${style.precision} ${style.lost}`}>
          {words}
        </p>
      ))}
      {carriers.rows.length > 0 && (
        <table className={style.carriers}>
          <caption className="visually-hidden">The same numbers with and without what carries them</caption>
          <thead>
            <tr>
              <th scope="col">test</th>
              <th scope="col">AUC</th>
              <th scope="col">AP</th>
              <th scope="col" title="At the threshold of largest F1 on validation, chosen on the same kind of rows">
                best F1
              </th>
            </tr>
          </thead>
          <tbody>
            {carriers.rows.map((row) => (
              <tr key={row.what}>
                <th scope="row">{row.what}</th>
                <td>{formatAuc(row)}</td>
                <td>{formatDecimals(row.averagePrecision, 3)}</td>
                <td>{row.f1 === null ? '–' : formatDecimals(row.f1, 3)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
