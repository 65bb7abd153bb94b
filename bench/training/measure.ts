/** One measurement: the first steps with their losses, then runs of equal length, of which the median counts. */
import type { Measurement, Place, Plan, Runner, Side } from './contract.ts';
import type { Reference } from './references.ts';

/** Never throws: what goes wrong is the measurement's `failure`. */
export async function measure(
  reference: Reference,
  side: Side,
  place: Place,
  plan: Plan,
  open: () => Promise<Runner>,
): Promise<Measurement> {
  const { id, batch } = reference;
  const found: Measurement = {
    ...{ model: id, batch, side, place, words: '', losses: [], runs: 0 },
    ...{ eventsPerSecond: Number.NaN, slowest: Number.NaN, fastest: Number.NaN },
  };
  let runner: Runner | undefined;
  try {
    runner = await open();
    const speeds = await speedsOf(runner, reference, plan, found);
    speeds.sort((a, b) => a - b);
    found.eventsPerSecond = middle(speeds);
    found.slowest = speeds[0] as number;
    found.fastest = speeds.at(-1) as number;
    found.runs = speeds.length;
    if (runner.perStep && Number.isFinite(found.eventsPerSecond)) {
      const stepSeconds = batch / found.eventsPerSecond;
      if (stepSeconds < plan.patience / 4)
        found.perStep = await within(plan.patience, runner.perStep(Math.min(1, plan.seconds / plan.runs)));
    }
  } catch (error) {
    if (!Number.isFinite(found.eventsPerSecond)) found.failure = firstLine(error);
  } finally {
    // a browser that hangs in a kernel does not close by itself
    await within(10, runner?.close() ?? Promise.resolve()).catch(() => undefined);
  }
  return found;
}

/** Events per second of each run; fills in words and losses on the way. */
async function speedsOf(runner: Runner, reference: Reference, plan: Plan, found: Measurement): Promise<number[]> {
  const { id, batch, compared } = reference;
  const start = now();
  const left = () => plan.patience - (now() - start);
  found.words = await within(left(), runner.prepare(id, false, batch));
  const single: number[] = [];
  while (found.losses.length < compared) {
    const before = now();
    found.losses.push(...(await within(left(), runner.losses(1))));
    single.push(now() - before);
    if (left() < 1.5 * (single.at(-1) as number)) break;
  }
  const usual = single.at(-1) as number;
  // too slow for runs: the steps that there are, without the first, which also compiles
  if (found.losses.length < compared || plan.runs * usual > left()) {
    return (single.length > 1 ? single.slice(1) : single).map((seconds) => batch / seconds);
  }
  if (reference.kind === 'transformer') {
    await runner.prepare(id, true, batch);
    await runner.losses(1);
  }
  const speeds: number[] = [];
  for (let run = 0; run < plan.runs; run++) {
    const { steps, seconds } = await within(plan.patience, runner.timed(plan.seconds / plan.runs));
    speeds.push((steps * batch) / seconds);
  }
  return speeds;
}

/** Median of sorted numbers. */
export function middle(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half] as number;
  return ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

const now = () => performance.now() / 1000;

/** @throws Error if it takes longer */
async function within<T>(seconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('out of patience')), Math.max(0, seconds) * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^page\.evaluate: (Error: )?/, '').split('\n')[0] as string;
}
