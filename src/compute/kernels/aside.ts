/**
 * A thread that works over an arena's memory in place of this one: it calls what it is told and says when it is done, so that
 * several trainers work at once while this thread goes on hearing messages.
 */
/** A browser that starts no thread says nothing; without this a training would wait for ever. */
const patienceMs = 5000;

let working = 0;
/** In a thread that trains for another one: those that work beside it. */
let elsewhere = 0;

/** Threads that train by themselves now, this one left out. A team beside them leaves them their cores (`shareOf`). */
export function asidesAtWork(): number {
  return working + elsewhere;
}

/** Counts a thread of another kind that trains by itself. @returns what ends it; calling that twice does nothing */
export function countAside(): () => void {
  working++;
  let counted = true;
  return () => {
    if (counted) working--;
    counted = false;
  };
}

/** In a thread that trains for another one: how many others train beside it, which it cannot see. */
export function tellAsides(count: number): void {
  elsewhere = count;
}

export class Aside {
  private waiting: { resolve(): void; reject(error: unknown): void } | null = null;

  private constructor(private readonly thread: Thread) {
    thread.onAnswer((problem) => {
      const call = this.rest();
      this.thread.hold(false);
      if (problem === null) call?.resolve();
      else call?.reject(new Error(problem));
    });
  }

  /** @throws Error if the browser starts no thread, or the module cannot be instantiated there */
  static async start(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Aside> {
    const aside = new Aside(await startThread());
    const tooLong = setTimeout(() => aside.end(), patienceMs);
    try {
      await aside.send({ module, memory });
    } catch (error) {
      aside.end();
      throw error;
    } finally {
      clearTimeout(tooLong);
    }
    return aside;
  }

  /**
   * Calls an export; one call at a time.
   *
   * @throws Error if it traps or the thread is lost
   */
  call(name: string, ...numbers: number[]): Promise<void> {
    return this.send({ name, numbers });
  }

  end(): void {
    this.thread.end();
    this.rest()?.reject(new Error('the thread was ended'));
  }

  /** Nothing is to be done any more. @returns what was */
  private rest(): Aside['waiting'] {
    const call = this.waiting;
    if (call) working--;
    this.waiting = null;
    return call;
  }

  private send(message: unknown): Promise<void> {
    if (this.waiting) throw new Error('a thread does one thing at a time');
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      working++;
      this.thread.hold(true);
      this.thread.post(message);
    });
  }
}

interface Thread {
  post(message: unknown): void;
  /** Hears that a message is done, or what went wrong. */
  onAnswer(hear: (problem: string | null) => void): void;
  /** Whether the process has to wait for it, in Node. */
  hold(on: boolean): void;
  end(): void;
}

/** What the thread runs, as text, because a bundle would rename what it refers to. */
const listen = `let exports;
  const hear = async ({ module, memory, name, numbers }, answer) => {
    try {
      if (module) ({ exports } = await WebAssembly.instantiate(module, { env: { memory } }));
      else exports[name](...numbers);
      answer(null);
    } catch (error) {
      answer(String(error));
    }
  };`;

async function startThread(): Promise<Thread> {
  if (import.meta.env.SSR) {
    const { Worker: NodeWorker } = await import('node:worker_threads');
    const text = `${listen}
      const { parentPort } = require('node:worker_threads');
      parentPort.on('message', (data) => hear(data, (found) => parentPort.postMessage(found)));`;
    const worker = new NodeWorker(text, { eval: true });
    worker.unref();
    return {
      post: (message) => worker.postMessage(message),
      onAnswer: (answer) => {
        worker.on('message', answer);
        worker.on('error', (error) => answer(String(error)));
      },
      hold: (on) => (on ? worker.ref() : worker.unref()),
      end: () => void worker.terminate(),
    };
  }
  const text = `${listen} onmessage = ({ data }) => hear(data, (found) => postMessage(found));`;
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const worker = new Worker(url);
  return {
    post: (message) => worker.postMessage(message),
    onAnswer: (answer) => {
      worker.onmessage = ({ data }: MessageEvent<string | null>) => {
        URL.revokeObjectURL(url);
        answer(data);
      };
      worker.onerror = (event) => answer(event.message || 'the thread did not start');
    },
    hold: () => undefined,
    end: () => worker.terminate(),
  };
}
