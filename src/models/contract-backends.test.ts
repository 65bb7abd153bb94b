/** Every model on WASM and on the CPU. */
import { claimBackends } from '../testing/model-contract.ts';

claimBackends();
