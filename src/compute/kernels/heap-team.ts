/**
 * Helper threads over the heap of TF.js's WASM backend. A large kernel is given as several calls that do not depend on one another
 * (some images of a batch, some rows of a product); helpers and this thread take one after another until none is left. What a call
 * computes does not depend on who makes it, so that the numbers are the same with any number of threads.
 *
 * Threads sleep and wake in JavaScript, not in WASM: teams of the whole-step trainers have to avoid a fault of V8 there
 * (assembly/lib/teams.ts), and a call here takes a millisecond or more.
 */
import { ThreadChoice } from '../steps/thread-choice.ts';
import { asidesAtWork } from './aside.ts';
import { cores, mayWait, shareOf, startHelperThread } from './helper-thread.ts';

/** Numbers of one call. */
const mostNumbers = 32;
/** Calls that may be made at once. */
export const mostCalls = 64;
/** This thread included. */
const mostThreads = 8;
/** Rounds of looking before this thread goes to sleep. */
const patience = 2000;

/**
 * Words of the record: calls and the next one's number (count << 8 | next), calls done, calls that failed, what helpers sleep on, and
 * how many helpers there are. That is not told by a message, because training may leave no turn in which it would be heard.
 */
const NEXT = 0;
const DONE = 1;
const FAILED = 2;
const SIGNAL = 3;
const READY = 4;
const wordBytes = 32;

type Functions = readonly ((...numbers: number[]) => unknown)[];

export interface HeapModule {
  name: string;
  module: WebAssembly.Module;
  exports: Record<string, (...numbers: number[]) => unknown>;
}

/** What a helper runs: instantiates the modules, and then takes calls whenever the signal changes. */
const program = `({ modules, memory, names, record }, ready) =>
  Promise.all(modules.map((module) => WebAssembly.instantiate(module, { env: { memory } }))).then((instances) => {
    const functions = names.map(([module, name]) => instances[module].exports[name]);
    const words = new Int32Array(record, 0, 8);
    const numbers = new Float64Array(record, ${wordBytes});
    ready();
    Atomics.add(words, ${READY}, 1);
    for (let seen = 0; ; ) {
      Atomics.wait(words, ${SIGNAL}, seen);
      seen = Atomics.load(words, ${SIGNAL});
      if (seen < 0) return;
      for (;;) {
        const state = Atomics.load(words, ${NEXT});
        const call = state & 255;
        if (call >= state >> 8) break;
        if (Atomics.compareExchange(words, ${NEXT}, state, state + 1) !== state) continue;
        const at = call * ${mostNumbers + 2};
        try {
          functions[numbers[at]](...numbers.subarray(at + 2, at + 2 + numbers[at + 1]));
        } catch {
          Atomics.add(words, ${FAILED}, 1);
        }
        Atomics.add(words, ${DONE}, 1);
        Atomics.notify(words, ${DONE});
      }
    }
  })`;

/** The most threads that any team uses. */
let limit = mostThreads;
/** That many whatever the clock says and whoever works beside. */
let fixed = false;

/** For tests and measurements: each kernel of this work uses so many threads, or as many as there are. */
export async function withThreads<T>(threads: number, work: () => T | Promise<T>): Promise<T> {
  const before = limit;
  limit = threads;
  fixed = true;
  try {
    return await work();
  } finally {
    limit = before;
    fixed = false;
  }
}

export class HeapTeam {
  private readonly record = new SharedArrayBuffer(wordBytes + 8 * mostCalls * (mostNumbers + 2));
  private readonly words = new Int32Array(this.record, 0, 8);
  private readonly numbers = new Float64Array(this.record, wordBytes);
  private readonly names: [module: number, name: string][];
  private readonly functions: Functions;
  private readonly places = new Map<string, number>();
  private readonly choices = new Map<string, ThreadChoice>();
  private started = false;

  /** @param memory shared */
  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly modules: readonly HeapModule[],
  ) {
    this.names = modules.flatMap(({ exports }, i) => Object.keys(exports).map((name): [number, string] => [i, name]));
    this.functions = this.names.map(([i, name]) => modules[i]?.exports[name] as Functions[number]);
    for (const [place, [i, name]] of this.names.entries()) this.places.set(`${modules[i]?.name} ${name}`, place);
  }

  /**
   * Threads that could work now, this one included, on the cores that those who train aside leave. Helpers are started when there is
   * first a core for one and are there a little later; those without a core sleep.
   */
  threads(): number {
    const most = fixed ? limit : Math.min(limit, shareOf(cores(), asidesAtWork()));
    if (!this.started && most > 1) this.startHelpers();
    return Math.min(most, 1 + Atomics.load(this.words, READY));
  }

  /**
   * Makes all calls of a function, in any order, with as many threads as are fastest.
   *
   * @param size of the work; calls of one function and size are expected to take equally long
   * @param calls at most 64, of at most 32 numbers each
   * @throws Error if one of them fails
   */
  callAll(module: string, name: string, size: number, calls: readonly (readonly number[])[]): void {
    const place = this.places.get(`${module} ${name}`) as number;
    const available = Math.min(calls.length, this.threads());
    const work = (threads: number) => (threads > 1 ? this.share(place, calls, threads) : this.alone(place, calls));
    if (fixed) work(available);
    else this.choiceFor(`${place} ${size}`).run(available, 1, work);
  }

  private alone(place: number, calls: readonly (readonly number[])[]): void {
    for (const numbers of calls) this.functions[place]?.(...numbers);
  }

  private share(place: number, calls: readonly (readonly number[])[], threads: number): void {
    const { words, numbers } = this;
    for (const [i, call] of calls.entries()) {
      numbers.set([place, call.length, ...call], i * (mostNumbers + 2));
    }
    words[DONE] = 0;
    words[FAILED] = 0;
    Atomics.store(words, NEXT, calls.length << 8);
    Atomics.add(words, SIGNAL, 1);
    Atomics.notify(words, SIGNAL, threads - 1);
    let failure: unknown;
    for (;;) {
      const state = Atomics.load(words, NEXT);
      const call = state & 255;
      if (call >= state >> 8) break;
      if (Atomics.compareExchange(words, NEXT, state, state + 1) !== state) continue;
      try {
        this.functions[place]?.(...(calls[call] as readonly number[]));
      } catch (error) {
        failure = error;
      }
      Atomics.add(words, DONE, 1);
    }
    for (let i = 0; i < patience && Atomics.load(words, DONE) < calls.length; i++);
    for (let done = Atomics.load(words, DONE); done < calls.length; done = Atomics.load(words, DONE)) {
      Atomics.wait(words, DONE, done);
    }
    if (failure) throw failure;
    if (Atomics.load(words, FAILED) > 0) throw new Error('a kernel failed in a helper thread');
  }

  private choiceFor(key: string): ThreadChoice {
    let choice = this.choices.get(key);
    if (!choice) {
      if (this.choices.size >= mostChoices) this.choices.clear();
      choice = new ThreadChoice();
      this.choices.set(key, choice);
    }
    return choice;
  }

  private startHelpers(): void {
    this.started = true;
    if (!mayWait()) return;
    const modules = this.modules.map(({ module }) => module);
    const message = { modules, memory: this.memory, names: this.names, record: this.record };
    for (let helper = 1; helper < Math.min(mostThreads, cores()); helper++) {
      startHelperThread(program, message, () => undefined).catch(() => undefined); // it is simply never ready
    }
  }
}

/** Kinds of calls whose times are remembered. */
const mostChoices = 2000;
