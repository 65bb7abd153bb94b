/** Teams leave the cores to those who train on threads of their own, and have all of them when nobody does. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Arena, type TeamExports } from './arena.ts';
import { Aside, asidesAtWork } from './aside.ts';
import { HeapTeam, withThreads } from './heap-team.ts';
import { shareOf } from './helper-thread.ts';
import { kernelModule } from './load.ts';

describe('the share of a team', () => {
  it('is what the others leave, and its leader at least', () => {
    expect([0, 1, 3, 7, 8, 20].map((others) => shareOf(8, others))).toEqual([8, 7, 5, 1, 1, 1]);
    expect(shareOf(1, 0)).toBe(1);
  });

  it('never takes all together beyond the cores while a core is left for the leader', () => {
    for (let cores = 1; cores <= 12; cores++)
      for (let others = 0; others <= 13; others++) {
        const share = shareOf(cores, others);
        expect(share).toBeGreaterThanOrEqual(1);
        if (others < cores) expect(share + others).toBe(cores);
        else expect(share).toBe(1);
      }
  });
});

describe('teams on a machine of three cores', () => {
  const asides: Aside[] = [];
  const module = async () => (await kernelModule('heap-products', true)) as WebAssembly.Module;
  const memory = () => new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true });
  const startAside = async () => {
    const aside = await Aside.start(await module(), memory());
    asides.push(aside);
    return aside;
  };
  const untilThree = async (threads: () => number) => {
    for (let i = 0; i < 2000 && threads() < 3; i++) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  beforeEach(() => void vi.stubGlobal('navigator', { hardwareConcurrency: 3 }));
  afterEach(() => {
    for (const aside of asides.splice(0)) aside.end();
    vi.unstubAllGlobals();
  });

  it('give a core back to each thread that works by itself, for as long as it works', async () => {
    const own = memory();
    const { exports } = await WebAssembly.instantiate(await module(), { env: { memory: own } });
    const team = new HeapTeam(own, [{ name: 'products', module: await module(), exports: exports as never }]);
    const arena = (await Arena.create<TeamExports>('dense-steps')) as Arena<TeamExports>;
    const threads = () => [team.threads(), arena.threads()];
    await untilThree(() => Math.min(...threads()));
    expect(threads()).toEqual([3, 3]);
    const [first, second, third] = await Promise.all([startAside(), startAside(), startAside()]);
    // they wait for something to do
    expect(asidesAtWork()).toBe(0);
    expect(threads()).toEqual([3, 3]);
    const work = first.call('scratchBytes', 4, 4);
    expect(threads()).toEqual([2, 2]);
    const more = [second, third].map((aside) => aside.call('scratchBytes', 4, 4));
    expect(asidesAtWork()).toBe(3);
    expect(threads()).toEqual([1, 1]);
    // for tests and measurements as many as are asked for
    expect(await withThreads(3, () => team.threads())).toBe(3);
    await Promise.all([work, ...more]);
    expect(asidesAtWork()).toBe(0);
    expect(threads()).toEqual([3, 3]);
    arena.close();
  });

  it('have the core back of a thread that fails or is ended', async () => {
    const aside = await startAside();
    await expect(aside.call('no such function')).rejects.toThrow();
    expect(asidesAtWork()).toBe(0);
    const lost = expect(aside.call('scratchBytes', 4, 4)).rejects.toThrow('the thread was ended');
    expect(asidesAtWork()).toBe(1);
    aside.end();
    aside.end();
    await lost;
    expect(asidesAtWork()).toBe(0);
  });
});
