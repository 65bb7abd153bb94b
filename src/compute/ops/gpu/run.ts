/** One invocation per index, whatever their number: a grid of two dimensions where one is not enough. */
import type { TensorInfo } from '@tensorflow/tfjs';
import { mostWorkgroups, runTensorKernel, type TensorKernel } from '../../webgpu/tensor-kernel.ts';

/** @param size invocations of a workgroup */
export function gridFor(invocations: number, size: number): [number, number, number] {
  const groups = Math.ceil(invocations / size);
  const across = Math.min(groups, mostWorkgroups);
  return [across, Math.ceil(groups / across), 1];
}

/** Runs code that takes its index from `id.x + id.y * count.x * size`. */
export function runFlat(kernel: Omit<TensorKernel, 'workgroups'>, invocations: number, size = 64): TensorInfo[] {
  return runTensorKernel({ ...kernel, workgroups: gridFor(invocations, size) });
}
