/** The copies of a batch of events that contrastive training compares: seeded, the same on every backend. Knows no network. */
import { Cursor } from '../../numeric/random.ts';
import { type AnomalyAugmentations, augmentAnomaly } from './anomaly.ts';
import { changedEvents, type EventLayout } from './event.ts';
import { augmentPhysics, type PhysicsAugmentations } from './physics.ts';

/** Where the draws of a step come from. */
export interface ViewDraw {
  seed: number;
  step: number;
}

/** Step of the copies of validation rows: the same ones at every epoch, so that their losses can be compared. */
export const VALIDATION_STEP = 0xffffffff;

/** The draws of copies in a loss. */
export function viewDraw({ training, seed, step }: { training: boolean; seed: number; step: number }): ViewDraw {
  return { seed, step: training ? step : VALIDATION_STEP };
}

/** Two indices per row of the batch: one for each kind of copy. */
export function viewCursor({ seed, step }: ViewDraw, row: number, copy: 'physics' | 'anomaly'): Cursor {
  return new Cursor(seed, 'augment', step, 2 * row + (copy === 'physics' ? 0 : 1));
}

/** Each event [n, 3 slots, GeV and radians] as it might have been measured again. */
export function physicsViews(
  raw: Float32Array,
  layout: EventLayout,
  settings: PhysicsAugmentations,
  draw: ViewDraw,
): Float32Array {
  return changedEvents(raw, layout, (event, row) => augmentPhysics(event, layout, settings, viewCursor(draw, row, 'physics')));
}

/** Each event as new physics might change it, in one of the enabled ways. */
export function anomalyViews(
  raw: Float32Array,
  layout: EventLayout,
  settings: AnomalyAugmentations,
  draw: ViewDraw,
): Float32Array {
  return changedEvents(raw, layout, (event, row) => augmentAnomaly(event, layout, settings, viewCursor(draw, row, 'anomaly')));
}
