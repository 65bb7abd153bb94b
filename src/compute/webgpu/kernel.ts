/**
 * WGSL kernels on the device of the running WebGPU backend: buffers that are made once, pipelines that compile in the
 * background, and steps that are encoded again and again with nothing new to allocate. Knows no models.
 */

export interface Binding {
  buffer: GPUBuffer;
  /** `uniform` is a slot of a uniform buffer, chosen at each dispatch by a dynamic offset. */
  access: 'read' | 'write' | 'uniform';
}

export interface Kernel {
  pipeline: GPUComputePipeline;
  bindings: GPUBindGroup;
  groups: readonly [number, number];
}

/** Distance of two uniform slots in bytes: the alignment that every device grants. */
export const slotBytes = 256;

/** Members that train side by side at most: a slot has room for 16 bytes of a step and 16 bytes of each. */
export const mostMembers = slotBytes / 16 - 1;

interface Compiled {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
}

/** Kernels of a device that are kept for the next one who asks, most recently used last. */
const mostKept = 64;
const kept = new WeakMap<GPUDevice, Map<string, Promise<Compiled>>>();

/**
 * Compiles a kernel without holding up the thread; one of the same text and accesses is compiled once for a device, so that seeds one
 * after another, or a model that is trained again, do not wait for it.
 *
 * @param code with the entry point `main`; binding i of group 0 is `bindings[i]`
 * @param groups workgroups in x and y
 * @throws Error with the compiler's words
 */
export async function compileKernel(
  device: GPUDevice,
  label: string,
  code: string,
  bindings: readonly Binding[],
  groups: readonly [number, number],
): Promise<Kernel> {
  const { pipeline, layout } = await compiled(
    device,
    label,
    code,
    bindings.map(({ access }) => access),
  );
  const group = device.createBindGroup({
    label,
    layout,
    entries: bindings.map(({ buffer, access }, binding) => ({
      binding,
      resource: access === 'uniform' ? { buffer, size: slotBytes } : { buffer },
    })),
  });
  return { pipeline, bindings: group, groups };
}

/** Begins to compile a kernel that `compileKernel` will ask for, before its buffers are there. A failure is heard there. */
export function compileSoon(device: GPUDevice, label: string, code: string, accesses: readonly Binding['access'][]): void {
  compiled(device, label, code, accesses).catch(() => undefined);
}

function compiled(device: GPUDevice, label: string, code: string, accesses: readonly Binding['access'][]): Promise<Compiled> {
  const known = kept.get(device) ?? new Map<string, Promise<Compiled>>();
  kept.set(device, known);
  const key = `${accesses}\n${code}`;
  const found = known.get(key) ?? compile(device, label, code, accesses);
  known.delete(key);
  known.set(key, found);
  found.catch(() => known.delete(key));
  const [oldest] = known.keys();
  if (known.size > mostKept) known.delete(oldest as string);
  return found;
}

async function compile(
  device: GPUDevice,
  label: string,
  code: string,
  accesses: readonly Binding['access'][],
): Promise<Compiled> {
  const layout = device.createBindGroupLayout({
    label,
    entries: accesses.map((access, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer:
        access === 'uniform'
          ? { type: 'uniform', hasDynamicOffset: true, minBindingSize: slotBytes }
          : { type: access === 'read' ? 'read-only-storage' : 'storage' },
    })),
  });
  const module = device.createShaderModule({ label, code });
  const pipeline = await device
    .createComputePipelineAsync({
      label,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    })
    .catch(async (error: unknown) => {
      const { messages } = await module.getCompilationInfo();
      const words = messages.map(({ lineNum, message }) => `line ${lineNum}: ${message}`);
      throw new Error(`kernel "${label}" does not compile: ${[...words, String(error)].join('; ')}`);
    });
  return { pipeline, layout };
}

/** Encodes one run of a kernel; `slot` chooses the uniform slot. */
export function dispatch(pass: GPUComputePassEncoder, kernel: Kernel, slot: number): void {
  pass.setPipeline(kernel.pipeline);
  pass.setBindGroup(0, kernel.bindings, [slot * slotBytes]);
  pass.dispatchWorkgroups(kernel.groups[0], kernel.groups[1]);
}

/** A storage buffer of `bytes`, zero at first, that can be written and read. */
export function storageBuffer(device: GPUDevice, label: string, bytes: number): GPUBuffer {
  return device.createBuffer({
    label,
    size: Math.max(16, Math.ceil(bytes / 4) * 4),
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  });
}

/** Numbers first .. first + count - 1 of a storage buffer. */
export async function readFloats(device: GPUDevice, buffer: GPUBuffer, first: number, count: number): Promise<Float32Array> {
  const staging = device.createBuffer({
    size: Math.max(16, count * 4),
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  try {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, first * 4, staging, 0, count * 4);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    return new Float32Array(staging.getMappedRange(0, count * 4).slice(0));
  } finally {
    staging.destroy();
  }
}
