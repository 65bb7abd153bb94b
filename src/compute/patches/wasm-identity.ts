/**
 * WASM copies the numbers of a tensor that is cloned, and TF.js clones whatever it keeps for a gradient: a twentieth of the time of
 * a step of a large convolutional model. Ours shares them, as the other backends do and as WASM's own reshape does; they are freed
 * with the last tensor that has them.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import type { Patch } from './contract.ts';
import { replaceKernel } from './kernels.ts';

export default {
  id: 'wasm-identity',
  backend: 'wasm',
  bug: 'tf.clone(x) has numbers of its own at another address, so that keeping x for a gradient costs a pass over memory',
  link: 'tfjs-backend-wasm 4.22.0, src/kernels/Identity.ts: outVals.set(inVals)',
  until: 'the test finds a clone at the address of its original without it',
  apply(tf) {
    replaceKernel(tf, 'wasm', 'Identity', (present) => (given) => {
      const { x } = given.inputs as { x: Tensor };
      if (x.dtype === 'string') return present(given);
      (given.backend as { incRef(dataId: object): void }).incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype } satisfies TensorInfo;
    });
  },
} satisfies Patch;
