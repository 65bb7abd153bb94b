/**
 * Several trainings of one model, say with several seeds, side by side in the same kernels. Each member sees an ordinary whole-step
 * trainer; behind it all members' steps run as one (`EnsembleTrainer`), and a member's numbers are those that it has alone.
 *
 * The members keep step by themselves: a call waits until every member that is still training has called too. One that
 * finishes or fails leaves, and the others go on.
 */
import type { Variable } from '@tensorflow/tfjs';
import type { OptimiserSpec } from '../contract.ts';
import type { AnyStepRequest, EnsembleTrainer, StepData, StepDescription, StepOperations, StepTrainer } from './contract.ts';
import { ensembleTrainerFor } from './registry.ts';

/** One member's place: where its stage asks for a trainer, as `trainerFor` does. */
export interface EnsemblePlace {
  trainers(
    step: StepDescription | undefined,
    data: StepData,
    optimiser: OptimiserSpec,
    variables: readonly Variable[],
    batch?: number,
    operations?: StepOperations,
  ): Promise<StepTrainer | undefined>;
  /** Must be called when the member's training has ended, however it did. */
  leave(): void;
}

/** Places for `count` members, of which all use the same description, data and batch size. */
export function ensembleOf(count: number): EnsemblePlace[] {
  const present = new Set(Array.from({ length: count }, (_, i) => i));
  let asked = new Map<number, Asked>();
  const start = () => {
    if (asked.size === 0 || [...present].some((member) => !asked.has(member))) return;
    const group = asked;
    asked = new Map();
    void beginGroup(group);
  };
  return Array.from({ length: count }, (_, member) => ({
    trainers: (step, data, optimiser, variables, batch, operations) =>
      new Promise((resolve, reject) => {
        const known = operations ? { operations } : {};
        asked.set(member, { step, data, optimiser, variables, batch, ...known, resolve, reject });
        start();
      }),
    leave() {
      present.delete(member);
      start();
    },
  }));
}

interface Asked extends AnyStepRequest {
  resolve(trainer: StepTrainer | undefined): void;
  reject(error: unknown): void;
}

async function beginGroup(group: ReadonlyMap<number, Asked>): Promise<void> {
  const members = [...group.values()];
  try {
    const trainer = await ensembleTrainerFor(members);
    const shared = trainer && new Lockstep(trainer);
    for (const [number, { resolve }] of members.entries()) resolve(shared && trainerOf(shared, trainer, number));
  } catch (error) {
    for (const { reject } of members) reject(error);
  }
}

function trainerOf(shared: Lockstep, trainer: EnsembleTrainer, member: number): StepTrainer {
  return {
    words: trainer.words,
    ...(trainer.storage ? { storage: trainer.storage } : {}),
    run: (order, batch, first, count, learningRate) => shared.run(member, { order, batch, first, count, learningRate }),
    ...(trainer.evaluate ? { evaluate: (data: StepData) => shared.evaluate(member, data) } : {}),
    sync: () => trainer.sync(member),
    optimiserState: () => trainer.optimiserState(member),
    restore: (state) => trainer.restore(member, state),
    dispose: () => shared.leave(member),
  };
}

interface Wanted {
  order: Uint32Array;
  batch: number;
  first: number;
  count: number;
  learningRate: number;
}

interface Waiting extends Wanted {
  losses: Float32Array;
  /** Steps that have run. */
  done: number;
  resolve(losses: Float32Array): void;
  reject(error: unknown): void;
}

/** Collects the members' calls and runs the steps that all of them want. */
class Lockstep {
  private readonly present: Set<number>;
  private readonly steps = new Map<number, Waiting>();
  private readonly judged = new Map<number, { data: StepData; resolve(loss: number): void; reject(error: unknown): void }>();
  /** What a member that left was last given: its place in the grid goes on, unheard. */
  private readonly last: Wanted[] = [];

  constructor(private readonly trainer: EnsembleTrainer) {
    this.present = new Set(Array.from({ length: trainer.members }, (_, i) => i));
  }

  run(member: number, wanted: Wanted): Promise<Float32Array> {
    this.last[member] = wanted;
    return new Promise((resolve, reject) => {
      this.steps.set(member, { ...wanted, losses: new Float32Array(wanted.count), done: 0, resolve, reject });
      this.look();
    });
  }

  evaluate(member: number, data: StepData): Promise<number> {
    return new Promise((resolve, reject) => {
      this.judged.set(member, { data, resolve, reject });
      this.look();
    });
  }

  leave(member: number): void {
    this.present.delete(member);
    if (this.present.size === 0) this.trainer.dispose();
    else this.look();
  }

  private look(): void {
    const all = [...this.present];
    if (all.every((member) => this.steps.has(member))) void this.step(all);
    else if (all.every((member) => this.judged.has(member))) void this.judge(all);
  }

  private async step(members: readonly number[]): Promise<void> {
    const waiting = members.map((member) => this.steps.get(member) as Waiting);
    for (const member of members) this.steps.delete(member);
    const count = Math.min(...waiting.map((w) => w.count - w.done));
    const [{ batch, first, done }] = waiting as [Waiting];
    try {
      const total = this.trainer.members;
      const wanted = Array.from({ length: total }, (_, i) => this.last[i] ?? (waiting[0] as Waiting));
      const losses = await this.trainer.run(
        wanted.map(({ order }) => order),
        batch,
        first + done,
        count,
        wanted.map(({ learningRate }) => learningRate),
      );
      for (const [i, w] of waiting.entries()) {
        const member = members[i] as number;
        for (let k = 0; k < count; k++) w.losses[w.done + k] = losses[k * total + member] as number;
        w.done += count;
        if (w.done === w.count) w.resolve(w.losses);
        else this.steps.set(member, w);
      }
    } catch (error) {
      for (const w of waiting) w.reject(error);
    }
  }

  private async judge(members: readonly number[]): Promise<void> {
    const waiting = members.map((member) => this.judged.get(member));
    this.judged.clear();
    try {
      const first = waiting[0] as { data: StepData };
      // those that left are judged on somebody's rows, unheard
      const data = Array.from({ length: this.trainer.members }, (_, m) => waiting[members.indexOf(m)]?.data ?? first.data);
      const losses = (await this.trainer.evaluate?.(data)) as number[];
      for (const [i, w] of waiting.entries()) w?.resolve(losses[members[i] as number] as number);
    } catch (error) {
      for (const w of waiting) w?.reject(error);
    }
  }
}
