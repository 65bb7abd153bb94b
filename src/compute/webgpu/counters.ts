/**
 * Counts what a piece of work asks of a graphics device. Counts hold on every machine where milliseconds do not, so budgets are
 * written in them. For tests and developers.
 */
export interface GpuCounts {
  dispatches: number;
  submits: number;
  /** Buffers made. */
  buffers: number;
  bindGroups: number;
  /** Writes from the host. */
  writes: number;
}

/** Runs work and counts what it did on a device; nested or parallel counts on one device are not kept apart. */
export async function countGpu(device: GPUDevice, work: () => Promise<unknown>): Promise<GpuCounts> {
  const counts: GpuCounts = { dispatches: 0, submits: 0, buffers: 0, bindGroups: 0, writes: 0 };
  const restore = [
    counted(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => counts.dispatches++),
    counted(device.queue, 'submit', () => counts.submits++),
    counted(device.queue, 'writeBuffer', () => counts.writes++),
    counted(device, 'createBuffer', () => counts.buffers++),
    counted(device, 'createBindGroup', () => counts.bindGroups++),
  ];
  try {
    await work();
  } finally {
    for (const undo of restore) undo();
  }
  return counts;
}

function counted<T extends object, K extends keyof T>(owner: T, name: K, note: () => void): () => void {
  const original = owner[name] as (...args: unknown[]) => unknown;
  const inherited = !Object.hasOwn(owner, name);
  owner[name] = function (this: unknown, ...args: unknown[]) {
    note();
    return original.apply(this, args);
  } as T[K];
  return () => {
    if (inherited) delete owner[name];
    else owner[name] = original as T[K];
  };
}
