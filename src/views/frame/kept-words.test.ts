import { describe, expect, it } from 'vitest';
import { keptWords, whenText } from './kept-words.ts';

const nothing = { analyses: [], bytes: 0, limit: 500_000_000, problem: null };

describe('what is kept, in words', () => {
  it('says the bound, the rule of giving way, and the problem', () => {
    expect(keptWords({ ...nothing, bytes: 12_300_000 })).toMatch(/12\.3.MB of at most 500.MB; when it is full, the oldest/);
    expect(keptWords({ ...nothing, problem: 'no room' })).toMatch(/could not be kept: no room\.$/);
    expect(keptWords({ ...nothing, limit: 0, problem: 'it is forbidden' })).toBe(
      'Runs are lost when the page is closed: it is forbidden.',
    );
  });
  it('names the time of today and the date of before', () => {
    const noon = new Date(2026, 10, 3, 12, 5).getTime();
    expect(whenText(noon, noon + 3_600_000)).toBe('today 12:05');
    expect(whenText(noon, noon + 86_400_000)).toBe('3 Nov 2026');
  });
});
