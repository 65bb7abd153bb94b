/** The frame's words for things that have a code name, and the running head of the training strip. Text only. */
import type { BackendName, DataKind, DeviceRows } from '../../base/kinds.ts';
import { nounOf } from '../../base/nouns.ts';
import { formatCount, formatDuration, formatNumber, withUnit } from '../../plots/format.ts';
import { variantOf } from '../../state/compare.ts';
import type { ComputeReport, DataSummary, ModelSpec, RunRequest, RunSummary } from '../../worker/api.ts';

export const backendNames: Readonly<Record<BackendName, string>> = {
  webgpu: 'WebGPU',
  webgl: 'WebGL 2',
  wasm: 'WASM',
  cpu: 'CPU',
};

/** `WASM × 2`: threads are named where there is more than one. */
export function backendText({ backend, threads }: Pick<ComputeReport, 'backend' | 'threads'>): string {
  return threads > 1 && backend === 'wasm' ? `${backendNames[backend]}\u00a0×\u00a0${threads}` : backendNames[backend];
}

const kindNames: Readonly<Record<DataKind, string>> = {
  objects: 'objects per event',
  table: 'a table of numbers',
  images: 'images',
  histograms: 'histograms',
};

/** `19 × 3, objects per event`, `histograms of 100 numbers`, or `32 × 32 pixels, 2 channels`. */
export function shapeText({ shape, kind }: Pick<DataSummary, 'shape' | 'kind'>): string {
  if (kind === 'images') {
    const [height, width, channels = 1] = shape;
    return `${height}\u00a0×\u00a0${width} pixels, ${channels} ${channels === 1 ? 'channel' : 'channels'}`;
  }
  const size = shape.join('\u00a0×\u00a0');
  return kind === 'histograms' ? `${kindNames[kind]} of ${size} numbers` : `${size}, ${kindNames[kind]}`;
}

/** `Dense autoencoder, 40 MHz trigger, DNN`, or the ids where a specification is not there. */
export function modelText({ model, preset }: Pick<RunRequest, 'model' | 'preset'>, models: readonly ModelSpec[]): string {
  const spec = models.find(({ id }) => id === model);
  return [spec?.name ?? model, presetText({ model, preset }, models)].filter(Boolean).join(', ');
}

/** `412 000 events/s`; `1.20 million events/s` from a million on. */
export function speedText(eventsPerSecond: number, noun = nounOf(null)): string {
  if (!(eventsPerSecond > 0)) return '';
  if (eventsPerSecond < 999_500) return `${formatNumber(eventsPerSecond)} ${noun.several}/s`;
  return `${formatNumber(eventsPerSecond / 1e6)} million ${noun.several}/s`;
}

/** `38 s left`; empty when unknown. */
export function leftText(seconds: number): string {
  if (!(seconds > 0)) return '';
  return `${seconds < 59.5 ? withUnit(String(Math.ceil(seconds)), 's') : formatDuration(seconds)} left`;
}

/** Bytes as people write them, in powers of 1000: `17.0 MB`. */
export function sizeText(bytes: number): string {
  const scale = bytes >= 999_500_000 ? 3 : bytes >= 999_500 ? 2 : bytes >= 1000 ? 1 : 0;
  return scale === 0
    ? withUnit(formatCount(bytes), 'B')
    : withUnit(formatNumber(bytes / 1000 ** scale), ['B', 'kB', 'MB', 'GB'][scale] as string);
}

/** Typeset, and with a full stop, unless it ends with one. */
export function sentence(text: string): string {
  return typeset(/[.?]$/.test(text) ? text : `${text}.`);
}

/** How long something took; in ms below a hundredth of a second, and no closer than half a millisecond. */
export function tookText(seconds: number): string {
  if (seconds >= 0.01) return formatDuration(seconds);
  return seconds >= 0.0005 ? withUnit(formatNumber(seconds * 1000), 'ms') : 'under 1\u00a0ms';
}

/**
 * Numbers in a sentence that was made elsewhere, set as everywhere: thin spaces in thousands, a true minus, × between lengths.
 * `28758 rows, 2,000 of them, 19 x 4, -3 to 3` becomes `28 758 rows, 2 000 of them, 19 × 4, −3 to 3`. Names and exponents stay as they
 * are.
 */
export function typeset(text: string): string {
  return text
    .replace(/(?<=\d) x (?=\d)/g, '\u00a0×\u00a0')
    .replace(/(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w]|,\d)/g, (digits) => formatCount(Number(digits.replaceAll(',', ''))))
    .replace(/(?<![\w.,:/-])\d{5,9}(?![\w.:/-]*\w)/g, (digits) => formatCount(Number(digits)))
    .replace(/(?<=^|[\s([])-(?=[\dπ])/g, '−');
}

/** The formula of a score, typeset: `-Σ [x ln y + (1 - x)]` becomes `−Σ [x ln y + (1 − x)]`; hyphens within words stay. */
export function formulaText(formula: string): string {
  return typeset(formula).replace(/(?<=^|[\s([])-(?=[\sΣ\p{L}\d])/gu, '−');
}

/** `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/**
 * The name of a run's preset, not its id, as it stands behind the name of its model: `CoDAE, two levels` is `two levels`. Empty where
 * there is none, or where it is called as the model is.
 */
export function presetText(
  { model, preset }: { model: string; preset?: string | undefined },
  models: readonly ModelSpec[],
): string {
  if (!preset) return '';
  const spec = models.find(({ id }) => id === model);
  const name = spec?.presets[preset]?.name ?? preset;
  if (name === spec?.name) return '';
  return typeset(spec && name.startsWith(`${spec.name}, `) ? name.slice(spec.name.length + 2) : name);
}

/** Preset, what tells the run from others of that preset, and what was changed of it: `offshell, Representation width d 16`. */
export function runText(run: RunSummary, runs: readonly RunSummary[], models: readonly ModelSpec[]): string {
  return [presetText(run, models), variantOf(run, runs, models)].filter(Boolean).join(', ');
}

/** Text that cannot carry markup, such as an option of a list: Greek letters by their sign. */
export function plainPhysics(text: string): string {
  return text.replace(/\beta\b/g, 'η').replace(/\bphi\b/g, 'φ');
}

/** `Looking at events.h5`, or `Looking at 12 files, first events.h5`; before the engine runs, why that takes a while. */
export function inspectingText(names: readonly string[], starting: boolean): string {
  const [first = ''] = names;
  const what = names.length > 1 ? `${formatCount(names.length)} files, first ${first}` : first;
  return starting ? `Starting the engine, then looking at ${what}` : `Looking at ${what}`;
}

export const deviceRowsOptions = [
  { value: 'auto', label: '32-bit, 16-bit for tables above 512 MiB' },
  { value: 'float32', label: '32-bit numbers' },
  { value: 'float16', label: '16-bit numbers' },
  { value: 'uint8', label: '256 levels of each column' },
] as const satisfies readonly { value: DeviceRows; label: string }[];

export const deviceRowsHelp =
  '16-bit numbers take half the memory and lie within 2⁻¹¹ (0.05 %) of each number. 256 levels take a quarter and move a number by up to 1/510 of the range of its column. For trainings that are asked for from now on; scores use the rows as they are. Of no effect on WASM, WebGL and the CPU.';
