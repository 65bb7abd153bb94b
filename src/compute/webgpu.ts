/**
 * Starts TF.js's WebGPU backend on a device of our own, asked for with every limit that the adapter has, and watched for loss:
 * TF.js 4.22 asks for fewer limits and does not notice a lost device.
 */
import type { Tensor } from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { requestAdapter } from './adapters.ts';
import { tf } from './tf.ts';
import { submitClock } from './webgpu/submit-size.ts';

const limits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const;
const features = ['shader-f16', 'subgroups', 'timestamp-query'] as const;
/** Devices that were destroyed by ourselves: their loss is no news. */
const givenBack = new WeakSet<GPUDevice>();

/**
 * Makes `webgpu` the active backend on a new device; tensors on an earlier device are gone.
 *
 * @param onLost called once if the device is lost for a reason that is not ours
 * @throws Error if there is no adapter or no device
 */
export async function startWebGpu(onLost?: (reason: string) => void): Promise<void> {
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  const adapter = await requestAdapter();
  if (!adapter) throw new Error('no WebGPU adapter');
  const device = await adapter.requestDevice({
    requiredFeatures: features.filter((feature) => adapter.features.has(feature)) as GPUFeatureName[],
    requiredLimits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name]])),
  });
  void device.lost.then((info) => {
    if (!givenBack.has(device)) onLost?.(info.message || 'the graphics device was lost');
  });
  if (tf.findBackendFactory('webgpu')) stopWebGpu();
  tf.registerBackend('webgpu', async () => paced(new WebGPUBackend(device, adapter.info)), 3);
  if (!(await tf.setBackend('webgpu'))) throw new Error('TF.js cannot use the WebGPU device');
}

/** Has the submits of TF.js sized by the time that they take on this device. */
function paced(backend: WebGPUBackend): WebGPUBackend {
  const clock = submitClock(backend.device);
  const recorder = backend as unknown as { dispatchCountInPass: number; submitQueue(): void };
  const submitQueue = recorder.submitQueue.bind(backend);
  const setSize = () => tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', clock.size.kernels);
  setSize();
  recorder.submitQueue = () => {
    const kernels = recorder.dispatchCountInPass;
    submitQueue();
    clock.submitted(kernels);
    if (tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE') !== clock.size.kernels) setSize();
  };
  return backend;
}

/** The device of the running backend. */
export function webGpuDevice(): GPUDevice {
  return (tf.engine().registry.webgpu as unknown as WebGPUBackend).device;
}

/** Removes the backend with all its tensors and gives the device back. */
export function stopWebGpu(): void {
  const backend = tf.engine().registry.webgpu as unknown as WebGPUBackend | undefined;
  if (backend) givenBack.add(backend.device);
  tf.removeBackend('webgpu');
  backend?.device.destroy();
}

/**
 * Must follow every write of our own into the buffer of a tensor: TF.js 4.22 keeps what was once read from a tensor and would
 * answer later reads with the old numbers (tfjs-backend-webgpu, dist/backend_webgpu.js, `convertAndCacheOnCPU`).
 */
export function forgetCachedValues(tensor: Tensor): void {
  const backend = tf.engine().registry.webgpu as unknown as WebGPUBackend;
  const entry = backend.tensorMap.get(tensor.dataId) as { values: unknown };
  entry.values = null;
}

/**
 * Runs work and collects what the device objects to: a driver may answer a wrong program with silence and zeros.
 *
 * @param work settles without throwing
 * @returns the first objection, or null
 */
export async function objectionsTo(device: GPUDevice, work: () => Promise<void>): Promise<string | null> {
  const filters: GPUErrorFilter[] = ['validation', 'internal', 'out-of-memory'];
  for (const filter of filters) device.pushErrorScope(filter);
  await work();
  const errors = await Promise.all(filters.map(() => device.popErrorScope()));
  return errors.find((error) => error !== null)?.message ?? null;
}
