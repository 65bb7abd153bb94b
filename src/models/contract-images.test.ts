/** What every model does with images. */
import { claimBehaviour } from '../testing/model-contract.ts';

claimBehaviour('images');
