/**
 * The statistics floor: how small a background efficiency a sample of background events can support. An efficiency ε_B on n_B
 * events rests on FP = ε_B n_B events, whose relative error is 1/√FP.
 */
import { countText } from '../base/numbers.ts';

/** Below this many background events above threshold no number is printed (error above 32 %). */
export const REFUSE_BELOW = 10;
/** Below this many the SIC curve is cut: the background error is above 20 %. */
export const SIC_BELOW = 25;
/** Below this many a number carries a warning: the error is above 10 %. */
export const WARN_BELOW = 100;

export type Support = 'refused' | 'warn' | 'good';

/**
 * What a sample of `backgroundEvents` says about a background efficiency: `refused` below 10 expected events, `warn` below 100.
 * Worked value: 1e-5 on 715 800 events is 7 events, so refused.
 */
export function supports(backgroundEfficiency: number, backgroundEvents: number): Support {
  // a hair of slack, so that 1e-3 of 10 000 is 10 whatever the rounding
  const expected = backgroundEfficiency * backgroundEvents * (1 + 1e-12);
  if (!(expected >= REFUSE_BELOW)) return 'refused';
  return expected < WARN_BELOW ? 'warn' : 'good';
}

/** Background events needed for `falsePositives` of them above a cut of efficiency ε_B: ⌈FP / ε_B⌉. 1e-4 needs 100 000. */
export function eventsNeeded(backgroundEfficiency: number, falsePositives: number = REFUSE_BELOW): number {
  return Math.ceil((falsePositives / backgroundEfficiency) * (1 - 1e-12));
}

/** The smallest background efficiency that may be printed, 10 / n_B; ∞ without background. 20 000 events: 5e-4. */
export function smallestHonestFpr(backgroundEvents: number): number {
  return REFUSE_BELOW / backgroundEvents;
}

/** Why a number is missing, for the user; null where it is supported. */
export function floorSentence(backgroundEfficiency: number, backgroundEvents: number): string | null {
  if (supports(backgroundEfficiency, backgroundEvents) !== 'refused') return null;
  const needed = countText(eventsNeeded(backgroundEfficiency));
  const have = countText(backgroundEvents);
  return `A background efficiency of ${backgroundEfficiency} needs ${needed} background events; there are ${have}.`;
}
