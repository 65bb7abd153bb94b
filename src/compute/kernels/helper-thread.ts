/** Threads that work beside this one over a shared memory, and what can be known about them beforehand. */

/** A page's main thread may not wait for another thread. */
export function mayWait(): boolean {
  return import.meta.env.SSR || typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope !== 'undefined';
}

/** Threads that this machine runs at once. */
export function cores(): number {
  const known = (globalThis.navigator as Navigator | undefined)?.hardwareConcurrency;
  // Node has no navigator before version 21
  if (known === undefined && import.meta.env.SSR) return process.getBuiltinModule('node:os').availableParallelism();
  return known ?? 2;
}

/**
 * Threads that a team may use, its leader included, while others train on threads of their own: the cores that those leave, and the
 * leader at least. Worked values: of 8 cores all 8 beside nobody, 5 beside 3, and 1 beside 7 or more.
 */
export function shareOf(cores: number, others: number): number {
  return Math.max(1, cores - others);
}

/**
 * Starts a thread that does not keep the process alive.
 *
 * @param program text of `(message, ready) => promise`, because a bundle would rename what it refers to; it calls `ready` once
 * @returns how to end it
 */
export async function startHelperThread(program: string, message: unknown, onReady: () => void): Promise<() => void> {
  if (import.meta.env.SSR) {
    // at once: work that leaves no turn of the event loop would wait for an import
    const { Worker: NodeWorker } = process.getBuiltinModule('node:worker_threads');
    const text = `const { parentPort } = require('node:worker_threads');
      parentPort.once('message', (data) => (${program})(data, () => parentPort.postMessage('ready')));`;
    const worker = new NodeWorker(text, { eval: true });
    worker.unref();
    worker.once('message', onReady);
    worker.on('error', () => undefined);
    worker.postMessage(message);
    return () => void worker.terminate();
  }
  const text = `onmessage = ({ data }) => (${program})(data, () => postMessage('ready')).then(() => close());`;
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.onmessage = () => {
    URL.revokeObjectURL(url);
    onReady();
  };
  worker.postMessage(message);
  return () => worker.terminate();
}
