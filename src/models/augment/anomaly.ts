/**
 * Changes of an event that new physics could make: more objects, the same energy in more pieces, more energy. A network that is
 * told that these copies are *not* the event learns to see such differences before it has ever seen a signal. All in GeV and
 * radians, before any scaling; exactly one change per event.
 *
 * Source: Dillon et al., arXiv 2301.04660 (AnomalyCLR), section 3. The rules are the paper's; the published code's faults
 * (MET added instead of balanced, pT sums that grow, objects without pT) are not followed.
 */
import type { Cursor } from '../../numeric/random.ts';
import { acceptance, clearSlot, type EventLayout, filled, pTOf, type SlotGroup, setSlot } from './event.ts';
import { type EtaEdge, smearAngles } from './physics.ts';

export interface AnomalyAugmentations {
  /** A1: objects added, MET balanced. */
  addObjects: boolean;
  /** A2: objects split at constant pT sum of their type. */
  splitObjects: boolean;
  /** A3: pT, MET or both scaled. */
  shift: boolean;
  /** Strength of the smearing of angles after A1 and A2. */
  smearing: number;
  edge: EtaEdge;
}

/** Uniform whole number from 0 to n, both included. */
function upTo(n: number, cursor: Cursor): number {
  return n > 0 ? cursor.below(n + 1) : 0;
}

function between(low: number, high: number, cursor: Cursor): number {
  return low + (high - low) * cursor.uniform();
}

/**
 * A1. Fills k empty slots of each type, k uniform from 0 to what is free, drawn again until one object is added: pT uniform from the
 * type's floor to the largest pT of the event (MET included), eta uniform in its acceptance, phi uniform. MET becomes
 * MET - Σ new pT as vectors, so that the transverse balance stays.
 *
 * @returns false, and leaves the event alone, if there is no free slot
 */
export function addObjects(event: Float64Array, layout: EventLayout, cursor: Cursor): boolean {
  const free = layout.groups.map(({ slots }) => slots.filter((slot) => !(pTOf(event, slot) > 0)));
  if (free.every((slots) => slots.length === 0)) return false;
  let counts: number[];
  do counts = free.map((slots) => upTo(slots.length, cursor));
  while (counts.every((k) => k === 0));
  let largest = 0;
  for (let slot = 0; slot < layout.types.length; slot++) largest = Math.max(largest, pTOf(event, slot));
  let [addedX, addedY] = [0, 0];
  for (const [g, { type }] of layout.groups.entries()) {
    const { eta, floor } = acceptance[type];
    for (const slot of (free[g] as number[]).slice(0, counts[g])) {
      const pT = between(floor, Math.max(floor, largest), cursor);
      const phi = between(-Math.PI, Math.PI, cursor);
      setSlot(event, slot, pT, between(-eta, eta, cursor), phi);
      addedX += pT * Math.cos(phi);
      addedY += pT * Math.sin(phi);
    }
  }
  balanceMet(event, layout, addedX, addedY);
  return true;
}

/** MET - (x, y) as a vector [GeV]; nothing without a MET slot. */
function balanceMet(event: Float64Array, { met }: EventLayout, x: number, y: number): void {
  if (met < 0) return;
  const pT = pTOf(event, met);
  const phi = event[3 * met + 2] as number;
  const newX = pT * Math.cos(phi) - x;
  const newY = pT * Math.sin(phi) - y;
  setSlot(event, met, Math.hypot(newX, newY), 0, Math.atan2(newY, newX));
}

/** How many objects a type can gain by splitting: max(0, min(⌊(S - F - f (n - 1)) / f⌋, n, C - n)). */
export function splitCapacity(event: Float64Array, group: SlotGroup): number {
  const { floor, leadingFloor } = acceptance[group.type];
  const n = filled(event, group).length;
  const sum = filled(event, group).reduce((total, slot) => total + pTOf(event, slot), 0);
  if (n === 0) return 0;
  return Math.max(0, Math.min(Math.floor((sum - leadingFloor - floor * (n - 1)) / floor), n, group.slots.length - n));
}

/**
 * A2. In each type k more objects share the same scalar sum of pT, k uniform from 0 to `splitCapacity`, drawn again until one object
 * is added: every object gets the floor f, the leading one the leading floor F, and the rest of the sum is divided at random
 * (unit exponentials). The n objects keep their directions, the k new ones take those of k of them. MET is not touched.
 *
 * @returns false, and leaves the event alone, if no type can be split
 */
export function splitObjects(event: Float64Array, layout: EventLayout, cursor: Cursor): boolean {
  const capacities = layout.groups.map((group) => splitCapacity(event, group));
  if (capacities.every((k) => k === 0)) return false;
  let counts: number[];
  do counts = capacities.map((k) => upTo(k, cursor));
  while (counts.every((k) => k === 0));
  for (const [g, group] of layout.groups.entries()) {
    if ((counts[g] as number) > 0) splitGroup(event, group, counts[g] as number, cursor);
  }
  return true;
}

function splitGroup(event: Float64Array, group: SlotGroup, k: number, cursor: Cursor): void {
  const { floor, leadingFloor } = acceptance[group.type];
  const slots = filled(event, group);
  const n = slots.length;
  const sum = slots.reduce((total, slot) => total + pTOf(event, slot), 0);
  const directions = slots.map((slot) => [event[3 * slot + 1] as number, event[3 * slot + 2] as number] as const);
  const shares = Array.from({ length: n + k }, () => cursor.exponential());
  const whole = shares.reduce((total, share) => total + share, 0);
  const leading = shares.indexOf(Math.max(...shares));
  const rest = sum - leadingFloor - floor * (n + k - 1);
  const copied = chooseSome(n, k, cursor);
  const pieces = shares.map((share, j) => ({
    pT: floor + (rest * share) / whole + (j === leading ? leadingFloor - floor : 0),
    direction: directions[j < n ? j : (copied[j - n] as number)] as readonly [number, number],
  }));
  pieces.sort((a, b) => b.pT - a.pT);
  for (const slot of group.slots) clearSlot(event, slot);
  for (const [i, { pT, direction }] of pieces.entries()) setSlot(event, group.slots[i] as number, pT, ...direction);
}

/** k different numbers below n. */
function chooseSome(n: number, k: number, cursor: Cursor): number[] {
  const numbers = Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: k }, () => numbers.splice(cursor.below(numbers.length), 1)[0] as number);
}

/**
 * A3. One of three, equally likely: MET times a factor uniform in [0.5, 5); the pT of all objects times one in [1, 5); everything
 * times one common factor in [1, 5). Angles stay.
 */
export function shiftScale(event: Float64Array, layout: EventLayout, cursor: Cursor): void {
  const which = layout.met < 0 ? 1 : cursor.below(3);
  const factor = which === 0 ? between(0.5, 5, cursor) : between(1, 5, cursor);
  for (let slot = 0; slot < layout.types.length; slot++) {
    const isMet = slot === layout.met;
    if (which === 2 || (which === 0) === isMet) event[3 * slot] = pTOf(event, slot) * factor;
  }
}

type Change = (event: Float64Array, layout: EventLayout, cursor: Cursor) => boolean;

/**
 * One of the enabled changes, equally likely; where it is impossible, one of the others. An event that none of them can change stays
 * as it is, which happens only if A3 is off.
 */
export function augmentAnomaly(event: Float64Array, layout: EventLayout, settings: AnomalyAugmentations, cursor: Cursor): void {
  const smeared =
    (change: Change): Change =>
    (...given) => {
      if (!change(...given)) return false;
      smearAngles(event, layout, settings.smearing, settings.edge, cursor);
      return true;
    };
  const changes: Change[] = [
    ...(settings.addObjects ? [smeared(addObjects)] : []),
    ...(settings.splitObjects ? [smeared(splitObjects)] : []),
    ...(settings.shift
      ? [
          (...given: Parameters<Change>) => {
            shiftScale(...given);
            return true;
          },
        ]
      : []),
  ];
  while (changes.length > 0) {
    const [change] = changes.splice(cursor.below(changes.length), 1);
    if (change?.(event, layout, cursor)) return;
  }
}
