import { describe, expect, it } from 'vitest';
import { asProblem, Problem, problemText } from './problem.ts';

const details = {
  where: 'signal.h5, dataset "Particles"',
  expected: 'an array of shape (N, 19, 4)',
  found: 'shape (100, 19)',
  fix: 'Choose another array',
};

describe('a problem', () => {
  it('says where, what was expected, what was found and what to do', () => {
    const text =
      'signal.h5, dataset "Particles": expected an array of shape (N, 19, 4); found shape (100, 19). Choose another array.';
    expect(problemText(details)).toBe(text);
    expect(new Problem(details).message).toBe(text);
  });
  it('keeps its details when it is caught', () => {
    expect(asProblem(new Problem(details), 'elsewhere')).toBe(details);
  });
});

describe('anything else that is thrown', () => {
  it('becomes a problem with its message, and its stack for a report', () => {
    const problem = asProblem(new RangeError('out of memory'), 'training');
    expect(problem).toMatchObject({ where: 'training', found: 'out of memory', fix: expect.stringMatching(/[^.]$/) });
    expect(problem.details).toContain('out of memory');
  });
  it('even if it is no error', () => {
    const problem = asProblem('stopped', 'training');
    expect(problem.found).toBe('stopped');
    expect(problem).not.toHaveProperty('details');
  });
});
