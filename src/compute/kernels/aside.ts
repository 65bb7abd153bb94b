/**
 * A thread that works over an arena's memory in place of this one: it calls what it is told and says when it is done, so that
 * several trainers work at once while this thread goes on hearing messages.
 */
/** A browser that starts no thread says nothing; without this a training would wait for ever. */
const patienceMs = 5000;

export class Aside {
  private waiting: { resolve(): void; reject(error: unknown): void } | null = null;

  private constructor(private readonly thread: Thread) {
    thread.onAnswer((failure) => {
      const call = this.waiting;
      this.waiting = null;
      this.thread.hold(false);
      if (failure === null) call?.resolve();
      else call?.reject(new Error(failure));
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

  /** Calls an export; one call at a time. @throws Error if it traps or the thread is lost */
  call(name: string, ...numbers: number[]): Promise<void> {
    return this.send({ name, numbers });
  }

  end(): void {
    this.thread.end();
    this.waiting?.reject(new Error('the thread was ended'));
    this.waiting = null;
  }

  private send(message: unknown): Promise<void> {
    if (this.waiting) throw new Error('a thread does one thing at a time');
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.thread.hold(true);
      this.thread.post(message);
    });
  }
}

interface Thread {
  post(message: unknown): void;
  /** Hears null when a message is done, or what went wrong. */
  onAnswer(hear: (failure: string | null) => void): void;
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
      parentPort.on('message', (data) => hear(data, (failure) => parentPort.postMessage(failure)));`;
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
  const text = `${listen} onmessage = ({ data }) => hear(data, (failure) => postMessage(failure));`;
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
