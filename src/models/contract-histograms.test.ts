/** What every model does with histograms. */
import { claimBehaviour } from '../testing/model-contract.ts';

claimBehaviour('histograms');
