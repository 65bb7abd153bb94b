import { expect, it } from 'vitest';
import { hitWords, smallSampleWords } from './hits.ts';

it('calls a score that follows the number of hits a count, whatever its sign', () => {
  const of = (spearman: number) => hitWords({ hits: { spearman, error: 0.004, counted: 'lit pixels (tracker)', events: 682 } });
  expect(of(0.991)?.counts).toBe(true);
  expect(of(-0.95)?.counts).toBe(true);
  expect(of(0.58)?.counts).toBe(false);
  expect(of(0.58)?.value).toBe('+0.580\u00a0±\u00a00.004');
  expect(of(0.991)?.words).toContain('hardly does more than count lit pixels (tracker)');
  expect(of(1)).toMatchObject({
    value: '+1',
    counts: true,
    words: expect.stringContaining('number of lit pixels (tracker) alone'),
  });
  expect(of(-1)?.value).toBe('−1');
  expect(hitWords({})).toBeNull();
});

it('says what 200 images support', () => {
  const few = { auc: 0.6435, aucError: 0.039, signalEvents: 102, backgroundEvents: 98 };
  expect(smallSampleWords(few)).toMatch(/102 signal and 98 background images support no difference below ± 0\.04/);
  expect(smallSampleWords({ ...few, backgroundEvents: 5000 })).toBeNull();
});
