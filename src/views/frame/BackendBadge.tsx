/** Which compute backend is really in use, why, what the start-up probe found about each, and the choice of another. */
import { Ban, Check, CircleDashed, Cpu, TriangleAlert } from 'lucide-react';
import type { BackendName, DeviceRows } from '../../base/kinds.ts';
import { formatNumber, withUnit } from '../../plots/format.ts';
import { trains } from '../../state/run.ts';
import type { BackendVerdict } from '../../worker/api.ts';
import { Popover } from '../parts/Popover.tsx';
import { Select } from '../parts/Select.tsx';
import { useOffshell } from '../use-store.ts';
import style from './BackendBadge.module.css';
import { ThemeSwitch } from './ThemeSwitch.tsx';
import { backendNames, backendText, deviceRowsHelp, deviceRowsOptions, sentence } from './words.ts';

const states = {
  usable: { icon: Check, words: 'passed the self-test' },
  wrong: { icon: TriangleAlert, words: 'wrong numbers' },
  absent: { icon: Ban, words: 'not available' },
  untested: { icon: CircleDashed, words: 'not tried' },
} as const;

export function BackendBadge() {
  const compute = useOffshell((s) => s.run.compute);
  const chosen = useOffshell((s) => s.session.backend);
  const training = useOffshell((s) => trains(s.run));
  const deviceRows = useOffshell((s) => s.session.deviceRows);
  const { setBackend, setDeviceRows } = useOffshell((s) => s.actions);
  const text = compute ? backendText(compute) : 'Starting';
  return (
    <Popover
      label={compute ? `Compute backend: ${text}` : 'Compute backend: starting'}
      button={
        <>
          <Cpu aria-hidden="true" className={style.chip} />
          <span className={style.name}>{text}</span>
        </>
      }
    >
      <div className={style.card}>
        <h2>Computes on {text}</h2>
        {compute && <p className={style.reason}>{sentence(compute.reason)}</p>}
        <fieldset disabled={training}>
          <legend className={style.legend}>Backend</legend>
          <Choice
            value="auto"
            checked={chosen === 'auto'}
            name="Automatic"
            detail="the fastest that gives right numbers"
            choose={setBackend}
          />
          {(compute?.verdicts ?? []).map((verdict) => (
            <Choice
              key={verdict.name}
              value={verdict.name}
              checked={chosen === verdict.name}
              name={backendNames[verdict.name]}
              detail={verdict.detail}
              verdict={verdict}
              inUse={verdict.name === compute?.backend}
              choose={setBackend}
            />
          ))}
        </fieldset>
        {training && <p className={style.reason}>The backend can be changed when nothing trains.</p>}
        <Select
          label="Rows on a graphics device"
          value={deviceRows}
          options={deviceRowsOptions}
          onChange={(value) => setDeviceRows(value as DeviceRows)}
          help={deviceRowsHelp}
        />
        <div className={style.theme}>
          <span>Theme</span>
          <ThemeSwitch />
        </div>
      </div>
    </Popover>
  );
}

interface ChoiceProps {
  value: BackendName | 'auto';
  checked: boolean;
  name: string;
  detail: string;
  verdict?: BackendVerdict;
  inUse?: boolean;
  choose(value: BackendName | 'auto'): Promise<void>;
}

function Choice({ value, checked, name, detail, verdict, inUse = false, choose }: ChoiceProps) {
  const state = verdict && states[verdict.state];
  const impossible = verdict?.state === 'absent' || verdict?.state === 'wrong';
  return (
    <label className={`${style.choice} ${impossible ? style.impossible : ''}`}>
      <input
        type="radio"
        name="backend"
        value={value}
        checked={checked}
        disabled={impossible}
        onChange={() => void choose(value)}
      />
      <span className={style.what}>
        <span>
          {name}
          {inUse && <span className={style.inUse}>in use</span>}
        </span>
        <span className={style.detail}>{detail}</span>
      </span>
      {state && (
        <span className={style.state}>
          <span className={verdict.state === 'wrong' ? style.wrong : undefined}>
            <state.icon aria-hidden="true" />
            {state.words}
          </span>
          {Number.isFinite(verdict.stepMs) && (
            <span className={style.time}>{withUnit(formatNumber(verdict.stepMs), 'ms')} a step</span>
          )}
        </span>
      )}
    </label>
  );
}
