import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { referenceHistograms, referenceLstm } from '../../testing/lstm-reference.ts';
import { startBackend } from '../backend.ts';
import { ThreadChoice } from '../steps/thread-choice.ts';
import { borrowArena, returnArena } from './arena.ts';
import { type LstmForward, lstmForward } from './lstm-forward.ts';
import { type LstmChain, lstmChainOf } from './lstm-plan.ts';

beforeAll(() => startBackend('wasm'));
afterEach(() => vi.restoreAllMocks());

it('a forward pass has the same bits with any number of threads, and leaves its memory to the next', async () => {
  const detector = await referenceLstm('deep');
  const { layers } = detector.stages[0]!.step!;
  const forward = (await lstmForward(lstmChainOf(layers) as LstmChain)) as LstmForward;
  // two parts, the last block of which is not full
  const rows = 700;
  const { x } = referenceHistograms(rows, 23);
  const alone = await forward.run(x, rows);
  expect(alone.y).toHaveLength(rows * 23);

  const arena = (await borrowArena('lstm-steps'))!;
  arena.startHelpers(2);
  await vi.waitFor(() => expect(arena.ready()).toBe(3), { timeout: 60_000 });
  returnArena(arena);
  const made = vi.spyOn(WebAssembly, 'Memory');
  for (const count of [2, 3]) {
    vi.spyOn(ThreadChoice.prototype, 'run').mockImplementation((_available, _units, work) => work(count));
    expect(await forward.run(x, rows)).toEqual(alone);
  }
  expect(made).not.toHaveBeenCalled();
  detector.dispose();
});
