/** What every model says about itself. */
import { claimDescriptions } from '../testing/model-contract.ts';

claimDescriptions();
