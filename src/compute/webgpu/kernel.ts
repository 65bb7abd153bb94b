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

/**
 * Compiles a kernel without holding up the thread.
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
  const layout = device.createBindGroupLayout({
    label,
    entries: bindings.map(({ access }, binding) => ({
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
