/**
 * Where the values of a recording lie when it runs: which of them every member has for itself, which kernels run once and for all,
 * and which buffers hold the intermediate values, each used again as soon as nothing needs what it held.
 */
import type { RecordedKernel, Recording } from './recorder.ts';

export interface RecordedPlan {
  /** By value: whether every member has numbers of its own. */
  own: readonly boolean[];
  /** Numbers of kernels whose operands are the same for all members and in every step. */
  once: readonly number[];
  /** Numbers of the other kernels, in their order. */
  each: readonly number[];
  /** By value: the slot that it lies in; -1 for what is not made, and for what the caller places himself. */
  slots: readonly number[];
  /** Bytes of each slot. */
  slotBytes: readonly number[];
}

/** Bytes of one member's part of a value: whole vectors of four. */
export function strideOf(size: number): number {
  return Math.max(16, Math.ceil((4 * size) / 16) * 16);
}

/**
 * @param placed values that the caller has a place for
 * @param kept values that are needed after the last kernel
 */
export function planOf(
  { kernels, values }: Recording,
  members: number,
  placed: ReadonlySet<number>,
  kept: ReadonlySet<number>,
): RecordedPlan {
  const own = ownValues({ kernels, values });
  const isOwn = (kernel: RecordedKernel) => kernel.operands.some((operand) => 'value' in operand && own[operand.value]);
  const once: number[] = [];
  const each: number[] = [];
  for (const [i, kernel] of kernels.entries()) (isOwn(kernel) ? each : once).push(i);
  const slots = values.map(() => -1);
  const slotBytes: number[] = [];
  const needsSlot = (value: number) => values[value]?.kind === 'made' && !placed.has(value);
  const bytesOf = (value: number) => strideOf(values[value]?.size ?? 0) * (own[value] ? members : 1);
  const lastUse = new Map<number, number>();
  for (const k of each) for (const value of valuesOf(kernels[k])) lastUse.set(value, k);

  // what is made once lies for ever
  for (const k of once) {
    for (const value of valuesOf(kernels[k])) {
      if (!needsSlot(value) || slots[value] !== -1) continue;
      slots[value] = slotBytes.push(bytesOf(value)) - 1;
    }
  }
  const free: number[] = [];
  for (const k of each) {
    const used = [...new Set(valuesOf(kernels[k]))];
    for (const value of used) {
      if (!needsSlot(value) || slots[value] !== -1) continue;
      slots[value] = takeSlot(free, slotBytes, bytesOf(value));
    }
    for (const value of used) {
      if (needsSlot(value) && own[value] && lastUse.get(value) === k && !kept.has(value)) free.push(slots[value] as number);
    }
  }
  for (const value of kept) {
    // nobody writes it: whatever is there
    if (needsSlot(value) && slots[value] === -1) slots[value] = slotBytes.push(bytesOf(value)) - 1;
  }
  return { own, once, each, slots, slotBytes };
}

function valuesOf(kernel: RecordedKernel | undefined): number[] {
  return (kernel?.operands ?? []).flatMap((operand) => ('value' in operand ? [operand.value] : []));
}

/** By value: variables, constants of their own and what is made for a step differ between members, and so does whatever follows from them. */
export function ownValues({ kernels, values }: Pick<Recording, 'kernels' | 'values'>): boolean[] {
  const own = values.map(({ kind }) => kind === 'variable' || kind === 'step' || kind === 'constants');
  for (let changed = true; changed; ) {
    changed = false;
    for (const { operands } of kernels) {
      if (!operands.some((operand) => 'value' in operand && own[operand.value])) continue;
      for (const operand of operands) {
        if (!('value' in operand) || !operand.written || own[operand.value]) continue;
        own[operand.value] = true;
        changed = true;
      }
    }
  }
  return own;
}

/** The smallest free slot that is large enough and not more than twice as large; a new one if there is none. */
function takeSlot(free: number[], slotBytes: number[], bytes: number): number {
  let best = -1;
  for (const [i, slot] of free.entries()) {
    const size = slotBytes[slot] as number;
    if (size < bytes || size > 2 * bytes) continue;
    if (best === -1 || size < (slotBytes[free[best] as number] as number)) best = i;
  }
  if (best === -1) return slotBytes.push(bytes) - 1;
  return free.splice(best, 1)[0] as number;
}
