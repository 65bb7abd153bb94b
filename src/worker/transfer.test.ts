/** How answers cross from the worker to the page, over a real channel. */
import { expose, type Remote, releaseProxy, wrap } from 'comlink';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '../base/problem.ts';
import { carryProblems, moved } from './transfer.ts';

const details = { where: 'signal.h5', expected: 'events', found: 'none', fix: 'Choose another file' };
const kept = { values: Float64Array.of(1, 2, 3), nested: [{ more: Uint8Array.of(4, 5) }] };

const served = {
  refuse: async (): Promise<void> => {
    throw new Problem(details);
  },
  fail: async (): Promise<void> => {
    throw new RangeError('out of memory');
  },
  give: async () => moved({ ...kept, twice: kept.values.subarray(1) }),
};

let channel: MessageChannel;
let remote: Remote<typeof served>;
beforeEach(() => {
  carryProblems();
  channel = new MessageChannel();
  expose(served, channel.port1);
  remote = wrap<typeof served>(channel.port2);
});
afterEach(() => {
  remote[releaseProxy]();
  channel.port1.close();
});

describe('a problem', () => {
  it('arrives with its four parts', async () => {
    const arrived = await remote.refuse().catch((error: unknown) => error);
    expect(arrived).toBeInstanceOf(Problem);
    expect((arrived as Problem).problem).toEqual(details);
  });
  it('is made of any other error, with its stack for a report', async () => {
    const arrived = (await remote.fail().catch((error: unknown) => error)) as Problem;
    expect(arrived.problem).toMatchObject({ where: 'engine', found: 'out of memory' });
    expect(arrived.problem.details).toMatch(/RangeError/);
  });
});

describe('typed arrays of an answer', () => {
  it('are moved, not copied, however deep they are and however often they occur', async () => {
    const answer = await remote.give();
    expect([...answer.values]).toEqual([1, 2, 3]);
    expect([...answer.twice]).toEqual([2, 3]);
    expect([...(answer.nested[0]?.more ?? [])]).toEqual([4, 5]);
    expect(kept.values.length).toBe(0);
    expect(kept.nested[0]?.more.length).toBe(0);
  });
});
