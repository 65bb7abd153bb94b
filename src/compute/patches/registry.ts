/** All patches, found by file name, and their application. */
import type { BackendName } from '../../base/kinds.ts';
import { tf } from '../tf.ts';
import type { Patch } from './contract.ts';

export const patches: readonly Patch[] = Object.values(
  import.meta.glob<Patch>(['./*.ts', '!./contract.ts', '!./registry.ts', '!./kernels.ts', '!./*.test.ts'], {
    eager: true,
    import: 'default',
  }),
);

/** Kernels belong to a backend's name, so one application lasts, also over a restart of the backend. */
const applied = new Set<Patch>();

/** Applies what is missing for the active backend. */
export function applyPatches(backend: BackendName): void {
  for (const patch of patches) {
    if (patch.backend !== backend || applied.has(patch)) continue;
    patch.apply(tf);
    applied.add(patch);
  }
}
