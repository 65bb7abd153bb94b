/** `npm run bench -- images`: training steps of convolutional and set networks on WASM, beside the same of plain TF.js and of native PyTorch. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBackend } from '../src/compute/backend.ts';
import { imageSteps, timeSteps } from './image-steps.ts';

const folder = dirname(fileURLToPath(import.meta.url));
const batches = { 'conv-ae': 64, 'anomaly-clr': 128, codae: 32 } as const;

/** Processor time on one thread for all three, so that other work on the machine weighs less. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export async function images(seconds = 3): Promise<void> {
  await startBackend('wasm');
  console.log('\nTraining convolutional and set networks; events per second of processor time, one thread');
  console.log(
    '  network        batch   ours (WASM)   composed TF.js (WASM)   PyTorch   ours / TF.js   ours / PyTorch   loss ours, composed',
  );
  for (const [name, batch] of Object.entries(batches) as [keyof typeof batches, number][]) {
    const make = () => imageSteps[name](batch);
    const ours = await timeSteps(make, seconds, false, processorSeconds);
    // the composed CoDAE takes minutes a step
    const composed = name === 'codae' ? undefined : await timeSteps(make, seconds, true, processorSeconds);
    const torch = pytorch(name, batch, seconds);
    const ratio = (other: number | undefined) => (other ? (ours.eventsPerSecond / other).toFixed(2) : '-');
    const cells = [
      `  ${name.padEnd(14)}${String(batch).padStart(6)}`,
      ours.eventsPerSecond.toFixed(1).padStart(13),
      (composed?.eventsPerSecond.toFixed(1) ?? '-').padStart(23),
      (torch?.toFixed(1) ?? '-').padStart(9),
      ratio(composed?.eventsPerSecond).padStart(14),
      ratio(torch).padStart(16),
      `${ours.loss.toFixed(5)} (${ours.steps} steps), ${composed ? `${composed.loss.toFixed(5)} (${composed.steps})` : '-'}`.padStart(
        21,
      ),
    ];
    console.log(cells.join(' '));
  }
}

/** Undefined where PyTorch is not installed. */
function pytorch(name: string, batch: number, seconds: number): number | undefined {
  for (const python of ['python3', '/usr/bin/python3']) {
    const script = [join(folder, 'image_training.py'), name, String(batch), String(seconds)];
    const { status, stdout } = spawnSync(python, script, { encoding: 'utf8' });
    if (status === 0) return (JSON.parse(stdout) as { eventsPerSecond: number }).eventsPerSecond;
  }
  return undefined;
}
