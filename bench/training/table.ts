/** Measurements as text. */
import { number } from '../number.ts';
import type { Measurement, Place, Side } from './contract.ts';
import type { Verdict } from './goals.ts';
import type { Reference } from './references.ts';

const places: Readonly<Record<Place, string>> = {
  ...{ wasm: 'WASM, browser', node: 'WASM, Node', torch: 'native', webgpu: 'WebGPU', webgl: 'WebGL' },
};

const sides: Readonly<Record<Side, string>> = {
  ...{ ours: 'ours', 'ours-simd': 'not relaxed', 'ours-autodiff': 'ours, no trainer', plain: 'plain TF.js', PyTorch: 'PyTorch' },
};

/** One model: a line per engine, with the ratio of ours to it on the same backend, and to PyTorch for ours. */
export function tableOf({ id, words, batch, compared }: Reference, found: readonly Measurement[]): string {
  const head = `${'engine'.padEnd(26)}${'events/s'.padStart(11)}${'slowest - fastest'.padStart(24)}${'ms/step'.padStart(10)}${'ours/plain'.padStart(12)}${'/PyTorch'.padStart(10)}   loss after step ${compared}`;
  return [`\n${id}: ${words}; batch ${batch}`, `  ${head}`, ...found.map((one) => `  ${line(one, found, compared)}`)].join('\n');
}

function line(one: Measurement, found: readonly Measurement[], compared: number): string {
  const name = `${sides[one.side]}, ${one.side === 'PyTorch' ? one.words.split(', ')[1] : places[one.place]}`;
  if (one.failure) return `${name.padEnd(26)}  ${one.losses.length === 0 ? 'does not train' : 'no speed'}: ${one.failure}`;
  const speed = one.eventsPerSecond;
  const plain = found.find(({ side, place }) => side === 'plain' && place === one.place);
  const torch = found.find(({ side }) => side === 'PyTorch');
  const ratio = (other: Measurement | undefined) =>
    one.side.startsWith('ours') && other && Number.isFinite(other.eventsPerSecond)
      ? (speed / other.eventsPerSecond).toFixed(2)
      : '-';
  const last = one.losses.at(-1);
  const usual = one.side.startsWith('ours-')
    ? found.find(({ side, place }) => side === 'ours' && place === one.place)
    : undefined;
  const share = usual ? `   ${(speed / usual.eventsPerSecond).toFixed(2)} of ours` : '';
  const after = one.losses.length < compared ? ` (step ${one.losses.length})` : '';
  const { perStep } = one;
  const counts = perStep
    ? `   ${figure(perStep.dispatches)} dispatches, ${figure(perStep.submits)} submits, ${figure(perStep.buffers)} buffers, ${figure(perStep.scriptMs)} ms JavaScript a step`
    : '';
  return [
    name.padEnd(26),
    number(speed).padStart(11),
    `${number(one.slowest)} - ${number(one.fastest)}`.padStart(24),
    ((1000 * one.batch) / speed).toPrecision(3).padStart(10),
    ratio(plain).padStart(12),
    ratio(torch).padStart(10),
    `   ${last === undefined ? '-' : last.toPrecision(6)}${after}${counts}${share}`,
  ].join('');
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2);
}

export function goalLines(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map(
    ({ model, goal, wanted, found, met }) =>
      `  ${model.padEnd(17)} ${goal.padEnd(50)} ${String(wanted).padStart(6)}   ${found.toPrecision(3).padStart(8)}   ${met ? 'met' : 'NOT MET'}`,
  );
  return ['\nGoals: wanted, found', ...lines].join('\n');
}
