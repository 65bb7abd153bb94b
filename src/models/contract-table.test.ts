/** What every model does with a table of numbers. */
import { claimBehaviour } from '../testing/model-contract.ts';

claimBehaviour('table');
