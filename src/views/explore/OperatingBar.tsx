/** On a narrow screen: the operating point at the bottom, with a slider that is even in the logarithm of the background efficiency. */
import { formatPercent, formatPercentRange, formatThreshold } from '../../plots/format.ts';
import { dataNoun } from '../../state/explore.ts';
import { sliderPosition, spokenThreshold, thresholdAtSlider } from '../../state/operating-point.ts';
import type { ScoreView } from '../../worker/api.ts';
import { useOffshell } from '../use-store.ts';
import style from './Operating.module.css';
import { pointOf } from './use-point.ts';

export function OperatingBar({ view, signal }: { view: ScoreView; signal: number }) {
  const threshold = useOffshell((s) => s.run.threshold);
  const setThreshold = useOffshell((s) => s.actions.setThreshold);
  const noun = useOffshell((s) => dataNoun(s.run.data));
  const point = pointOf(view, signal, threshold);
  return (
    <section className={style.bar} aria-label="Operating point">
      <output>
        <span>
          <i>t</i> = {formatThreshold(threshold)} {view.unit}
        </span>
        <span>
          <i>ε</i>
          <sub>S</sub> {formatPercent(point.signal.value)}
        </span>
        <span>
          <i>ε</i>
          <sub>B</sub>{' '}
          {point.supported
            ? formatPercent(point.background.value)
            : formatPercentRange(point.background.low, point.background.high)}
        </span>
      </output>
      <input
        type="range"
        min={0}
        max={1}
        step="any"
        aria-label="Threshold"
        aria-valuetext={spokenThreshold(point, view.classes[signal]?.name ?? 'signal', view.unit, noun)}
        value={sliderPosition(point)}
        onChange={(event) =>
          setThreshold({ rule: 'value', value: thresholdAtSlider(view.test, view.classes, Number(event.currentTarget.value)) })
        }
      />
    </section>
  );
}
