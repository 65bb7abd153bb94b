/** Whether a detector is a supervised reference: a number that it reaches is no number of anomaly detection. */
import type { Detector, Model } from './contract.ts';

export function seesLabels(model: Pick<Model, 'trainsOn'>, detector: Pick<Detector, 'seesLabels'>): boolean {
  return detector.seesLabels ?? model.trainsOn === 'labelled';
}
