/**
 * A memory of our own with a module that works over it and, where memory can be shared, helper threads that wait in it. An
 * arena that is no longer used is kept for the next trainer, so that fifty models one after another need the memory of one: the
 * collector of garbage does not see how much a shared memory holds, and lets them pile up. A large one is let go a little later.
 */
import { Aside, asidesAtWork } from './aside.ts';
import { cores, mayWait, shareOf, startHelperThread } from './helper-thread.ts';
import { canShareMemory, isShared, kernelModule } from './load.ts';

/** Word that helpers wait on, and the record that they read; what lies behind is the user's. */
const jobAddress = 64;
export const recordAddress = 128;
export const firstFree = 1024;

/** Threads of a team; the word has four bits for them. */
const mostThreads = 8;
const pageBytes = 65_536;
const mostPages = 65_536;
/** An idle arena up to this size stays; larger ones only for a while. */
const keptBytes = 64 * 2 ** 20;
const patienceMs = 10_000;

export interface TeamExports {
  /** Calls the helpers to the work that the record describes and takes part. */
  lead(job: number, record: number, threads: number): void;
  help(job: number, record: number, thread: number): void;
}

interface Helper {
  ready: boolean;
  terminate(): void;
}

export class Arena<Exports extends TeamExports> {
  private readonly helpers: Helper[] = [];
  private aside: Promise<Aside> | null = null;

  private constructor(
    readonly name: string,
    readonly memory: WebAssembly.Memory,
    readonly exports: Exports,
    private readonly module: WebAssembly.Module,
  ) {}

  /** Undefined where there is no SIMD. */
  static async create<Exports extends TeamExports>(name: string): Promise<Arena<Exports> | undefined> {
    const memory = newMemory();
    const module = await kernelModule(name, isShared(memory));
    if (!module) return undefined;
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    return new Arena(name, memory, exports as unknown as Exports, module);
  }

  /** Makes it at least so large. Views of `memory.buffer` from before no longer count. @throws RangeError if there is no room */
  grow(bytes: number): void {
    const missing = Math.ceil((bytes - this.memory.buffer.byteLength) / pageBytes);
    if (missing > 0) this.memory.grow(missing);
  }

  /**
   * Threads that could work now, this one included, on the cores that those who train aside leave. Helpers are started when there is
   * a core for them, and are there a little later.
   */
  threads(): number {
    if (!isShared(this.memory) || !mayWait()) return 1;
    const most = Math.min(mostThreads, shareOf(cores(), asidesAtWork()));
    this.startHelpers(most - 1);
    return Math.min(most, this.ready());
  }

  /** Threads that are there, this one included, whatever the cores. */
  ready(): number {
    const absent = this.helpers.findIndex(({ ready }) => !ready);
    return 1 + (absent < 0 ? this.helpers.length : absent);
  }

  /** Starts helpers until there are `count`; they are ready a little later. */
  startHelpers(count: number): void {
    while (this.helpers.length < count) this.helpers.push(this.startHelper(this.helpers.length + 1));
  }

  lead(threads: number): void {
    this.exports.lead(jobAddress, recordAddress, threads);
  }

  /** Starts the thread that `leadAside` and `callAside` use. @returns false where there is none */
  async startAside(): Promise<boolean> {
    if (!isShared(this.memory)) return false;
    this.aside ??= Aside.start(this.module, this.memory);
    try {
      await this.aside;
      return true;
    } catch {
      this.aside = null;
      return false;
    }
  }

  /** As `lead` with one thread, but on a thread of its own: this one goes on meanwhile. */
  leadAside(): Promise<void> {
    return this.callAside('lead', jobAddress, recordAddress, 1);
  }

  async callAside(name: string, ...numbers: number[]): Promise<void> {
    if (!this.aside) throw new Error('no thread was started');
    await (await this.aside).call(name, ...numbers);
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Ends the helpers; the memory goes with the last reference. */
  close(): void {
    if (this.helpers.length > 0) {
      const job = new Int32Array(this.memory.buffer, jobAddress, 1);
      Atomics.store(job, 0, -1);
      Atomics.notify(job, 0);
    }
    for (const helper of this.helpers) helper.terminate();
    this.helpers.length = 0;
    this.aside?.then((aside) => aside.end()).catch(() => undefined);
    this.aside = null;
  }

  private startHelper(thread: number): Helper {
    const helper: Helper = { ready: false, terminate: () => undefined };
    const message = { module: this.module, memory: this.memory, job: jobAddress, record: recordAddress, thread };
    startHelperThread(instantiateAndHelp, message, () => {
      helper.ready = true;
    })
      .then((terminate) => {
        helper.terminate = terminate;
      })
      .catch(() => undefined); // it is simply never ready
    return helper;
  }
}

/** Arenas that nobody uses, by module. */
const idle = new Map<string, Arena<TeamExports>[]>();

/** An arena for a module: one that was kept, or a new one. Its memory holds whatever it held. */
export async function borrowArena<Exports extends TeamExports>(name: string): Promise<Arena<Exports> | undefined> {
  const kept = idle.get(name)?.pop() as Arena<Exports> | undefined;
  return kept ?? Arena.create<Exports>(name);
}

export function returnArena(arena: Arena<TeamExports>): void {
  const kept = idle.get(arena.name) ?? [];
  idle.set(arena.name, [...kept, arena]);
  if (arena.bytes > keptBytes) {
    const timer: unknown = setTimeout(() => letGo(arena), patienceMs);
    // in Node a timer would keep the process alive
    if (import.meta.env.SSR) (timer as { unref(): void }).unref();
  }
}

/** Closes an arena that is still idle. */
function letGo(arena: Arena<TeamExports>): void {
  const kept = idle.get(arena.name) ?? [];
  if (!kept.includes(arena)) return;
  idle.set(
    arena.name,
    kept.filter((other) => other !== arena),
  );
  arena.close();
}

function newMemory(): WebAssembly.Memory {
  if (canShareMemory()) {
    try {
      return new WebAssembly.Memory({ initial: 1, maximum: mostPages, shared: true });
    } catch {
      // an address space that is too small for it; growing one's own memory asks for less
    }
  }
  return new WebAssembly.Memory({ initial: 1, maximum: mostPages });
}

/** What a helper runs, as text, because a bundle would rename what it refers to. */
const instantiateAndHelp = `({ module, memory, job, record, thread }, ready) =>
  WebAssembly.instantiate(module, { env: { memory } }).then(({ exports }) => { ready(); exports.help(job, record, thread); })`;
