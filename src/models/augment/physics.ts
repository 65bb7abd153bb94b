/**
 * Changes of an event that physics does not care about: another orientation of the detector, another draw of the resolution. A
 * network that is told that the copies are the same event learns what is left, the physics. All in GeV and radians, before any
 * scaling.
 *
 * Source: Dillon et al., arXiv 2301.04660 (AnomalyCLR), section 3; formulas and constants of its code, without its faults.
 */
import type { Cursor } from '../../numeric/random.ts';
import { acceptance, clearSlot, type EventLayout, filled, type ParticleType, pTOf, wrapAngle } from './event.ts';

/** What happens to an object that leaves the acceptance in |eta|. */
export type EtaEdge = 'delete' | 'clamp';

export interface PhysicsAugmentations {
  rotation: boolean;
  /** Strength of the smearing of eta and phi; 0 for none, 1 as published. */
  smearing: number;
  /** Strength of the smearing of the jets' pT; 0 for none, 1 as published. */
  jetSmearing: number;
  edge: EtaEdge;
}

/**
 * Resolution in eta and phi: 0.028 / (1 + exp((pT - 25 GeV) / 0.1 GeV)), 0 for an empty slot.
 * Worked values: 0.0279987 at 24 GeV, 0.014 at 25 GeV, 1.2711e-6 at 26 GeV.
 */
export function angularResolution(pT: number): number {
  return pT > 0 ? 0.028 / (1 + Math.exp(Math.min(700, (pT - 25) / 0.1))) : 0;
}

/** Resolution of a jet's pT [GeV]: √(0.052 pT² + 1.502 pT). Worked values: 5.8506 at 15 GeV, 25.8882 at 100 GeV. */
export function jetResolution(pT: number): number {
  return Math.sqrt(0.052 * pT * pT + 1.502 * pT);
}

/** Turns the whole event, MET included, by one angle, uniform in [-π, π). Invariant masses and all differences of angles stay. */
export function rotate(event: Float64Array, layout: EventLayout, cursor: Cursor): void {
  const angle = (2 * cursor.uniform() - 1) * Math.PI;
  for (let slot = 0; slot < layout.types.length; slot++) {
    if (pTOf(event, slot) > 0) event[3 * slot + 2] = wrapAngle((event[3 * slot + 2] as number) + angle);
  }
}

/**
 * Adds independent normal deviates of `strength` · angularResolution(pT) to eta and phi of every object, MET left alone. An object
 * whose |eta| then exceeds its type's acceptance is deleted, or put on the edge.
 */
export function smearAngles(event: Float64Array, layout: EventLayout, strength: number, edge: EtaEdge, cursor: Cursor): void {
  if (strength === 0) return;
  for (const { type, slots } of layout.groups) {
    for (const slot of slots) {
      const width = strength * angularResolution(pTOf(event, slot));
      const [eta, phi] = [width * cursor.normal(), width * cursor.normal()];
      if (!(pTOf(event, slot) > 0)) continue;
      event[3 * slot + 1] = (event[3 * slot + 1] as number) + eta;
      event[3 * slot + 2] = wrapAngle((event[3 * slot + 2] as number) + phi);
      keepInside(event, slot, type, edge);
    }
  }
}

function keepInside(event: Float64Array, slot: number, type: ParticleType, edge: EtaEdge): void {
  const limit = acceptance[type].eta;
  const eta = event[3 * slot + 1] as number;
  if (Math.abs(eta) <= limit) return;
  if (edge === 'delete') clearSlot(event, slot);
  else event[3 * slot + 1] = Math.sign(eta) * limit;
}

/** pT + `strength` · jetResolution(pT) · normal deviate for every jet; a jet whose pT becomes negative is deleted. */
export function smearJets(event: Float64Array, layout: EventLayout, strength: number, cursor: Cursor): void {
  if (strength === 0) return;
  for (const group of layout.groups) {
    if (group.type !== 'jet' && group.type !== 'fat jet') continue;
    for (const slot of filled(event, group)) {
      const pT = pTOf(event, slot) + strength * jetResolution(pTOf(event, slot)) * cursor.normal();
      if (pT > 0) event[3 * slot] = pT;
      else clearSlot(event, slot);
    }
  }
}

/** All physics augmentations of one event, in the order rotation, angles, jets. */
export function augmentPhysics(
  event: Float64Array,
  layout: EventLayout,
  { rotation, smearing, jetSmearing, edge }: PhysicsAugmentations,
  cursor: Cursor,
): void {
  if (rotation) rotate(event, layout, cursor);
  smearAngles(event, layout, smearing, edge, cursor);
  smearJets(event, layout, jetSmearing, cursor);
}
