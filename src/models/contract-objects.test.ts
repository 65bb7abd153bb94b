/** What every model does with event objects. */
import { claimBehaviour } from '../testing/model-contract.ts';

claimBehaviour('objects');
