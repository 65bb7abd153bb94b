/**
 * Chooses where tensors live: hardware WebGPU, hardware WebGL 2, WASM, CPU. Nothing is believed before it has computed the
 * right numbers (`self-test.ts`), the fastest in a small training step wins, and the reason is told in a sentence. Software
 * adapters are recognised and left alone unless somebody asks for them.
 */
import type { BackendName } from '../base/kinds.ts';
import { type AdapterLook, lookForWebGl, lookForWebGpu } from './adapters.ts';
import type { BackendVerdict, ComputeReport } from './contract.ts';
import { applyPatches } from './patches/registry.ts';
import { selfTest, timeTrainingStep } from './self-test.ts';
import { tf } from './tf.ts';
import { startWasm } from './wasm.ts';
import { objectionsTo, startWebGpu, stopWebGpu, webGpuDevice } from './webgpu.ts';

export type BackendChoice = BackendName | 'auto';

export interface StartOptions {
  /** Upper bound of WASM threads; 8 and half the number of logical cores are others. */
  threads?: number;
  /** The graphics device went away, with every tensor on it. Start again and restore the last checkpoint. */
  onDeviceLost?: (reason: string) => void;
}

export const backendNames: readonly BackendName[] = ['webgpu', 'webgl', 'wasm', 'cpu'];
const properNames: Readonly<Record<BackendName, string>> = {
  webgpu: 'WebGPU',
  webgl: 'WebGL',
  wasm: 'WASM',
  cpu: 'Plain JavaScript',
};

const patienceMs = 2_000;
const softwarePatienceMs = 8_000;
const timingMs = 200;
/** Where there is nothing to compare with, the time is only told. */
const briefTimingMs = 50;

/**
 * Starts a backend and makes it the active one.
 *
 * `auto` tries the hardware adapter (WebGPU before WebGL) and WASM and takes the faster, and the CPU only if both fail. An
 * explicit choice is taken if it computes correctly, whatever its speed; otherwise `auto` decides and the reason says so.
 * Tensors of an earlier backend stay usable, except that a new WebGPU device forgets those of the old one.
 *
 * @throws Error if not even the CPU backend passes
 */
export async function startBackend(choice: BackendChoice, options: StartOptions = {}): Promise<ComputeReport> {
  const board = new Board(await lookAround());
  let refusal = '';
  if (choice !== 'auto') {
    const verdict = await board.probe(choice, options, briefTimingMs);
    if (verdict.state === 'usable') {
      return board.report(choice, true, `${nameOf(verdict)}: chosen by hand`);
    }
    refusal = `${properNames[choice]} was asked for but cannot be used (${verdict.detail}); `;
  }
  const hardware = (['webgpu', 'webgl'] as const).filter((name) => board.isHardware(name) && name !== choice);
  for (const name of hardware) {
    if ((await board.probe(name, options, timingMs)).state === 'usable') break;
  }
  if (choice !== 'wasm') await board.probe('wasm', options, board.usable().length > 0 ? timingMs : briefTimingMs);
  if (board.usable().length === 0 && choice !== 'cpu') await board.probe('cpu', options, briefTimingMs);
  const best = board.fastest();
  if (!best) throw new Error(`no compute backend works here: ${board.verdicts.map((v) => `${v.name}: ${v.detail}`).join('; ')}`);
  if (best.name !== 'webgpu' && board.verdict('webgpu').state === 'usable') stopWebGpu();
  await activate(best.name);
  return board.report(best.name, false, refusal ? refusal + reason(best, board) : reason(best, board));
}

/**
 * WASM alone, on one thread, for a thread that trains for another one: no probing of what else there is, because its numbers are to be
 * those of the backend that was chosen there.
 *
 * @throws Error if it does not start, or computes wrong numbers
 */
export async function startWasmAlone(): Promise<void> {
  await startWasm(undefined, 1);
  applyPatches('wasm');
  const fault = await selfTest(softwarePatienceMs);
  if (fault !== null) throw new Error(fault);
}

/** What can be known about the four backends without starting any. */
async function lookAround(): Promise<BackendVerdict[]> {
  const untested = { stepMs: Number.NaN, software: false, state: 'untested' } as const;
  const from = (name: BackendName, look: AdapterLook): BackendVerdict => ({
    ...untested,
    name,
    state: look.present ? 'untested' : 'absent',
    detail: look.detail,
    software: look.software,
  });
  return [
    from('webgpu', await lookForWebGpu()),
    from('webgl', lookForWebGl()),
    { ...untested, name: 'wasm', detail: 'not needed' },
    { ...untested, name: 'cpu', detail: 'slow; only where nothing else works' },
  ];
}

/** The four verdicts while they are being found out. */
class Board {
  threads = 1;
  constructor(readonly verdicts: BackendVerdict[]) {}

  verdict(name: BackendName): BackendVerdict {
    return this.verdicts.find((verdict) => verdict.name === name) as BackendVerdict;
  }

  isHardware(name: BackendName): boolean {
    const { state, software } = this.verdict(name);
    return state === 'untested' && !software;
  }

  usable(): BackendVerdict[] {
    return this.verdicts.filter((verdict) => verdict.state === 'usable');
  }

  fastest(): BackendVerdict | undefined {
    return this.usable().sort((a, b) => (a.stepMs || 0) - (b.stepMs || 0))[0];
  }

  /** Starts one backend and tests it; the verdict is on the board and is the answer. */
  async probe(name: BackendName, options: StartOptions, budgetMs: number): Promise<BackendVerdict> {
    const verdict = this.verdict(name);
    if (verdict.state === 'absent') return verdict;
    try {
      await this.start(name, verdict, options, budgetMs);
    } catch (error) {
      return Object.assign(verdict, { state: 'absent', detail: error instanceof Error ? error.message : String(error) });
    }
    const fault = await test(name, verdict.software);
    if (fault !== null) return Object.assign(verdict, { state: 'wrong', detail: fault });
    verdict.state = 'usable';
    if (!verdict.software) verdict.stepMs = await timeTrainingStep(budgetMs);
    return verdict;
  }

  private async start(name: BackendName, verdict: BackendVerdict, options: StartOptions, budgetMs: number): Promise<void> {
    if (name === 'wasm') {
      const time = () => {
        applyPatches('wasm');
        return timeTrainingStep(budgetMs);
      };
      const started = await startWasm(time, options.threads);
      verdict.detail = started.detail;
      this.threads = started.threads;
    } else if (name === 'webgpu') {
      await startWebGpu(options.onDeviceLost);
    } else {
      if (name === 'cpu') verdict.detail = 'one thread';
      await activate(name);
    }
    applyPatches(name);
  }

  report(backend: BackendName, chosen: boolean, words: string): ComputeReport {
    return { backend, chosen, reason: words, threads: backend === 'wasm' ? this.threads : 1, verdicts: this.verdicts };
  }
}

async function activate(name: BackendName): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`TF.js cannot start ${properNames[name]}`);
}

async function test(name: BackendName, software: boolean): Promise<string | null> {
  const patience = software ? softwarePatienceMs : patienceMs;
  if (name !== 'webgpu') return selfTest(patience);
  let fault: string | null = null;
  const objection = await objectionsTo(webGpuDevice(), async () => {
    fault = await selfTest(patience);
  });
  return fault ?? objection;
}

/** `WASM with SIMD, 2 threads`, `WebGPU on SwiftShader (software)`. */
function nameOf({ name, detail, software }: BackendVerdict): string {
  const known = properNames[name];
  if (name === 'cpu') return known;
  return `${known} ${name === 'wasm' ? 'with' : 'on'} ${detail}${software ? ' (software)' : ''}`;
}

/** Why this one, for the user. */
function reason(best: BackendVerdict, board: Board): string {
  const others = board.usable().filter((verdict) => verdict !== best);
  const head = nameOf(best);
  const rival = others[0];
  if (rival) {
    return `${head}: the fastest here, ${best.stepMs.toFixed(1)} ms for a test step against ${rival.stepMs.toFixed(1)} ms on ${properNames[rival.name]}`;
  }
  if (best.name === 'cpu') return `${head}: nothing faster works here`;
  const gpu = (['webgpu', 'webgl'] as const).map((name) => board.verdict(name));
  const wrong = gpu.find((verdict) => verdict.state === 'wrong');
  if (wrong) return `${head}: ${properNames[wrong.name]} here gives wrong numbers (${wrong.detail})`;
  const software = gpu.find((verdict) => verdict.software);
  if (software)
    return `${head}: the ${properNames[software.name]} adapter here is software (${software.detail}), which is slower`;
  if (best.name !== 'wasm') return `${head}: WASM does not work here`;
  return `${head}: ${import.meta.env.SSR ? 'Node has no graphics adapter' : gpu[0]?.detail}`;
}
