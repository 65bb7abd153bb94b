/** True outside the browser: in the study runner and in tests. */
export const isNode =
  typeof process !== 'undefined' && process.versions?.node !== undefined && !('WorkerGlobalScope' in globalThis);
