/**
 * One collision event as augmentations see it: slots of pT [GeV], eta and phi [rad], each of an object type, in the order of an
 * `objects` row. A slot is empty if and only if its pT is 0, and then all its numbers are 0.
 */
import type { ObjectType } from '../../base/kinds.ts';

/** Reconstruction thresholds of an object type, as the 40 MHz data set has them. */
export interface Acceptance {
  /** Largest |eta|. */
  eta: number;
  /** Least pT [GeV]. */
  floor: number;
  /** Least pT of the leading object of the type where it triggers the event [GeV]. */
  leadingFloor: number;
}

/** Electrons, muons and jets as published (Govorkova et al., arXiv 2107.02157); the other types take those of their nearest relative. */
export const acceptance: Readonly<Record<Exclude<ObjectType, 'MET'>, Acceptance>> = {
  electron: { eta: 3, floor: 3, leadingFloor: 23 },
  muon: { eta: 2.1, floor: 3, leadingFloor: 23 },
  photon: { eta: 3, floor: 3, leadingFloor: 23 },
  tau: { eta: 4, floor: 15, leadingFloor: 15 },
  jet: { eta: 4, floor: 15, leadingFloor: 15 },
  particle: { eta: 5, floor: 0, leadingFloor: 0 },
  'fat jet': { eta: 4, floor: 15, leadingFloor: 15 },
};

export type ParticleType = Exclude<ObjectType, 'MET'>;

/** The slots of one type, by number. */
export interface SlotGroup {
  type: ParticleType;
  slots: readonly number[];
}

/** What an `objects` row of a data set looks like. */
export interface EventLayout {
  types: readonly ObjectType[];
  /** Slot of the missing transverse momentum; -1 if there is none. */
  met: number;
  groups: readonly SlotGroup[];
}

export function eventLayout(types: readonly ObjectType[]): EventLayout {
  const groups = new Map<ParticleType, number[]>();
  for (const [slot, type] of types.entries()) {
    if (type !== 'MET') groups.set(type, [...(groups.get(type) ?? []), slot]);
  }
  return { types, met: types.indexOf('MET'), groups: [...groups].map(([type, slots]) => ({ type, slots })) };
}

/** The three numbers of a slot inside an event [3 slots]. */
export const at = { pT: 0, eta: 1, phi: 2 } as const;

export function pTOf(event: Float64Array, slot: number): number {
  return event[3 * slot] as number;
}

export function setSlot(event: Float64Array, slot: number, pT: number, eta: number, phi: number): void {
  event[3 * slot] = pT;
  event[3 * slot + 1] = eta;
  event[3 * slot + 2] = phi;
}

export function clearSlot(event: Float64Array, slot: number): void {
  setSlot(event, slot, 0, 0, 0);
}

/** Slots of the group that hold an object. */
export function filled(event: Float64Array, { slots }: SlotGroup): number[] {
  return slots.filter((slot) => pTOf(event, slot) > 0);
}

/** The same direction in [-π, π). */
export function wrapAngle(phi: number): number {
  const turn = 2 * Math.PI;
  const wrapped = phi - turn * Math.floor((phi + Math.PI) / turn);
  // rounding can land on the open end
  return wrapped >= Math.PI ? wrapped - turn : wrapped;
}

/** Applies `change` to a copy of every row of raw events [n, 3 slots], in double precision. */
export function changedEvents(
  raw: Float32Array,
  layout: EventLayout,
  change: (event: Float64Array, row: number) => void,
): Float32Array {
  const width = 3 * layout.types.length;
  const rows = raw.length / width;
  const changed = new Float32Array(raw.length);
  const event = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    event.set(raw.subarray(row * width, (row + 1) * width));
    change(event, row);
    for (let slot = 0; slot < layout.types.length; slot++) if (!(pTOf(event, slot) > 0)) clearSlot(event, slot);
    changed.set(event, row * width);
  }
  return changed;
}
