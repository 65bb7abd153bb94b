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

/** What buffers take of a device's memory. */
export interface GpuMemory {
  /** Bytes of the buffers that are there now. */
  readonly bytes: number;
  /** The most that there were at once since the last call of `restart`. */
  readonly most: number;
  restart(): void;
  /** Must be called in the end: until then every buffer is watched. */
  stop(): void;
}

/** Watches the buffers that are made from now on, on all devices. Those of a device that is destroyed count as gone with it. */
export function watchGpuMemory(): GpuMemory {
  const alive = new Map<GPUDevice, Map<GPUBuffer, number>>();
  const owners = new WeakMap<GPUBuffer, Map<GPUBuffer, number>>();
  const sum = () => [...alive.values()].reduce((all, own) => [...own.values()].reduce((a, b) => a + b, all), 0);
  const { createBuffer, destroy: destroyDevice } = GPUDevice.prototype;
  const { destroy: destroyBuffer } = GPUBuffer.prototype;
  let most = 0;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const made = createBuffer.call(this, descriptor);
    const own = alive.get(this) ?? new Map<GPUBuffer, number>();
    alive.set(this, own);
    own.set(made, descriptor.size);
    owners.set(made, own);
    most = Math.max(most, sum());
    return made;
  };
  GPUBuffer.prototype.destroy = function () {
    owners.get(this)?.delete(this);
    return destroyBuffer.call(this);
  };
  GPUDevice.prototype.destroy = function () {
    alive.delete(this);
    return destroyDevice.call(this);
  };
  return {
    get bytes() {
      return sum();
    },
    get most() {
      return most;
    },
    restart() {
      most = sum();
    },
    stop() {
      Object.assign(GPUDevice.prototype, { createBuffer, destroy: destroyDevice });
      GPUBuffer.prototype.destroy = destroyBuffer;
    },
  };
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
