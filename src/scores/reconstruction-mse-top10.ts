/** Mean of the ten largest squared reconstruction errors, the published choice of N (`top-errors.ts` has every other). */
import { meanOfTopErrors } from './top-errors.ts';

export default meanOfTopErrors(10);
