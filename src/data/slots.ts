/**
 * From any number of reconstructed objects to a fixed number of slots: objects of a type in falling pT, as many as there are slots,
 * the rest empty. Knows no file.
 */
import type { ObjectType } from '../base/kinds.ts';
import { countOf } from '../base/numbers.ts';
import { Problem } from '../base/problem.ts';

export interface SlotPlan {
  type: ObjectType;
  slots: number;
}

/** The types of all slots, in storage order. */
export function slotTypes(plan: readonly SlotPlan[]): ObjectType[] {
  return plan.flatMap(({ type, slots }) => Array<ObjectType>(slots).fill(type));
}

/** `MET, 4 electrons, 4 muons, 10 jets`. */
export function planWords(plan: readonly SlotPlan[]): string {
  return plan
    .filter(({ slots }) => slots > 0)
    .map(({ type, slots }) => (type === 'MET' ? 'MET' : countOf(slots, type)))
    .join(', ');
}

/** @throws Problem if there is no slot at all */
export function checkPlan(plan: readonly SlotPlan[], where: string): void {
  if (plan.some(({ slots }) => slots > 0)) return;
  throw new Problem({
    where,
    expected: 'at least one object to keep',
    found: 'none of any kind',
    fix: 'Keep some objects of one kind',
  });
}

/** What happened to the objects of a file, for remarks. */
export interface SlotCount {
  /** Objects beyond the last slot of their type. */
  cut: number;
  /** Objects with a negative pT or a number that is not finite. */
  broken: number;
}

/**
 * Objects of one event and one type, collected one by one and then put into their slots. Reused for all events, so that nothing is
 * allocated per event.
 */
export class SlotFiller {
  private pT: number[] = [];
  private eta: number[] = [];
  private phi: number[] = [];
  private order: number[] = [];
  readonly count: SlotCount = { cut: 0, broken: 0 };

  get length(): number {
    return this.pT.length;
  }

  /** Keeps an object; one without momentum is no object, one that is broken is only counted. */
  add(pT: number, eta: number, phi: number): void {
    const kept = Math.fround(pT);
    if (kept === 0) return;
    if (!(kept > 0) || !Number.isFinite(kept + Math.fround(eta) + phi)) {
      this.count.broken++;
      return;
    }
    this.order.push(this.pT.length);
    this.pT.push(kept);
    this.eta.push(eta);
    this.phi.push(phi);
  }

  /** Writes the hardest objects from `at` on, three numbers for each of `slots` slots, and forgets them all. Ties keep their order. */
  fill(values: Float32Array, at: number, slots: number): void {
    const { pT, eta, phi, order } = this;
    let sorted = true;
    for (let i = 1; i < pT.length; i++) sorted &&= (pT[i] as number) <= (pT[i - 1] as number);
    if (!sorted) order.sort((a, b) => (pT[b] as number) - (pT[a] as number) || a - b);
    const n = Math.min(slots, order.length);
    for (let i = 0; i < n; i++) {
      const from = order[i] as number;
      values[at + i * 3] = pT[from] as number;
      values[at + i * 3 + 1] = eta[from] as number;
      values[at + i * 3 + 2] = phi[from] as number;
    }
    this.count.cut += order.length - n;
    pT.length = 0;
    eta.length = 0;
    phi.length = 0;
    order.length = 0;
  }
}

/** Remarks on what did not fit. */
export function slotRemarks(count: SlotCount, type: string): string[] {
  const beyond = `${countOf(count.cut, `${type} was`, `${type}s were`)} beyond the last slot and left out`;
  const broken = `${countOf(count.broken, type)} had a negative pT or a number that is not finite and were left out`;
  return [...(count.cut > 0 ? [beyond] : []), ...(count.broken > 0 ? [broken] : [])];
}
