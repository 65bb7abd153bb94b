/**
 * How answers cross from the worker to the page: problems keep their four parts, typed arrays are moved, not copied. Imported
 * on both sides before the first call.
 */
import { transfer, transferHandlers } from 'comlink';
import { asProblem, Problem, type ProblemDetails } from '../base/problem.ts';

/** Comlink would carry only message and stack of an error; this carries the problem. */
export function carryProblems(): void {
  const original = transferHandlers.get('throw');
  transferHandlers.set('throw', {
    canHandle: (value): value is unknown => original?.canHandle(value) ?? false,
    serialize: (thrown: unknown) => {
      const error = (thrown as { value?: unknown }).value;
      return [asProblem(error, 'engine'), []];
    },
    deserialize: (details: ProblemDetails) => {
      throw new Problem(details);
    },
  });
}

/** Marks every typed array inside an answer for transfer. The worker must not use them afterwards. */
export function moved<T extends object>(answer: T): T {
  const buffers = new Set<ArrayBuffer>();
  const visit = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) {
      if (value.buffer instanceof ArrayBuffer) buffers.add(value.buffer);
    } else if (Array.isArray(value)) {
      value.forEach(visit);
    } else if (value !== null && typeof value === 'object') {
      Object.values(value).forEach(visit);
    }
  };
  visit(answer);
  return transfer(answer, [...buffers]);
}
