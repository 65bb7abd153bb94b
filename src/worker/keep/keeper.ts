/**
 * Keeps runs, checkpoints and sessions within a bound, and never fails: whatever goes wrong with the store ends in `problem`, and
 * the page works on as if nothing were kept. What is damaged or of another version is removed when it is met. Knows no database.
 */
import {
  type KeepStore,
  type KeptAnalysis,
  type KeptChoice,
  type KeptEntry,
  type KeptRecord,
  type KeptReport,
  type KeptSession,
  keepVersion,
} from './contract.ts';

/** Room for all records together, bytes. */
export const keepLimit = 500_000_000;

type OfKind<K extends KeptRecord['kind']> = Extract<KeptRecord, { kind: K }>;
type Content<K extends KeptRecord['kind']> = Omit<OfKind<K>, 'version' | 'kind'>;

export class Keeper {
  private problem: string | null = null;
  private store: Promise<KeepStore> | null = null;
  /** One thing at a time, so that the bound holds. */
  private busy: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly open: () => Promise<KeepStore>,
    private readonly limit = keepLimit,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Writes a record over the one of the same choice. What is oldest gives way: first of other analyses, then of this one. A record
   * that is larger than all the room is not kept.
   *
   * @param name what tells records of one kind and one analysis apart: `keyOf` of a choice, or `session`
   */
  async write<K extends KeptRecord['kind']>(kind: K, analysis: string, name: string, content: Content<K>): Promise<void> {
    await this.inTurn(async (store) => {
      const record = { version: keepVersion, kind, ...content } as unknown as KeptRecord;
      const key = `${analysis}/${kind}/${name}`;
      const entry: KeptEntry = { key, kind, analysis, bytes: sizeOf(record), written: this.now() };
      const others = (await store.entries()).filter((other) => other.key !== key);
      const given = givenWay(others, entry, this.limit);
      if (!given) {
        this.problem = `a ${kind} of ${megabytes(entry.bytes)} does not fit into the ${megabytes(this.limit)} for kept runs`;
        return;
      }
      if (given.length > 0) await store.remove(given);
      try {
        await store.write(entry, record);
      } catch {
        // the disk may allow less than our own bound: everything of other analyses gives way, once
        await store.remove(others.filter((other) => other.analysis !== analysis).map((other) => other.key));
        await store.write(entry, record);
      }
      this.problem = null;
    });
  }

  /** The record, or undefined if there is none that can be used. */
  read<K extends KeptRecord['kind']>(kind: K, analysis: string, name: string): Promise<OfKind<K> | undefined> {
    return this.inTurn(async (store) => {
      const key = `${analysis}/${kind}/${name}`;
      const record = await store.read(key);
      if (record === undefined) return undefined;
      if (isOfKind(record, kind)) return record;
      await store.remove([key]);
      return undefined;
    });
  }

  async remove(kind: KeptRecord['kind'], analysis: string, name: string): Promise<void> {
    await this.inTurn((store) => store.remove([`${analysis}/${kind}/${name}`]));
  }

  /** Removes what belongs to these analyses, or everything. */
  async forget(analyses?: readonly string[]): Promise<void> {
    await this.inTurn(async (store) => {
      const gone = (await store.entries()).filter(({ analysis }) => analyses?.includes(analysis) ?? true);
      await store.remove(gone.map(({ key }) => key));
      this.problem = null;
    });
  }

  async report(): Promise<KeptReport> {
    const found = await this.inTurn(async (store) => {
      const all = await store.entries();
      const analyses: KeptAnalysis[] = [];
      for (const { key, analysis, written } of all.filter(({ kind }) => kind === 'session')) {
        const record = await store.read(key);
        const own = all.filter((entry) => entry.analysis === analysis);
        const runs = own.filter(({ kind }) => kind === 'run').length;
        if (!isOfKind(record, 'session') || runs === 0) continue;
        const { name, rows, synthetic, session }: KeptSession = record;
        analyses.push({ id: analysis, name, rows, synthetic, session, runs, bytes: total(own), used: written });
      }
      return { analyses: analyses.sort((a, b) => b.used - a.used), bytes: total(all) };
    });
    return { analyses: [], bytes: 0, ...found, limit: this.limit, problem: this.problem };
  }

  /** Runs a step on the open store when those before it are done; a failure is noted, and the answer is undefined. */
  private inTurn<T>(step: (store: KeepStore) => Promise<T>): Promise<T | undefined> {
    const turn = this.busy.then(async () => {
      try {
        this.store ??= this.open();
        return await step(await this.store);
      } catch (error) {
        this.problem = error instanceof Error ? error.message || error.name : String(error);
        // a store that could not be opened, or was closed on us, is opened again next time
        this.store = null;
        return undefined;
      }
    });
    this.busy = turn;
    return turn;
  }
}

/** The same text for the same choice, whatever the order of its parameters. */
export function keyOf({ model, preset, params, seed, deviceRows }: KeptChoice): string {
  const sorted = Object.fromEntries(Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify([model, preset, seed, sorted, ...(deviceRows && deviceRows !== 'auto' ? [deviceRows] : [])]);
}

/** Keys that have to go so that the new entry fits; null if it cannot fit at all. */
function givenWay(others: readonly KeptEntry[], entry: KeptEntry, limit: number): string[] | null {
  if (entry.bytes > limit) return null;
  let taken = total(others) + entry.bytes;
  // sessions are small and say what the runs are; they go with forget, or last
  const rank = ({ analysis, kind }: KeptEntry) => (kind === 'session' ? 2 : 0) + (analysis === entry.analysis ? 1 : 0);
  const order = [...others].sort((a, b) => rank(a) - rank(b) || a.written - b.written);
  const given: string[] = [];
  for (const other of order) {
    if (taken <= limit) break;
    given.push(other.key);
    taken -= other.bytes;
  }
  return given;
}

function total(entries: readonly KeptEntry[]): number {
  return entries.reduce((sum, { bytes }) => sum + (Number.isFinite(bytes) ? bytes : 0), 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toPrecision(3)} MB`;
}

/** Bytes of a record, roughly: arrays as they are, text by two, everything else by eight. */
export function sizeOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value === 'string') return 2 * value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.entries(value).reduce((sum, [key, part]) => sum + (Array.isArray(value) ? 0 : 2 * key.length) + sizeOf(part), 0);
}

function isOfKind<K extends KeptRecord['kind']>(record: unknown, kind: K): record is OfKind<K> {
  if (typeof record !== 'object' || record === null) return false;
  const { version, kind: own } = record as { version?: unknown; kind?: unknown };
  return version === keepVersion && own === kind;
}
