/** Long work on the dataset in pieces, between which messages are heard. */
/** Milliseconds of work between two pauses in which messages are heard. */
const patience = 60;

/** Runs work that yields the share done, with pauses, so that a cancel or another question is heard meanwhile. */
export async function inPieces<T>(work: Generator<number, T>, onProgress?: (done: number) => void): Promise<T> {
  let heard = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - heard < patience) continue;
    void onProgress?.(step.value);
    await new Promise((resolve) => setTimeout(resolve));
    heard = performance.now();
  }
}
