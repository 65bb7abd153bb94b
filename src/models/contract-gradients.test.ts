/** Gradients of every model against finite differences. */
import { claimGradients } from '../testing/model-contract.ts';

claimGradients();
