/** The operating point: the threshold as a number, the rules that set it, and what it means for a trigger. */
import { useMemo, useState } from 'react';
import { inNouns, nounOf, type RowNoun } from '../../base/nouns.ts';
import { f1 } from '../../metrics/precision-recall.ts';
import {
  formatDecimals,
  formatNumber,
  formatPercentInterval,
  formatPercentRange,
  formatPower,
  formatRate,
  formatRateInterval,
} from '../../plots/format.ts';
import { dataNoun } from '../../state/explore.ts';
import { efficiencyPresets, type OperatingPoint, type Rate, spokenThreshold } from '../../state/operating-point.ts';
import type { ScoreView } from '../../worker/api.ts';
import { typeset } from '../frame/words.ts';
import { Field, numberClass } from '../parts/Field.tsx';
import { Panel } from '../parts/Panel.tsx';
import { PhysicsName } from '../parts/PhysicsName.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Operating.module.css';
import { ThresholdField } from './ThresholdField.tsx';
import { pointOf, useOperatingPoint } from './use-point.ts';
import { useSettledThreshold } from './use-threshold.ts';

export function OperatingPanel({ view, signal }: { view: ScoreView; signal: number }) {
  const choice = useOffshell((s) => s.session.view.threshold);
  const problem = useOffshell((s) => s.run.thresholdProblem);
  const setThreshold = useOffshell((s) => s.actions.setThreshold);
  const presets = useMemo(() => efficiencyPresets(view.validation, view.classes), [view]);
  const noun = useOffshell((s) => dataNoun(s.run.data));
  const signalInValidation = (view.validation.total[signal] ?? 0) > 0;
  // a rule that the statistics refuse gives way to 0.1
  const inEffect = problem !== null ? 0.1 : choice.rule === 'background-efficiency' ? choice.value : null;
  const refused = presets.filter(({ reason }) => reason !== null);
  return (
    <Panel title="Operating point">
      <div className={style.operating}>
        <ThresholdField unit={view.unit} />
        <fieldset>
          <legend className={style.legend}>
            Background efficiency <i>ε</i>
            <sub>B</sub>, calibrated on validation
          </legend>
          <div className={style.presets}>
            {presets.map(({ value, reason }) => (
              <button
                key={value}
                type="button"
                className={style.preset}
                disabled={reason !== null}
                title={reason === null ? undefined : inNouns(reason, noun)}
                aria-pressed={reason === null && value === inEffect}
                aria-label={`Background efficiency ${formatPower(value)}${reason ? `: ${inNouns(reason, noun)}` : ''}`}
                onClick={() => setThreshold({ rule: 'background-efficiency', value })}
              >
                {formatPower(value)}
              </button>
            ))}
          </div>
          {refused[0] && (
            <p className={style.note}>
              {formatPower(refused[0].value)} {inNouns(refused[0].reason ?? '', noun)}
            </p>
          )}
        </fieldset>
        <fieldset>
          <legend className={style.legend}>Best on validation, by its labels</legend>
          <div className={style.presets}>
            <button
              type="button"
              className={style.preset}
              disabled={!signalInValidation}
              title={inNouns(
                signalInValidation ? 'Largest F1 on the validation events' : 'needs signal events in validation',
                noun,
              )}
              aria-pressed={choice.rule === 'best-f1'}
              onClick={() => setThreshold({ rule: 'best-f1' })}
            >
              Best F<sub>1</sub>
            </button>
            <button
              type="button"
              className={style.preset}
              disabled={!signalInValidation}
              title={inNouns(
                signalInValidation
                  ? 'Largest √(TPR · TNR) on the validation events: both classes count alike'
                  : 'needs signal events in validation',
                noun,
              )}
              aria-pressed={choice.rule === 'best-g-mean'}
              onClick={() => setThreshold({ rule: 'best-g-mean' })}
            >
              Best G-mean
            </button>
          </div>
        </fieldset>
        {problem && (
          <p className={style.caution}>
            <PhysicsName name={inNouns(typeset(problem.replaceAll('ε_', 'eps_')), noun)} />
          </p>
        )}
        <Consequences view={view} signal={signal} />
      </div>
      <Spoken view={view} signal={signal} />
    </Panel>
  );
}

function interval({ value, low, high, of }: Rate, noun: RowNoun): string {
  return of === 0 ? `no ${noun.several}` : formatPercentInterval(value, low, high);
}

/** Renders on every move of the threshold: a few numbers. */
function Consequences({ view, signal }: { view: ScoreView; signal: number }) {
  const kind = useOffshell((s) => s.run.data?.kind);
  const noun = nounOf(kind);
  const point = useOperatingPoint(view, signal);
  const { background } = point;
  return (
    <>
      <dl className={style.rates}>
        <dt>
          <i>ε</i>
          <sub>S</sub>
        </dt>
        <dd>{interval(point.signal, noun)}</dd>
        <dt>
          <i>ε</i>
          <sub>B</sub>
        </dt>
        <dd>{point.supported ? interval(background, noun) : formatPercentRange(background.low, background.high)}</dd>
        {kind === 'histograms' && <Judged point={point} />}
        <dt>
          1/<i>ε</i>
          <sub>B</sub>
        </dt>
        <dd>
          {background.count > 0 && !point.supported
            ? `${formatNumber(1 / background.high)} to ${formatNumber(1 / background.low)}`
            : background.count > 0
              ? `${formatNumber(1 / background.value)} [${formatNumber(1 / background.high)}, ${formatNumber(1 / background.low)}]`
              : background.of > 0
                ? `above ${formatNumber(1 / background.high)}`
                : '–'}
        </dd>
      </dl>
      {point.caution && (
        <p className={style.caution}>
          <PhysicsName name={inNouns(point.caution.replaceAll('ε_', 'eps_'), noun)} />
        </p>
      )}
      {kind !== 'histograms' && <Trigger background={background} supported={point.supported} />}
    </>
  );
}

/** The two means of rates that thresholds are chosen by. */
function Judged({ point }: { point: OperatingPoint }) {
  const { signal, background } = point;
  const harmonic = f1(signal.count, background.count, signal.of);
  const gMean = Math.sqrt(signal.value * (1 - background.value));
  return (
    <>
      <dt>
        <i>F</i>
        <sub>1</sub>
      </dt>
      <dd>{formatDecimals(harmonic, 3)}</dd>
      <dt>G-mean</dt>
      <dd>{formatDecimals(gMean, 3)}</dd>
    </>
  );
}

/** What the background efficiency means for a trigger. */
function Trigger({ background, supported }: { background: Rate; supported: boolean }) {
  const [megahertz, setMegahertz] = useState('40');
  const input = Number(megahertz.replace(',', '.')) * 1e6;
  const usable = Number.isFinite(input) && input > 0;
  return (
    <div className={style.trigger}>
      <Field label="Trigger input" inline unit="MHz" error={usable ? null : 'A rate above 0, in MHz'}>
        {(control) => (
          <input
            {...control}
            className={numberClass}
            inputMode="decimal"
            value={megahertz}
            onChange={(event) => setMegahertz(event.currentTarget.value)}
          />
        )}
      </Field>
      <dl className={style.rates}>
        <dt>Accepted</dt>
        <dd>
          {usable && background.of > 0 && !supported
            ? `${formatRate(background.low * input)} to ${formatRate(background.high * input)}`
            : usable && background.of > 0
              ? formatRateInterval(background.value * input, background.low * input, background.high * input)
              : '–'}
        </dd>
      </dl>
    </div>
  );
}

/** Speaks the threshold when it has come to rest. */
function Spoken({ view, signal }: { view: ScoreView; signal: number }) {
  const threshold = useSettledThreshold(600);
  const noun = useOffshell((s) => dataNoun(s.run.data));
  if (Number.isNaN(threshold)) return null;
  const point = pointOf(view, signal, threshold);
  return (
    <p className="visually-hidden" role="status">
      Threshold {spokenThreshold(point, view.classes[signal]?.name ?? 'signal', view.unit, noun)}
    </p>
  );
}
